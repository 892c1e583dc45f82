"""DOMAIN §5 and §3b: she has paid and waits for her date: the artist is reminded after a day; past 72 h → NEEDS_FOLLOW_UP,
a fact.

'She is told' is read both ways: the artist gets a notice, and the client a word that she was not forgotten."""

from collections.abc import Sequence
from datetime import datetime

from inkgate_dialogue.domain.gate import move
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules.reminding import note
from inkgate_dialogue.domain.rules.waits import Step, Wait, in_status
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.turn import Turn


def _since(_: Conversation, lead: Lead) -> datetime | None:
    return in_status(lead, "BOOKING_PENDING")


def _remind(turn: Turn, lead: Lead) -> None:
    turn.notify(lead, "booking_waiting")


def _overdue(turn: Turn, lead: Lead) -> None:
    if move(turn, lead, "NEEDS_FOLLOW_UP", "not_booked"):
        turn.notify(turn.lead(lead.id), "booking_overdue")
        note(turn, turn.lead(lead.id), "booking_late")


def _steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    reminders = [Step(name="reminded", after_s=s, does=_remind, wakes="artist") for s in timers.booking_reminders_s]
    return [*reminders, Step(name="overdue", after_s=timers.booking_overdue_s, does=_overdue, wakes="both")]


WAIT = Wait(since=_since, steps=_steps)
