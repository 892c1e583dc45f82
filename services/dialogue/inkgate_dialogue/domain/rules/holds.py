"""DOMAIN §5: holds. A slot is held from the moment its choice is judged until it is booked or released.

Which leads hold what stands in their own state; whoever stores it keeps two of them from touching (the shell asks for the
studio's agenda under a lock, and the database has an exclusion constraint). A hold ends when its reason does: `settle` looks
after every turn, so that no rule can forget it. What a paid lead has chosen stays hers, also when she opts out: the artist
books it, or books otherwise.
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_dialogue.domain import date_words
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.booking import Appointment, Session
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules import slots
from inkgate_dialogue.domain.rules.deposit import OPEN
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*", re.DOTALL)
_OVER = ("CANCELLED", "REJECTED", "REFUNDED")
_BOOKED = ("BOOKED", "COMPLETED", "NO_SHOW")


def zone(studio: Studio) -> ZoneInfo:
    return ZoneInfo(studio.file.time_zone)


def hold(turn: Turn, lead: Lead, session: Session) -> Appointment:
    """Give her that time; the one that she had before is free from now on. It must be free."""
    standing = lead.appointment
    token = standing.token if standing is not None else ids.derive(turn.agenda.seed, "appointment", str(lead.id))
    appointment = Appointment(
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        busy_until=session.busy_until,
        label=date_words.label(session.starts_at, zone(turn.studio), turn.studio.file.language),
        token=token,
        state="booked" if lead.status in _BOOKED else "held",
        sequence=standing.sequence + 1 if standing is not None else 0,
    )
    turn.record(e.SlotHeld(lead_id=lead.id, appointment=appointment))
    return appointment


def settle(turn: Turn) -> None:
    """Release the holds whose reason is gone, and take a booking's time again whose cancellation did not arrive."""
    for lead in list(turn.state.leads.values()):
        appointment = lead.appointment
        if appointment is None:
            continue
        if appointment.live:
            over = _why_over(turn, lead)
            if over is not None:
                turn.record(e.SlotReleased(lead_id=lead.id, reason=over))
        elif lead.status == "BOOKED" and lead.slot == appointment.label and "slot_lost" not in lead.flags:
            _take_again(turn, lead, appointment)


def _why_over(turn: Turn, lead: Lead) -> str | None:
    """Why a lead's time is not hers any more, or None."""
    if lead.status in _OVER:
        return lead.status.lower()
    if lead.paid or lead.status in _BOOKED or _being_booked(turn, lead):
        return None
    if turn.state.opted_out:
        return "opted_out"
    if lead.deposit is None or lead.deposit.state not in OPEN:
        return f"link_{lead.deposit.state}" if lead.deposit is not None else "no_link"
    return None


def _being_booked(turn: Turn, lead: Lead) -> bool:
    """The artist has booked a lead that has not paid, and its message is under way, or had failed."""
    gate, retry = turn.state.gate, turn.state.retry
    sendings = (gate.sending if gate is not None else None, retry)
    return any(one is not None and one.lead_id == lead.id and one.change.status == "BOOKED" for one in sendings)


def _take_again(turn: Turn, lead: Lead, appointment: Appointment) -> None:
    if turn.agenda.holder((appointment.starts_at, appointment.busy_until), lead.id) is None:
        again = replace(appointment, state="booked", sequence=appointment.sequence + 1)
        turn.record(e.SlotHeld(lead_id=lead.id, appointment=again))
        return
    turn.flag(lead, "slot_lost")
    turn.notify(turn.lead(lead.id), "slot_lost", reason=appointment.label)


# --- the time that an operator names ------------------------------------------------------------------------------------


def moment(text: str, studio: Studio) -> datetime | str | None:
    """An ISO start time (`2026-01-10T11:00`; the studio's time where it names no zone), what is wrong with one, or None for
    words, which may say anything."""
    text = text.strip()
    if not _ISO.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return f"'{text[:40]}' is no time: write one like 2026-01-10T11:00, or say it in words"
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    if not slots.once(at.date(), at.hour * 60 + at.minute, zone(studio)):
        return f"'{text[:40]}' is there twice or not at all, since clocks change: write it with its zone, like +01:00"
    return at.replace(tzinfo=zone(studio)).astimezone(UTC)


def refusal(turn: Turn, lead: Lead, given: str | None) -> str | None:
    """Why a booking at the time that the operator names (None: the one that is held) is not possible, or None."""
    if given is None:
        if lead.appointment is None or not lead.appointment.live:
            return "no slot is chosen: 'book' needs 'slot', a start time like 2026-01-10T11:00 or words"
        return None if lead.appointment.starts_at > turn.now else "the chosen slot has passed: name another"
    at = moment(given, turn.studio)
    if at is None or isinstance(at, str):
        return at
    if at <= turn.now:
        return f"{given} has passed"
    session = slots.session_at(at, lead, turn.studio)
    if turn.agenda.holder((session.starts_at, session.busy_until), lead.id) is not None:
        return f"{given} is held or booked for another client"
    return None
