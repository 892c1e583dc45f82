"""The words of dialogue's tests: given a conversation, when things happen, then it stands like this.

    given(a_lead_at("dimensions")).when(she_says("8x12cm")).then(step("dimensions"), gate("step 2 → 3"))

A `given` and a `when` are steps; a `then` is checks. Only what happens in the newest `when` counts as sent or recorded.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid5

import msgspec
import pytest
from msgspec.structs import replace

from inkgate_common.contracts import Data, deliveries, payments
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import IntentCreated
from inkgate_common.contracts.payment_commands import DepositRequested
from inkgate_common.contracts.receipts import GraphError
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.decide import Mode
from inkgate_dialogue.domain.turn import describe
from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS, QUESTIONS
from tests.builders.messages import whole_second, written

Step = Callable[[Conversing], object]
Check = Callable[[Conversing], object]

_ACTIONS = UUID("5f0c2f4e-4d43-5f5c-8f4e-6a5f8f3c1d22")


class given:
    """A conversation as the steps leave it."""

    def __init__(self, *steps: Step | Conversing, **world: Any) -> None:
        first = steps[0] if steps and isinstance(steps[0], Conversing) else None
        self.world = first.fork() if first is not None else Conversing(**world)
        for step in steps[1:] if first is not None else steps:
            step(self.world)  # type: ignore[operator]

    def when(self, *steps: Step) -> "given":
        """What happens now."""
        self.world.mark, self.world.mark_emitted = len(self.world.turns), len(self.world.emitted)
        for step in steps:
            step(self.world)
        return self

    def then(self, *checks: Check) -> "given":
        """How it stands after it."""
        __tracebackhide__ = True
        for check in checks:
            try:
                check(self.world)
            except AssertionError as error:
                pytest.fail(f"{error}\n\n{self.world.transcript()}", pytrace=False)
        return self


# --- steps: she writes -------------------------------------------------------------------------------------------------


def she_says(
    text: str | None, *, after_s: float = 5, written_s_ago: float = 0, restored: bool = False, **more: Any
) -> Step:
    """A message of hers, some seconds after what was before; it may have been written earlier than it arrives."""

    def step(world: Conversing) -> None:
        world.now += timedelta(seconds=after_s)
        sent_at = world.now - timedelta(seconds=written_s_ago)
        data = written(text, sequence=world.number("inbound"), sent_at=sent_at, received_at=world.now, **more)
        world.happens(data, restored=restored)

    return step


def she_says_in_the_same_second(text: str, *, received_ms_later: int = 1, **more: Any) -> Step:
    """A message written in the second in which WhatsApp took our last one."""

    def step(world: Conversing) -> None:
        asked = world.lead.asked
        assert asked.accepted_at is not None and asked.began_at is not None
        received = asked.began_at + timedelta(milliseconds=received_ms_later)
        data = written(text, sequence=world.number("inbound"), sent_at=asked.accepted_at, received_at=received, **more)
        world.now = max(world.now, received)
        world.happens(data)

    return step


# --- steps: the sender reports -----------------------------------------------------------------------------------------


def _picked(world: Conversing, which: str | None) -> IntentCreated:
    """The oldest message under way, or the newest one (also one that has ended) of that copy."""
    if which is None:
        found = world.under_way()
        assert found, f"nothing is under way\n{world.transcript()}"
        return found[0]
    named = [intent for intent in world.intents() if world.copies[intent.intent_id] == which]
    assert named, f"no message '{which}'\n{world.transcript()}"
    return named[-1]


def _reports(
    make: Callable[[Conversing, IntentCreated], Data], which: str | None, *, ends: bool, after_s: float
) -> Step:
    def step(world: Conversing) -> None:
        world.now += timedelta(seconds=after_s)
        intent = _picked(world, which)
        if ends:
            world.ended.add(intent.intent_id)
        world.happens(make(world, intent))

    return step


def _common(world: Conversing, intent: IntentCreated) -> dict[str, Any]:
    return {
        "intent_id": intent.intent_id,
        "sequence": world.number("deliveries"),
        "lead_id": intent.lead_id,
        "at": world.now,
    }


def delivered(
    which: str | None = None, *, basis: str = "accepted", after_s: float = 1.5, taken_s_ago: float = 0.0
) -> Step:
    """WhatsApp took it: by default the oldest message that is under way. We may hear of it some seconds later."""

    def make(world: Conversing, intent: IntentCreated) -> Data:
        taken = world.now - timedelta(seconds=taken_s_ago)
        return deliveries.MessageDelivered(
            **_common(world, intent),
            wamid=f"wamid.OUT{intent.sequence}",
            attempts=1,
            basis=basis,  # type: ignore[arg-type]
            accepted_at=whole_second(taken),
            began_at=taken - timedelta(seconds=0.3),
        )

    return _reports(make, which, ends=True, after_s=after_s)


def fails(which: str | None = None, *, code: str = "131026") -> Step:
    """It did not go out, and will not."""
    return _reports(
        lambda world, intent: deliveries.MessageFailed(**_common(world, intent), code=code, title="undeliverable"),
        which,
        ends=True,
        after_s=1,
    )


def is_cancelled(which: str | None = None, *, reason: str = "opt_out") -> Step:
    """The sender took it back in time."""
    return _reports(
        lambda world, intent: deliveries.MessageCancelled(**_common(world, intent), reason=reason),
        which,
        ends=True,
        after_s=1,
    )


def _status(which: str | None, status: str, **more: Any) -> Step:
    return _reports(
        lambda world, intent: deliveries.MessageStatus(
            **_common(world, intent), wamid=f"wamid.OUT{intent.sequence}", attempt=1, status=status, **more
        ),
        which,
        ends=False,
        after_s=1,
    )


def is_accepted(which: str | None = None) -> Step:
    """WhatsApp took it, and the gate waits for more (`gate_on` delivered)."""

    def make(world: Conversing, intent: IntentCreated) -> Data:
        return deliveries.MessageStatus(
            **_common(world, intent),
            wamid=f"wamid.OUT{intent.sequence}",
            attempt=1,
            status="accepted",
            accepted_at=whole_second(world.now),
            began_at=world.now - timedelta(seconds=0.3),
        )

    return _reports(make, which, ends=False, after_s=1)


def is_seen(which: str, status: str = "read") -> Step:
    """A tick of WhatsApp's."""
    return _status(which, status)


def fails_late(which: str, *, every_copy: bool = True) -> Step:
    """WhatsApp reports `failed` for a message that it had taken."""
    errors = [GraphError(code=131026, title="undeliverable")]
    return _status(which, "failed", all_failed=every_copy, errors=errors)


def turns_out_delivered(which: str) -> Step:
    """A status proves a copy whose outcome was unknown, or that was recorded as failed."""

    def make(world: Conversing, intent: IntentCreated) -> Data:
        return deliveries.MessageStatus(
            **_common(world, intent),
            wamid=f"wamid.OUT{intent.sequence}",
            attempt=1,
            status="delivered",
            makes_delivered=True,
            accepted_at=whole_second(world.now),
            began_at=world.now - timedelta(seconds=0.3),
        )

    return _reports(make, which, ends=False, after_s=1)


# --- steps: money ------------------------------------------------------------------------------------------------------


def _money(make: Callable[[Conversing, dict[str, Any]], Data]) -> Step:
    def step(world: Conversing) -> None:
        world.now += timedelta(seconds=2)
        lead = world.lead
        command = lead.deposit.command_id if lead.deposit else None
        world.happens(make(world, {"lead_id": lead.id, "command_id": command, "at": world.now, "session": "cs_1"}))

    return step


def link_is_created(url: str = "https://pay.example/cs_1") -> Step:
    def make(world: Conversing, common: dict[str, Any]) -> Data:
        deposit = world.lead.deposit
        assert deposit is not None and deposit.expires_at is not None
        return payments.DepositLinkCreated(
            **common, url=url, expires_at=deposit.expires_at, amount_pence=deposit.amount_pence, currency="GBP"
        )

    return _money(make)


def link_cannot_be_made() -> Step:
    return _money(lambda world, common: payments.DepositRequestFailed(**common, code="api_error", message="no"))


def she_pays(amount_pence: int = 15_000, **more: Any) -> Step:
    """`command_id` names the link that she paid by, where it is not the newest one."""
    return _money(
        lambda world, common: payments.DepositPaid(
            **{**common, "amount_pence": amount_pence, "currency": "GBP", "stripe_event_id": "evt_1", **more}
        )
    )


def payment_fails() -> Step:
    return _money(lambda world, common: payments.DepositPaymentFailed(**common, code="card_declined"))


def link_expires(**more: Any) -> Step:
    return _money(lambda world, common: payments.DepositExpired(**{**common, **more}))


def is_refunded(amount_pence: int = 15_000, *, in_full: bool = True) -> Step:
    return _money(
        lambda world, common: payments.DepositRefunded(
            **common,
            refund="re_1",
            amount_pence=amount_pence,
            refunded_pence=(world.lead.deposit.refunded_pence if world.lead.deposit else 0) + amount_pence,
            currency="GBP",
            in_full=in_full,
        )
    )


def refund_fails() -> Step:
    return _money(lambda world, common: payments.DepositRefundFailed(**common, refund="re_1", reason="expired card"))


def is_disputed() -> Step:
    return _money(
        lambda world, common: payments.DepositDisputed(**common, dispute="dp_1", amount_pence=15_000, currency="GBP")
    )


# --- steps: operators, time, modes -------------------------------------------------------------------------------------


def operator(action: str, *, lead: str | None = None, after_s: float = 5, **arguments: Any) -> Step:
    """The artist acts, by hand."""

    def step(world: Conversing) -> None:
        world.now += timedelta(seconds=after_s)
        action_id = uuid5(_ACTIONS, f"{action} {world.number('events')}")
        lead_id = world.lead.id if lead != "first" else next(iter(world.rows))
        world.happens(
            OperatorActed(
                action_id=action_id, lead_id=lead_id, action=action, arguments=arguments, by="mia", at=world.now
            )
        )

    return step


def time_passes(**time: float) -> Step:
    """Hours or minutes; timers fire."""
    return lambda world: world.passes(**time)


def mode(**modes: bool) -> Step:
    """Panic or pilot."""

    def step(world: Conversing) -> None:
        world.mode = Mode(**modes)

    return step


def the_owner_looks() -> Step:
    """What dialogue tells itself when panic ends: look into the mailbox."""
    return lambda world: world.fire("drain", world.now)


def parked(reason: str = "an event is dead") -> Step:
    """As the shell does when an event could not be judged."""

    def step(world: Conversing) -> None:
        world.state = replace(world.state, parked=reason)

    return step


def stands_in(status: str, **fields: Any) -> Step:
    """Puts the lead into a status that nothing in this release leads to."""

    def step(world: Conversing) -> None:
        world.rows[world.lead.id] = msgspec.json.encode(replace(world.lead, status=status, **fields))

    return step


# --- conversations to begin with ---------------------------------------------------------------------------------------


def answers_until(question: str | None) -> list[Step]:
    """Her first message and her answers, up to the question that then stands open (None: all of them)."""
    upcoming = QUESTIONS[: QUESTIONS.index(question)] if question is not None else QUESTIONS
    steps = [she_says("hi"), delivered()]
    for key in upcoming:
        steps += [she_says(ANSWERS[key]), delivered()]
    return steps


@cache
def a_lead_at(question: str) -> Conversing:
    """A qualifying lead with this question open, everything before it answered."""
    return given(*answers_until(question)).world


_LINK: list[Step] = [operator("approve"), link_is_created(), delivered()]
_PAID: list[Step] = [*answers_until(None), *_LINK, she_pays()]
_BOOKED: list[Step] = [*_PAID, delivered(), operator("book", slot="Sat 10 Jan, 11:00"), delivered()]
_WAYS: dict[str, list[Step]] = {
    "PENDING_APPROVAL": answers_until(None),
    "AWAITING_DEPOSIT": [*answers_until(None), *_LINK],
    "DEPOSIT_EXPIRED": [*answers_until(None), *_LINK, link_expires(), delivered()],
    "DEPOSIT_PAID": _PAID,
    "BOOKING_PENDING": [*_PAID, delivered()],
    "BOOKED": _BOOKED,
    "CANCELLED": [*_BOOKED, operator("cancel"), delivered()],
    "COMPLETED": [*_BOOKED, operator("complete")],
    "NO_SHOW": [*_BOOKED, operator("no_show")],
    "REFUNDED": [*_PAID, delivered(), is_refunded(), delivered()],
    "REJECTED": [*answers_until(None), operator("reject", reason="No time."), delivered()],
    "NEEDS_ARTIST_REPLY": [*answers_until("style"), she_says("HUMAN"), delivered()],
    "NEEDS_FOLLOW_UP": [
        *answers_until("budget"), she_says("£100"), delivered(), she_says("Leeds, UK"), delivered(),
    ],
    "OPTOUT": [*answers_until("style"), she_says("STOP"), delivered()],
    "ABANDONED": [
        *answers_until("style"), time_passes(hours=13), delivered(), time_passes(hours=24), delivered(),
        time_passes(hours=12),
    ],
}  # fmt: skip


@cache
def a_lead_in(status: str) -> Conversing:
    """A lead that came to this status as leads come to it."""
    world = given(*_WAYS[status]).world
    assert world.lead.status == status, world.transcript()
    return world


# --- checks: the lead --------------------------------------------------------------------------------------------------


def _same(what: str, found: object, expected: object) -> None:
    assert found == expected, f"{what} is {found!r}, not {expected!r}"


def status(expected: str) -> Check:
    return lambda world: _same("the status", world.lead.status, expected)


def step(expected: str | None) -> Check:
    """The question that stands open."""
    return lambda world: _same("the open question", world.lead.question, expected)


def answer(key: str, text: str | None) -> Check:
    return lambda world: _same(f"the answer to {key}", world.lead.answers.get(key), text)


def value(key: str, expected: object) -> Check:
    return lambda world: _same(f"what was understood of {key}", world.lead.values.get(key), expected)


def strikes(key: str, expected: int) -> Check:
    return lambda world: _same(f"strikes of {key}", world.lead.strikes.get(key, 0), expected)


def flag(name: str) -> Check:
    def check(world: Conversing) -> None:
        assert name in world.lead.flags, f"the flag {name} is not up: {world.lead.flags}"

    return check


def no_flag(name: str) -> Check:
    def check(world: Conversing) -> None:
        assert name not in world.lead.flags, f"the flag {name} is up"

    return check


def handover(reason: str | None) -> Check:
    """The artist has her, for this reason (None: nobody has)."""
    return lambda world: _same("the handover", world.lead.handover.reason if world.lead.handover else None, reason)


def opted_out(expected: bool = True) -> Check:
    return lambda world: _same("opted_out", world.state.opted_out, expected)


def deposit(state: str, *, paid: int = 0, refunded: int = 0) -> Check:
    def check(world: Conversing) -> None:
        found = world.lead.deposit
        assert found is not None, "there is no deposit"
        _same("the deposit", (found.state, found.paid_pence, found.refunded_pence), (state, paid, refunded))

    return check


def lead_is(**fields: Any) -> Check:
    def check(world: Conversing) -> None:
        for name, expected in fields.items():
            _same(name, getattr(world.lead, name), expected)

    return check


def leads(count: int) -> Check:
    return lambda world: _same("the number of enquiries", len(world.rows), count)


# --- checks: gates and mailbox -----------------------------------------------------------------------------------------


def gate(change: str) -> Check:
    """A gate is open, and this waits for it ('none': nothing does)."""

    def check(world: Conversing) -> None:
        standing = world.state.gate
        assert standing is not None, "no gate is open"
        _same("what waits", describe(standing.sending.change, world.lead, world.studio), change)

    return check


def no_gate() -> Check:
    def check(world: Conversing) -> None:
        for standing in (world.state.gate, world.state.opt_out_gate):
            assert standing is None, f"a gate is open: {standing.sending.copy}"

    return check


def gate_ended(how: str, *, copy: str | None = None, basis: str | None = None, by_fact: bool = False) -> Check:
    """Since the `when` a gate ended like this, and only like this."""

    def check(world: Conversing) -> None:
        ends = [
            fact
            for fact in world.facts()
            if isinstance(fact, e.GateClosed) and (copy is None or world.copies[fact.intent_id] == copy)
        ]
        _same("how it ended", [end.how for end in ends], [how])
        if basis is not None:
            _same("the basis", ends[0].basis, basis)
        if by_fact:
            UUID(ends[0].reason)  # the event id of the fact

    return check


def no_gate_ended() -> Check:
    return recorded(e.GateClosed, times=0)


def waiting(count: int) -> Check:
    return lambda world: _same("what waits in the mailbox", len(world.box), count)


# --- checks: what was said ---------------------------------------------------------------------------------------------


def says(*copies: str) -> Check:
    """Exactly these messages went to the outbox for her."""

    def check(world: Conversing) -> None:
        found = [world.copies[intent.intent_id] for intent in world.intents(since=world.mark_emitted)]
        _same("what is said", found, list(copies))

    return check


def says_nothing() -> Check:
    return says()


def text(*parts: str) -> Check:
    """The newest message contains these."""

    def check(world: Conversing) -> None:
        newest = list(world.intents())[-1]
        for part in parts:
            assert part in newest.body.text, f"{part!r} is not in {newest.body.text!r}"

    return check


def sending(**fields: Any) -> Check:
    """The newest message has these."""

    def check(world: Conversing) -> None:
        newest = list(world.intents())[-1]
        for name, expected in fields.items():
            _same(name, getattr(newest, name), expected)

    return check


def instead_of_what_failed() -> Check:
    """The newest message is a new intent that names the one that had failed."""

    def check(world: Conversing) -> None:
        facts = [recorded.fact for turn in world.turns for recorded in turn.recorded]
        failed = [fact.intent_id for fact in facts if isinstance(fact, e.MessageFailed)][-1]
        newest = list(world.intents())[-1]
        _same("retry_of", newest.retry_of, failed)
        assert newest.intent_id != failed

    return check


def calls_off(*copies: str) -> Check:
    """The cancellation of these was asked for, and of nothing else."""
    return lambda world: _same("what is called off", [world.copies[one] for one in world.cancellations()], list(copies))


def tells_the_artist(*notices: str) -> Check:
    def check(world: Conversing) -> None:
        found = [data.notice for data in world.outgoing() if isinstance(data, NoticeRequested)]
        _same("what the artist is told", found, list(notices))

    return check


def tells_nobody() -> Check:
    return tells_the_artist()


def asks_payments(*kinds: type[Data]) -> Check:
    def check(world: Conversing) -> None:
        found = [type(data) for data in world.outgoing() if data.TOPIC == "payment-commands"]
        _same("what payments is asked for", found, list(kinds))

    return check


def asks_for(pence: int) -> Check:
    """A link over this sum is asked for."""

    def check(world: Conversing) -> None:
        found = [data.amount_pence for data in world.outgoing() if isinstance(data, DepositRequested)]
        _same("the sum", found, [pence])

    return check


# --- checks: what was recorded -----------------------------------------------------------------------------------------


def verdict(*expected: str) -> Check:
    """What became of her messages, in the order in which they were judged."""

    def check(world: Conversing) -> None:
        found = [fact.verdict for fact in world.facts() if isinstance(fact, e.MessageReceived)]
        _same("the verdict", found, list(expected))

    return check


def judged(*expected: str) -> Check:
    """Her messages that were judged, in that order."""

    def check(world: Conversing) -> None:
        found = [fact.text for fact in world.facts() if isinstance(fact, e.MessageReceived) and fact.judged]
        _same("what was judged", found, list(expected))

    return check


def recorded(kind: type[e.Fact], *, times: int = 1, **fields: Any) -> Check:
    def check(world: Conversing) -> None:
        found = [
            fact
            for fact in world.facts()
            if isinstance(fact, kind) and all(getattr(fact, name) == want for name, want in fields.items())
        ]
        _same(f"{kind.__name__} {fields or ''}", len(found), times)

    return check


def refused(reason: str = "", *, allowed: str | None = None) -> Check:
    """The operator's action was refused, recorded, and shown with what would be allowed."""

    def check(world: Conversing) -> None:
        found = [fact for fact in world.facts() if isinstance(fact, e.ActionRefused)]
        _same("refusals", len(found), 1)
        assert reason in found[0].reason, found[0].reason
        assert allowed is None or allowed in found[0].allowed, found[0].allowed

    return check


def nothing_changed() -> Check:
    """Neither status nor step nor anything else that raises the version, but a flag."""

    def check(world: Conversing) -> None:
        raised = [fact.KIND for fact in world.facts() if fact.RAISES and not isinstance(fact, e.Flagged | e.GateClosed)]
        _same("what changed", raised, [])

    return check


def same_version(since: Conversing) -> Check:
    return lambda world: _same("the version", world.lead.version, since.lead.version)


def at(world: Conversing) -> datetime:
    """Now, there."""
    return world.now


def message_id(world: Conversing, number: int) -> str:
    """The id of her n-th message."""
    found = [turn.event.data.message_id for turn in world.turns if isinstance(turn.event.data, MessageReceived)]
    return found[number]
