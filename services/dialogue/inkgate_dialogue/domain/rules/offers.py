"""DOMAIN §3 rows 10, 18 and 28, §5: we asked her something and she is silent: a stop of the tour, or times that suit her.

Where DOMAIN is silent: a tour offer is remembered to her after two days (it stands until the stop closes: tour.py). Asked
for her times she is reminded after a day, and after three the artist is told: she has often paid already, so nothing else
happens of itself."""

from collections.abc import Sequence
from datetime import datetime

from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules.reminding import remind
from inkgate_dialogue.domain.rules.waits import Step, Wait, in_status, silent_in
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.turn import Turn


def _tour_since(c: Conversation, lead: Lead) -> datetime | None:
    return silent_in(c, lead, "TOUR_CONVERSION_OFFERED")


def _remind_of_the_tour(turn: Turn, lead: Lead) -> None:
    remind(turn, lead, "tour_reminder")


def _tour_steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    return [Step(name="reminded", after_s=s, does=_remind_of_the_tour, wakes="client") for s in timers.tour_reminders_s]


def _windows_since(c: Conversation, lead: Lead) -> datetime | None:
    return None if lead.handover is not None else in_status(lead, "COLLECTING_TIME_WINDOWS")


def _remind_of_times(turn: Turn, lead: Lead) -> None:
    remind(turn, lead, "windows_reminder")


def _tell(turn: Turn, lead: Lead) -> None:
    turn.notify(lead, "windows_waiting")


def _windows_steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    reminders = [
        Step(name="reminded", after_s=s, does=_remind_of_times, wakes="client") for s in timers.windows_reminders_s
    ]
    return [*reminders, Step(name="overdue", after_s=timers.windows_overdue_s, does=_tell, wakes="artist")]


TOUR = Wait(since=_tour_since, steps=_tour_steps, reminds=True)
WINDOWS = Wait(since=_windows_since, steps=_windows_steps, reminds=True)
