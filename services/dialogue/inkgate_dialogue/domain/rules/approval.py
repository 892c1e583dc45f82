"""DOMAIN §5 and §3b: an enquiry waits for the artist: she is reminded, and after three days it is STALE, a fact.

Where DOMAIN is silent: the artist is reminded a day before, and told when it is. The client hears nothing: any message of
hers brings her back with her answers."""

from collections.abc import Sequence
from datetime import datetime

from inkgate_dialogue.domain.gate import move
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules.waits import Step, Wait, in_status
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.turn import Turn


def _since(_: Conversation, lead: Lead) -> datetime | None:
    return in_status(lead, "PENDING_APPROVAL")


def _remind(turn: Turn, lead: Lead) -> None:
    turn.notify(lead, "approval_waiting")


def _stale(turn: Turn, lead: Lead) -> None:
    if move(turn, lead, "STALE", "not_approved"):
        turn.notify(turn.lead(lead.id), "stale")


def _steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    reminders = [Step(name="reminded", after_s=s, does=_remind, wakes="artist") for s in timers.approval_reminders_s]
    return [*reminders, Step(name="stale", after_s=timers.approval_stale_s, does=_stale, wakes="artist")]


WAIT = Wait(since=_since, steps=_steps)
