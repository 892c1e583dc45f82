"""The batch consumer: reads topics and feeds a Processor, which stores the positions with the effects.

Kafka's committed offset only follows, for lag and autoscaling: after a restored backup the database's position counts.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from inkgate_common import backoff, log, metrics, reach
from inkgate_common.clock import Clock
from inkgate_common.contracts import TYPES
from inkgate_common.db import Database
from inkgate_common.errors import TransientError, is_transient
from inkgate_common.processor import Batch, Handler, Processor
from inkgate_common.settings import KafkaSettings

_log = log.get("consumer")

BATCH_MAX = 500
COMMIT_EVERY_S = 1.0
# A killed consumer's partitions move within 10 s (PROTOCOL §5).
SESSION_TIMEOUT_MS = 6_000
# By this members hear that partitions are dealt anew: all of a service stands still until the last one knows.
HEARTBEAT_MS = 500
# Below what probes wait for an answer.
REACHABLE_WITHIN_S = 2.0


@dataclass(frozen=True)
class Reach:
    """One partition: everything before `handled` has its effects in the database; `end` is where the topic ended when it was
    last asked, at `asked_ms` (Unix time; None: not yet)."""

    handled: int
    end: int | None
    asked_ms: int | None


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads topics for one service and feeds a Processor. `run` is a background task."""

    def __init__(
        self,
        service: str,
        topics: Iterable[str],
        database: Database,
        handler: Handler,
        kafka: KafkaSettings,
        clock: Clock,
        chance: Any,
        *,
        mark_reread: bool = False,
    ) -> None:
        self._service = service
        self._mark_reread = mark_reread
        topics = tuple(topics)
        self._topics = [kafka.topic(name) for name in topics]
        self._database = database
        self._kafka = kafka
        self._clock = clock
        self._chance = chance
        known = [name for name, struct in TYPES.items() if struct.TOPIC in set(topics)]
        self.processor = Processor(database, handler, kafka, known)
        self._client: AIOKafkaConsumer | None = None
        self._stopping = asyncio.Event()
        self._to_commit: dict[TopicPartition, int] = {}
        self._handled: dict[TopicPartition, int] = {}
        self._age_ms: dict[str, float] = {}
        self._watch = reach.Watch(kafka, clock, _log)
        for name in topics:  # at 0 from the start: the first dead letter is an increase
            metrics.DEAD_LETTERS.labels(name)
        self.connected = False

    async def run(self) -> None:
        """Consume until `stop`, across any outage of Kafka or the database."""
        attempt = 0
        while not self._stopping.is_set():
            client = AIOKafkaConsumer(
                **self._kafka.client_options(),
                group_id=f"{self._kafka.topic_prefix}inkgate-{self._service}",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                session_timeout_ms=SESSION_TIMEOUT_MS,
                heartbeat_interval_ms=HEARTBEAT_MS,
                request_timeout_ms=10_000,
                max_partition_fetch_bytes=1_048_576,
                fetch_max_wait_ms=250,
                # Topics with equal numbers of partitions are dealt alike, so that one replica has all of a conversation.
                partition_assignment_strategy=(RangePartitionAssignor,),
            )
            try:
                client.subscribe(self._topics, listener=self)
                self._client = client
                await client.start()
                self.connected, attempt = True, 0
                self._watch.well()
                await self._consume(client)
            except (KafkaError, OSError) as error:
                attempt += 1
                self.connected = False
                await self._watch.failed("consumer restarts", error)
                await asyncio.sleep(backoff.delay_s(attempt, self._chance(), cap_s=5))
            finally:
                self.connected = False
                await _close(client)

    async def reachable(self) -> None:
        """Raises TransientError, or what the client raises, unless the consumer was let in and a broker answers now.

        Asked, because a client whose brokers have gone looks for them for ever and tells nobody but the log.
        """
        client = self._client
        if client is None or not self.connected:
            raise self._watch.trouble or TransientError("the consumer is not connected to Kafka")
        async with asyncio.timeout(REACHABLE_WITHIN_S):
            await client.topics()

    async def stop(self) -> None:
        """Finish the batch under way and return; `run` ends then."""
        self._stopping.set()

    async def _consume(self, client: AIOKafkaConsumer) -> None:
        next_commit = 0.0
        while not self._stopping.is_set():
            fetched = await client.getmany(timeout_ms=200, max_records=BATCH_MAX)
            records = [record for chunk in fetched.values() for record in chunk]
            if records:
                started = self._clock.monotonic()
                now_ms = self._clock.now().timestamp() * 1000
                for tp, chunk in fetched.items():
                    if chunk:
                        age_ms = now_ms - chunk[0].timestamp
                        self._age_ms[tp.topic] = max(age_ms, self._age_ms.get(tp.topic, 0.0))
                batch = self.processor.read(records)
                await self._until_done(batch)
                metrics.BATCH_SIZE.observe(len(records))
                metrics.BATCH_SECONDS.observe(self._clock.monotonic() - started)
                assigned = client.assignment()
                for (topic, partition), offset in batch.positions.items():
                    if TopicPartition(topic, partition) in assigned:
                        self._to_commit[TopicPartition(topic, partition)] = offset
                        self._handled[TopicPartition(topic, partition)] = offset
            if self._clock.monotonic() >= next_commit:
                next_commit = self._clock.monotonic() + COMMIT_EVERY_S
                await self._commit(client)
        await self._commit(client)

    async def _until_done(self, batch: Batch) -> None:
        """A database that is down is not a poisoned message: wait for it."""
        attempt = 0
        while True:
            try:
                await self.processor.process(batch)
                return
            except Exception as error:
                if not is_transient(error) or self._stopping.is_set():
                    raise
                attempt += 1
                _log.warning("waiting for the database", error=type(error).__name__, attempt=attempt)
                await asyncio.sleep(backoff.delay_s(attempt, self._chance(), base_s=0.05, cap_s=5))

    async def _commit(self, client: AIOKafkaConsumer) -> None:
        assigned = client.assignment()
        again = self.processor.reread_until
        offsets = {
            tp: offset
            for tp, offset in self._to_commit.items()
            if tp in assigned and offset >= again.get((tp.topic, tp.partition), 0)
        }
        self._to_commit.clear()
        for topic in self._topics:  # also those of which this replica has nothing (any more)
            behind = 0
            for tp in assigned:
                end = client.highwater(tp) if tp.topic == topic else None
                if end is not None:
                    behind += max(0, end - await client.position(tp))
            metrics.LAG.labels(topic).set(behind)
            metrics.CONSUMER_BEHIND_S.labels(topic).set(self._age_ms.pop(topic, 0.0) / 1000)
        if offsets:
            try:
                await client.commit(offsets)
            except KafkaError as error:  # the positions that count are in the database
                _log.info("offsets not committed", error=type(error).__name__)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Nothing to hand back: positions are stored with the effects."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Go on where the database says."""
        client, partitions = self._client, list(assigned)
        if client is None or not partitions:
            return
        rows = await self._stored_positions()
        stored = {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}
        if self._mark_reread:
            await self._find_reread(client, partitions, stored)
        for tp in partitions:
            client.seek(tp, stored.get(tp, 0))
            self._handled[tp] = stored.get(tp, 0)
        _log.info("partitions assigned", partitions=len(partitions))

    async def _find_reread(
        self, client: AIOKafkaConsumer, partitions: list[TopicPartition], stored: dict[TopicPartition, int]
    ) -> None:
        """Kafka's offsets only follow the database's: where one is ahead, the database was restored from a backup. Then all
        that is on the topics by now may have been handled before (the offsets follow within a second, not at once)."""
        try:
            async with asyncio.timeout(5):
                committed = await asyncio.gather(*(client.committed(tp) for tp in partitions))
                pairs = zip(partitions, committed, strict=True)
                if any(offset is not None and offset > stored.get(tp, 0) for tp, offset in pairs):
                    for tp, end in (await client.end_offsets(partitions)).items():
                        self.processor.reread_until[(tp.topic, tp.partition)] = end
        except (KafkaError, OSError, TimeoutError) as error:
            _log.warning("cannot tell whether the database was restored", error=type(error).__name__)

    def reach(self, topic: str) -> dict[int, Reach]:
        """How far this replica has handled its partitions of a topic (short name)."""
        client, full = self._client, self._kafka.topic(topic)
        if client is None or not self.connected:
            return {}
        return {
            tp.partition: Reach(self._handled[tp], client.highwater(tp), client.last_poll_timestamp(tp))
            for tp in client.assignment()
            if tp.topic == full and tp in self._handled
        }

    def partitions(self, topic: str) -> int:
        """How many partitions a topic (short name) has; 0 while that is not known."""
        return len(self._client.partitions_for_topic(self._kafka.topic(topic)) or ()) if self._client else 0

    async def _stored_positions(self) -> Sequence[Any]:
        # An error that left this callback would only be logged by aiokafka, and Kafka's offset would be used instead.
        while True:
            try:
                return await self._database.read("select topic, partition, next_offset from positions")
            except Exception as error:
                if not is_transient(error):
                    raise
                await asyncio.sleep(0.5)


async def _close(client: AIOKafkaConsumer) -> None:
    try:
        async with asyncio.timeout(3):
            await client.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        _log.info("consumer did not stop cleanly", error=type(error).__name__)
