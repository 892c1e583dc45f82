"""Gates: how one ends. Applied, failed, cancelled or superseded; exactly one of them, recorded with its reason."""

from datetime import datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import TAKEN_OVER, Applied, Asked, Change, Gate, Lead, Sending, Tour
from inkgate_dialogue.domain.pauses import counted
from inkgate_dialogue.domain.transitions import Status, allowed, way
from inkgate_dialogue.domain.turn import Turn

# How a gate ends whose message was only announced: by an invitation to write. Also a flag of the lead, until she has it.
INVITED = "invited"

# Where the artist has taken a lead on herself, a handover that stood open is over.
_ENDS_HANDOVER: frozenset[Status] = frozenset(
    {"QUALIFYING", "PENDING_APPROVAL", "AWAITING_DEPOSIT", "BOOKED", "REJECTED", "CANCELLED", "COMPLETED", "NO_SHOW"}
)


def written_after(message: MessageReceived, accepted_at: datetime | None, began_at: datetime | None) -> bool:
    """Whether a message was written after WhatsApp took a send: by WhatsApp's own clock on both sides, and in the same
    second when it was received after the call began (PROTOCOL §2). Unknown acceptance: only what we received later."""
    if accepted_at is None:
        return began_at is None or message.received_at >= began_at
    second = accepted_at.replace(microsecond=0)
    written = message.sent_at.replace(microsecond=0)
    if written != second:
        return written > second
    return began_at is None or message.received_at >= began_at


def gate_of(turn: Turn, intent_id: UUID) -> Gate | None:
    """The open gate that this intent holds, if any."""
    for gate in (turn.state.gate, turn.state.opt_out_gate):
        if gate is not None and gate.sending.intent_id == intent_id:
            return gate
    return None


def lead_of(turn: Turn, intent_id: UUID) -> UUID | None:
    """Whose message this is, as far as the conversation knows."""
    under = turn.state.under_way.get(ids.text(intent_id))
    return under.lead_id if under else turn.state.lead_id


def delivered(
    turn: Turn,
    intent_id: UUID,
    basis: str,
    accepted_at: datetime | None,
    began_at: datetime | None,
    *,
    fallback: bool = False,
) -> None:
    """The message went out: its gate opens. A second report changes nothing. `fallback`: a template went in its place; one
    that only invites her back opens nothing."""
    gate, retry = gate_of(turn, intent_id), turn.state.retry
    under = turn.state.under_way.get(ids.text(intent_id))
    if fallback and _only_invited(turn, gate, intent_id):
        return
    if gate is None and retry is not None and retry.intent_id == intent_id:
        # It was recorded as failed, and went out after all.
        lead = turn.lead(retry.lead_id)
        gate = Gate(sending=retry, since=turn.now, status=lead.status, question=lead.question)
    if gate is None and under is None:
        return
    turn.record(
        e.MessageSent(
            lead_id=lead_of(turn, intent_id),
            intent_id=intent_id,
            basis=basis,
            accepted_at=accepted_at,
            fallback=fallback,
            waited_s=_waited_s(turn, gate, basis),
        )
    )
    if gate is not None:
        apply(turn, gate, basis, accepted_at, began_at)
    elif under and under.kind == "reminder" and under.lead_id:
        turn.record(e.Marked(lead_id=under.lead_id, mark="reminder_sent", at=turn.now))


def _waited_s(turn: Turn, gate: Gate | None, basis: str) -> float | None:
    """How long what it answers had been here; None where it answers nothing, or something else proves that it went out."""
    if gate is None or gate.answers_at is None or basis != "accepted":
        return None
    return round(max(0.0, (turn.now - gate.answers_at).total_seconds()), 3)


def _only_invited(turn: Turn, gate: Gate | None, intent_id: UUID) -> bool:
    """Where nothing but the invitation went out: the gate ends failed, and the message goes out with her next one."""
    retry = turn.state.retry
    if gate is None and retry is not None and retry.intent_id == intent_id:
        return not _says_it(retry)  # it was recorded as failed, and so it stays
    if gate is None or _says_it(gate.sending):
        return False
    failed(turn, intent_id, INVITED, "Only the invitation to write went out: the 24-hour window was shut.")
    return True


def _says_it(sending: Sending) -> bool:
    """Whether the template in its place says what the message would have said."""
    return sending.fallback is not None and sending.fallback.same_content


def fitting(lead: Lead, change: Change) -> Change | None:
    """`change` as it may still be made, or None where a fact has taken the ground from under it.

    For a paid lead the status stays: a handover only opens, an opt-out is a property of the person (DOMAIN §2).
    """
    target = change.status
    if target is not None and target != lead.status:
        if target == "OPTOUT" and lead.paid:
            return replace(change, status=None)
        if way(lead.status, target, opened_from=lead.handover_from) is None:
            return replace(change, status=None) if "handover" in change.marks and not lead.terminal else None
    if change.question is not None and (target or lead.status) != "QUALIFYING":
        return None
    return change


def apply(turn: Turn, gate: Gate, basis: str, accepted_at: datetime | None, began_at: datetime | None) -> None:
    """Close a gate whose message was delivered: make its change where the lead still admits it; else it is superseded by
    the fact that moved her."""
    sending = gate.sending
    lead = turn.lead(sending.lead_id)
    change = None if gate.superseded_by else fitting(lead, sending.change)
    if change is None:
        by = gate.superseded_by or lead.moved_by or turn.event.id
        close(turn, sending, "superseded", str(by), basis)
        return
    applied = Applied(
        sending=sending,
        status=lead.status,
        question=lead.question,
        asked=lead.asked,
        handover_from=lead.handover_from,
        judged=turn.state.judged,
        stopped_from=lead.stopped_from,
        handover=lead.handover,
        slot=lead.slot,
        offer=lead.offer,
        completed_at=lead.completed_at,
        held_reply_at=lead.held_reply_at,
        tour=lead.tour,
    )
    turn.record(e.GateClosed(lead_id=lead.id, intent_id=sending.intent_id, how="applied", basis=basis, applied=applied))
    make_change(turn, lead.id, change, sending.intent_id, accepted_at, began_at)
    if turn.state.retry is None:
        turn.flag(turn.lead(lead.id), "send_failed", False)
        turn.flag(turn.lead(lead.id), INVITED, False)
    if basis != "force":
        _silence_begins(turn, turn.lead(lead.id))


def make_change(
    turn: Turn,
    lead_id: UUID,
    change: Change,
    intent_id: UUID | None,
    accepted_at: datetime | None = None,
    began_at: datetime | None = None,
) -> None:
    """Record what a change does. `intent_id` None: it waited for nothing (a fact, an action for a person who opted out).

    A transition that is not in the table is refused, recorded, and changes nothing (DOMAIN §2).
    """
    lead = turn.lead(lead_id)
    target = change.status
    moves = target is not None and target != lead.status
    steps = way(lead.status, target, opened_from=lead.handover_from) if target is not None and moves else ()
    if steps is None:
        details = {"from": lead.status, "to": target}
        turn.record(e.Note(lead_id=lead_id, about="a transition that is not in the table", details=details))
        return
    if "restart" in change.marks:
        turn.record(e.Restarted(lead_id=lead_id))
    for status in steps:
        turn.record(
            e.StatusChanged(
                lead_id=lead_id,
                from_status=turn.lead(lead_id).status,
                to_status=status,
                reason=change.reason,
                intent_id=intent_id,
                by=None if intent_id else turn.event.id,
            )
        )
        if "handover" not in change.marks and _ends_handover(turn.lead(lead_id), status):
            turn.record(e.HandoverClosed(lead_id=lead_id, reason=change.reason))
    if change.tour is not None:
        _tour(turn, lead_id, change.tour, intent_id, Asked(key=None, accepted_at=accepted_at, began_at=began_at))
    if change.question is not None and change.question != turn.lead(lead_id).question:
        _advance(turn, lead_id, change.question, intent_id, accepted_at, began_at)
    if change.offer is not None:
        offer = replace(change.offer, accepted_at=accepted_at, began_at=began_at)
        turn.record(e.SlotsOffered(lead_id=lead_id, offer=offer))
    if change.marks or change.slot is not None:
        _marks(turn, lead_id, change)
    if change.notice is not None:
        turn.notify(turn.lead(lead_id), change.notice, reason=change.said or change.reason)
    if change.offer is None:  # slots offered anew are the way back from it
        _link_had_expired(turn, turn.lead(lead_id))


def _ends_handover(lead: Lead, target: Status) -> bool:
    """What the bot had said before the artist took over does not take the lead back from her; what she does, does."""
    if lead.handover is None or target not in _ENDS_HANDOVER:
        return False
    return lead.handover.reason != TAKEN_OVER or target not in ("QUALIFYING", "PENDING_APPROVAL")


def _link_had_expired(turn: Turn, lead: Lead) -> None:
    """A link that expired before the status got there (its message was under way, or the artist had taken over) moves it
    on at once: that it expired is a fact."""
    if lead.status == "AWAITING_DEPOSIT" and lead.deposit is not None and lead.deposit.state == "expired":
        move(turn, lead, "DEPOSIT_EXPIRED", "link_expired")
        turn.follow_up(lead.id, "link_expired")


def move(turn: Turn, lead: Lead, status: Status, reason: str) -> bool:
    """A fact moves the lead where the table has an edge; else nothing happens here, and False comes back."""
    if not allowed(lead.status, status, opened_from=lead.handover_from):
        return False
    turn.record(
        e.StatusChanged(lead_id=lead.id, from_status=lead.status, to_status=status, reason=reason, by=turn.event.id)
    )
    return True


def _advance(
    turn: Turn,
    lead_id: UUID,
    question: str,
    intent_id: UUID | None,
    accepted_at: datetime | None,
    began_at: datetime | None,
) -> None:
    before, answers = turn.lead(lead_id).question, turn.lead(lead_id).answers
    turn.record(
        e.StepAdvanced(
            lead_id=lead_id,
            from_step=turn.studio.step(before, answers),
            to_step=turn.studio.step(question, answers),
            key=question,
            asked=Asked(key=question, accepted_at=accepted_at, began_at=began_at, before=before),
            intent_id=intent_id,
            at=turn.now,
        )
    )


def _tour(turn: Turn, lead_id: UUID, tour: Tour, intent_id: UUID | None, asked: Asked) -> None:
    """DOMAIN §3 rows 8, 10, 11 and 28: the tour fields; an accepted stop is where she will be tattooed, so it becomes her
    place, and where she lives is kept with the tour and as history."""
    if tour.accepted is None:
        turn.record(e.TourOffered(lead_id=lead_id, tour=replace(tour, asked=asked), intent_id=intent_id))
        return
    turn.record(e.TourAnswered(lead_id=lead_id, accepted=tour.accepted, intent_id=intent_id))
    if tour.accepted:
        places(turn, lead_id, {"location_city": tour.city, "location_country": tour.country})


def places(turn: Turn, lead_id: UUID, where: dict[str, str]) -> None:
    """Set her city and country, as far as the studio asks for them."""
    for key, value in where.items():
        if key in turn.studio.steps:
            turn.record(
                e.AnswerRecorded(lead_id=lead_id, key=key, text=value, value=value, at=turn.now, correction=True)
            )


def _silence_begins(turn: Turn, lead: Lead) -> None:
    """Silence is counted from the delivery of our last question, also where it was asked again (DOMAIN §5)."""
    if lead.status != "QUALIFYING" or lead.question is None or lead.handover is not None:
        return
    turn.record(e.Silence(lead_id=lead.id, since=turn.now))
    timers = turn.studio.timers
    turn.timer("silence", turn.now + timedelta(seconds=(*timers.reminders_s, timers.abandoned_s)[0]))


def _marks(turn: Turn, lead_id: UUID, change: Change) -> None:
    for mark in change.marks:
        if mark == "handover":
            turn.record(e.HandoverOpened(lead_id=lead_id, reason=change.reason, since=turn.now))
        elif mark == "resume":
            if turn.lead(lead_id).handover is not None:
                turn.record(e.HandoverClosed(lead_id=lead_id, reason=change.reason))
        elif mark == "offer_slots":
            turn.follow_up(lead_id, "offer_slots")
        elif mark == "by_hand":
            appointment = turn.lead(lead_id).appointment
            if appointment is not None and appointment.live:
                turn.record(e.SlotReleased(lead_id=lead_id, reason="booked_otherwise"))
        elif mark in ("held_reply", "completed", "confirmed"):
            turn.record(e.Marked(lead_id=lead_id, mark=mark, at=turn.now))
    if "handover" in change.marks and change.notice:
        turn.record(e.Marked(lead_id=lead_id, mark="artist_notified", at=turn.now))
    if change.slot is not None:
        turn.record(e.Marked(lead_id=lead_id, mark="slot", at=turn.now, slot=change.slot))


def close(turn: Turn, sending: Sending, how: str, reason: str | None, basis: str | None = None) -> None:
    """Record a gate's end other than `applied`. The time for which it stood open was no silence of hers."""
    standing, lead = gate_of(turn, sending.intent_id), turn.state.leads.get(sending.lead_id)
    if standing is not None and lead is not None and lead.silent_since is not None:
        counts = counted(lead.silent_since, turn.now, turn.pauses, [(standing.since, turn.now)])
        counted_s = lead.silent_s + counts.total_seconds()
        turn.record(e.Silence(lead_id=lead.id, since=turn.now, counted_s=counted_s))
    turn.record(e.GateClosed(lead_id=sending.lead_id, intent_id=sending.intent_id, how=how, reason=reason, basis=basis))


def failed(turn: Turn, intent_id: UUID, code: str, title: str | None) -> None:
    """The message did not go out: nothing changes; the lead is flagged, and the message can be sent again."""
    gate = gate_of(turn, intent_id)
    again = gate.sending if gate and not gate.superseded_by and not gate.sending.opt_out else None
    turn.record(
        e.MessageFailed(lead_id=lead_of(turn, intent_id), intent_id=intent_id, code=code, title=title, retry=again)
    )
    if gate is None:
        return
    if gate.superseded_by:
        close(turn, gate.sending, "superseded", str(gate.superseded_by))
        return
    close(turn, gate.sending, "failed", code)
    if gate.sending.opt_out:
        opt_out_follows(turn, gate.sending)
        return
    send_failed(turn, gate.sending.lead_id, code)


def send_failed(turn: Turn, lead_id: UUID, code: str) -> None:
    """Flag the lead and tell the artist. (That a client was only invited is flagged; it calls for nobody.)"""
    turn.flag(turn.lead(lead_id), "send_failed")
    if code == INVITED:
        turn.flag(turn.lead(lead_id), INVITED)
        return
    turn.notify(turn.lead(lead_id), "send_failed", reason=code)


def cancelled(turn: Turn, intent_id: UUID, reason: str | None) -> None:
    """It surely did not go out. Nothing changes."""
    gate = gate_of(turn, intent_id)
    if gate is None and str(intent_id) not in turn.state.under_way:
        return
    turn.record(e.MessageCancelled(lead_id=lead_of(turn, intent_id), intent_id=intent_id, reason=reason))
    if gate is None:
        return
    close(turn, gate.sending, "cancelled", reason)
    if gate.sending.opt_out:
        opt_out_follows(turn, gate.sending)


def opt_out_follows(turn: Turn, confirmation: Sending) -> None:
    """OPTOUT follows whatever became of the confirmation (PROTOCOL §2), unless a fact about money came between."""
    change = fitting(turn.lead(confirmation.lead_id), confirmation.change)
    if change is not None and turn.state.opted_out:
        make_change(turn, confirmation.lead_id, change, None)
