"""What a sink does, and what all of them share."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from inkgate.analytics import fold
from inkgate.analytics.errors import AnalyticsError
from inkgate.analytics.facts import Fact
from inkgate.analytics.tables import FACTS, LEADS, MESSAGES, POSITIONS, Row, Table

# What `known` reads of a row, in both tables: the fact itself is in it, whatever columns a release adds.
KNOWN = "event_id, type, lead_id, epoch, version, at_us, data"
FOLDED_AT_ONCE = 1_000

Positions = Mapping[tuple[str, int], int]


@dataclass(frozen=True)
class Answer:
    """What a query came to: plain values (numbers, text, ISO days and times)."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Sink(Protocol):
    """Errors of the database come as SinkUnavailable, with one line that says what is wrong."""

    async def prepare(self) -> None:
        """Make what is missing: tables, columns, the view. Wait until nobody else writes, where that can be told."""

    async def is_prepared(self) -> bool:
        """Whether its tables are there."""

    async def positions(self, topic: str) -> dict[int, int]:
        """The next offset of each partition."""

    async def known(self, lead_ids: Collection[str]) -> list[Fact]:
        """Every fact that is kept of these leads, those about messages too."""

    async def keep(self, rows: fold.Rows, positions: Positions) -> None:
        """Put rows in the place of those with their keys, and remember how far the topic was read. In one transaction; where
        the database has none, the positions last: what a crash leaves half done is done again, and comes to the same."""

    async def select(self, sql: str) -> Answer:
        """Ask. The words are those that all three databases have."""

    async def idle(self) -> None:
        """There is nothing to do for a while: let others have the file, if it is one."""

    async def close(self) -> None:
        """No more."""


async def take(sink: Sink, batch: Sequence[Fact], positions: Positions) -> None:
    """One batch: what is known, what it comes to with that, kept. All that writes goes through here."""
    known = await sink.known({fact.lead_id for fact in batch}) if batch else []
    await sink.keep(fold.apply(batch, known), positions)


async def refold(sink: Sink) -> int:
    """Fold the leads anew whose rows were made by another release's `fold`; how many."""
    done = 0
    while True:
        stale = await sink.select(f"select lead_id from leads where fold <> {fold.FOLD} limit {FOLDED_AT_ONCE}")
        ids = [str(row[0]) for row in stale.rows]
        if not ids:
            return done
        facts: dict[str, list[Fact]] = {lead_id: [] for lead_id in ids}
        for fact in await sink.known(ids):
            if fact.raises:
                facts[fact.lead_id].append(fact)
        await sink.keep(fold.Rows([], [], [fold.lead(mine) for mine in facts.values()]), {})
        done += len(ids)


def open_sink(where: str) -> Sink:
    """The sink that an address names. AnalyticsError where it names none, or the extra is not installed."""
    scheme, separator, rest = where.partition(":")
    try:
        match scheme:
            case "duckdb" if separator and rest.removeprefix("//"):
                from inkgate.analytics.sinks.duck import DuckDB

                return DuckDB(rest.removeprefix("//"))
            case "postgresql" | "postgres" if separator:
                from inkgate.analytics.sinks.postgres import PostgreSQL

                return PostgreSQL(where)
            case "clickhouse" | "clickhouses" | "chdb" if separator:
                from inkgate.analytics.sinks.clickhouse import ClickHouse

                return ClickHouse(where)
    except ImportError as error:
        raise AnalyticsError(
            f"{error.name} is not installed: it comes with the extra `analytics` (pip install 'inkgate[analytics]')"
        ) from None
    raise AnalyticsError(
        f"{scheme}: is no sink; there are duckdb:PATH, postgresql://user:password@host/database, "
        "clickhouse://user:password@host:8123/database (clickhouses:// with TLS)"
    )


def without_password(where: str) -> str:
    """An address of a sink, to be shown."""
    parts = urlsplit(where)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl() if parts.netloc else where


def rows_by_table(rows: fold.Rows, positions: Positions) -> list[tuple[Table, list[Row]]]:
    """What `keep` puts, in the order in which it must: positions last."""
    at: list[Row] = [{"topic": topic, "part": part, "next_offset": to} for (topic, part), to in positions.items()]
    return [(FACTS, rows.facts), (MESSAGES, rows.messages), (LEADS, rows.leads), (POSITIONS, at)]


def fact(row: Sequence[Any]) -> Fact:
    """A fact from the columns KNOWN."""
    event_id, kind, lead_id, epoch, version, at_us, data = row
    return Fact(
        event_id=event_id,
        type=kind,
        lead_id=lead_id,
        epoch=epoch,
        version=version,
        at_us=at_us,
        data=msgspec.json.decode(data),
    )


def answer(columns: Iterable[str], rows: Iterable[Sequence[Any]]) -> Answer:
    """Rows as a driver gives them, made plain."""
    return Answer(list(columns), [tuple(_plain(value) for value in row) for row in rows])


def _plain(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, datetime.date) else value


def as_json(rows: Sequence[Row]) -> bytes:
    """Rows as one JSON array."""
    return msgspec.json.encode(rows)
