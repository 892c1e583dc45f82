"""The unit of work: one transaction, its effects and the events they cause. The only place that commits.

Events leave by the transaction, never after it: what `emit` collects is written to the outbox by the same commit, and only
then handed to the relay.

SQLAlchemy keeps the connections (and runs the migrations); statements go to asyncpg itself, whose prepared statements they
are either way: 40 µs of CPU each instead of 140, and a turn takes about thirty of them one after another.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from inkgate_common import reach
from inkgate_common.cloudevents import Event, Record

# As SQLAlchemy's text() has it: not a cast (`::`), not a part of a word.
_PARAMETER = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)(?!:)")


class Row(asyncpg.Record):  # type: ignore[misc]
    """A row: columns by name as attributes, or by position."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def _mapping(self) -> dict[str, Any]:
        """Column name → value."""
        return dict(self.items())


@cache
def positional(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement with `:named` parameters as PostgreSQL numbers them, and the names in that order.

    Arrays are passed as lists and cast in the statement: `cast(:ids as uuid[])`.
    """
    names: dict[str, int] = {}
    numbered = _PARAMETER.sub(lambda match: f"${names.setdefault(match[1], len(names) + 1)}", statement)
    return numbered, tuple(names)


async def _fetch(connection: Any, statement: str, parameters: dict[str, Any]) -> list[Row]:
    numbered, names = positional(statement)
    if len(names) != len(parameters):
        raise TypeError(f"parameters {sorted(parameters)} for a statement that has {sorted(names)}")
    rows: list[Row] = await connection.fetch(numbered, *[parameters[name] for name in names], record_class=Row)
    return rows


async def connect(url: str, **options: Any) -> Any:
    """A connection of asyncpg's. It reads the URL itself: it knows libpq's parameters (`sslmode`, `sslrootcert`, …), and
    SQLAlchemy would not translate them. Raises Unreachable, or the driver's error."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        return await asyncpg.connect(dsn, **options)
    except Exception as error:
        said = reach.postgresql(url, error)
        if said is error:
            raise
        raise said from error


def engine_for(url: str, *, pool_size: int, command_timeout_s: float | None = 30) -> AsyncEngine:
    """An engine on asyncpg. JIT is off: it costs more than our short statements take.

    The connection used last is used next: it has its statements prepared and its types looked up.
    """
    return create_async_engine(
        "postgresql+asyncpg://",
        async_creator=partial(
            connect, url, command_timeout=command_timeout_s, timeout=5, server_settings={"jit": "off"}
        ),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_use_lifo=True,
    )


class OutboxWriter(Protocol):
    """What the unit of work needs of the outbox."""

    def record(self, event: Event) -> Record:
        """The row of an event. Raises EventTooLarge."""

    def write(self, uow: "UnitOfWork", records: Sequence[Record]) -> None:
        """Insert rows, and delete those that are published, in this transaction."""

    def written(self, uow: "UnitOfWork") -> None:
        """The transaction is committed."""

    def rolled_back(self, uow: "UnitOfWork") -> None:
        """The transaction is not."""


@cache
def together(statements: tuple[str, ...]) -> tuple[str, tuple[tuple[int, str], ...]]:
    """Several statements as one, whose parts PostgreSQL carries out in one snapshot; and its parameters: the number of the
    statement that each belongs to, and the name that it has there."""
    order: list[tuple[int, str]] = []
    parts = []
    for number, statement in enumerate(statements):
        if statement.lstrip()[:4].lower() == "with":
            raise ValueError("a statement that is carried out with others cannot begin with its own WITH")
        numbered, names = positional(statement)
        first = len(order)
        parts.append(re.sub(r"\$(\d+)", lambda match, first=first: f"${int(match[1]) + first}", numbered))  # type: ignore[misc]
        order += [(number, name) for name in names]
    heads = ", ".join(f"w{number} as ({part})" for number, part in enumerate(parts[:-1]))
    return f"with {heads} {parts[-1]}", tuple(order)


class UnitOfWork:
    """A transaction under way. `run` executes; `emit` lets an event leave with the commit."""

    def __init__(self, connection: Any, outbox: OutboxWriter | None) -> None:
        self._connection = connection
        self._outbox = outbox
        self.records: list[Record] = []
        self.deleting: list[UUID] = []
        self.committed: list[Callable[[], None]] = []
        self._later: list[tuple[str, dict[str, Any]]] = []

    async def run(self, statement: str, **parameters: Any) -> Sequence[Row]:
        """Execute one statement; the rows it returns, or none."""
        return await _fetch(self._connection, statement, parameters)

    def later(self, statement: str, **parameters: Any) -> None:
        """Execute this with the others of its kind as one statement, at the end of the transaction (or at `flush`).

        For writes whose result nobody needs: a turn waits for every round trip. All see the state before any of them, so no
        two may write the same row, and who reads what they write must `flush` first.
        """
        self._later.append((statement, parameters))

    async def flush(self) -> None:
        """Execute what was put off."""
        waiting, self._later = self._later, []
        if len(waiting) == 1:
            await self.run(waiting[0][0], **waiting[0][1])
        elif waiting:
            whole, order = together(tuple(statement for statement, _ in waiting))
            await self._connection.fetch(whole, *[waiting[number][1][name] for number, name in order])

    def emit(self, event: Event) -> None:
        """Publish this event if, and only if, this transaction commits. Raises EventTooLarge."""
        if self._outbox is None:
            raise RuntimeError("this database has no outbox: nothing can be emitted from it")
        self.records.append(self._outbox.record(event))

    def emit_record(self, record: Record) -> None:
        """The same for a record as it stands (dead letters)."""
        self.records.append(record)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call this when, and only if, the transaction is committed (for what is handed on in memory)."""
        self.committed.append(callback)


class Database:
    """One service's database."""

    def __init__(self, url: str, *, outbox: OutboxWriter | None = None, pool_size: int = 8) -> None:
        self._engine = engine_for(url, pool_size=pool_size)
        self.outbox = outbox

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """One of asyncpg's connections, for the block. Broken ones are replaced, not handed out."""
        async with self._engine.connect() as pooled:
            connection = (await pooled.get_raw_connection()).driver_connection
            if connection is None or connection.is_closed():  # the server went away while it was idle
                await pooled.invalidate()
                connection = (await pooled.get_raw_connection()).driver_connection
            assert connection is not None
            try:
                yield connection
            finally:
                if connection.is_closed():
                    await pooled.invalidate()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work: committed with its events when the block ends, rolled back when it raises."""
        async with self._connection() as connection:
            uow = UnitOfWork(connection, self.outbox)
            try:
                async with connection.transaction():
                    yield uow
                    if self.outbox is not None:
                        self.outbox.write(uow, uow.records)
                    await uow.flush()
            except BaseException:
                if self.outbox is not None:
                    self.outbox.rolled_back(uow)
                raise
        if self.outbox is not None:
            self.outbox.written(uow)
        for callback in uow.committed:
            callback()

    async def read(self, statement: str, **parameters: Any) -> Sequence[Row]:
        """One query outside of a unit of work (pages, metrics)."""
        async with self._connection() as connection:
            return await _fetch(connection, statement, parameters)

    @asynccontextmanager
    async def advisory_lock(self, name: str) -> AsyncIterator[bool]:
        """Whether this process holds the cluster-wide lock `name` for the block. For economy only: nothing may depend on
        it being exclusive."""
        async with self._connection() as connection:
            got = await connection.fetchval("select pg_try_advisory_lock(hashtext($1))", name)
            try:
                yield bool(got)
            finally:
                if got and not connection.is_closed():
                    await connection.fetchval("select pg_advisory_unlock(hashtext($1))", name)

    async def reachable(self) -> None:
        """Raises what the driver raises where the database does not answer."""
        async with self._connection() as connection:
            await connection.fetchval("select 1")

    async def close(self) -> None:
        await self._engine.dispose()
