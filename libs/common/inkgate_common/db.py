"""The unit of work: one transaction, its effects and the events they cause. The only place that commits.

Events leave by the transaction, never after it: what `emit` collects is written to the outbox by the same commit, and only
then handed to the relay.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row, TextClause, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from inkgate_common.cloudevents import Event, Record


@cache
def sql(statement: str) -> TextClause:
    """A statement with `:named` parameters. Arrays are passed as lists and cast in the statement: `cast(:ids as uuid[])`."""
    return text(statement)


def engine_for(url: str, *, pool_size: int) -> AsyncEngine:
    """An engine on asyncpg. JIT is off: it costs more than our short statements take."""
    parsed = make_url(url).set(drivername="postgresql+asyncpg")
    return create_async_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        hide_parameters=True,  # an error's text goes to the log, what people wrote does not
        connect_args={"command_timeout": 30, "timeout": 5, "server_settings": {"jit": "off"}},
    )


class OutboxWriter(Protocol):
    """What the unit of work needs of the outbox."""

    def record(self, event: Event) -> Record:
        """The row of an event. Raises EventTooLarge."""

    async def write(self, uow: "UnitOfWork", records: Sequence[Record]) -> None:
        """Insert rows, and delete those that are published, in this transaction."""

    def written(self, uow: "UnitOfWork") -> None:
        """The transaction is committed."""

    def rolled_back(self, uow: "UnitOfWork") -> None:
        """The transaction is not."""


class UnitOfWork:
    """A transaction under way. `run` executes; `emit` lets an event leave with the commit."""

    def __init__(self, connection: AsyncConnection, outbox: OutboxWriter | None) -> None:
        self._connection = connection
        self._outbox = outbox
        self.records: list[Record] = []
        self.deleting: list[UUID] = []
        self.committed: list[Callable[[], None]] = []

    async def run(self, statement: str, **parameters: Any) -> Sequence[Row[Any]]:
        """Execute one statement; the rows it returns, or none."""
        result = await self._connection.execute(sql(statement), parameters)
        return result.fetchall() if result.returns_rows else ()

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
    async def transaction(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work: committed with its events when the block ends, rolled back when it raises."""
        async with self._engine.connect() as connection:
            uow = UnitOfWork(connection, self.outbox)
            try:
                async with connection.begin():
                    yield uow
                    if self.outbox is not None:
                        await self.outbox.write(uow, uow.records)
            except BaseException:
                if self.outbox is not None:
                    self.outbox.rolled_back(uow)
                raise
        if self.outbox is not None:
            self.outbox.written(uow)
        for callback in uow.committed:
            callback()

    async def read(self, statement: str, **parameters: Any) -> Sequence[Row[Any]]:
        """One query outside of a unit of work (pages, metrics)."""
        async with self._engine.connect() as connection:
            return (await connection.execute(sql(statement), parameters)).fetchall()

    @asynccontextmanager
    async def advisory_lock(self, name: str) -> AsyncIterator[bool]:
        """Whether this process holds the cluster-wide lock `name` for the block. For economy only: nothing may depend on
        it being exclusive."""
        async with self._engine.connect() as connection:
            got = await connection.scalar(sql("select pg_try_advisory_lock(hashtext(:name))"), {"name": name})
            try:
                yield bool(got)
            finally:
                if got:
                    await connection.execute(sql("select pg_advisory_unlock(hashtext(:name))"), {"name": name})
                await connection.rollback()

    async def reachable(self) -> None:
        """Raises what the driver raises where the database does not answer."""
        async with self._engine.connect() as connection:
            await connection.execute(sql("select 1"))

    async def close(self) -> None:
        await self._engine.dispose()
