"""DOMAIN §3 row 1: the first message of an enquiry gets the welcome and question 0; NEW → QUALIFYING waits for it.

Somebody whose earlier enquiry has ended is welcomed back (§2, §4): a new lead of the same person, so that her name and
language are known; her earlier answers are not this enquiry's."""

from datetime import datetime
from uuid import UUID

from inkgate_common import ids
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import Turn


def new_lead(turn: Turn, at: datetime) -> Lead:
    """Open an enquiry. Its id comes from the event that caused it."""
    previous = turn.state.lead_id
    lead_id: UUID = ids.derive(turn.state.id, "lead", turn.state.lead_count)
    turn.record(
        e.LeadCreated(
            lead_id=lead_id,
            lead=Lead(id=lead_id, conversation_id=turn.state.id, created_at=at, updated_at=at),
            previous_lead_id=previous,
        )
    )
    return turn.lead(lead_id)


def welcome(turn: Turn, lead: Lead, *, marks: tuple[str, ...] = ()) -> UUID:
    """Welcome and question 0, as one message."""
    first = turn.studio.questions[0]
    change = Change(status="QUALIFYING", question=first, reason="welcome", marks=marks)
    copy = "welcome_back" if turn.state.lead_count > 1 else "welcome"
    return turn.say(copy, lead=lead, change=change, question=first)
