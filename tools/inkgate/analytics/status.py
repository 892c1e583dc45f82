"""How far a destination has read the topic: by partition where it goes on, where the topic ends, what is still to be read,
and how old the fact is that stands just before the position. Nothing is written, in the destination or on the topic."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from inkgate.analytics.facts import microseconds, read
from inkgate.analytics.questions import as_table
from inkgate.analytics.reader import TOPIC, consumer, partitions
from inkgate.analytics.report import lasting
from inkgate.analytics.sinks.sink import Answer, Sink
from inkgate_common.errors import MalformedEvent
from inkgate_common.settings import KafkaSettings

# How long is waited for the facts before the positions; what has not come then is not known.
WITHIN_S = 10.0
_LOOK_EVERY_MS = 500


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """`position` is the next offset to read, None where nothing was read; `start` and `end` are the topic's. `deleted` facts
    went from the topic before they were read. Ages in seconds, of the fact's own time; None where it is not known."""

    partition: int
    position: int | None
    start: int
    end: int
    lag: int
    deleted: int
    last_fact_age_s: float | None


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """One destination. `lag` in messages, of all partitions; `last_fact_age_s` of the youngest fact that was read."""

    topic: str
    sink: str
    lag: int
    last_fact_age_s: float | None
    partitions: list[Partition]


@dataclass(frozen=True)
class Found:
    """What was found of a partition. `last_us`: when the fact before the position happened."""

    position: int | None
    start: int
    end: int
    last_us: int | None = None


async def look(kafka: KafkaSettings, sink: Sink, shown: str, now: datetime) -> Status:
    """The status of a destination, `shown` by that name. Raises KafkaError, AnalyticsError (no topic), SinkUnavailable."""
    topic = kafka.topic(TOPIC)
    positions = await sink.positions(topic)
    await sink.idle()
    async with consumer(kafka) as client:
        parts = await partitions(kafka)
        starts, ends = await client.beginning_offsets(parts), await client.end_offsets(parts)
        wanted = {
            tp: positions[tp.partition] - 1 for tp in parts if starts[tp] < positions.get(tp.partition, 0) <= ends[tp]
        }
        last = await _happened(client, wanted)
    found = {tp.partition: Found(positions.get(tp.partition), starts[tp], ends[tp], last.get(tp)) for tp in parts}
    return judged(topic, shown, found, microseconds(now))


async def _happened(client: AIOKafkaConsumer, wanted: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
    """When the facts at those offsets happened, in microseconds since 1970, as far as they are there."""
    found: dict[TopicPartition, int] = {}
    client.assign(list(wanted))
    for tp, offset in wanted.items():
        client.seek(tp, offset)
    waiting, until = set(wanted), time.monotonic() + WITHIN_S
    while waiting and time.monotonic() < until:
        for tp, records in (await client.getmany(*waiting, timeout_ms=_LOOK_EVERY_MS)).items():
            waiting.discard(tp)
            if records[0].offset == wanted[tp]:
                found[tp] = _at_us(records[0])
    return found


def _at_us(record: Any) -> int:
    try:
        fact = read(record.headers, record.value)
    except MalformedEvent:
        fact = None
    return fact.at_us if fact else record.timestamp * 1_000


def judged(topic: str, shown: str, found: Mapping[int, Found], now_us: int) -> Status:
    """What was found, reckoned up. Pure."""
    rows = [_partition(number, one, now_us) for number, one in sorted(found.items())]
    ages = [row.last_fact_age_s for row in rows if row.last_fact_age_s is not None]
    return Status(
        topic=topic, sink=shown, lag=sum(row.lag for row in rows), last_fact_age_s=min(ages, default=None), partitions=rows
    )  # fmt: skip


def _partition(number: int, found: Found, now_us: int) -> Partition:
    # As the reader goes on: from the start where nothing was read, where it was deleted, or where the topic was made anew.
    position = found.position
    known = position is not None and position <= found.end
    begins = max(found.start, position or 0) if known else found.start
    return Partition(
        partition=number,
        position=position,
        start=found.start,
        end=found.end,
        lag=found.end - begins,
        deleted=begins - (position or 0) if known else 0,
        last_fact_age_s=None if found.last_us is None else max(0, now_us - found.last_us) / 1e6,
    )


def as_text(status: Status) -> str:
    """For a terminal."""
    head = f"{status.topic} in {status.sink}: {status.lag} messages to read"
    if status.last_fact_age_s is not None:
        head += f"; the last fact that was read is {lasting(status.last_fact_age_s)} old"
    rows = [
        (row.partition, row.position, row.end, row.lag, _age(row.last_fact_age_s), _note(row))
        for row in status.partitions
    ]
    columns = ["partition", "position", "end", "lag", "last fact", ""]
    return f"{head}\n\n{as_table(Answer(columns, rows))}"


def _age(seconds: float | None) -> str:
    return "-" if seconds is None else f"{lasting(seconds)} ago"


def _note(row: Partition) -> str:
    if row.position is None:
        return "nothing read yet"
    if row.position > row.end:
        return "ends before the position: the topic was made anew"
    return f"{row.deleted} deleted before they were read" if row.deleted else ""


def as_json(status: Status) -> str:
    """One object."""
    return msgspec.json.format(msgspec.json.encode(status), indent=2).decode()
