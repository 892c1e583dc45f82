"""The shell: load, judge, save with the outbox, in one transaction. Three doors: commands from Kafka, webhooks from Stripe,
and the answers to our own calls. What is decided is decided in `domain`."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import log, trace
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import Event, new
from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.payment_commands import PaymentCommand
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.errors import InkgateError
from inkgate_payments import metrics, repository
from inkgate_payments.domain import answers, events, retry, signature
from inkgate_payments.domain.deposit import Deposit, Outcome
from inkgate_payments.domain.facts import AnyFact, SessionFact
from inkgate_payments.domain.judge import Parked, judge
from inkgate_payments.repository import Claim

_log = log.get("payments")

SPAN = "POST /webhooks/stripe"

# A rule: the deposit as it stands, the event's data → what it brings about.
Rule = Callable[[Deposit, Any], Outcome]
# What an outcome came from (the ids of its events are derived from that), and the outcome.
Judged = tuple[UUID | str, Outcome]


class Ledger:
    """Writes what was judged. `placed` is called when a call to Stripe is committed, so that it is made at once."""

    def __init__(self, clock: Clock, placed: Callable[[], None]) -> None:
        self.clock = clock
        self._placed = placed

    async def save(
        self,
        uow: UnitOfWork,
        before: dict[UUID, Deposit],
        after: dict[UUID, Deposit],
        judged: Sequence[Judged],
    ) -> None:
        """Write the deposits, calls and events of these outcomes, in the order in which they were judged. Each stands with
        its cause, from which the ids of its events are derived."""
        now = self.clock.now()
        await repository.save(uow, before, after, now)
        for cause, outcome in judged:
            for event in self._events(cause, outcome):
                uow.emit(event)
                metrics.FACTS.labels(event.type).inc()
        calls = [call for _, outcome in judged for call in outcome.calls]
        if calls:
            await repository.place(uow, calls, now)
            uow.after_commit(self._placed)
        # After `place`: a link may be wanted and taken back in one batch.
        await repository.drop_creates(uow, [outcome.deposit.id for _, outcome in judged if outcome.drop_create], now)

    def _events(self, cause: UUID | str, outcome: Outcome) -> Iterator[Event]:
        counts: dict[str, int] = {}
        for fact in outcome.facts:
            ordinal = counts.get(fact.TYPE, 0)
            counts[fact.TYPE] = ordinal + 1
            yield new(
                fact,
                source="payments",
                subject=outcome.deposit.subject,
                time=self.clock.now(),
                cause=cause,
                ordinal=ordinal,
                traceparent=outcome.deposit.traceparent,
            )


async def commands(uow: UnitOfWork, batch: Sequence[tuple[Event, Rule]], ledger: Ledger) -> None:
    """Judge dialogue's commands: a batch in one transaction, each by its rule, in the order given."""
    names = [_introduction(event) for event, _ in batch]
    await repository.introduce(uow, names)
    before = await repository.load(uow, [name.id for name in names])
    after = dict(before)
    judged: list[Judged] = []
    for (event, rule), name in zip(batch, names, strict=True):
        outcome = rule(after[name.id], event.data)
        after[name.id] = outcome.deposit
        judged.append((event.id, outcome))
        where = trace.fields(event.traceparent)
        _log.info("command", type=event.type, command_id=str(event.data.command_id), outcome=outcome.note, **where)
    await ledger.save(uow, before, after, judged)


def _introduction(event: Event) -> Deposit:
    """The deposit that a command speaks of, known by name only. Raises ValueError where the key is no conversation id."""
    command: PaymentCommand = event.data
    return Deposit(
        id=getattr(command, "deposit_command_id", command.command_id),
        lead_id=command.lead_id,
        conversation_id=UUID(event.subject),
        traceparent=event.traceparent,
    )


async def erasures(uow: UnitOfWork, batch: Sequence[Event], rule: Callable[[Deposit], Outcome], ledger: Ledger) -> None:
    """Forget these persons: their deposits lose the conversation, the money stays."""
    causes = {event.data.conversation_id: event.id for event in batch if isinstance(event.data, PersonErased)}
    before = await repository.load(uow, await repository.of_conversations(uow, causes))
    outcomes = {key: rule(deposit) for key, deposit in before.items()}
    judged: list[Judged] = []
    for key, deposit in before.items():
        if deposit.conversation_id is not None:
            judged.append((causes[deposit.conversation_id], outcomes[key]))
    await ledger.save(uow, before, {key: outcome.deposit for key, outcome in outcomes.items()}, judged)


class Webhooks:
    """What Stripe sends: each event once, whatever it says."""

    def __init__(self, database: Database, secrets: Sequence[str], ledger: Ledger) -> None:
        self._database = database
        self._secrets = secrets
        self._ledger = ledger

    async def take(self, body: bytes, header: str | None) -> None:
        """Judge one webhook; its effect is durable when this returns. Raises BadSignature, NotAnEvent, or what the database
        raises (then nothing is stored, and Stripe sends it again)."""
        signature.verify(body, header, self._secrets, self._ledger.clock.now())
        event = events.read(body)
        async with trace.tracer.late(SPAN) as span, self._database.transaction() as uow:
            if not await repository.first_seen(uow, event.id, event.type, event.note):
                metrics.WEBHOOKS.labels("repeated").inc()
                return
            if event.fact is None:
                outcome = "unreadable" if event.note.startswith("unreadable") else "ignored"
            else:
                outcome = await self._judge(uow, event.fact, span)
        metrics.WEBHOOKS.labels(outcome).inc()
        level = _log.error if outcome == "unreadable" else _log.info
        level("webhook", stripe_event_id=event.id, type=event.type, outcome=outcome)

    async def _judge(self, uow: UnitOfWork, fact: AnyFact, span: trace.Late) -> str:
        if fact.payment_intent:
            await repository.lock_intent(uow, fact.payment_intent)
        key = await self._deposit_of(uow, fact)
        if key is None:
            if fact.payment_intent is None or isinstance(fact, SessionFact):
                await repository.note_effect(uow, fact.event_id, (), "no session, payment or lead that we know", None)
                return "ignored"
            return await self._park(uow, fact, fact.payment_intent, None)
        before = await repository.load(uow, [key])
        traceparent = span.join(before[key].traceparent)
        trace.current.set(traceparent)  # this task is this request's
        deposit, judged = replace(before[key], traceparent=traceparent), list[Judged]()
        waiting: list[AnyFact] = [fact]
        while waiting:
            each = waiting.pop(0)
            verdict = judge(deposit, each)
            if isinstance(verdict, Parked):
                if each.payment_intent is not None:
                    await self._park(uow, each, each.payment_intent, key)
                else:
                    await repository.note_effect(uow, each.event_id, (), "speaks of no payment", key)
                continue
            if len(verdict.deposit.payments) > len(deposit.payments) and each.payment_intent is not None:
                waiting += await repository.unpark(uow, each.payment_intent)
            deposit = verdict.deposit
            judged.append((each.event_id, verdict))
            effect = [told.TYPE for told in verdict.facts]
            await repository.note_effect(uow, each.event_id, effect, verdict.note, key)
        await self._ledger.save(uow, before, {key: deposit}, judged)
        return "parked" if not judged else "told" if any(outcome.facts for _, outcome in judged) else "no effect"

    async def _deposit_of(self, uow: UnitOfWork, fact: AnyFact) -> UUID | None:
        session = fact.session if isinstance(fact, SessionFact) else None
        key = await repository.of_fact(uow, fact, session)
        if key is None and fact.references is not None:
            # Our ids on money that this database does not know (it was restored, or the command is on its way).
            ours = fact.references
            name = Deposit(id=ours.command_id, lead_id=ours.lead_id, conversation_id=ours.conversation_id)
            await repository.introduce(uow, [name])
            return ours.command_id
        return key

    async def _park(self, uow: UnitOfWork, fact: AnyFact, intent: str, key: UUID | None) -> str:
        await repository.park(uow, fact, intent)
        await repository.note_effect(uow, fact.event_id, (), Parked().note, key)
        return "parked"


class Calls:
    """The calls to Stripe that are outstanding, and what their answers do."""

    def __init__(self, database: Database, ledger: Ledger, chance: Callable[[], float]) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = ledger.clock
        self._chance = chance

    async def claim(self, owner: UUID, limit: int, claimed_for: timedelta) -> list[Claim]:
        """Up to `limit` calls to make now; nobody else makes them for that long."""
        now = self._clock.now()
        async with self._database.transaction() as uow:
            return await repository.claim(uow, owner, limit, now, now + claimed_for)

    async def new_key(self, claim: Claim) -> int | None:
        """The number of a fresh idempotency key for a call that was looked up and not found; None: it is not ours now."""
        async with self._database.transaction() as uow:
            return await repository.new_key(uow, claim.call.id, claim.tries, self._clock.now())

    async def answered(self, claim: Claim, answer: answers.Answer) -> None:
        """Record Stripe's answer. A true answer counts from whoever brings it; the state makes a second one harmless."""
        call = claim.call
        async with self._database.transaction() as uow:
            before = await repository.load(uow, [call.deposit_id])
            await repository.end(uow, call.id, "done", None, self._clock.now())
            outcome = answers.answered(before[call.deposit_id], call, answer, self._clock.now())
            await self._ledger.save(uow, before, {call.deposit_id: outcome.deposit}, [(call.id, outcome)])
        self._tell(claim, "done", outcome.note)

    async def failed(self, claim: Claim, error: InkgateError) -> None:
        """Record that a try brought no answer: another one later, or the end of it."""
        call, now = claim.call, self._clock.now()
        step = retry.after(error, tries=claim.tries, deadline=call.deadline, now=now, chance=self._chance())
        async with self._database.transaction() as uow:
            before = await repository.load(uow, [call.deposit_id])
            if not await repository.is_current(uow, call.id, claim.tries):
                return
            if isinstance(step, retry.Again):
                await repository.put_off(uow, call.id, step.at, step.look_up, step.code)
                note = f"again at {step.at.isoformat(timespec='seconds')}: {step.code}"
            else:
                await repository.end(uow, call.id, "failed", step.code, now)
                outcome = answers.refused(before[call.deposit_id], call, step.code, step.message, now)
                await self._ledger.save(uow, before, {call.deposit_id: outcome.deposit}, [(call.id, outcome)])
                note = outcome.note
        self._tell(claim, "again" if isinstance(step, retry.Again) else "failed", note)

    def _tell(self, claim: Claim, outcome: str, note: str) -> None:
        metrics.CALLS.labels(claim.call.kind, outcome).inc()
        _log.info(
            "stripe call", kind=claim.call.kind, command_id=str(claim.call.command_id), tries=claim.tries, outcome=note
        )

    async def hand_back(self, owner: UUID) -> None:
        """Let others make what `owner` had claimed."""
        async with self._database.transaction() as uow:
            await repository.hand_back(uow, owner)


async def measure(database: Database, clock: Clock) -> None:
    """Set the gauges of the queue of calls."""
    async with database.transaction() as uow:
        count, oldest = await repository.waiting_calls(uow)
    metrics.CALLS_WAITING.set(count)
    metrics.CALLS_OLDEST_S.set(max(0.0, (clock.now() - oldest).total_seconds()) if oldest else 0.0)
