"""DOMAIN §3 rows 23 to 25, §5: a client waits for the artist, and the bot is quiet: the artist is reminded, until she writes
to her, ends it, or hands her back. (Where she took over from her own phone, or wrote since, takeover.py does it.)

Where DOMAIN is silent: NEEDS_ARTIST_REPLY and NEEDS_FOLLOW_UP are STALE, a fact, when the client has written nothing for two
weeks and the lead has not moved; the artist is told. So are QUALIFYING while the artist has her, and AWAITING_DEPOSIT
without a link to pay by (slots were offered, and none was picked). Leads that are paid are never stale."""

from collections.abc import Sequence
from datetime import datetime

from inkgate_dialogue.domain.gate import move
from inkgate_dialogue.domain.lead import TAKEN_OVER, Conversation, Lead
from inkgate_dialogue.domain.rules.waits import Step, Wait, silent_in
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.turn import Turn

# A deposit whose link she can pay by, or that is being made.
_OPEN = frozenset({"requested", "link_created", "payment_failed"})


def _since(c: Conversation, lead: Lead) -> datetime | None:
    handover = lead.handover
    if handover is None or handover.reason == TAKEN_OVER or lead.terminal:
        return None
    return handover.since if c.artist_at is None or c.artist_at < handover.since else None


def _remind(turn: Turn, lead: Lead) -> None:
    turn.notify(lead, "handover_waiting", reason=lead.handover.reason if lead.handover is not None else "")


def _steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    return [Step(name="reminded", after_s=s, does=_remind, wakes="artist") for s in timers.handover_reminders_s]


def _stale_since(c: Conversation, lead: Lead) -> datetime | None:
    asked = lead.status == "QUALIFYING" and lead.handover is None
    payable = lead.status == "AWAITING_DEPOSIT" and lead.deposit is not None and lead.deposit.state in _OPEN
    if lead.paid or asked or payable:
        return None
    return silent_in(c, lead, "NEEDS_ARTIST_REPLY", "NEEDS_FOLLOW_UP", "QUALIFYING", "AWAITING_DEPOSIT")


def _stale(turn: Turn, lead: Lead) -> None:
    if move(turn, lead, "STALE", "silence"):
        turn.notify(turn.lead(lead.id), "stale")


def _stale_steps(timers: Timers, lead: Lead) -> Sequence[Step]:
    return [Step(name="stale", after_s=timers.handover_stale_s, does=_stale, wakes="artist")]


WAIT = Wait(since=_since, steps=_steps)
STALE = Wait(since=_stale_since, steps=_stale_steps)
