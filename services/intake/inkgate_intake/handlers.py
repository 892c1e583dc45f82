"""The writer: many webhooks, one transaction.

Each webhook's items go into a bounded queue; one task takes everything that waits, stores it in one transaction (dedupe,
identities, sequences, events), and only then are all those webhooks answered. A batch that fails for its content is split
until the bad item is alone; a database that is away fails the whole batch at once, so that Meta tries again.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from inkgate_common import log
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.inbound import Audience
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.errors import is_transient
from inkgate_intake import metrics, repository
from inkgate_intake.domain import events, sequence
from inkgate_intake.domain.identity import Namer, Names, Plan, place, wanted
from inkgate_intake.domain.items import Item, Link, Message, Placed, Receipt, Unhandled
from inkgate_intake.domain.webhook import unstorable
from inkgate_intake.errors import ConversationMoved, NotStored, QueueFull
from inkgate_intake.repository import Taken

_log = log.get("writer")

BATCH_ITEMS_MAX = 500
WAITING_ITEMS_MAX = 10_000
WAITING_BYTES_MAX = 32_000_000
# Meta tries again after any answer that is not 200; a slow answer helps nobody.
ANSWER_WITHIN_S = 3.0
TRIES = 3
TRY_AGAIN_S = 0.05
_NO_NAMES = Names((), ())


class Work:
    """One webhook (or a part of a very large one) on its way into the database."""

    __slots__ = ("answer", "bytes", "left", "since")

    def __init__(self, answer: "asyncio.Future[None]", items: int, size: int, since: float) -> None:
        self.answer = answer
        self.left = items
        self.bytes = size
        self.since = since


class Entry:
    """One item on its way."""

    __slots__ = ("item", "names", "received_at", "traceparent", "work")

    def __init__(self, item: Item, names: Names, received_at: datetime, traceparent: str, work: Work) -> None:
        self.item = item
        self.names = names
        self.received_at = received_at
        self.traceparent = traceparent
        self.work = work


class Writer:
    """Stores what webhooks brought. `run` and `watch` are its background tasks; `artists` may be replaced at any time."""

    def __init__(self, database: Database, namer: Namer, artists: frozenset[str], clock: Clock) -> None:
        self._database = database
        self._namer = namer
        self.artists = artists
        self._clock = clock
        self._waiting: deque[Entry] = deque()
        self._waiting_bytes = 0
        self._unanswered: deque[Work] = deque()
        self._wake = asyncio.Event()

    async def store(self, items: Sequence[Item], received_at: datetime, traceparent: str, size: int) -> None:
        """Return when all of it is durable. `size` is the body's length in bytes.

        Raises QueueFull (nothing was taken in) or NotStored (it may have been stored: the same again does no harm).
        """
        if not items:
            return
        if len(self._waiting) + len(items) > WAITING_ITEMS_MAX and self._waiting:
            raise QueueFull(f"{len(self._waiting)} items wait")
        if self._waiting_bytes + size > WAITING_BYTES_MAX:
            raise QueueFull(f"{self._waiting_bytes} bytes wait")
        work = Work(asyncio.get_running_loop().create_future(), len(items), size, self._clock.monotonic())
        self._waiting_bytes += size
        self._unanswered.append(work)
        for item in items:
            self._waiting.append(Entry(item, self._names(item), received_at, traceparent, work))
        self._wake.set()
        await work.answer

    def _names(self, item: Item) -> Names:
        return _NO_NAMES if isinstance(item, Unhandled) else self._namer.names(item.phone_number_id, item.person)

    async def run(self) -> None:
        """Store what waits, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                metrics.QUEUE.set(len(self._waiting))
                await self._write(self._next_batch())
            metrics.QUEUE.set(0)

    async def watch(self) -> None:
        """Answer those whose turn takes too long, until cancelled. One task for all is cheaper than a timer each."""
        while True:
            await asyncio.sleep(0.1)
            late = self._clock.monotonic() - ANSWER_WITHIN_S
            while self._unanswered and (self._unanswered[0].answer.done() or self._unanswered[0].since < late):
                work = self._unanswered.popleft()
                _fail(work, NotStored("the database did not answer in time"))

    def _next_batch(self) -> list[Entry]:
        batch: list[Entry] = []
        while self._waiting and len(batch) < BATCH_ITEMS_MAX:
            entry = self._waiting.popleft()
            if entry.work.bytes:
                self._waiting_bytes -= entry.work.bytes
                entry.work.bytes = 0
            if not entry.work.answer.done():  # whoever was told to try again will
                batch.append(entry)
        return batch

    async def _write(self, batch: list[Entry]) -> None:
        if not batch:
            return
        started = self._clock.monotonic()
        try:
            await self._store_or_split(batch)
        except Exception as error:
            if not is_transient(error):
                _log.error("batch failed", items=len(batch), error=repr(error)[:300], exc_info=error)
            else:
                _log.warning("batch not stored", items=len(batch), error=type(error).__name__)
            for entry in batch:
                _fail(entry.work, NotStored(type(error).__name__))
        metrics.BATCH_ITEMS.observe(len(batch))
        metrics.BATCH_SECONDS.observe(self._clock.monotonic() - started)

    async def _store_or_split(self, batch: list[Entry]) -> None:
        """Store all of it; what cannot be stored is recorded instead. Raises only what another try may mend."""
        try:
            await self._store_with_retries(batch)
        except Exception as error:
            if is_transient(error):
                raise
            if len(batch) > 1:
                _log.warning("batch split", items=len(batch), error=repr(error)[:300])
                middle = len(batch) // 2
                await self._store_or_split(batch[:middle])
                await self._store_or_split(batch[middle:])
                return
            if batch[0].item.__class__ is Unhandled:
                raise NotStored("not even the record of it") from error
            _log.error("item cannot be stored", kind=type(batch[0].item).__name__, error=repr(error)[:300])
            batch[0].item, batch[0].names = unstorable(batch[0].item, type(error).__name__), _NO_NAMES
            await self._store_with_retries(batch)
        for entry in batch:
            entry.work.left -= 1
            if entry.work.left == 0 and not entry.work.answer.done():
                entry.work.answer.set_result(None)

    async def _store_with_retries(self, batch: list[Entry]) -> None:
        for attempt in range(1, TRIES + 1):
            try:
                async with self._database.transaction() as uow:
                    counted = await self._store(uow, batch)
                counted()
                return
            except Exception as error:
                if not is_transient(error) or attempt == TRIES:
                    raise
                if not isinstance(error, ConversationMoved):
                    await asyncio.sleep(TRY_AGAIN_S * attempt)

    async def _store(self, uow: UnitOfWork, batch: Sequence[Entry]) -> "_Count":
        """One transaction: dedupe, find conversations, take numbers, emit."""
        fresh, unhandled = await _new_ones(uow, batch)
        plan = await self._placed(uow, fresh)
        things = [_placed_item(entry) for entry in fresh]
        numbered = sequence.numbered(things, plan)
        needed = sequence.counts(numbered)
        taken = await repository.take(uow, needed, plan.opted_out)
        if plan.closed:
            await repository.close(uow, plan.closed)
        said: set[UUID] = set()
        last = {conversation: one.last for conversation, one in taken.items()}
        for one in numbered:
            number = sequence.absolute(one, last, needed) if one.sequence else 0
            uow.emit(_event(one, fresh[one.index], number, plan, taken, said))
        if said:
            await repository.opt_out_said(uow, said)
        if unhandled:
            await repository.record(uow, unhandled)
        return _Count(things, unhandled, len(batch) - len(fresh) - len(unhandled), len(plan.linked))

    async def _placed(self, uow: UnitOfWork, fresh: Sequence[Entry]) -> Plan:
        items = [(_placed_item(entry), entry.names) for entry in fresh]
        if not items:
            return Plan()
        names = wanted(items)
        plan = place(items, await repository.aliases(uow, names), {}, self.artists, self._namer)
        if plan.changes:
            # Decided again with nobody else deciding: two replicas may have met her at the same time.
            await repository.lock_identities(uow)
            known, remembered = await repository.aliases(uow, names), await repository.remembered(uow, names)
            plan = place(items, known, remembered, self.artists, self._namer)
            if plan.changes:
                await repository.link(uow, plan)
        return plan


class _Count:
    """What was stored, counted once it is committed."""

    def __init__(self, items: Sequence[Placed], unhandled: Sequence[Unhandled], duplicates: int, linked: int) -> None:
        self._items, self._unhandled, self._duplicates, self._linked = items, unhandled, duplicates, linked

    def __call__(self) -> None:
        statuses = Counter([item.status for item in self._items if isinstance(item, Receipt)])
        for status, number in statuses.items():
            metrics.RECEIPTS.labels(metrics.status_label(status)).inc(number)
        for kind, number in Counter([item.kind for item in self._items if isinstance(item, Message)]).items():
            metrics.MESSAGES.labels(kind).inc(number)
        for one in self._unhandled:
            metrics.UNHANDLED.labels(metrics.reason_label(one.reason)).inc()
        if self._duplicates:
            metrics.DUPLICATES.inc(self._duplicates)
        if self._linked:
            metrics.LINKED.inc(self._linked)


async def _new_ones(uow: UnitOfWork, batch: Sequence[Entry]) -> tuple[list[Entry], list[Unhandled]]:
    """The items that were not seen before, each once, and those that have no effect."""
    unhandled: list[Unhandled] = []
    first: dict[bytes, Entry] = {}
    for entry in batch:
        if isinstance(entry.item, Unhandled):
            unhandled.append(entry.item)
        else:
            first.setdefault(entry.item.key, entry)
    if not first:
        return [], unhandled
    new = await repository.admit(uow, first)
    return [entry for key, entry in first.items() if key in new], unhandled


def _placed_item(entry: Entry) -> Placed:
    assert not isinstance(entry.item, Unhandled)
    return entry.item


def _event(
    one: sequence.Numbered, entry: Entry, number: int, plan: Plan, taken: dict[UUID, Taken], said: set[UUID]
) -> Event:
    """The event of a numbered item. Notes in `said` where it says that she had opted out before."""
    item = _placed_item(entry)
    if one.linked is not None:
        return events.identity_linked(item, one.linked, number, entry.received_at, entry.traceparent)
    if isinstance(item, Receipt):
        return events.receipt_received(item, one.conversation, entry.received_at, entry.traceparent)
    assert not isinstance(item, Link)
    opted_out = taken[one.conversation].say_opted_out and item.kind != "echo" and one.conversation not in said
    if opted_out:
        said.add(one.conversation)
    audience: Audience = "artist" if plan.places[one.index].artist else "client"
    return events.message_received(
        item, one.conversation, number, audience, opted_out, entry.received_at, entry.traceparent
    )


def _fail(work: Work, error: NotStored) -> None:
    if not work.answer.done():
        work.answer.set_exception(error)
