"""What may happen to a conversation under test: she writes, the sender reports, money moves, operators act, time passes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from inkgate_common.contracts import Data, deliveries, payments
from inkgate_common.contracts.commands import OperatorActed, TimerFired
from inkgate_common.contracts.intents import IntentCreated, ListMenu
from inkgate_common.contracts.receipts import GraphError
from inkgate_dialogue.domain import pauses
from inkgate_dialogue.domain.events import StatusChanged
from inkgate_dialogue.domain.rules import timers, waits
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.transitions import Status
from inkgate_dialogue.domain.turn import Turn
from tests.builders.conversations import Conversing
from tests.builders.messages import whole_second, written

Step = Callable[[Conversing], object]

_ACTIONS = UUID("5f0c2f4e-4d43-5f5c-8f4e-6a5f8f3c1d22")


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
    which: str | None = None,
    *,
    basis: str = "accepted",
    after_s: float = 1.5,
    taken_s_ago: float = 0.0,
    fallback: bool = False,
) -> Step:
    """WhatsApp took it: by default the oldest message that is under way. We may hear of it some seconds later. `fallback`:
    the window was shut, and the template went out in its place."""

    def make(world: Conversing, intent: IntentCreated) -> Data:
        taken = world.now - timedelta(seconds=taken_s_ago)
        return deliveries.MessageDelivered(
            **_common(world, intent),
            wamid=f"wamid.OUT{intent.sequence}",
            attempts=1,
            basis=basis,  # type: ignore[arg-type]
            accepted_at=whole_second(taken),
            began_at=taken - timedelta(seconds=0.3),
            fallback=fallback,
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


def is_accepted(which: str | None = None, *, fallback: bool = False) -> Step:
    """WhatsApp took it, and the gate waits for more (`gate_on` delivered)."""

    def make(world: Conversing, intent: IntentCreated) -> Data:
        return deliveries.MessageStatus(
            **_common(world, intent),
            wamid=f"wamid.OUT{intent.sequence}",
            attempt=1,
            status="accepted",
            accepted_at=whole_second(world.now),
            began_at=world.now - timedelta(seconds=0.3),
            fallback=fallback,
        )

    return _reports(make, which, ends=False, after_s=1)


def is_seen(which: str, status: str = "read") -> Step:
    """A tick of WhatsApp's."""
    return _status(which, status)


def fails_late(which: str, *, every_copy: bool = True) -> Step:
    """WhatsApp reports `failed` for a message that it had taken."""
    errors = [GraphError(code=131026, title="undeliverable")]
    return _status(which, "failed", all_failed=every_copy, errors=errors)


def turns_out_delivered(which: str, *, fallback: bool = False) -> Step:
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
            fallback=fallback,
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


def others_take(*numbers: int) -> Step:
    """Other leads hold these slots of those on offer to her."""

    def step(world: Conversing) -> None:
        offer = world.lead.offer
        assert offer is not None, "nothing is on offer"
        sessions = [offer.sessions[number - 1] for number in numbers]
        taken = {uuid5(_ACTIONS, f"other {one.starts_at}"): (one.starts_at, one.busy_until) for one in sessions}
        world.agenda = replace(world.agenda, taken={**world.agenda.taken, **taken})

    return step


def the_calendar_is_full(*, unread: bool = False) -> Step:
    """The artist has no time at all (or her calendar was never read)."""

    def step(world: Conversing) -> None:
        busy = ((world.now - timedelta(days=1), world.now + timedelta(days=400)),)
        world.agenda = replace(world.agenda, busy=busy, unread=unread)

    return step


def she_taps(number: int, **more: Any) -> Step:
    """A row of the list that she was sent last."""

    def step(world: Conversing) -> None:
        lists = [intent.body for intent in world.intents() if isinstance(intent.body, ListMenu)]
        row = lists[-1].rows[number - 1]
        she_says(row.title, kind="list", choice=row.id, **more)(world)

    return step


def time_passes(**time: float) -> Step:
    """Hours or minutes; timers fire."""
    return lambda world: world.passes(**time)


def mode(**modes: bool) -> Step:
    """Panic or pilot."""

    def step(world: Conversing) -> None:
        change = pauses.begin if modes.get("panic") else pauses.end
        world.mode = Mode(**modes, pauses=change(world.mode.pauses, None, world.now))

    return step


def the_studio_file_changes(studio: Studio) -> Step:
    """The running service reads another studio file, and every waitlisted lead is told to look."""

    def step(world: Conversing) -> None:
        world.studio = studio
        world.now += timedelta(seconds=1)
        world.fire("tour", world.now)

    return step


def sender_is_held() -> Step:
    """The sender stops sending for this number, and says so."""
    return lambda world: _hold(world, pauses.begin)


def sender_is_released() -> Step:
    return lambda world: _hold(world, pauses.end)


def _hold(world: Conversing, change: Callable[..., tuple[pauses.Pause, ...]]) -> None:
    world.mode = replace(world.mode, pauses=change(world.mode.pauses, world.state.phone_number_id, world.now))


def the_owner_looks() -> Step:
    """What dialogue tells itself when panic ends: look into the mailbox."""
    return lambda world: world.fire("drain", world.now)


def the_studio_changes(**fields: Any) -> Step:
    """Its file is another one from now on."""

    def step(world: Conversing) -> None:
        file = replace(world.studio.file, **fields)
        world.studio = replace(world.studio, file=file)

    return step


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


def begins_in(status: Status) -> Step:
    """A fact puts the lead into a status that nothing in this release leads to by itself: what begins there begins."""

    def step(world: Conversing) -> None:
        lead = world.lead
        state = replace(world.state, leads={lead.id: lead})
        turn = Turn(state, world.event(TimerFired(timer_id=lead.id, lead_id=lead.id, timer="", due_at=world.now)),
                    world.studio, world.now)  # fmt: skip
        turn.record(
            StatusChanged(lead_id=lead.id, from_status=lead.status, to_status=status, reason="test", by=lead.id)
        )
        waits.settle(timers.WAITS, turn)
        world.rows[lead.id] = msgspec.json.encode(turn.lead(lead.id))
        world.state = replace(turn.state, leads={})

    return step
