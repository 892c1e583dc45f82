"""DuckDB: one file, one process at a time. So it is opened for as long as there is something to do, and shut again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from inkgate.analytics import fold
from inkgate.analytics.errors import SinkUnavailable
from inkgate.analytics.facts import Fact
from inkgate.analytics.sinks.sink import KNOWN, Answer, Positions, answer, as_json, fact, rows_by_table
from inkgate.analytics.tables import FACTS, MESSAGES, TABLES, Kind, Row, Table, history

TYPES: dict[Kind, str] = {
    "text": "varchar", "whole": "bigint", "number": "double", "yes": "boolean", "day": "date", "time": "timestamp",
}  # fmt: skip
# Another process has the file while it writes a batch, or is being asked.
PATIENCE_S = 30.0
_AGAIN_S = 0.1


class DuckDB:
    """See `Sink`. A path of `:memory:` is gone with the process."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open: duckdb.DuckDBPyConnection | None = None

    async def prepare(self) -> None:
        with suppress(OSError):
            Path(self._path).parent.mkdir(parents=True, exist_ok=True)
        connection = await self._connection()
        with self._told():
            for table in TABLES:
                columns = {name: f"{name} {TYPES[kind]}" for name, kind in table.columns.items()}
                connection.execute(
                    f"create table if not exists {table.name} "
                    f"({', '.join(columns.values())}, primary key ({', '.join(table.key)}))"
                )
                for name in list(columns)[table.keys :]:
                    connection.execute(f"alter table {table.name} add column if not exists {columns[name]}")
            connection.execute(f"create or replace view history as {history('facts')}")

    async def is_prepared(self) -> bool:
        sql = "select count(*) from information_schema.tables where table_name = 'positions'"
        return bool((await self.select(sql)).rows[0][0])

    async def positions(self, topic: str) -> dict[int, int]:
        connection = await self._connection()
        with self._told():
            sql = "select part, next_offset from positions where topic = ?"
            return dict(connection.execute(sql, [topic]).fetchall())

    async def known(self, lead_ids: Collection[str]) -> list[Fact]:
        connection = await self._connection()
        found: list[Fact] = []
        with self._told():
            for table in (FACTS, MESSAGES):
                sql = f"select {KNOWN} from {table.name} where lead_id in (select unnest(?::varchar[]))"
                found += [fact(row) for row in connection.execute(sql, [list(lead_ids)]).fetchall()]
        return found

    async def keep(self, rows: fold.Rows, positions: Positions) -> None:
        connection = await self._connection()
        with self._told():
            connection.execute("begin")
            try:
                for table, new in rows_by_table(rows, positions):
                    put(connection, table, new)
                connection.execute("commit")
            except duckdb.Error:
                with suppress(duckdb.Error):
                    connection.execute("rollback")
                raise

    async def select(self, sql: str) -> Answer:
        connection = await self._connection()
        with self._told():
            cursor = connection.execute(sql)
            return answer([column[0] for column in cursor.description or ()], cursor.fetchall())

    async def idle(self) -> None:
        if self._path != ":memory:":
            await self.close()

    async def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise SinkUnavailable(f"{self._path}: {str(error).splitlines()[0]}") from error

    async def _connection(self) -> duckdb.DuckDBPyConnection:
        for _ in range(round(PATIENCE_S / _AGAIN_S)):
            if self._open is not None:
                return self._open
            try:
                self._open = duckdb.connect(self._path)
            except duckdb.Error as error:
                if "lock" not in str(error):
                    raise SinkUnavailable(f"{self._path} cannot be opened: {error}") from error
                await asyncio.sleep(_AGAIN_S)
        raise SinkUnavailable(f"{self._path} is in use by another process (DuckDB lets in one at a time)")


def put(connection: duckdb.DuckDBPyConnection, table: Table, rows: list[Row]) -> None:
    """Rows in the place of those with their keys. One statement, whose one value is all of them as JSON: DuckDB takes rows
    that are given singly a thousand times slower."""
    if rows:
        shape = ", ".join(f'"{name}": "{TYPES[kind]}"' for name, kind in table.columns.items())
        columns = ", ".join(f"r.{name}" for name in table.columns)
        given = f"(select unnest(from_json(?, '[{{{shape}}}]')) as r)"
        sql = f"insert or replace into {table.name} select {columns} from {given}"
        connection.execute(sql, [as_json(rows).decode()])
