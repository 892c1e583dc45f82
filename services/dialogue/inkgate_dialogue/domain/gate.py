"""Gates: how one ends. Applied, failed, cancelled or superseded; exactly one of them, recorded with its reason."""

from datetime import datetime, timedelta
from uuid import UUID

from inkgate_common.contracts.deliveries import (
    Delivery,
    MessageCancelled,
    MessageDelivered,
    MessageFailed,
    MessageStatus,
)
from inkgate_common.contracts.inbound import MessageReceived

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Applied, Asked, Change, Gate, Lead, Sending
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import Turn

_SEEN = ("sent", "delivered", "read", "played")


def written_after(message: MessageReceived, accepted_at: datetime | None, began_at: datetime | None) -> bool:
    """Whether a message was written after WhatsApp took a send: by WhatsApp's own clock on both sides, and in the same
    second when it was received after the call began (PROTOCOL §2). Unknown acceptance: only what we received later."""
    if accepted_at is None:
        return began_at is None or message.received_at >= began_at
    second = accepted_at.replace(microsecond=0)
    if message.sent_at != second:
        return message.sent_at > second
    return began_at is None or message.received_at >= began_at


def judge_delivery(turn: Turn, data: Delivery) -> None:
    """What a delivery event does to the gate, the opt-out's gate, or a message that gated nothing."""
    match data:
        case MessageDelivered():
            delivered(turn, data.intent_id, data.basis, data.accepted_at, data.began_at)
        case MessageFailed():
            failed(turn, data.intent_id, data.code, data.title)
        case MessageCancelled():
            cancelled(turn, data.intent_id, data.reason)
        case MessageStatus():
            _status(turn, data)


def gate_of(turn: Turn, intent_id: UUID) -> Gate | None:
    """The open gate that this intent holds, if any."""
    for gate in (turn.state.gate, turn.state.opt_out_gate):
        if gate is not None and gate.sending.intent_id == intent_id:
            return gate
    return None


def _lead_id(turn: Turn, intent_id: UUID) -> UUID | None:
    under = turn.state.under_way.get(str(intent_id))
    return under.lead_id if under else turn.state.lead_id


def delivered(turn: Turn, intent_id: UUID, basis: str, accepted_at: datetime | None, began_at: datetime | None) -> None:
    """The message went out: its gate opens. A second report changes nothing."""
    gate, retry = gate_of(turn, intent_id), turn.state.retry
    under = turn.state.under_way.get(str(intent_id))
    if gate is None and under is None and not (retry and retry.intent_id == intent_id):
        return
    turn.record(
        e.MessageSent(lead_id=_lead_id(turn, intent_id), intent_id=intent_id, basis=basis, accepted_at=accepted_at)
    )
    if gate is not None:
        apply(turn, gate, basis, accepted_at, began_at)
    elif retry and retry.intent_id == intent_id:
        lead = turn.lead(retry.lead_id)
        again = Gate(sending=retry, since=turn.now, status=lead.status, question=lead.question)
        apply(turn, again, basis, accepted_at, began_at)
    elif under and under.kind == "reminder" and under.lead_id:
        turn.record(e.Marked(lead_id=under.lead_id, mark="reminder_sent", at=turn.now))


def apply(turn: Turn, gate: Gate, basis: str, accepted_at: datetime | None, began_at: datetime | None) -> None:
    """Close a gate whose message was delivered: make its change, if the lead is still where the gate was opened, or if
    a fact moved it to where the change is still allowed; else it is superseded."""
    sending, change = gate.sending, gate.sending.change
    lead = turn.lead(sending.lead_id)
    if gate.superseded_by is not None:
        _close(turn, sending, "superseded", str(gate.superseded_by), basis)
        return
    moved = lead.status != gate.status or lead.question != gate.question
    if moved and not change.empty and not _still_fits(lead, change):
        _close(turn, sending, "superseded", str(lead.moved_by or "moved"), basis)
        return
    applied = Applied(
        sending=sending,
        status=lead.status,
        question=lead.question,
        asked=lead.asked,
        handover_from=lead.handover_from,
        judged=turn.state.judged,
    )
    turn.record(e.GateClosed(lead_id=lead.id, intent_id=sending.intent_id, how="applied", basis=basis, applied=applied))
    make_change(turn, lead.id, change, sending.intent_id, accepted_at, began_at)
    turn.flag(turn.lead(lead.id), "send_failed", False)


def _still_fits(lead: Lead, change: Change) -> bool:
    if change.status is None or change.status == lead.status:
        return False
    return lead.moved_by is not None and allowed(lead.status, change.status, opened_from=lead.handover_from)


def make_change(
    turn: Turn,
    lead_id: UUID,
    change: Change,
    intent_id: UUID | None,
    accepted_at: datetime | None = None,
    began_at: datetime | None = None,
) -> None:
    """Record what a change does. `intent_id` None: it waited for nothing (force, a fact)."""
    lead = turn.lead(lead_id)
    if "restart" in change.marks:
        turn.record(e.Restarted(lead_id=lead_id))
        turn.flag(turn.lead(lead_id), "send_failed", False)
    by = None if intent_id else turn.event.id
    if change.status is not None and change.status != lead.status:
        turn.record(
            e.StatusChanged(
                lead_id=lead_id,
                from_status=lead.status,
                to_status=change.status,
                reason=change.reason,
                intent_id=intent_id,
                by=by,
            )
        )
    if change.question is not None and change.question != turn.lead(lead_id).question:
        _advance(turn, lead, change.question, intent_id, accepted_at, began_at)
    _marks(turn, lead_id, change)
    if change.notice is not None:
        turn.notify(turn.lead(lead_id), change.notice, reason=change.reason)


def _advance(
    turn: Turn,
    lead: Lead,
    question: str,
    intent_id: UUID | None,
    accepted_at: datetime | None,
    began_at: datetime | None,
) -> None:
    before = turn.lead(lead.id).question
    turn.record(
        e.StepAdvanced(
            lead_id=lead.id,
            from_step=turn.studio.step(before),
            to_step=turn.studio.step(question),
            key=question,
            asked=Asked(key=question, accepted_at=accepted_at, began_at=began_at, before=before),
            intent_id=intent_id,
            at=turn.now,
        )
    )
    turn.record(e.Silence(lead_id=lead.id, since=turn.now))
    delays = turn.studio.timers.reminders_s
    if delays:
        turn.timer("silence", turn.now + timedelta(seconds=delays[0]))


def _marks(turn: Turn, lead_id: UUID, change: Change) -> None:
    for mark in change.marks:
        if mark == "handover":
            turn.record(e.HandoverOpened(lead_id=lead_id, reason=change.reason, since=turn.now))
        elif mark == "resume":
            turn.record(e.HandoverClosed(lead_id=lead_id, reason=change.reason))
        elif mark in ("held_reply", "completed"):
            turn.record(e.Marked(lead_id=lead_id, mark=mark, at=turn.now))
    if "handover" in change.marks and change.notice:
        turn.record(e.Marked(lead_id=lead_id, mark="artist_notified", at=turn.now))
    if change.slot is not None:
        turn.record(e.Marked(lead_id=lead_id, mark="slot", at=turn.now, slot=change.slot))


def _close(turn: Turn, sending: Sending, how: str, reason: str | None, basis: str | None = None) -> None:
    turn.record(e.GateClosed(lead_id=sending.lead_id, intent_id=sending.intent_id, how=how, reason=reason, basis=basis))


def failed(turn: Turn, intent_id: UUID, code: str, title: str | None, *, late: bool = False) -> None:
    """The message did not go out: nothing changes; the lead is flagged, and the message can be sent again."""
    gate = gate_of(turn, intent_id)
    if gate is None and str(intent_id) not in turn.state.under_way:
        return
    again = gate.sending if gate and not gate.superseded_by and not gate.sending.opt_out else None
    turn.record(
        e.MessageFailed(
            lead_id=_lead_id(turn, intent_id), intent_id=intent_id, code=code, title=title, late=late, retry=again
        )
    )
    if gate is None:
        return
    if gate.sending.opt_out:
        # OPTOUT follows whether the confirmation is delivered, fails or takes over a minute (DOMAIN §4).
        _close(turn, gate.sending, "failed", code)
        make_change(turn, gate.sending.lead_id, gate.sending.change, None)
    elif gate.superseded_by:
        _close(turn, gate.sending, "superseded", str(gate.superseded_by))
    else:
        _close(turn, gate.sending, "failed", code)
        lead = turn.lead(gate.sending.lead_id)
        turn.flag(lead, "send_failed")
        turn.notify(turn.lead(lead.id), "send_failed", reason=code)


def cancelled(turn: Turn, intent_id: UUID, reason: str | None) -> None:
    """It surely did not go out. Nothing changes."""
    gate = gate_of(turn, intent_id)
    if gate is None and str(intent_id) not in turn.state.under_way:
        return
    turn.record(e.MessageCancelled(lead_id=_lead_id(turn, intent_id), intent_id=intent_id, reason=reason))
    if gate is not None:
        _close(turn, gate.sending, "cancelled", reason)


def _status(turn: Turn, data: MessageStatus) -> None:
    c = turn.state
    if data.makes_delivered:
        known = gate_of(turn, data.intent_id) or (c.retry and c.retry.intent_id == data.intent_id)
        if known:
            delivered(turn, data.intent_id, "status", data.accepted_at, data.began_at)
    elif data.status == "accepted":
        if gate_of(turn, data.intent_id) is not None:
            turn.record(
                e.MessageAccepted(
                    lead_id=_lead_id(turn, data.intent_id),
                    intent_id=data.intent_id,
                    accepted_at=data.accepted_at,
                    began_at=data.began_at,
                )
            )
        return
    elif data.status == "failed" and data.all_failed:
        _late_failure(turn, data)
        return
    if data.status in _SEEN or data.status == "failed":
        turn.record(e.MessageSeen(lead_id=data.lead_id or c.lead_id, intent_id=data.intent_id, status=data.status))


def _late_failure(turn: Turn, data: MessageStatus) -> None:
    """Every copy has failed after its gate was applied. If nothing was judged since, the change is taken back and it is
    handled as failed; else it is only flagged."""
    c, applied = turn.state, turn.state.applied
    code = str(data.errors[0].code) if data.errors else "failed"
    title = data.errors[0].title if data.errors else None
    lead_id = data.lead_id or c.lead_id
    if applied is None or applied.sending.intent_id != data.intent_id:
        turn.record(e.MessageFailed(lead_id=lead_id, intent_id=data.intent_id, code=code, title=title, late=True))
        if lead_id in c.leads:
            turn.flag(turn.lead(lead_id), "late_failure")
        return
    sending = applied.sending
    lead = turn.lead(sending.lead_id)
    if applied.judged != c.judged or c.gate is not None or sending.opt_out or lead.moved_by is not None:
        turn.record(e.MessageFailed(lead_id=lead.id, intent_id=data.intent_id, code=code, title=title, late=True))
        turn.flag(lead, "late_failure")
        return
    turn.record(
        e.MessageFailed(lead_id=lead.id, intent_id=data.intent_id, code=code, title=title, late=True, retry=sending)
    )
    if not sending.change.empty:
        turn.record(
            e.ChangeReverted(
                lead_id=lead.id,
                intent_id=data.intent_id,
                status=applied.status,
                question=applied.question,
                step=turn.studio.step(applied.question),
                asked=applied.asked,
                handover_from=applied.handover_from,
            )
        )
        if "handover" in sending.change.marks:
            turn.record(e.HandoverClosed(lead_id=lead.id, reason="reverted"))
    turn.flag(turn.lead(lead.id), "send_failed")
    turn.notify(turn.lead(lead.id), "send_failed", reason=code)
