"""DOMAIN §3 row 27, §3b and §5: a booked time comes: she is reminded the day before, and the day after it is COMPLETED, a
fact, unless the artist has said NO_SHOW.

A booking in words alone has no time that we know: the artist completes it herself. While a dispute freezes the booking
nobody is reminded of it.
"""

from collections.abc import Sequence
from datetime import datetime

from inkgate_dialogue.domain.gate import move
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules import dispute
from inkgate_dialogue.domain.rules.reminding import remind
from inkgate_dialogue.domain.rules.waits import Step, Wait, in_status
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.turn import Turn


def _since(_: Conversation, lead: Lead) -> datetime | None:
    appointment = lead.appointment
    return in_status(lead, "BOOKED") if appointment is not None and appointment.state == "booked" else None


def _remind(turn: Turn, lead: Lead) -> None:
    appointment = lead.appointment
    if appointment is None or appointment.starts_at <= turn.now or dispute.frozen(lead):
        return
    slot = turn.time_label(appointment.starts_at)
    remind(turn, lead, "appointment_reminder", until=appointment.starts_at, words={"slot": slot})


def _complete(turn: Turn, lead: Lead) -> None:
    move(turn, lead, "COMPLETED", "the day after")


def _steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    appointment, since = lead.appointment, in_status(lead, "BOOKED")
    if appointment is None or since is None:
        return ()
    starts_s, ends_s = ((at - since).total_seconds() for at in (appointment.starts_at, appointment.ends_at))
    reminder_s = starts_s - timers.appointment_reminder_s
    # Somebody who books for tomorrow has just been told when.
    reminders = (
        [Step(name="reminded", after_s=reminder_s, does=_remind, wakes="client")]
        if timers.appointment_reminder_s and reminder_s > 0
        else []
    )
    return [*reminders, Step(name="completed", after_s=ends_s + timers.completed_s, does=_complete, wakes="nobody")]


WAIT = Wait(since=_since, steps=_steps, reminds=True, by_the_clock=True)
