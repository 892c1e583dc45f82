"""PostgreSQL: a schema `inkgate` in the database that the address names; rows and positions in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import asyncpg

from inkgate.analytics import fold
from inkgate.analytics.errors import SinkUnavailable
from inkgate.analytics.facts import Fact
from inkgate.analytics.sinks.sink import KNOWN, Answer, Positions, answer, as_json, fact, rows_by_table
from inkgate.analytics.tables import FACTS, MESSAGES, TABLES, Kind, Row, Table, history

TYPES: dict[Kind, str] = {
    "text": 'text collate "C"', "whole": "bigint", "number": "double precision", "yes": "boolean", "day": "date",
    "time": "timestamptz",
}  # fmt: skip
SCHEMA = "inkgate"
# One writer at a time: a second one waits for this lock, as in a rolling update, and goes on where the first one stopped.
_WRITER = 0x696E6B67
PATIENCE_S = 60.0


class PostgreSQL:
    """See `Sink`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: asyncpg.Connection | None = None

    async def prepare(self) -> None:
        with _told():
            connection = await self._connection()
            await _become_the_writer(connection)
            async with connection.transaction():
                if await connection.fetchval("select to_regnamespace($1)", SCHEMA) is None:
                    await connection.execute(f"create schema {SCHEMA}")  # the one thing that asks for CREATE
                for table in TABLES:
                    await _make(connection, table)
                await connection.execute(f"create or replace view history as {history('facts')}")

    async def is_prepared(self) -> bool:
        return (await self.select("select to_regclass('positions') is not null")).rows[0][0] is True

    async def positions(self, topic: str) -> dict[int, int]:
        with _told():
            connection = await self._connection()
            rows = await connection.fetch("select part, next_offset from positions where topic = $1", topic)
            return {row["part"]: row["next_offset"] for row in rows}

    async def known(self, lead_ids: Collection[str]) -> list[Fact]:
        found: list[Fact] = []
        with _told():
            connection = await self._connection()
            for table in (FACTS, MESSAGES):
                sql = f"select {KNOWN} from {table.name} where lead_id = any($1::text[])"
                found += [fact(tuple(row)) for row in await connection.fetch(sql, list(lead_ids))]
        return found

    async def keep(self, rows: fold.Rows, positions: Positions) -> None:
        with _told():
            connection = await self._connection()
            async with connection.transaction():
                for table, new in rows_by_table(rows, positions):
                    await _put(connection, table, new)

    async def select(self, sql: str) -> Answer:
        with _told():
            statement = await (await self._connection()).prepare(sql)
            return answer([column.name for column in statement.get_attributes()], await statement.fetch())

    async def idle(self) -> None:
        """Others may read as it is."""

    async def close(self) -> None:
        if self._open is not None:
            await self._open.close(timeout=5)
            self._open = None

    async def _connection(self) -> asyncpg.Connection:
        if self._open is None:
            settings = {"search_path": SCHEMA, "timezone": "UTC"}
            self._open = await asyncpg.connect(self._url, timeout=10, server_settings=settings)
        return self._open


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as error:
        raise SinkUnavailable(f"PostgreSQL: {error or type(error).__name__}") from error


async def _become_the_writer(connection: asyncpg.Connection) -> None:
    try:
        await connection.fetchval("select pg_advisory_lock($1)", _WRITER, timeout=PATIENCE_S)
    except TimeoutError:
        raise SinkUnavailable("another `inkgate analytics run` writes to this database: stop it first") from None


async def _make(connection: asyncpg.Connection, table: Table) -> None:
    columns = {name: f"{name} {TYPES[kind]}" for name, kind in table.columns.items()}
    await connection.execute(
        f"create table if not exists {table.name} ({', '.join(columns.values())}, primary key ({', '.join(table.key)}))"
    )
    added = ", ".join(f"add column if not exists {columns[name]}" for name in list(columns)[table.keys :])
    await connection.execute(f"alter table {table.name} {added}")


async def _put(connection: asyncpg.Connection, table: Table, rows: list[Row]) -> None:
    """Rows in the place of those with their keys, in one statement."""
    if rows:
        columns = ", ".join(table.columns)
        others = ", ".join(f"{name} = excluded.{name}" for name in list(table.columns)[table.keys :])
        await connection.execute(
            f"insert into {table.name} ({columns}) "
            f"select {columns} from json_populate_recordset(null::{table.name}, $1::json) "
            f"on conflict ({', '.join(table.key)}) do update set {others}",
            as_json(rows).decode(),
        )
