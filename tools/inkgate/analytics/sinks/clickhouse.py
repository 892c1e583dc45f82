"""ClickHouse. It has no transactions, so nothing here needs one: every table is a ReplacingMergeTree whose sorting key is
the row's own, a row is a function of what is known, and the positions are written last. A crash in between reads the batch
again and writes the same rows, of which the last one written stays (https://clickhouse.com/docs, ReplacingMergeTree: rows
of one sorting key become one when parts are merged, and at once where a query says `final`). One writer at a time.

`chdb:` is the same engine inside this process: for tests, and to try it.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import clickhouse_connect
import msgspec
from clickhouse_connect.driver.exceptions import ClickHouseError

from inkgate.analytics import fold
from inkgate.analytics.errors import SinkUnavailable
from inkgate.analytics.facts import Fact
from inkgate.analytics.sinks.sink import KNOWN, Answer, Positions, answer, fact, rows_by_table
from inkgate.analytics.tables import FACTS, MESSAGES, TABLES, Kind, Row, Table, history

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clickhouse_connect.driver.client import Client

KEYS: dict[Kind, str] = {"text": "String", "whole": "Int64"}
TYPES: dict[Kind, str] = {
    "text": "Nullable(String)", "whole": "Nullable(Int64)", "number": "Nullable(Float64)", "yes": "Nullable(Bool)",
    "day": "Nullable(Date32)", "time": "Nullable(DateTime64(6, 'UTC'))",
}  # fmt: skip
# `final` on every table that is asked, and standard joins (absent is null).
_SETTINGS = {"final": 1, "join_use_nulls": 1, "cast_keep_nullable": 1}


class ClickHouse:
    """See `Sink`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open: Client | None = None

    async def prepare(self) -> None:
        with self._client() as client:
            for table in TABLES:
                columns = {name: f"{name} {TYPES[kind]}" for name, kind in table.columns.items()}
                columns |= {name: f"{name} {KEYS[table.columns[name]]}" for name in table.key}
                client.command(
                    f"create table if not exists {table.name} ({', '.join(columns.values())}) "
                    f"engine = ReplacingMergeTree order by ({', '.join(table.key)})"
                )
                added = ", ".join(f"add column if not exists {columns[name]}" for name in list(columns)[table.keys :])
                client.command(f"alter table {table.name} {added}")
            client.command(f"create or replace view history as {history('facts final')}")

    async def is_prepared(self) -> bool:
        return bool((await self.select("exists table positions")).rows[0][0])

    async def positions(self, topic: str) -> dict[int, int]:
        sql = "select part, next_offset from positions final where topic = {topic:String}"
        return dict(self._rows(sql, {"topic": topic}))

    async def known(self, lead_ids: Collection[str]) -> list[Fact]:
        found: list[Fact] = []
        for table in (FACTS, MESSAGES):
            sql = f"select {KNOWN} from {table.name} final where lead_id in {{ids:Array(String)}}"
            found += [fact(row) for row in self._rows(sql, {"ids": list(lead_ids)})]
        return found

    async def keep(self, rows: fold.Rows, positions: Positions) -> None:
        for table, new in rows_by_table(rows, positions):
            self.put(table, new)

    def put(self, table: Table, rows: list[Row]) -> None:
        """Rows that take the place of those with their keys."""
        if rows:
            with self._client() as client:
                client.raw_insert(
                    table.name,
                    insert_block=b"\n".join(msgspec.json.encode(row) for row in rows),
                    fmt="JSONEachRow",
                    settings={"date_time_input_format": "best_effort"},
                )

    async def select(self, sql: str) -> Answer:
        with self._client() as client:
            result = client.query(sql, settings=_SETTINGS)
            return answer(result.column_names, result.result_rows)

    async def idle(self) -> None:
        """Others may read as it is."""

    async def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _rows(self, sql: str, values: dict[str, Any]) -> list[Any]:
        with self._client() as client:
            return list(client.query(sql, parameters=values).result_rows)

    def _connect(self) -> Client:
        if self._url.startswith("clickhouses:"):
            return clickhouse_connect.get_client(dsn=self._url, secure=True)
        return clickhouse_connect.get_client(dsn=self._url)

    @contextmanager
    def _client(self) -> Iterator[Client]:
        try:
            if self._open is None:
                self._open = self._connect()
            yield self._open
        except (ClickHouseError, OSError) as error:
            raise SinkUnavailable(f"ClickHouse: {str(error).splitlines()[0]}") from error
