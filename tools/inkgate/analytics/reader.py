"""The loop: read the topic, keep what it says with the positions, again. No consumer group: where to go on is in the sink,
so that rows and positions cannot come apart, and any position can be gone back to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from inkgate.analytics.errors import AnalyticsError
from inkgate.analytics.facts import Fact, microseconds, read
from inkgate.analytics.sinks.sink import Sink, take
from inkgate_common.errors import MalformedEvent
from inkgate_common.settings import KafkaSettings

TOPIC = "leads"
BATCH_MAX = 2_000
# How long a stop, and a file that somebody else wants, may wait.
LOOK_EVERY_MS = 500
# How long a partition that was added may go unseen.
METADATA_AGE_MS = 30_000

Begin = Literal["beginning", "latest"] | datetime | None


@dataclass
class Counts:
    """What was read since the start."""

    events: int = 0
    malformed: int = 0


class Reader:
    """`begin` None: where the sink says, else from the beginning. `say` is told in one line what somebody should know."""

    def __init__(
        self, kafka: KafkaSettings, sink: Sink, begin: Begin, say: Callable[[str], None], batch_max: int = BATCH_MAX
    ) -> None:
        self._kafka, self._sink, self._begin, self._say, self._batch_max = kafka, sink, begin, say, batch_max
        self._topic = kafka.topic(TOPIC)
        self._next: dict[TopicPartition, int] = {}
        self.counts = Counts()

    async def run(self, stop: asyncio.Event, *, once: bool) -> None:
        """Until `stop`; with `once` to the end of the topic as it is now. Raises KafkaError, SinkUnavailable."""
        async with consumer(self._kafka) as client:
            ends = await self._assign(client)
            # From now on it goes on from here, also where it is stopped before anything came.
            await take(self._sink, [], {(tp.topic, tp.partition): offset for tp, offset in self._next.items()})
            behind = sum(max(0, end - self._next[tp]) for tp, end in ends.items())
            self._say(f"{self._topic}: {len(ends)} partitions, {behind} events to read")
            caught_up = False
            while not stop.is_set():
                reached = all(self._next[tp] >= end for tp, end in ends.items())
                if reached and not caught_up:
                    caught_up = True
                    self._say(f"caught up, {self._told()}")
                if reached and once:
                    break
                got = await client.getmany(timeout_ms=LOOK_EVERY_MS, max_records=self._batch_max)
                if got:
                    await self._take(got)
                else:
                    await self._sink.idle()
                    if client.partitions_for_topic(self._topic) != {tp.partition for tp in ends}:
                        ends = await self._assign(client)
        if stop.is_set():
            self._say(f"stopped, {self._told()}")

    async def _take(self, got: dict[TopicPartition, list[Any]]) -> None:
        for tp, records in got.items():
            if records and records[0].offset > self._next[tp]:
                self._deleted(tp, records[0].offset)
        facts = list(self._read(record for records in got.values() for record in records))
        after = {tp: records[-1].offset + 1 for tp, records in got.items() if records}
        await take(self._sink, facts, {(tp.topic, tp.partition): offset for tp, offset in after.items()})
        self._next |= after

    def _read(self, records: Iterable[Any]) -> Iterable[Fact]:
        for record in records:
            self.counts.events += 1
            try:
                fact = read(record.headers, record.value)
            except MalformedEvent as error:
                self.counts.malformed += 1
                self._say(f"passed over {record.topic}/{record.partition}/{record.offset}: {error}")
                continue
            if fact is not None:
                yield fact

    async def _assign(self, client: AIOKafkaConsumer) -> dict[TopicPartition, int]:
        """Take every partition on, each where it is to be read next; where they end now."""
        parts = await partitions(self._kafka)
        client.assign(parts)
        starts, ends = await client.beginning_offsets(parts), await client.end_offsets(parts)
        # A partition that is added later is new as a whole, wherever the others began.
        begins = starts if self._next else await self._begins(client, parts, starts, ends)
        for tp in parts:
            self._next.setdefault(tp, begins[tp])
            if self._next[tp] < starts[tp]:
                self._deleted(tp, starts[tp])
            if self._next[tp] > ends[tp]:
                self._say(
                    f"partition {tp.partition} ends before where it was read to: it was made anew, and is read anew"
                )
                self._next[tp] = starts[tp]
            client.seek(tp, self._next[tp])
        return dict(ends)

    async def _begins(
        self, client: AIOKafkaConsumer, parts: list[TopicPartition], starts: dict[Any, int], ends: dict[Any, int]
    ) -> dict[TopicPartition, int]:
        if self._begin == "beginning":
            return dict(starts)
        if self._begin == "latest":
            return dict(ends)
        if isinstance(self._begin, datetime):
            at = microseconds(self._begin) // 1_000
            found = await client.offsets_for_times(dict.fromkeys(parts, at))
            return {tp: found[tp].offset if found.get(tp) else ends[tp] for tp in parts}
        stored = await self._sink.positions(self._topic)
        return {tp: stored.get(tp.partition, starts[tp]) for tp in parts}

    def _deleted(self, tp: TopicPartition, offset: int) -> None:
        gone = offset - self._next[tp]
        self._say(f"partition {tp.partition}: {gone} events were deleted from the topic before they were read")
        self._next[tp] = offset

    def _told(self) -> str:
        passed = f", {self.counts.malformed} passed over" if self.counts.malformed else ""
        return f"{self.counts.events} events read{passed}"


@asynccontextmanager
async def consumer(kafka: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A client without a group, that is told what to read. AnalyticsError where no broker answers."""
    client = AIOKafkaConsumer(
        **kafka.client_options(),
        client_id="inkgate-analytics",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=4_194_304,
        metadata_max_age_ms=METADATA_AGE_MS,
    )
    try:
        try:
            await client.start()
        except KafkaConnectionError as error:
            raise AnalyticsError(
                f"no Kafka answers at {kafka.kafka_bootstrap} by {kafka.kafka_security_protocol}: are "
                "INKGATE_KAFKA_BOOTSTRAP (or --kafka-bootstrap) and what else stands in INKGATE_KAFKA_… right?"
            ) from error
        yield client
    finally:
        await client.stop()


async def partitions(kafka: KafkaSettings) -> list[TopicPartition]:
    """Those of the topic `leads`. AnalyticsError where there is no such topic."""
    topic = kafka.topic(TOPIC)
    admin = AIOKafkaAdminClient(**kafka.client_options())
    try:
        await admin.start()
        described = await admin.describe_topics([topic])
    finally:
        await admin.close()
    numbers = sorted(part["partition"] for found in described for part in found["partitions"])
    if not numbers:
        raise AnalyticsError(f"there is no topic {topic} on that Kafka: is it the right one, and the prefix?")
    return [TopicPartition(topic, number) for number in numbers]
