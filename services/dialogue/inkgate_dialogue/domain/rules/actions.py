"""What an operator may do, from which status, and what it does. One table; the API, the links and the console share it."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common import ids
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.payment_commands import RefundRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate, possible
from inkgate_dialogue.domain.lead import Change, Conversation, Gate, Lead
from inkgate_dialogue.domain.rules import (
    booking,
    by_hand,
    deposit,
    dispute,
    erase,
    handover,
    holds,
    line,
    resend,
    slot_offers,
    waiting,
)
from inkgate_dialogue.domain.transitions import Status, allowed, way
from inkgate_dialogue.domain.turn import Turn

Does = Callable[[Turn, Lead, OperatorActed], UUID | None]


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """`arguments`: name → (type, required). `speaks`: it sends a message; `silently`: for a person who opted out its change
    is made without it, else it is refused then. `waits`: it is judged in its turn, after what is under way. `check` says why
    it is not possible with these arguments, or now."""

    when: Callable[[Conversation, Lead], bool]
    does: Does
    arguments: dict[str, tuple[type, bool]] = {}
    speaks: bool = True
    silently: bool = False
    waits: bool = True
    check: Callable[[Turn, Lead, OperatorActed], str | None] = lambda *_: None


def _to(*targets: Status) -> Callable[[Conversation, Lead], bool]:
    return lambda _, lead: all(allowed(lead.status, target, opened_from=lead.handover_from) for target in targets)


def _link_when(_: Conversation, lead: Lead) -> bool:
    fits = lead.status == "AWAITING_DEPOSIT" or allowed(lead.status, "AWAITING_DEPOSIT")
    return fits and not lead.paid


def _approve(turn: Turn, lead: Lead, data: OperatorActed) -> UUID | None:
    """The link; with `slots = before_deposit` the slots on offer go first (where nothing is free the link does, and the date
    is settled after it)."""
    standing = lead.appointment
    if turn.studio.file.slots == "before_deposit" and not (standing is not None and standing.live):
        intent_id = slot_offers.begin(turn, lead, by=data.by)
        if intent_id is not None:
            return intent_id
    _link(turn, lead, data)
    return None


def _link(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    """A link that was made and not delivered goes out as it is; else a new one is asked for."""
    standing = lead.deposit
    usable = standing is not None and standing.state == "link_created" and lead.status != "AWAITING_DEPOSIT"
    if usable and standing is not None and standing.expires_at and standing.expires_at > turn.now:
        turn.follow_up(lead.id, "send_link", command_id=standing.command_id)
        return
    if standing is not None and standing.state == "requested":
        turn.record(e.Note(lead_id=lead.id, about="the link is already being made"))
        return
    deposit.request_link(turn, lead, data.by)


def _tell(turn: Turn, lead: Lead, copy: str, change: Change, **words: str) -> UUID | None:
    """Her message, and the change that waits for it. Where she gets none any more, the change is made at once: it would wait
    only for a message that she will not get (PROTOCOL §2)."""
    if turn.state.opted_out or turn.state.erased_at is not None:
        gate.make_change(turn, lead.id, change, None)
        return None
    return turn.say(copy, lead=lead, change=change, words=words)


def _reject(turn: Turn, lead: Lead, data: OperatorActed) -> UUID | None:
    change = Change(status="REJECTED", reason="rejected")
    return _tell(turn, lead, "rejection", change, reason=data.arguments.get("reason") or "")


def _ask(turn: Turn, lead: Lead, data: OperatorActed) -> UUID:
    turn.record(e.Marked(lead_id=lead.id, mark=waiting.ASKED, at=turn.now))
    lead = turn.lead(lead.id)
    return turn.say("ask", lead=lead, change=Change(reason="ask"), words={"text": data.arguments["text"]})


def _resume_when(_: Conversation, lead: Lead) -> bool:
    opened = (lead.status == "NEEDS_ARTIST_REPLY" and lead.handover_from is not None) or lead.handover is not None
    return opened or by_hand.can_take_up(lead)


def _resume(turn: Turn, lead: Lead, data: OperatorActed) -> UUID:
    return by_hand.take_up(turn, lead) if by_hand.can_take_up(lead) else handover.resume(turn, lead, "resumed")


def _book_when(_: Conversation, lead: Lead) -> bool:
    return way(lead.status, "BOOKED", opened_from=lead.handover_from) is not None and lead.status != "BOOKED"


def _offer(turn: Turn, lead: Lead, data: OperatorActed) -> UUID:
    return slot_offers.by_hand(turn, lead)


def _cancel(turn: Turn, lead: Lead, data: OperatorActed) -> UUID | None:
    change = Change(status="CANCELLED", reason="cancelled")
    return _tell(turn, lead, "cancellation", change, reason=data.arguments.get("reason") or "")


def _refund(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    assert lead.deposit is not None
    turn.emit(
        RefundRequested(
            command_id=ids.derive(turn.event.id, "refund"),
            lead_id=lead.id,
            deposit_command_id=lead.deposit.command_id,
            amount_pence=data.arguments.get("amount_pence"),
            reason=data.arguments.get("reason"),
        ),
        "refund",
    )


def _change_when(_: Conversation, lead: Lead) -> bool:
    locked = lead.deposit is not None and lead.deposit.state in (*deposit.OPEN, "paid", "refunded", "disputed")
    return not locked and not lead.terminal and not lead.paid


def _change_deposit(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    turn.record(e.DepositSet(lead_id=lead.id, amount_pence=data.arguments["amount_pence"], by=data.by))


def _resend(turn: Turn, lead: Lead, data: OperatorActed) -> UUID | None:
    resend.again(turn, lead)
    return turn.state.gate.sending.intent_id if turn.state.gate else None


def _force_when(conversation: Conversation, lead: Lead) -> bool:
    standing = conversation.gate
    if standing is not None:
        fits = standing.sending.lead_id == lead.id and gate.fitting(lead, standing.sending.change) is not None
        return fits and standing.superseded_by is None
    return resend.possible(conversation, lead)


def _force(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    """The change without its message, audited: basis `force`."""
    standing, retry = turn.state.gate, turn.state.retry
    if standing is not None:
        turn.cancel(standing.sending.intent_id, "forced")
    elif retry is not None:
        standing = Gate(sending=retry, since=turn.now, status=lead.status, question=lead.question)
    if standing is not None:
        gate.apply(turn, standing, "force", turn.now, turn.now)


def _fact(status: Status, reason: str) -> Does:
    def does(turn: Turn, lead: Lead, data: OperatorActed) -> None:
        gate.make_change(turn, lead.id, Change(status=status, reason=reason), None)

    return does


def _release(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    turn.record(e.Parked(lead_id=lead.id, reason=None))
    for known in list(turn.state.leads.values()):
        turn.flag(known, "parked", False)


def _erase(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    erase.erase(turn)


def _never(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    """`judge` is carried out by `decide`, which has the mailbox."""


ACTIONS: dict[str, Action] = {
    "approve": Action(when=lambda _, lead: possible.approve(lead), does=_approve),
    "reject": Action(
        when=lambda _, lead: possible.reject(lead),
        does=_reject,
        arguments={"reason": (str, False)},
        silently=True,
    ),
    "ask": Action(
        when=lambda c, lead: lead.status not in ("NEW", "OPTOUT"), does=_ask, arguments={"text": (str, True)}
    ),
    "resume": Action(when=_resume_when, does=_resume),
    "send_deposit": Action(when=_link_when, does=_link),
    "change_deposit": Action(
        when=_change_when, does=_change_deposit, arguments={"amount_pence": (int, True)}, speaks=False
    ),
    "resend": Action(when=resend.possible, does=_resend),
    "force": Action(when=_force_when, does=_force, speaks=False, waits=False),
    "judge": Action(
        when=lambda c, lead: "out_of_order" in lead.flags,
        does=_never,
        arguments={"message_id": (str, True)},
        speaks=False,
    ),
    "offer_slots": Action(
        when=lambda _, lead: slot_offers.possible(lead),
        does=_offer,
        check=lambda turn, lead, _: slot_offers.by_hand_refusal(turn, lead),
    ),
    "book": Action(
        when=_book_when,
        does=booking.book,
        arguments={"slot": (str, False)},
        silently=True,
        check=lambda turn, lead, data: holds.refusal(turn, lead, data.arguments.get("slot")),
    ),
    "cancel": Action(when=_to("CANCELLED"), does=_cancel, arguments={"reason": (str, False)}, silently=True),
    "refund": Action(
        when=lambda _, lead: possible.refund(lead),
        does=_refund,
        arguments={"amount_pence": (int, False), "reason": (str, False)},
        speaks=False,
    ),
    "release": Action(when=lambda c, lead: c.parked is not None, does=_release, speaks=False, waits=False),
    "erase": Action(when=lambda c, lead: c.erased_at is None, does=_erase, speaks=False, waits=False),
    "no_show": Action(when=_to("NO_SHOW"), does=_fact("NO_SHOW", "no_show"), speaks=False),
    "follow_up": Action(when=by_hand.can_follow_up, does=by_hand.follow_up),
    "close": Action(when=by_hand.can_close, does=by_hand.close, silently=True),
    "settle": Action(when=dispute.can_settle, does=dispute.settle, speaks=False),
    "complete": Action(when=_to("COMPLETED"), does=_fact("COMPLETED", "completed"), speaks=False),
}


def _unheard(conversation: Conversation, action: Action) -> str | None:
    """Why its message would not be sent, where the action is nothing without it."""
    if not action.speaks or not conversation.silent:
        return None
    if conversation.closed_into is not None:
        return "this conversation was closed"
    if conversation.erased_at is not None and not action.silently:
        return "her data was erased"
    return None if action.silently else "the client opted out"


def allowed_now(conversation: Conversation, lead: Lead) -> list[str]:
    """The actions that this lead's status admits."""
    return [
        name
        for name, action in ACTIONS.items()
        if action.when(conversation, lead) and _unheard(conversation, action) is None and not dispute.stops(lead, name)
    ]


def bad_arguments(name: str, arguments: dict[str, Any]) -> str | None:
    """What is wrong with an action's arguments, or None."""
    wanted = ACTIONS[name].arguments
    for key, (kind, required) in wanted.items():
        value = arguments.get(key)
        if value is None:
            if required:
                return f"'{name}' needs '{key}' ({kind.__name__})"
        elif not isinstance(value, kind) or isinstance(value, bool):
            return f"'{key}' must be {kind.__name__}, not {type(value).__name__}"
        elif isinstance(value, str) and (not value.strip() or len(value) > 1_500 or "\x00" in value):
            return f"'{key}' must have 1 to 1,500 characters"
        elif isinstance(value, int) and not 100 <= value <= 1_000_000:
            return f"'{key}' must be between 100 and 1000000 pence"
    unknown = sorted(set(arguments) - set(wanted))
    return f"'{name}' takes no '{unknown[0]}'; it takes {', '.join(wanted) or 'nothing'}" if unknown else None


def refusal(turn: Turn, data: OperatorActed) -> str | None:
    """Why an action is not possible now, or None."""
    lead = turn.state.leads.get(data.lead_id)
    action = ACTIONS.get(data.action)
    if lead is None or action is None:
        return "unknown lead" if lead is None else "unknown action"
    wrong = bad_arguments(data.action, data.arguments)
    if wrong is not None:
        return wrong
    unheard = _unheard(turn.state, action)
    if unheard is not None:
        return unheard
    if dispute.stops(lead, data.action):
        return dispute.REASON
    if data.in_status is not None and data.in_status != lead.status:
        return f"the lead has moved on to {lead.status}"
    return action.check(turn, lead, data) if action.when(turn.state, lead) else f"not possible in {lead.status}"


def refuse(turn: Turn, data: OperatorActed, reason: str) -> None:
    """Record and show that an action was refused, with what would be allowed."""
    lead = turn.state.leads.get(data.lead_id)
    turn.record(
        e.ActionRefused(
            lead_id=data.lead_id,
            action_id=data.action_id,
            action=data.action,
            by=data.by,
            reason=reason,
            allowed=allowed_now(turn.state, lead) if lead else [],
        )
    )
    line.told(turn, lead, data, reason, allowed_now(turn.state, lead) if lead else [])


def judge(turn: Turn, data: OperatorActed) -> None:
    """Carry an action out, or refuse it: recorded and shown either way."""
    reason = refusal(turn, data)
    if reason is not None:
        refuse(turn, data, reason)
        return
    before = turn.lead(data.lead_id)
    intent_id = ACTIONS[data.action].does(turn, before, data)
    after = turn.lead(data.lead_id)
    turn.record(
        e.ActionTaken(
            lead_id=data.lead_id,
            action_id=data.action_id,
            action=data.action,
            by=data.by,
            arguments=data.arguments,
            intent_id=intent_id,
            changed={name: [was, now] for name, was, now in _differences(before, after)},
        )
    )
    line.told(turn, after, data)


_AUDITED = ("status", "question", "slot", "deposit_pence", "flags")


def _differences(before: Lead, after: Lead) -> Iterator[tuple[str, Any, Any]]:
    """What an action changed at once, for the audit: (name, before, after)."""
    for name in _AUDITED:
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield name, was, now
    for name in ("state", "amount_pence"):
        was, now = getattr(before.deposit, name, None), getattr(after.deposit, name, None)
        if was != now:
            yield f"deposit_{name}", was, now
    if (before.handover is None) != (after.handover is None):
        yield "handover", getattr(before.handover, "reason", None), getattr(after.handover, "reason", None)
