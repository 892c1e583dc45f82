"""DOMAIN §3 row 20: the artist books; BOOKED waits for the booking confirmation, which has the invitation's link.

`slot` is an ISO start time, which takes and holds that time, or words, which release the time that is held, once she has
been told. Without it the slot that the client has chosen is booked.
"""

from uuid import UUID

from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.intents import Text
from inkgate_dialogue.domain import gate
from inkgate_dialogue.domain.booking import Appointment
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.rules import holds, slots
from inkgate_dialogue.domain.turn import Turn


def book(turn: Turn, lead: Lead, data: OperatorActed) -> UUID | None:
    """Take the time, and tell her. Where she gets no message any more it is booked at once (PROTOCOL §2)."""
    given = data.arguments.get("slot")
    appointment = lead.appointment if given is None else None
    if given is not None:
        at = holds.moment(given, turn.studio)
        if at is not None and not isinstance(at, str):
            appointment = holds.hold(turn, lead, slots.session_at(at, lead, turn.studio))
            lead = turn.lead(lead.id)
    slot = appointment.label if appointment is not None else str(given)
    marks = ("by_hand",) if appointment is None else ()
    change = Change(status="BOOKED", reason="booked", slot=slot, marks=marks)
    if turn.state.opted_out:
        gate.make_change(turn, lead.id, change, None)
        return None
    said = turn.time_label(appointment.starts_at) if appointment is not None else slot
    body = Text(text=_text(turn, lead, said, appointment))
    return turn.send(body, copy="booking_confirmation", lead=lead, change=change, words={"slot": said})


def _text(turn: Turn, lead: Lead, said: str, appointment: Appointment | None) -> str:
    parts = [turn.copy.text("booking_confirmation", slot=said)]
    if appointment is None:
        return parts[0]
    if slots.several_days(lead, turn.studio):
        parts.append(turn.copy.text("slot_several_days"))
    base = turn.agenda.public_url
    if base:
        parts.append(
            turn.copy.text("booking_invitation", url=f"{base.rstrip('/')}/appointments/{appointment.token}.ics")
        )
    return "\n\n".join(parts)
