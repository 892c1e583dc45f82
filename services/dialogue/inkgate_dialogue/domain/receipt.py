"""Deliveries: what became of a message of ours, and what is learned of it later (PROTOCOL §2, Gates)."""

from uuid import UUID

from inkgate_common.contracts.deliveries import (
    Delivery,
    MessageCancelled,
    MessageDelivered,
    MessageFailed,
    MessageStatus,
)
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate
from inkgate_dialogue.domain.lead import Applied
from inkgate_dialogue.domain.turn import Turn

_SEEN = ("sent", "delivered", "read", "played", "failed")


def judge(turn: Turn, data: Delivery) -> None:
    """What a delivery event does to the gate, the opt-out's gate, or a message that gated nothing."""
    match data:
        case MessageDelivered():
            if data.wamid is not None and any(one.intent_id == data.intent_id for one in turn.state.notices):
                turn.record(e.NoticeTaken(intent_id=data.intent_id, wamid=data.wamid))
            gate.delivered(turn, data.intent_id, data.basis, data.accepted_at, data.began_at, fallback=data.fallback)
        case MessageFailed():
            _failed(turn, data)
        case MessageCancelled():
            gate.cancelled(turn, data.intent_id, data.reason)
        case MessageStatus():
            _status(turn, data)


def _failed(turn: Turn, data: MessageFailed) -> None:
    applied = turn.state.applied
    if gate.gate_of(turn, data.intent_id) is not None or str(data.intent_id) in turn.state.under_way:
        gate.failed(turn, data.intent_id, data.code, data.title)
    elif applied is not None and applied.sending.intent_id == data.intent_id:
        # Her reply, or her payment, had opened the gate before the sender gave the message up: she has it.
        _flag_late(turn, applied.sending.lead_id, data.intent_id, data.code, data.title)


def _status(turn: Turn, data: MessageStatus) -> None:
    if data.makes_delivered:
        _proved(turn, data)
    elif data.status == "accepted":
        if gate.gate_of(turn, data.intent_id) is not None:
            lead_id = gate.lead_of(turn, data.intent_id)
            turn.record(
                e.MessageAccepted(
                    lead_id=lead_id,
                    intent_id=data.intent_id,
                    accepted_at=data.accepted_at,
                    began_at=data.began_at,
                    fallback=data.fallback,
                )
            )
        return
    elif data.status == "failed" and data.all_failed:
        error = data.errors[0] if data.errors else None
        code = str(error.code) if error else "failed"
        _late(turn, data.intent_id, data.lead_id, code, error.title if error else None)
        return
    if data.status in _SEEN:
        lead_id = data.lead_id or turn.state.lead_id
        turn.record(e.MessageSeen(lead_id=lead_id, intent_id=data.intent_id, status=data.status))


def _proved(turn: Turn, data: MessageStatus) -> None:
    """A status for a copy whose outcome was unknown, or that was recorded as failed: it is delivered."""
    applied, retry = turn.state.applied, turn.state.retry
    if gate.gate_of(turn, data.intent_id) is not None or (retry and retry.intent_id == data.intent_id):
        gate.delivered(turn, data.intent_id, "status", data.accepted_at, data.began_at, fallback=data.fallback)
    elif applied is not None and applied.sending.intent_id == data.intent_id:
        turn.flag(turn.lead(applied.sending.lead_id), "late_failure", False)


def _late(turn: Turn, intent_id: UUID, lead_id: UUID | None, code: str, title: str | None) -> None:
    """Every copy has failed after its gate was applied. If nothing was judged since, the change is taken back and it is
    handled as failed; else it is only flagged."""
    c, applied = turn.state, turn.state.applied
    mine = applied is not None and applied.sending.intent_id == intent_id
    lead_id = applied.sending.lead_id if applied is not None and mine else lead_id or c.lead_id
    back = mine and applied is not None and applied.judged == c.judged and c.gate is None
    if applied is None or not back or applied.sending.opt_out:
        _flag_late(turn, lead_id, intent_id, code, title)
        return
    sending = applied.sending
    turn.record(
        e.MessageFailed(lead_id=sending.lead_id, intent_id=intent_id, code=code, title=title, late=True, retry=sending)
    )
    if not sending.change.empty:
        _take_back(turn, applied)
    if turn.lead(sending.lead_id).silent_since is not None:
        turn.record(e.Silence(lead_id=sending.lead_id, since=None))
    gate.send_failed(turn, sending.lead_id, code)


def _flag_late(turn: Turn, lead_id: UUID | None, intent_id: UUID, code: str, title: str | None) -> None:
    turn.record(e.MessageFailed(lead_id=lead_id, intent_id=intent_id, code=code, title=title, late=True))
    if lead_id in turn.state.leads:
        turn.flag(turn.lead(lead_id), "late_failure")


def _take_back(turn: Turn, applied: Applied) -> None:
    lead_id = applied.sending.lead_id
    answers = turn.lead(lead_id).answers
    turn.record(
        e.ChangeReverted(
            lead_id=lead_id,
            intent_id=applied.sending.intent_id,
            status=applied.status,
            question=applied.question,
            step=turn.studio.step(applied.question, answers),
            asked=applied.asked,
            handover_from=applied.handover_from,
            stopped_from=applied.stopped_from,
            completed_at=applied.completed_at,
            held_reply_at=applied.held_reply_at,
            tour=applied.tour,
        )
    )
    answered = applied.sending.change.tour
    if answered is not None and answered.accepted:
        gate.places(turn, lead_id, answered.home)
    lead = turn.lead(lead_id)
    if lead.handover is not None and applied.handover is None:
        turn.record(e.HandoverClosed(lead_id=lead_id, reason="reverted"))
    elif lead.handover is None and applied.handover is not None:
        was = applied.handover
        turn.record(e.HandoverOpened(lead_id=lead_id, reason=was.reason, since=was.since))
    if lead.offer != applied.offer and applied.sending.change.offer is not None:
        turn.record(e.SlotsOffered(lead_id=lead_id, offer=applied.offer))
    if lead.slot != applied.slot:
        turn.record(e.Marked(lead_id=lead_id, mark="slot", at=turn.now, slot=applied.slot))
