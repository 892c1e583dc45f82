"""The transactional half of a consumer: records → one transaction → positions.

One transaction holds the inbox rows, the handler's effects, the events they cause and the partition positions. When a batch
fails, it is split until the failing event is alone; everything else goes through (DESIGN §3).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import dead_letters, inbox, log, metrics, trace
from inkgate_common.cloudevents import Event, Record, decode
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.errors import MalformedEvent, in_one_line, is_transient
from inkgate_common.settings import KafkaSettings

_log = log.get("consumer")

TRIES_OF_A_FAILING_EVENT = 3
GAP_ALARM_S = 60.0


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
    """Handles batches; knows nothing of Kafka's client, so tests drive it directly."""

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
                batch.malformed.append(dead_letters.of_malformed(record, str(error)))
                continue
            if event is None or event.type not in self._types:
                continue
            if self.reread_until and record.offset < self.reread_until.get((record.topic, record.partition), 0):
                event = replace(event, reread=True)
            if any(name == dead_letters.REPLAY_HEADER for name, _ in record.headers):
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
        """One failing event, then what waited behind it, one by one."""
        await self._try(batch, event, [event])
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
            await self._try(batch, first, [], wake=key)

    async def _try(
        self, batch: Batch, event: Event, events: Sequence[Event], *, wake: inbox.StreamKey | None = None
    ) -> None:
        """Judge this event alone: a few tries, then the dead letters."""
        for attempt in range(1, TRIES_OF_A_FAILING_EVENT + 1):
            try:
                await self._transaction(batch, events, with_positions=False, only=event.id, wake=wake)
                return
            except Exception as error:
                if is_transient(error):
                    raise
                if attempt == TRIES_OF_A_FAILING_EVENT:
                    await self._bury(batch, event, error)

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
            uow.emit_record(
                dead_letters.of_event(event, self._kafka.topic(event.topic), reason, batch.origins.get(event.id))
            )
            if tell:
                await self._handler.dead(uow, event, reason)

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
