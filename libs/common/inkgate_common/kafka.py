"""The batch consumer: records → one transaction → positions. Poisoned events go to a dead-letter topic.

One transaction holds the inbox rows, the handler's effects, the events they cause and the partition positions. Kafka's
committed offset only follows, for lag and autoscaling: after a restored backup the database's position is what counts.
When a batch fails, it is split until the failing event is alone; everything else goes through (DESIGN §3).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from msgspec.structs import replace

from inkgate_common import backoff, ids, inbox, log, metrics, trace
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import VALUE_BYTES_MAX, Event, Record, as_record, decode
from inkgate_common.contracts import TYPES
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.errors import MalformedEvent, TransientError, in_one_line, is_transient
from inkgate_common.settings import KafkaSettings

_log = log.get("consumer")

BATCH_MAX = 500
TRIES_OF_A_FAILING_EVENT = 3
COMMIT_EVERY_S = 1.0
# A killed consumer's partitions move within 10 s (PROTOCOL §5).
SESSION_TIMEOUT_MS = 6_000
# By this members hear that partitions are dealt anew: all of a service stands still until the last one knows.
HEARTBEAT_MS = 500
GAP_ALARM_S = 60.0
# Below what probes wait for an answer.
REACHABLE_WITHIN_S = 2.0
REPLAY_HEADER = "inkgate_replay"
# A dead letter must fit into a record, whatever came.
DEAD_HEADERS_MAX = 40
DEAD_HEADER_CHARS_MAX = 1_000


class Handler(Protocol):
    """What a service does with events. All three run inside the unit of work that also stores the positions."""

    async def handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        """Judge events that were not handled before; those with a sequence come in order. All or nothing."""

    async def dead(self, uow: UnitOfWork, event: Event, error: str) -> None:
        """This event went to the dead letters."""

    async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
        """On this stream an event has been missing for a minute."""


@dataclass
class Batch:
    """Records as they were read: their events, the positions after them, and those that are no events."""

    events: list[Event] = field(default_factory=list)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    malformed: list[Record] = field(default_factory=list)
    replayed: set[UUID] = field(default_factory=set)
    origins: dict[UUID, Any] = field(default_factory=dict)


class Processor:
    """The transactional half of a consumer; knows nothing of Kafka's client, so tests drive it directly."""

    def __init__(self, database: Database, handler: Handler, kafka: KafkaSettings, types: Iterable[str]) -> None:
        self._database = database
        self._handler = handler
        self._kafka = kafka
        self._types = frozenset(types)
        # What lies before these offsets was handled before the database was restored (Event.reread).
        self.reread_until: dict[tuple[str, int], int] = {}

    def read(self, records: Iterable[Any]) -> Batch:
        """Decode Kafka records. What is not an event of ours is set aside for the dead letters."""
        batch = Batch()
        consumed: Counter[str] = Counter()
        for record in records:
            batch.positions[(record.topic, record.partition)] = record.offset + 1
            consumed[record.topic] += 1
            try:
                event = decode(record.headers, record.value)
            except MalformedEvent as error:
                batch.malformed.append(self._malformed(record, str(error)))
                continue
            if event is None or event.type not in self._types:
                continue
            if self.reread_until and record.offset < self.reread_until.get((record.topic, record.partition), 0):
                event = replace(event, reread=True)
            if any(name == REPLAY_HEADER for name, _ in record.headers):
                batch.replayed.add(event.id)
            batch.events.append(event)
            batch.origins[event.id] = record
        for topic, number in consumed.items():
            metrics.CONSUMED.labels(topic).inc(number)
        return batch

    async def process(self, batch: Batch) -> None:
        """Handle a batch; every event in it is handled, held, or dead when this returns. Raises only transient errors."""
        try:
            await self._transaction(batch, batch.events)
        except Exception as error:
            if is_transient(error):
                raise
            _log.warning("batch failed, splitting it", events=len(batch.events), error=repr(error)[:300])
            await self._split(batch, batch.events)
            await self._transaction(batch, [])

    async def _split(self, batch: Batch, events: list[Event]) -> None:
        if len(events) == 1:
            await self._alone(batch, events[0])
            return
        middle = len(events) // 2
        for half in (events[:middle], events[middle:]):
            try:
                await self._transaction(batch, half, with_positions=False)
            except Exception as error:
                if is_transient(error):
                    raise
                await self._split(batch, half)

    async def _alone(self, batch: Batch, event: Event) -> None:
        """One failing event: a few tries, then the dead letters. What waited behind it is taken one by one."""
        for attempt in range(1, TRIES_OF_A_FAILING_EVENT + 1):
            try:
                await self._transaction(batch, [event], with_positions=False, only=event.id)
                break
            except Exception as error:
                if is_transient(error):
                    raise
                if attempt == TRIES_OF_A_FAILING_EVENT:
                    await self._bury(batch, event, error)
        if event.sequence is not None:
            await self._drain(batch, (event.topic, event.subject))

    async def _drain(self, batch: Batch, key: inbox.StreamKey) -> None:
        """Take what a stream holds and is due now, one event a transaction."""
        while True:
            async with self._database.transaction() as uow:
                stream = (await inbox.streams(uow, [key]))[key]
            due = [held for held in stream.held if (held.sequence or 0) <= stream.position + 1]
            if not due:
                return
            first = min(due, key=lambda held: held.sequence or 0)
            for attempt in range(1, TRIES_OF_A_FAILING_EVENT + 1):
                try:
                    await self._transaction(batch, [], with_positions=False, only=first.id, wake=key)
                    break
                except Exception as error:
                    if is_transient(error):
                        raise
                    if attempt == TRIES_OF_A_FAILING_EVENT:
                        await self._bury(batch, first, error)

    async def _transaction(
        self,
        batch: Batch,
        events: Sequence[Event],
        *,
        with_positions: bool = True,
        only: UUID | None = None,
        wake: inbox.StreamKey | None = None,
    ) -> None:
        """Inbox, order, handler, positions: one commit. `only` judges no event but this one and holds the others."""
        async with trace.tracer.batch() as spans, self._database.transaction() as uow:
            fresh = await inbox.admit(uow, events, batch.replayed) if events else []
            ready = await self._in_order(uow, fresh, only, wake, batch.replayed)
            if ready:
                ready = spans.of(ready)
                await self._handler.handle(uow, ready)
            if with_positions:
                for record in batch.malformed:
                    uow.emit_record(record)
                    metrics.DEAD_LETTERS.labels(self._kafka.short_topic(record.topic.removesuffix(".dlq"))).inc()
                _store_positions(uow, batch.positions)
        if log.verbose:
            _tell(ready)

    async def _in_order(
        self,
        uow: UnitOfWork,
        fresh: Sequence[Event],
        only: UUID | None,
        wake: inbox.StreamKey | None,
        replayed: set[UUID],
    ) -> list[Event]:
        ready: list[Event] = []
        numbered: dict[inbox.StreamKey, list[Event]] = defaultdict(list)
        for event in fresh:
            if event.sequence is None:
                ready.append(event)
            else:
                numbered[(event.topic, event.subject)].append(event)
        if wake is not None:
            numbered[wake] = []
        before = await inbox.streams(uow, numbered)
        after: dict[inbox.StreamKey, tuple[int, list[Event]]] = {}
        for key, stream in before.items():
            due, position, hold = inbox.resequence(stream.position, [*numbered[key], *stream.held])
            if only is not None and any(event.id != only for event in due):
                later = [event for event in due if event.id != only]
                due = [event for event in due if event.id == only]
                position = max([stream.position, *(event.sequence or 0 for event in due)])
                hold = [*later, *hold]
            # The number of a dead event was taken when it died: its replay is no sign of a restored producer.
            due = [replace(event, restored=False) if event.id in replayed else event for event in due]
            for event in due:
                if event.restored:
                    metrics.RESTORED.labels(event.topic).inc()
            after[key] = (position, hold)
            ready.extend(due)
        await inbox.store_streams(uow, before, after)
        return ready

    async def _bury(self, batch: Batch, event: Event, error: BaseException) -> None:
        """Dead letter, inbox state, position and the handler's own mark, in one transaction."""
        reason = in_one_line(error)[:1000]
        where = trace.fields(event.traceparent)
        _log.error("event is dead", event_id=str(event.id), type=event.type, error=reason, **where)
        metrics.DEAD_LETTERS.labels(event.topic).inc()
        try:
            await self._bury_once(batch, event, reason, tell=True)
        except Exception as second:
            if is_transient(second):
                raise
            # The handler cannot even mark it: the dead letter alone must do, or the partition would stand still.
            _log.error("a dead event could not be marked", event_id=str(event.id), error=repr(second)[:300])
            await self._bury_once(batch, event, reason, tell=False)

    async def _bury_once(self, batch: Batch, event: Event, reason: str, *, tell: bool) -> None:
        async with self._database.transaction() as uow:
            await uow.run(
                """insert into inbox (id, state) values (:id, 'dead') on conflict (id) do update set state = 'dead'""",
                id=event.id,
            )
            if event.sequence is not None:
                key = (event.topic, event.subject)
                before = await inbox.streams(uow, [key])
                stream = before[key]
                hold = [held for held in stream.held if held.id != event.id]
                await inbox.store_streams(uow, before, {key: (max(stream.position, event.sequence), hold)})
            uow.emit_record(self._dead_record(event, reason, batch.origins.get(event.id)))
            if tell:
                await self._handler.dead(uow, event, reason)

    def _dead_record(self, event: Event, reason: str, origin: Any) -> Record:
        """The dead letter of an event; `origin` is the record that it was read from, None where it was held."""
        record = as_record(event, self._kafka.topic(event.topic))
        headers, value, where = record.headers, record.value, None
        if origin is not None:  # as it came, with what a newer producer may have added
            headers, value = _texts(origin.headers), origin.value
            where = (origin.topic, origin.partition, origin.offset)
        return _dead(record.topic, record.key, headers, value, event.id, reason, where)

    def _malformed(self, record: Any, reason: str) -> Record:
        origin = (record.topic, record.partition, record.offset)
        headers = _texts(record.headers)
        identity = ids.derive(f"{record.topic}:{record.partition}:{record.offset}", "malformed")
        # PostgreSQL keeps no NUL.
        key = (record.key or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")[:DEAD_HEADER_CHARS_MAX]
        return _dead(record.topic, key, headers, record.value or b"", identity, reason, origin)

    async def watch_gaps(self) -> None:
        """Tell the handler of streams whose next event has been missing for a minute, once each; take what is held and
        whose turn has come (an operator gave the missing one up)."""
        async with self._database.transaction() as uow:
            late, due = await inbox.late_streams(uow, GAP_ALARM_S), await inbox.due_streams(uow)
        for stream in late:
            await self._alarm(stream)
        for stream in due:
            await self._drain(Batch(), stream)
        measured = (
            await self._database.read(
                "select count(*) as n, extract(epoch from now() - min(held_at)) as age_s from held"
            )
        )[0]
        metrics.HELD.set(measured.n)
        metrics.HELD_OLDEST_S.set(float(measured.age_s or 0))

    async def _alarm(self, key: inbox.StreamKey) -> None:
        """Tell the handler of one stream, in a transaction of its own: one that it cannot mark holds up no other."""
        try:
            async with self._database.transaction() as uow:
                if await inbox.mark_alarmed(uow, key):
                    _log.error("an event is missing", topic=key[0], conversation_id=key[1])
                    await self._handler.gap(uow, *key)
        except Exception as error:
            if is_transient(error):
                raise
            _log.error("a gap could not be marked", topic=key[0], conversation_id=key[1], error=repr(error)[:300])


def _tell(events: Iterable[Event]) -> None:
    for event in events:
        where = trace.fields(event.traceparent)
        _log.debug("handled", type=event.type, event_id=str(event.id), conversation_id=event.subject, **where)


def _texts(headers: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, str]]:
    return [(name, (value or b"").decode("utf-8", "replace")) for name, value in headers]


def _dead(
    topic: str,
    key: str,
    headers: list[tuple[str, str]],
    value: bytes,
    identity: UUID,
    reason: str,
    origin: tuple[str, int, int] | None,
) -> Record:
    where = "held" if origin is None else f"{origin[0]}/{origin[1]}/{origin[2]}"
    kept = [(name[:DEAD_HEADER_CHARS_MAX], text[:DEAD_HEADER_CHARS_MAX]) for name, text in headers[:DEAD_HEADERS_MAX]]
    extra = [("inkgate_error", reason), ("inkgate_origin", where)]
    return Record(
        ids.derive(identity, "dead-letter", where), f"{topic}.dlq", key, [*kept, *extra], value[:VALUE_BYTES_MAX]
    )


def _store_positions(uow: UnitOfWork, positions: dict[tuple[str, int], int]) -> None:
    if not positions:
        return
    keys = sorted(positions)
    uow.later(
        """insert into positions (topic, partition, next_offset) select * from unnest(cast(:topics as text[]),
            cast(:partitions as integer[]), cast(:offsets as bigint[]))
        on conflict (topic, partition) do update set next_offset = excluded.next_offset""",
        topics=[topic for topic, _ in keys],
        partitions=[partition for _, partition in keys],
        offsets=[positions[key] for key in keys],
    )


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
                await self._consume(client)
            except (KafkaError, OSError) as error:
                attempt += 1
                _log.warning("consumer restarts", error=type(error).__name__)
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
            raise TransientError("the consumer is not connected to Kafka")
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
