"""Taking in: a batch of events becomes rows, jobs and events, in the transaction that also stores the positions.

Receipts first (a status may end what an intent of the same batch waits for, and a restored database hears of statuses
before their intents), then intents, then erasures. What has just come in and whose lane is idle is recorded as `sending`
right here and handed to the callers after the commit: that saves a transaction, and its latency, a turn.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec.structs import replace

from inkgate_common import log
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_common.db import UnitOfWork
from inkgate_sender import metrics, repository, repository_queue
from inkgate_sender.domain import cancel, receipts, retry
from inkgate_sender.domain.outcome import Accepted
from inkgate_sender.domain.queue import Lane, first_in_lane
from inkgate_sender.domain.receipts import Receipt
from inkgate_sender.domain.send import RANKS, Send, whole_second
from inkgate_sender.domain.verdict import Hold, Policy, Verdict, fail
from inkgate_sender.domain.window import shut
from inkgate_sender.engine import Engine
from inkgate_sender.jobs import Job
from inkgate_sender.recorder import apply, hold
from inkgate_sender.repository import Arrival
from inkgate_sender.voice import Voice

_log = log.get("taking")
_encode = msgspec.json.Encoder().encode

ERASED = "erased"


class Desk:
    """The sends that a batch concerns, as they are changed by one event after the other; what is said on the way."""

    def __init__(self, before: dict[UUID, Send]) -> None:
        self.before = dict(before)
        self.sends = dict(before)
        self.says: dict[UUID, list[Verdict]] = {}
        self.taken_back: set[UUID] = set()
        self.holds: dict[str, Hold] = {}
        self.duplicates = 0

    def put(self, verdict: Verdict) -> None:
        """A rule's verdict on one of the sends."""
        send = verdict.send
        self.sends[send.intent_id] = send
        self.duplicates += verdict.duplicates
        if verdict.hold is not None:
            self.holds[send.phone_number_id] = verdict.hold
        if verdict.says:
            self.says.setdefault(send.intent_id, []).append(verdict)

    def verdicts(self) -> list[Verdict]:
        """One for each send that changed: its last state, and all that was said of it."""
        result = []
        for key, send in self.sends.items():
            said = tuple(one for verdict in self.says.get(key, ()) for one in verdict.says)
            if said or send != self.before.get(key):
                result.append(Verdict(send=send, says=said))
        return result


class Taking:
    """The shell of taking in. Its methods run inside the consumer's unit of work."""

    def __init__(self, engine: Engine, policy: Policy, clock: Clock, chance: Callable[[], float]) -> None:
        self._engine = engine
        self._policy = policy
        self._clock = clock
        self._chance = chance
        self._suspected = False

    async def take(
        self,
        uow: UnitOfWork,
        heard: Sequence[Event],
        created: Sequence[Event],
        cancelled: Sequence[Event],
        erased: Sequence[Event],
    ) -> None:
        """Judge a batch; all or nothing."""
        now = self._clock.now()
        statuses, foreign = await self._correlate(uow, heard)
        opt_outs = {UUID(event.subject) for event in cancelled if event.data.opt_out}
        people = {event.data.conversation_id for event in erased}
        wanted = {intent_id for intent_id, _, _ in statuses} | {event.data.intent_id for event in cancelled}
        desk = Desk(await repository.load(uow, wanted, conversations=opt_outs | people))
        orphans = self._judge(desk, statuses, now)
        metrics.RECEIPTS.labels("foreign").inc(foreign)
        if orphans:
            await repository.remember_orphans(uow, orphans, now)
        says = Voice()
        fresh, behind = await self._admit(uow, desk, created, cancelled, now)
        self._take_back(desk, cancelled, erased, now)
        await apply(uow, desk.before, desk.verdicts(), says, now)
        if people:
            await repository.forget_orphans(uow, people=people)
        for number, held in sorted(desk.holds.items()):
            await hold(uow, self._engine.pacing, number, held.scope, held.code, held.title, now)
        await says.write(uow)
        if desk.duplicates:
            uow.after_commit(lambda: metrics.DUPLICATE_SENDS.inc(desk.duplicates))
        if desk.taken_back:
            self._engine.suspend(desk.taken_back)
            uow.after_commit(lambda: self._engine.forget(desk.taken_back))
        if fresh or behind:
            uow.after_commit(lambda: self._engine.take(fresh, behind))

    # Receipts.

    async def _correlate(
        self, uow: UnitOfWork, heard: Sequence[Event]
    ) -> tuple[list[tuple[UUID, Event, Receipt]], int]:
        """Receipts with the intent each is of: by what came back in `biz_opaque_callback_data`, else by wamid. Returns also
        how many are of no message of ours."""
        unnamed = [event.data.wamid for event in heard if event.data.intent_id is None]
        known = await repository.by_wamid(uow, unnamed) if unnamed else {}
        found: list[tuple[UUID, Event, Receipt]] = []
        for event in heard:
            data: ReceiptReceived = event.data
            intent_id, attempt = data.intent_id, data.attempt
            if intent_id is None:
                if data.wamid not in known:
                    continue
                intent_id, attempt = known[data.wamid]
            receipt = Receipt(attempt, data.wamid, data.status, data.at, tuple(data.errors))
            found.append((intent_id, event, receipt))
        return found, len(heard) - len(found)

    def _judge(
        self, desk: Desk, statuses: Sequence[tuple[UUID, Event, Receipt]], now: datetime
    ) -> list[tuple[UUID, UUID | None, Receipt]]:
        """Judge receipts of sends that are known; returns the others."""
        orphans = []
        news = 0
        for intent_id, event, receipt in statuses:
            send = desk.sends.get(intent_id)
            if send is None:
                orphans.append((intent_id, _uuid(event.subject), receipt))
                continue
            verdict = receipts.judge(send, receipt, self._policy, now, self._chance())
            if verdict.touched:
                news += 1
                desk.put(verdict)
        metrics.RECEIPTS.labels("orphan").inc(len(orphans))
        metrics.RECEIPTS.labels("news").inc(news)
        metrics.RECEIPTS.labels("stale").inc(len(statuses) - len(orphans) - news)
        return orphans

    # Intents.

    async def _admit(
        self,
        uow: UnitOfWork,
        desk: Desk,
        created: Sequence[Event],
        cancelled: Sequence[Event],
        now: datetime,
    ) -> tuple[list[Job], list[UUID]]:
        """Insert new sends. Returns the jobs of those that begin at once, and the conversations of those that wait."""
        if not created:
            return [], []
        await self._suspect(uow, created)
        people = [UUID(event.subject) for event in created]
        busy, orphans = await repository.busy_and_orphans(uow, people, (event.data.intent_id for event in created))
        back = {event.data.intent_id for event in cancelled}
        stops = {UUID(event.subject): event.data.sequence for event in cancelled if event.data.opt_out}
        begin: list[tuple[Event, UUID]] = []
        sends: dict[UUID, Send] = {}
        for event, person in zip(created, people, strict=True):
            send = _send_of(event, person, now)
            sends[send.intent_id] = send
            stopped = cancel.stopped_by_opt_out(send, stops.get(person, 0))
            if send.intent_id not in back and not stopped and send.intent_id not in orphans and not event.reread:
                begin.append((event, person))
        jobs = self._begin(begin, busy, sends, now)
        arrivals = [Arrival(sends[event.data.intent_id], _encode(event.data)) for event in created]
        inserted = await repository.insert(uow, arrivals, now)
        await self._introduce(uow, created)
        for key in inserted:
            desk.before[key] = desk.sends[key] = sends[key]
        for key in inserted & orphans.keys():
            self._apply_orphans(desk, sends[key], orphans[key], now)
        if orphans:
            await repository.forget_orphans(uow, intents=orphans)
        waits = [send.conversation_id for key, send in sends.items() if key in inserted and send.state == "waiting"]
        return [job for job in jobs if job.intent_id in inserted], waits

    def _begin(
        self, begin: Sequence[tuple[Event, UUID]], busy: set[Lane], sends: dict[UUID, Send], now: datetime
    ) -> list[Job]:
        """Turn those that may go at once into sends under way, and their jobs."""
        room, now_s, owner = self._engine.room(), self._clock.monotonic(), self._engine.owner
        jobs: list[Job] = []
        free = first_in_lane([Lane(person, event.data.queue) for event, person in begin], busy)
        for (event, person), first in zip(begin, free, strict=True):
            intent: IntentCreated = event.data
            if not first or len(jobs) >= room:
                continue
            recipient = intent.to or intent.recipient or ""
            leave = self._engine.pacing.leave(intent.phone_number_id, intent.queue, recipient, now_s)
            send = sends[intent.intent_id]
            if leave.wait_s:
                if leave.personal:
                    sends[intent.intent_id] = replace(send, due_at=now + timedelta(seconds=leave.wait_s))
                continue
            sends[intent.intent_id] = replace(send, state="sending", attempt=1, owner=owner, began_at=now)
            jobs.append(
                Job(
                    intent=intent,
                    conversation_id=person,
                    attempt=1,
                    owner=owner,
                    traceparent=event.traceparent,
                    committed_s=now_s,
                    fallback_used=send.fallback_used,
                )
            )
        return jobs

    async def _introduce(self, uow: UnitOfWork, created: Sequence[Event]) -> None:
        pacing = self._engine.pacing
        unknown = {event.data.phone_number_id for event in created if not pacing.stored(event.data.phone_number_id)}
        if unknown:
            await repository_queue.introduce(uow, unknown)
            uow.after_commit(lambda: pacing.note_stored(unknown))

    async def _suspect(self, uow: UnitOfWork, created: Sequence[Event]) -> None:
        """This database was restored: what it believes to be waiting may have gone out since the backup."""
        if not self._suspected and any(event.reread for event in created):
            _log.error("the database was restored: what it reads again counts as uncertain")
            await repository.suspect_all(uow)
            uow.after_commit(self._note_suspected)

    def _note_suspected(self) -> None:
        self._suspected = True

    def _apply_orphans(self, desk: Desk, send: Send, heard: Sequence[Receipt], now: datetime) -> None:
        """An intent of which WhatsApp has spoken before it came: it was sent in an earlier life. Nothing is sent again."""
        ranked = sorted(heard, key=lambda receipt: (RANKS.get(receipt.status, 9), receipt.at))
        newest = max(receipt.attempt or 1 for receipt in ranked)
        current = replace(send, attempt=newest, state="uncertain", suspect=False)
        if all(receipt.status == "failed" for receipt in ranked):
            # It was taken, or its failure could not have been reported.
            answer = Accepted(ranked[0].wamid, whole_second(ranked[0].at))
            began_at = send.began_at or now
            verdict = retry.accepted(current, answer, began_at, self._policy, now, self._chance())
            desk.put(verdict)
            current = verdict.send
        for receipt in ranked:
            verdict = receipts.judge(current, receipt, self._policy, now, self._chance())
            if verdict.touched:
                desk.put(verdict)
                current = verdict.send
        desk.sends[send.intent_id] = current

    # Taking back.

    def _take_back(self, desk: Desk, cancelled: Sequence[Event], erased: Sequence[Event], now: datetime) -> None:
        for event in cancelled:
            data: IntentCancelled = event.data
            marked = [data.intent_id] if data.intent_id in desk.sends else []
            if data.opt_out:
                person = UUID(event.subject)
                marked += [
                    key
                    for key, send in desk.sends.items()
                    if key != data.intent_id
                    and send.conversation_id == person
                    and cancel.stopped_by_opt_out(send, data.sequence)
                ]
            for key in marked:
                self._take_one_back(desk, key, data.reason, now)
        for event in erased:
            gone: PersonErased = event.data
            for key in [key for key, send in desk.sends.items() if send.conversation_id == gone.conversation_id]:
                self._take_one_back(desk, key, ERASED, now)

    def _take_one_back(self, desk: Desk, key: UUID, reason: str, now: datetime) -> None:
        send = desk.sends[key]
        if not send.ended:
            desk.taken_back.add(key)
            desk.put(cancel.take_back(send, reason, now))

    # The dead.

    async def bury(self, uow: UnitOfWork, event: Event) -> None:
        """An intent that cannot be taken in fails, so that nobody waits for it."""
        intent, person, now = event.data, _uuid(event.subject), self._clock.now()
        if not isinstance(intent, IntentCreated) or person is None:
            return
        send = replace(_send_of(event, person, now), phone_number_id="", traceparent=None)
        known = await repository.load(uow, [intent.intent_id])
        if known:
            return
        await repository.insert(uow, [Arrival(send, b"")], now)
        failed, said = fail(send, "dead_letter", "It could not be taken in.", now)
        says = Voice()
        await apply(uow, {send.intent_id: send}, [Verdict(send=failed, says=(said,))], says, now)
        await says.write(uow)


def _send_of(event: Event, conversation_id: UUID, now: datetime) -> Send:
    """The send of an intent that comes in. What a restored database reads again may have gone out when it was made."""
    intent: IntentCreated = event.data
    return Send(
        intent_id=intent.intent_id,
        conversation_id=conversation_id,
        sequence=intent.sequence,
        queue=intent.queue,
        phone_number_id=intent.phone_number_id,
        due_at=now,
        lead_id=intent.lead_id,
        traceparent=event.traceparent,
        confirmation=intent.opt_out_confirmation,
        has_fallback=intent.fallback is not None,
        window_expires_at=intent.window_expires_at,
        fallback_used=intent.fallback is not None
        and shut(intent.window_expires_at, event.time if event.reread else now),
        began_at=event.time if event.reread else None,
        suspect=event.reread,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
