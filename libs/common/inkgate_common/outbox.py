"""The outbox and its relay: events wait in the database of the service that caused them until Kafka has them.

What this process committed is handed over in memory, in order, and published at once. What a crash leaves behind is found
by a scan every second. Published rows are deleted inside the next transaction of the same writer, or after a moment of
idleness. The relay may be any replica, in any order, at least once: order is kept by the sequences at the consumers
(DESIGN §3), so there are no leases, no fencing and no cursor.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, NoReturn
from uuid import UUID

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from inkgate_common import log, metrics, reach, trace
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import Event, Record, encode
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.errors import TransientError
from inkgate_common.ids import in_order
from inkgate_common.settings import KafkaSettings

_log = log.get("outbox")

# Rows beyond these stay in the table and are found by the scan: memory is bounded, nothing is lost.
WAITING_MAX = 20_000
IN_FLIGHT_MAX = 4_000
PUBLISH_BATCH = 500
# Of one partition, in one request; below the broker's default of 1 MiB (a single larger record goes alone).
BATCH_BYTES_MAX = 262_144
SCAN_BATCH = 1_000
SCAN_EVERY_S = 1.0
LEFT_BEHIND_S = 1.0
DELETE_WHEN_IDLE_S = 0.25
# aiokafka 0.14's idempotent producer never expires a batch: a send that takes longer than this replaces the producer.
STUCK_AFTER_S = 8.0


class Outbox:
    """Rows of the table `outbox`, and which of them this process knows to be on their way."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._kafka = kafka
        self.waiting: deque[Record] = deque()
        self.known: set[UUID] = set()
        self.published: list[UUID] = []
        self.deleting: set[UUID] = set()
        self.wake = asyncio.Event()

    def record(self, event: Event) -> Record:
        return encode(event, self._kafka.topic(event.topic))

    def write(self, uow: UnitOfWork, records: Sequence[Record]) -> None:
        if self.published:
            uow.deleting, self.published = self.published, []
            self.deleting.update(uow.deleting)
            uow.later(
                "delete from outbox where id = any(cast(:gone as uuid[]))", gone=sorted(uow.deleting, key=in_order)
            )
        if records:
            uow.later(
                """insert into outbox (id, topic, key, headers, value, ordinal)
                select * from unnest(cast(:ids as uuid[]), cast(:topics as text[]), cast(:keys as text[]),
                    cast(:headers as text[]), cast(:values as bytea[]), cast(:ordinals as integer[]))
                on conflict (id) do nothing""",
                ids=[r.id for r in records],
                topics=[r.topic for r in records],
                keys=[r.key for r in records],
                headers=[msgspec.json.encode(r.headers).decode() for r in records],
                values=[r.value for r in records],
                ordinals=list(range(len(records))),
            )

    def written(self, uow: UnitOfWork) -> None:
        self.deleting.difference_update(uow.deleting)
        self.known.difference_update(uow.deleting)
        self.take(uow.records)

    def rolled_back(self, uow: UnitOfWork) -> None:
        self.deleting.difference_update(uow.deleting)
        self.published.extend(uow.deleting)

    def take(self, records: Sequence[Record]) -> None:
        """Queue rows for publishing; those above the bound are left to the scan."""
        room = WAITING_MAX - len(self.waiting)
        for record in records[:room]:
            if record.id not in self.known:
                self.known.add(record.id)
                self.waiting.append(record)
        if records:
            self.wake.set()


class Relay:
    """Publishes the outbox. `run` and `scan` are the two background tasks of a service."""

    def __init__(self, database: Database, outbox: Outbox, kafka: KafkaSettings, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._kafka = kafka
        self._clock = clock
        self._producer: AIOKafkaProducer | None = None
        self._in_flight: dict[UUID, float] = {}
        self._room = asyncio.Event()
        self._failed = asyncio.Event()
        self._watch = reach.Watch(kafka, clock, _log)
        self.connected = False

    async def run(self) -> None:
        """Publish what is handed over, until cancelled. Replaces the producer when it fails or is stuck."""
        while True:
            producer = AIOKafkaProducer(
                **self._kafka.client_options(),
                enable_idempotence=True,
                linger_ms=0,
                request_timeout_ms=5_000,
                max_batch_size=BATCH_BYTES_MAX,
            )
            try:
                await producer.start()
                self._producer, self.connected = producer, True
                self._watch.well()
                self._failed.clear()
                await self._publish_until_failure(producer)
            except (KafkaError, OSError, TransientError) as error:
                failed = error
                metrics.PRODUCER_REPLACED.inc()
            finally:
                self._producer, self.connected = None, False
                self._forget_in_flight()
                await _stop(producer)
            await self._watch.failed("producer replaced", failed)
            await asyncio.sleep(0.5)

    async def reachable(self) -> None:
        """Raises Unreachable, or TransientError where it is not known why, unless there is a producer."""
        if not self.connected:
            raise self._watch.trouble or TransientError("the producer is not connected to Kafka")

    async def _publish_until_failure(self, producer: AIOKafkaProducer) -> NoReturn:
        outbox = self._outbox
        while True:
            if self._failed.is_set() or self._oldest_in_flight_s() > STUCK_AFTER_S:
                raise TransientError("the producer failed or is stuck")
            if len(self._in_flight) >= IN_FLIGHT_MAX or not outbox.waiting:
                event = self._room if outbox.waiting else outbox.wake
                event.clear()
                try:
                    async with asyncio.timeout(0.25):
                        await event.wait()
                except TimeoutError:
                    continue
                continue
            async with asyncio.timeout(STUCK_AFTER_S):
                await self._publish(producer)

    async def _publish(self, producer: AIOKafkaProducer) -> None:
        """Hand what waits to the producer, in batches made here: a quarter of what it costs record by record.

        What is taken from the queue is in flight at once, so that an interruption leaves all of it to the scan.
        """
        waiting, now_s = self._outbox.waiting, self._clock.monotonic()
        records = [waiting.popleft() for _ in range(min(PUBLISH_BATCH, len(waiting)))]
        for record in records:
            self._in_flight[record.id] = now_s
        records = trace.tracer.publishing(records)
        counts = {topic: len(await producer.partitions_for(topic)) for topic in {r.topic for r in records}}
        groups: dict[tuple[str, int], list[Record]] = {}
        for record in records:
            partition = partition_hash(record.key) % counts[record.topic]
            groups.setdefault((record.topic, partition), []).append(record)
        for (topic, partition), group in groups.items():
            start = 0
            while start < len(group):
                batch, taken = _batch(producer, group, start)
                future = await producer.send_batch(batch, topic, partition=partition)
                future.add_done_callback(partial(self._acknowledged, topic, group[start : start + taken]))
                start += taken

    def _acknowledged(self, topic: str, records: list[Record], done: "asyncio.Future[Any]") -> None:
        for record in records:
            self._in_flight.pop(record.id, None)
        self._room.set()
        if done.cancelled() or done.exception() is not None:
            # They may be on the topic or not: the rows are still there, and the scan will publish them again.
            self._outbox.known.difference_update(record.id for record in records)
            self._failed.set()
            trace.tracer.published(records, "cancelled" if done.cancelled() else type(done.exception()).__name__)
            return
        trace.tracer.published(records, None)
        metrics.PUBLISHED.labels(topic).inc(len(records))
        self._outbox.published.extend(record.id for record in records)

    def _oldest_in_flight_s(self) -> float:
        metrics.OUTBOX_UNPUBLISHED.set(len(self._in_flight) + len(self._outbox.waiting))
        first = next(iter(self._in_flight.values()), None)
        return 0.0 if first is None else self._clock.monotonic() - first

    def _forget_in_flight(self) -> None:
        self._outbox.known.difference_update(self._in_flight)
        self._in_flight.clear()

    async def scan(self) -> None:
        """Every second: take up what somebody else left behind, delete what is published, measure the oldest."""
        next_scan = 0.0
        while True:
            await asyncio.sleep(DELETE_WHEN_IDLE_S)
            if self._outbox.published:
                async with self._database.transaction():
                    pass
            if self._clock.monotonic() >= next_scan:
                next_scan = self._clock.monotonic() + SCAN_EVERY_S
                await (self._take_left_behind() if self.connected else self._measure())

    async def _take_left_behind(self) -> None:
        async with self._database.advisory_lock("outbox-scan") as mine:
            rows = await self._database.read(
                """select id, topic, key, headers, value, extract(epoch from now() - created_at) as age_s from outbox
                where created_at < now() - make_interval(secs => :age_s) order by created_at, ordinal limit :limit""",
                age_s=LEFT_BEHIND_S,
                limit=SCAN_BATCH,
            )
            published = {*self._outbox.published, *self._outbox.deleting}
            unpublished = [row for row in rows if row.id not in published]
            metrics.OUTBOX_OLDEST_S.set(max((float(row.age_s) for row in unpublished), default=0.0))
            if mine:
                self._outbox.take(
                    [
                        Record(
                            row.id,
                            row.topic,
                            row.key,
                            msgspec.json.decode(row.headers, type=list[tuple[str, str]]),
                            row.value,
                        )
                        for row in unpublished
                    ]
                )

    async def _measure(self) -> None:
        """Without Kafka there is nothing to take up, and the oldest gets older."""
        rows = await self._database.read("select extract(epoch from now() - min(created_at)) as age_s from outbox")
        metrics.OUTBOX_OLDEST_S.set(float(rows[0].age_s or 0))

    async def flush(self, limit_s: float) -> None:
        """At the end: wait until what is queued is published and deleted, or the limit is over (the scan of the next
        process finds the rest)."""
        deadline = self._clock.monotonic() + limit_s
        while (self._outbox.waiting or self._in_flight) and self.connected and self._clock.monotonic() < deadline:
            await asyncio.sleep(0.01)
        if self._outbox.published:
            async with self._database.transaction():
                pass


@lru_cache(maxsize=16_384)
def partition_hash(key: str) -> int:
    """What Kafka's own clients take the partition of a key by (murmur2, positive). A turn publishes many events of a key."""
    return int(murmur2(key.encode())) & 0x7FFFFFFF


def _batch(producer: AIOKafkaProducer, records: Sequence[Record], start: int) -> tuple[Any, int]:
    """A batch of the records from `start` on, and how many fitted (at least one always does)."""
    batch, taken = producer.create_batch(), 0
    for record in records[start:]:
        headers = [(name, value.encode()) for name, value in record.headers]
        if batch.append(key=record.key.encode(), value=record.value, timestamp=None, headers=headers) is None:
            break
        taken += 1
    return batch, taken


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        async with asyncio.timeout(2):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        _log.info("producer did not stop cleanly", error=type(error).__name__)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it is meant for us, and not from a task of the producer's
            raise
