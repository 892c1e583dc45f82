"""DOMAIN §3 rows 14, 16, 30 and §3b: money. What Stripe reports is a fact and recorded at once, whatever is under way;
what is said about it follows, and gates only what the table says."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_common.contracts import payments as p
from inkgate_common.contracts.intents import Text
from inkgate_common.contracts.payment_commands import DepositCancelled, DepositRequested
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate
from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.lead import Change, Deposit, Gate, Lead
from inkgate_dialogue.domain.rules import expiry_note
from inkgate_dialogue.domain.rules.estimate import deposit_pence
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import FollowUp, Turn

LINK = "deposit_link"
CONFIRMATION = "payment_confirmation"
OPEN = ("requested", "link_created", "payment_failed")


def request_link(turn: Turn, lead: Lead, by: str) -> None:
    """Ask payments for a link. The sum is locked from here on, with who and when."""
    cancel_open_link(turn, lead, "replaced")
    amount = deposit_pence(lead, turn.studio)
    command_id = ids.derive(turn.event.id, "deposit")
    expires_at = turn.now + turn.studio.deposit_link
    standing = lead.deposit
    deposit = Deposit(
        command_id=command_id,
        amount_pence=amount,
        currency=turn.studio.file.currency,
        state="requested",
        expires_at=expires_at,
        paid_pence=standing.paid_pence if standing else 0,
        refunded_pence=standing.refunded_pence if standing else 0,
        locked_by=by,
        locked_at=turn.now,
    )
    turn.record(e.DepositRecorded(lead_id=lead.id, event="requested", deposit=deposit, amount_pence=amount))
    turn.emit(
        DepositRequested(
            command_id=command_id,
            lead_id=lead.id,
            amount_pence=amount,
            currency=deposit.currency,
            slot=lead.appointment.label if lead.appointment is not None and lead.appointment.live else None,
            expires_at=expires_at,
        ),
        "deposit",
    )


def cancel_open_link(turn: Turn, lead: Lead, reason: str) -> None:
    """Expire the link that stands open, if one does."""
    deposit = lead.deposit
    if deposit is None or deposit.state not in OPEN:
        return
    turn.record(e.DepositRecorded(lead_id=lead.id, event="cancelled", deposit=replace(deposit, state="cancelled")))
    turn.emit(
        DepositCancelled(
            command_id=ids.derive(turn.event.id, "cancel-deposit"),
            lead_id=lead.id,
            deposit_command_id=deposit.command_id,
            reason=reason,
        ),
        f"cancel-deposit:{deposit.command_id}",
    )


def judge(turn: Turn, data: p.Payment) -> None:
    """Record what payments reports."""
    lead = turn.state.leads.get(data.lead_id)
    if lead is None:
        turn.record(e.Note(about="money for an unknown lead", details={"lead_id": str(data.lead_id)}))
        return
    _REPORTS[type(data)](turn, lead, data)


def _record(turn: Turn, lead: Lead, event: str, amount_pence: int | None = None, **changes: Any) -> Lead:
    deposit = lead.deposit
    if deposit is None:
        deposit = Deposit(
            command_id=ids.derive(lead.id, "unknown deposit"),
            amount_pence=amount_pence or 0,
            currency=turn.studio.file.currency,
            state=event,
        )
    turn.record(
        e.DepositRecorded(lead_id=lead.id, event=event, deposit=replace(deposit, **changes), amount_pence=amount_pence)
    )
    return turn.lead(lead.id)


def _current(lead: Lead, data: p.Payment) -> bool:
    return lead.deposit is not None and (data.command_id is None or data.command_id == lead.deposit.command_id)


def _link_created(turn: Turn, lead: Lead, data: p.DepositLinkCreated) -> None:
    if not _current(lead, data) or lead.deposit is None or lead.deposit.state != "requested":
        turn.record(e.Note(lead_id=lead.id, about="a link that is no longer wanted"))
        return
    _record(
        turn, lead, "link_created", state="link_created", url=data.url, session=data.session, expires_at=data.expires_at
    )
    turn.follow_up(lead.id, "send_link", command_id=lead.deposit.command_id)


def _request_failed(turn: Turn, lead: Lead, data: p.DepositRequestFailed) -> None:
    if not _current(lead, data) or (lead.deposit and lead.deposit.state != "requested"):
        turn.record(e.Note(lead_id=lead.id, about="a cancelled link was not made"))
        return
    lead = _record(turn, lead, "request_failed", state="request_failed")
    turn.flag(lead, "deposit_failed")
    turn.notify(turn.lead(lead.id), "deposit_failed", reason=data.code)


def _paid(turn: Turn, lead: Lead, data: p.DepositPaid) -> None:
    if _current(lead, data):
        _open_the_links_gate(turn, lead)
    else:
        _call_the_link_off(turn, lead)
    lead = turn.lead(lead.id)
    was_paid = lead.paid
    changes: dict[str, Any] = {"state": "paid", "paid_pence": data.amount_pence}
    if lead.deposit is not None:
        changes["paid_pence"] += lead.deposit.paid_pence
    if data.command_id is not None and not was_paid:
        changes["command_id"] = data.command_id  # what a refund has to name
    lead = _record(turn, lead, "paid", data.amount_pence, **changes)
    if data.mismatch:
        turn.flag(lead, "deposit_mismatch")
    if was_paid:
        turn.flag(turn.lead(lead.id), "paid_twice")
        turn.notify(turn.lead(lead.id), "paid_twice")
    elif not gate.move(turn, turn.lead(lead.id), "DEPOSIT_PAID", "paid"):
        turn.flag(turn.lead(lead.id), "paid_unexpectedly")
        turn.notify(turn.lead(lead.id), "paid_unexpectedly")
    elif not lead.paid:
        gate.move(turn, turn.lead(lead.id), "REFUNDED", "refunded")  # the refund was read before the payment
    elif turn.state.opted_out:
        confirm_silently(turn, lead.id)
    else:
        turn.follow_up(lead.id, CONFIRMATION, amount_pence=data.amount_pence)


def confirm_silently(turn: Turn, lead_id: UUID) -> None:
    """What waits only for a message that she will not get is done at once (PROTOCOL §2)."""
    gate.make_change(turn, lead_id, _confirmed(turn.lead(lead_id)), None)


def _confirmed(lead: Lead) -> Change:
    return Change(status="BOOKING_PENDING" if lead.status == "DEPOSIT_PAID" else None, reason="paid", notice="paid")


def _then_slots(turn: Turn, lead: Lead, change: Change) -> Change:
    """Slots follow the confirmation as their own message: where the studio offers them then, or the time that she had chosen
    before is held no longer (DOMAIN §5)."""
    appointment = lead.appointment
    waits = change.status == "BOOKING_PENDING" and lead.handover is None and not (appointment and appointment.live)
    return replace(change, marks=("offer_slots",)) if waits and turn.studio.file.slots != "none" else change


def _open_the_links_gate(turn: Turn, lead: Lead) -> None:
    """A payment proves the delivery of its link: it applies that gate first, also when it had failed (PROTOCOL §2)."""
    standing, retry = turn.state.gate, turn.state.retry
    if standing and standing.sending.copy == LINK and standing.sending.lead_id == lead.id:
        sending = standing.sending
    elif retry and retry.copy == LINK and retry.lead_id == lead.id:
        sending = retry
        standing = Gate(sending=retry, since=turn.now, status=lead.status, question=lead.question)
    else:
        return
    if standing.superseded_by is None:
        turn.record(e.MessageSent(lead_id=lead.id, intent_id=sending.intent_id, basis="payment"))
        gate.apply(turn, standing, "payment", None, None)


def _call_the_link_off(turn: Turn, lead: Lead) -> None:
    """She paid otherwise (by an older link): the one that stands open, or is on its way to her, would take money twice."""
    cancel_open_link(turn, lead, "paid_otherwise")
    standing = turn.state.gate
    if standing is not None and standing.sending.copy == LINK and standing.sending.lead_id == lead.id:
        turn.cancel(standing.sending.intent_id, "paid_otherwise")


def _payment_failed(turn: Turn, lead: Lead, data: p.DepositPaymentFailed) -> None:
    if lead.deposit is None or lead.deposit.state not in OPEN or not _current(lead, data):
        turn.record(e.Note(lead_id=lead.id, about="a payment failed that counts no longer"))
        return
    _record(turn, lead, "payment_failed", state="payment_failed")
    turn.follow_up(lead.id, "payment_failed", command_id=lead.deposit.command_id)


def _expired(turn: Turn, lead: Lead, data: p.DepositExpired) -> None:
    if not _current(lead, data) or lead.deposit is None or lead.deposit.state not in OPEN:
        turn.record(e.Note(lead_id=lead.id, about="an old link expired"))
        return
    lead = _record(turn, lead, "expired", state="expired")
    if lead.status == "AWAITING_DEPOSIT":
        gate.move(turn, lead, "DEPOSIT_EXPIRED", "link_expired")
        turn.follow_up(lead.id, "link_expired")


def _refunded(turn: Turn, lead: Lead, data: p.DepositRefunded) -> None:
    """`refunded_pence` is the sum that this link's money gave back so far; money of another link is added to it."""
    standing = lead.deposit
    before = standing.refunded_pence if standing is not None else 0
    after = data.refunded_pence if _current(lead, data) or before == 0 else before + data.amount_pence
    paid = standing.paid_pence if standing is not None else 0
    state = "paid" if after < paid else "refunded"
    lead = _record(turn, lead, "refunded", after - before, state=state, refunded_pence=after)
    if data.in_full and not lead.paid and not gate.move(turn, lead, "REFUNDED", "refunded"):
        turn.flag(turn.lead(lead.id), "refunded")
        turn.notify(turn.lead(lead.id), "refunded")
    turn.follow_up(lead.id, "refunded", amount_pence=data.amount_pence)


def _refund_failed(turn: Turn, lead: Lead, data: p.DepositRefundFailed) -> None:
    lead = _record(turn, lead, "refund_failed")
    turn.flag(lead, "refund_failed")
    turn.notify(turn.lead(lead.id), "refund_failed")


def _disputed(turn: Turn, lead: Lead, data: p.DepositDisputed) -> None:
    lead = _record(turn, lead, "disputed", data.amount_pence)
    turn.flag(lead, "disputed")
    turn.notify(turn.lead(lead.id), "disputed")


_REPORTS: dict[type[p.Payment], Callable[[Turn, Lead, Any], None]] = {
    p.DepositLinkCreated: _link_created,
    p.DepositRequestFailed: _request_failed,
    p.DepositPaid: _paid,
    p.DepositPaymentFailed: _payment_failed,
    p.DepositExpired: _expired,
    p.DepositRefunded: _refunded,
    p.DepositRefundFailed: _refund_failed,
    p.DepositDisputed: _disputed,
}


# --- what is said about it ----------------------------------------------------------------------------------------------


def _send_link(turn: Turn, lead: Lead, data: FollowUp) -> None:
    deposit = lead.deposit
    wanted = deposit is not None and deposit.command_id == data.command_id and deposit.state == "link_created"
    fits = lead.status == "AWAITING_DEPOSIT" or allowed(lead.status, "AWAITING_DEPOSIT", opened_from=lead.handover_from)
    if not wanted or deposit is None or not fits or turn.state.silent:
        turn.record(e.Note(lead_id=lead.id, about="a link that is no longer wanted"))
        return
    change = Change(status="AWAITING_DEPOSIT", reason="deposit_link")
    words = {"amount": amount(deposit.amount_pence, deposit.currency), "url": deposit.url or ""}
    text = turn.copy.text(LINK, **words)
    if lead.appointment is not None and lead.appointment.live:
        # The link for her slot is its confirmation (row 17 with `slots = before_deposit`).
        change = replace(change, slot=lead.appointment.label, notice="slot_chosen", said=lead.appointment.label)
        text = turn.copy.text("deposit_link_slot", slot=turn.time_label(lead.appointment.starts_at), **words)
    turn.send(Text(text=text), copy=LINK, lead=lead, change=change, words=words)


def _confirmation(turn: Turn, lead: Lead, data: FollowUp) -> None:
    if turn.state.opted_out:
        confirm_silently(turn, lead.id)
        return
    if turn.state.closed_into is not None:
        turn.notify(lead, "paid")  # money of a closed conversation is moved by hand (PROTOCOL §2, Identity)
        return
    paid = data.amount_pence or (lead.deposit.paid_pence if lead.deposit else 0)
    told = amount(paid, lead.deposit.currency if lead.deposit else turn.studio.file.currency)
    text = turn.copy.text(CONFIRMATION, amount=told)
    if lead.appointment is not None and lead.appointment.live:
        text = turn.copy.text(
            "payment_confirmation_slot", amount=told, slot=turn.time_label(lead.appointment.starts_at)
        )
    change = _then_slots(turn, lead, _confirmed(lead))
    turn.send(Text(text=text), copy=CONFIRMATION, lead=lead, change=change, words={"amount": told})


def _note(copy: str, still: Callable[[Lead, Deposit], bool]) -> Callable[[Turn, Lead, FollowUp], None]:
    """A message about a fact: the business begins it and nothing waits for it, so it opens no gate."""

    def tell(turn: Turn, lead: Lead, data: FollowUp) -> None:
        deposit = lead.deposit
        if turn.state.silent or deposit is None or not still(lead, deposit):
            turn.record(e.Note(lead_id=lead.id, about="not said any more", details={"what": copy}))
            return
        words = {"amount": amount(data.amount_pence or 0, deposit.currency), "url": deposit.url or ""}
        if copy == expiry_note.COPY and expiry_note.put_off(turn, lead):
            return
        turn.say(copy, lead=lead, words=words, kind="note")

    return tell


SAYS: dict[str, Callable[[Turn, Lead, FollowUp], None]] = {
    "send_link": _send_link,
    CONFIRMATION: _confirmation,
    "payment_failed": _note("payment_failed", lambda _, deposit: deposit.state == "payment_failed"),
    "link_expired": _note("link_expired", lambda lead, _: lead.status == "DEPOSIT_EXPIRED"),
    "refunded": _note("refunded", lambda *_: True),
}
