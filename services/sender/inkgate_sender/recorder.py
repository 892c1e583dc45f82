"""Writes down what came of calls: all that are finished, in one transaction, with the events they cause.

The hot path (a first attempt, accepted, the gate on acceptance) is one statement for the whole batch; everything else is
loaded, judged by the rules and saved. A result counts only for the attempt that is current: a process that was taken for
dead must not overwrite what another one did meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import backoff, log, trace
from inkgate_common.clock import Clock
from inkgate_common.contracts.control import SenderHeld, SenderReleased
from inkgate_common.contracts.intents import Template
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.errors import is_transient
from inkgate_sender import metrics, repository, repository_queue, repository_upkeep, voice
from inkgate_sender.domain import retry, uncertain
from inkgate_sender.domain.outcome import Accepted, Refused, Unknown
from inkgate_sender.domain.send import Send
from inkgate_sender.domain.verdict import Policy, Verdict, first_acceptance, settle, status
from inkgate_sender.jobs import Result
from inkgate_sender.pacing import Pacing
from inkgate_sender.repository import Finish
from inkgate_sender.voice import Voice

_log = log.get("recorder")

BATCH_MAX = 500


async def apply(
    uow: UnitOfWork, before: dict[UUID, Send], verdicts: Sequence[Verdict], says: Voice, now: datetime
) -> None:
    """Save what the rules brought about. `before` are the sends as they were loaded; each has at most one verdict."""
    changed: list[Send] = []
    for verdict in verdicts:
        send = verdict.send
        was = before.get(send.intent_id)
        if was is None or replace(send, copies=()) != replace(was, copies=()):
            changed.append(send)
        says.say(send.conversation_id, verdict.says, send.traceparent)
    await repository.save(uow, changed, now)
    await repository.save_copies(uow, before, [verdict.send for verdict in verdicts])


class Recorder:
    """`run` is a background task; `put` hands it a result."""

    def __init__(
        self, database: Database, pacing: Pacing, policy: Policy, clock: Clock, chance: Callable[[], float]
    ) -> None:
        self._database = database
        self._pacing = pacing
        self._policy = policy
        self._clock = clock
        self._chance = chance
        self._finished: deque[Result] = deque()
        self._ready = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._marked_templates: set[tuple[str, str]] = set()
        # Set by the composition root: whom to tell what is committed.
        self.recorded: Callable[[Sequence[Result], float], None] = lambda _results, _next_due_s: None

    def put(self, result: Result) -> None:
        """Record this."""
        self._finished.append(result)
        self._idle.clear()
        self._ready.set()

    async def idle(self) -> None:
        """Wait until everything that was put is recorded."""
        await self._idle.wait()

    async def run(self) -> None:
        """Record until cancelled, across any outage of the database."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._finished:
                batch = [self._finished.popleft() for _ in range(min(BATCH_MAX, len(self._finished)))]
                try:
                    await self._surely(batch)
                except asyncio.CancelledError:
                    self._finished.extendleft(reversed(batch))
                    raise
            self._idle.set()

    async def _surely(self, batch: Sequence[Result]) -> None:
        """Record a batch; a database that is down is waited for, a result that cannot be recorded is singled out."""
        attempt = 0
        while True:
            try:
                self.recorded(batch, await self._record(batch))
                return
            except Exception as error:
                attempt += 1
                if is_transient(error):
                    _log.warning("waiting for the database", error=type(error).__name__, attempt=attempt)
                    await asyncio.sleep(backoff.delay_s(attempt, self._chance(), base_s=0.02, cap_s=2))
                    continue
                if len(batch) > 1:
                    for result in batch:
                        await self._surely([result])
                    return
                job, where = batch[0].job, trace.fields(batch[0].job.traceparent)
                _log.error("result cannot be recorded", intent_id=str(job.intent_id), error=repr(error)[:300], **where)
                if isinstance(batch[0].outcome, Unknown):
                    # Left as it is: the look for lost sends makes it uncertain.
                    self.recorded(batch, 1.0)
                    return
                batch = [replace(batch[0], outcome=Unknown("not recorded"))]

    async def _record(self, batch: Sequence[Result]) -> float:
        """One transaction. Returns in how many seconds the first of them is to be tried again."""
        now = self._clock.now()
        plain = [result for result in batch if self._is_plain(result)]
        others = [result for result in batch if not self._is_plain(result)]
        next_due_s = float("inf")
        async with self._database.transaction() as uow:
            says = Voice()
            # All locks on sends come before those on conversations.
            before = await repository.load(uow, [result.job.intent_id for result in others])
            if plain:
                await self._finish(uow, plain, says, now)
            if others:
                next_due_s = await self._judge(uow, before, others, says, now)
            await says.write(uow)
        return next_due_s

    def _is_plain(self, result: Result) -> bool:
        return (
            self._policy.gate_on == "accepted"
            and result.job.attempt == 1
            and not result.job.probe
            and not result.job.fallback_used
            and isinstance(result.outcome, Accepted)
        )

    # The hot path.

    async def _finish(self, uow: UnitOfWork, plain: Sequence[Result], says: Voice, now: datetime) -> None:
        rows = [
            Finish(
                result.job.intent_id,
                result.job.owner,
                result.outcome.wamid,
                result.began_at,
                result.outcome.accepted_at,
            )
            for result in plain
            if isinstance(result.outcome, Accepted)
        ]
        found = await repository.finish(uow, rows, voice.EVENTS_OF_AN_ACCEPTANCE, now)
        taken = dict(found.last)
        for conversation_id in found.conversations.values():
            taken[conversation_id] -= voice.EVENTS_OF_AN_ACCEPTANCE
        for result in plain:
            if result.job.intent_id not in found.conversations:
                await self._too_late(uow, result, says, now)
                continue
            self._say_accepted(uow, result, taken, says, now)
            if result.job.intent_id in found.failed:
                await self._fell_already(uow, result, says, now)
            await self._template_works(uow, result)

    def _say_accepted(
        self, uow: UnitOfWork, result: Result, taken: dict[UUID, int], says: Voice, now: datetime
    ) -> None:
        job, answer = result.job, result.outcome
        assert isinstance(answer, Accepted)
        number = taken[job.conversation_id]
        taken[job.conversation_id] = number + voice.EVENTS_OF_AN_ACCEPTANCE
        for said in first_acceptance(job.intent, answer, result.began_at, number, now):
            says.emit(uow, job.conversation_id, said, job.traceparent)

    async def _fell_already(self, uow: UnitOfWork, result: Result, says: Voice, now: datetime) -> None:
        """WhatsApp reported the failure before its answer was recorded: a late failure, as soon as it is delivered."""
        before = await repository.load(uow, [result.job.intent_id])
        send = replace(before[result.job.intent_id], late_failed=True)
        copy = send.copy(1)
        said = status(send, replace(copy, wamid=None), "failed", now, all_failed=True)
        await apply(uow, before, [Verdict(send=send, says=(said,))], says, now)

    async def _too_late(self, uow: UnitOfWork, result: Result, says: Voice, now: datetime) -> None:
        """The attempt is not current any more; that it was accepted is still true of that copy."""
        job, answer = result.job, result.outcome
        assert isinstance(answer, Accepted)
        before = await repository.load(uow, [job.intent_id])
        send = before.get(job.intent_id)
        if send is None:
            return
        known = send.copy(job.attempt)
        copy = replace(
            known,
            outcome="accepted",
            accepted_at=known.accepted_at or answer.accepted_at,
            wamid=answer.wamid,
            fallback=job.fallback_used,
        )
        where = trace.fields(job.traceparent)
        _log.warning("answer came late", intent_id=str(job.intent_id), attempt=job.attempt, state=send.state, **where)
        after = send.with_copy(copy)
        verdict = Verdict(send=after)
        if not known.went_out:
            if any(other.went_out for other in send.others(copy.attempt)):
                uow.after_commit(metrics.DUPLICATE_SENDS.inc)
            if send.state in ("failed", "cancelled") and not copy.failed:
                after = replace(after, state="delivered")
                told = status(
                    after,
                    copy,
                    "accepted",
                    now,
                    makes_delivered=True,
                    accepted_at=copy.accepted_at,
                    began_at=result.began_at,
                )
                verdict = Verdict(send=after, says=(told,))
            elif send.state in ("waiting", "uncertain"):
                settled = settle(after, self._policy, now)
                verdict = verdict if settled is None else Verdict(send=settled[0], says=settled[1])
        await apply(uow, before, [verdict], says, now)

    # Everything else.

    async def _judge(
        self, uow: UnitOfWork, before: dict[UUID, Send], results: Sequence[Result], says: Voice, now: datetime
    ) -> float:
        verdicts: list[Verdict] = []
        next_due_s = float("inf")
        for result in results:
            send = before.get(result.job.intent_id)
            if send is None or not _is_current(send, result):
                if isinstance(result.outcome, Accepted) and send is not None:
                    await self._too_late(uow, result, says, now)
                continue
            verdict = retry.after_try(send, result.outcome, result.began_at, self._policy, now, self._chance())
            if verdict.slow:
                due_at = now + timedelta(seconds=result.pause_s)
                verdict = replace(verdict, send=replace(verdict.send, due_at=due_at))
            verdicts.append(verdict)
            if verdict.send.state == "waiting":
                next_due_s = min(next_due_s, (verdict.send.due_at - now).total_seconds())
            await self._side_effects(uow, result, verdict, now)
        await apply(uow, before, verdicts, says, now)
        return next_due_s

    async def _side_effects(self, uow: UnitOfWork, result: Result, verdict: Verdict, now: datetime) -> None:
        """What an answer means beyond its own message."""
        if verdict.duplicates:
            uow.after_commit(lambda: metrics.DUPLICATE_SENDS.inc(verdict.duplicates))
        number = result.job.intent.phone_number_id
        if verdict.hold is not None:
            await hold(uow, self._pacing, number, verdict.hold.scope, verdict.hold.code, verdict.hold.title, now)
        elif result.job.probe and retry.proves_the_api_works(result.outcome):
            await release(uow, self._pacing, number, "probe", now)
        if verdict.bad_template and isinstance(result.body, Template) and isinstance(result.outcome, Refused):
            code, name, language = result.outcome.code or 0, result.body.name, result.body.language
            _log.error("template refused", template=name, language=language, code=code, title=result.outcome.title)
            metrics.BAD_TEMPLATES.inc()
            self._marked_templates.add((name, language))
            await repository_upkeep.mark_template(uow, name, language, code, result.outcome.title, now)
        await self._template_works(uow, result)

    async def _template_works(self, uow: UnitOfWork, result: Result) -> None:
        if isinstance(result.body, Template) and isinstance(result.outcome, Accepted):
            key = (result.body.name, result.body.language)
            if key in self._marked_templates:
                await repository_upkeep.clear_templates(uow, [key])
                self._marked_templates.discard(key)

    async def make_uncertain(self, uow: UnitOfWork, intents: Iterable[UUID], says: Voice, now: datetime) -> int:
        """These were under way in a process that is gone, or that does not know of them: nobody knows what came of them."""
        before = {key: send for key, send in (await repository.load(uow, intents)).items() if send.state == "sending"}
        verdicts = [uncertain.orphaned(send, self._policy, now) for send in before.values()]
        await apply(uow, before, verdicts, says, now)
        return len(before)


def _is_current(send: Send, result: Result) -> bool:
    """Whether the result is of the newest attempt, and nobody took it over and went on. (What was made uncertain meanwhile
    is settled by its own answer.)"""
    if send.attempt != result.job.attempt:
        return False
    return (send.state == "sending" and send.owner == result.job.owner) or send.state == "uncertain"


async def hold(
    uow: UnitOfWork, pacing: Pacing, number: str, scope: str, code: int | None, title: str | None, now: datetime
) -> None:
    """Hold a number; the operator is told once."""
    held = await repository_queue.hold(uow, number, scope, code, title, now)
    if held is not None:
        _log.error("number on hold", phone_number_id=number, scope=scope, code=code, title=title)
        said = SenderHeld(at=now, phone_number_id=number, scope=scope, code=code, title=title)
        voice.tell_operators(uow, said, number, held.held_at or now, scope)
    uow.after_commit(lambda: pacing.widen_hold(number, scope))


async def release(uow: UnitOfWork, pacing: Pacing, number: str, by: str, now: datetime) -> bool:
    """End a hold. Returns whether there was one."""
    held = await repository_queue.release(uow, number, now)
    if held is None:
        return False
    scope = held.hold_scope or "all"
    _log.info("number released", phone_number_id=number, scope=scope, by=by)
    said = SenderReleased(at=now, phone_number_id=number, scope=scope, by=by)
    voice.tell_operators(uow, said, number, held.held_at or now, scope)
    uow.after_commit(lambda: pacing.end_hold(number))
    return True
