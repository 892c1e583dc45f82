"""DOMAIN §3 row 27, §3b and §5: silence. Reminders gate nothing; past the last limit the lead is ABANDONED, a fact.

Silence is counted from the delivery of our last question, never during a gate, a hold of the sender or panic. The timer
looks again when it fires, so a turn costs no write."""

from datetime import datetime, timedelta

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import move
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules.reminding import NOT_YET, QUIET, elapsed, quiet_until, remind
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn

TIMER = "silence"


def due(turn: Turn, fired: TimerFired) -> str:
    """What silence asks for now: `nothing_due`, `not_yet`, `quiet`, `reminded` or `abandoned`."""
    lead = turn.state.lead
    if lead is None or lead.status != "QUALIFYING" or lead.silent_since is None or turn.state.silent:
        return NOTHING_DUE
    timers, silent_s = turn.studio.timers, _silent_s(turn, lead, lead.silent_since)
    if silent_s >= timers.abandoned_s:
        return "abandoned"
    if _reached(timers.reminders_s, silent_s) <= lead.reminders:
        return NOT_YET
    return "reminded" if quiet_until(turn, lead) is None else QUIET


def act(turn: Turn, fired: TimerFired, what: str) -> None:
    """Remind, abandon, or look again later."""
    lead = turn.state.lead
    if lead is None or lead.silent_since is None or what == NOTHING_DUE:
        return
    if what == "abandoned":
        move(turn, lead, "ABANDONED", "silence")
        return
    silent_s = _silent_s(turn, lead, lead.silent_since)
    if silent_s < lead.silent_s + (turn.now - lead.silent_since).total_seconds():
        # What did not count is settled here: what is forgotten of pauses later changes nothing any more.
        turn.record(e.Silence(lead_id=lead.id, since=turn.now, counted_s=silent_s))
    if what == QUIET:
        turn.timer(TIMER, quiet_until(turn, lead) or turn.now)
        return
    if what == "reminded":
        remind(turn, lead, f"reminder_{min(lead.reminders, 1) + 1}")
        number = _reached(turn.studio.timers.reminders_s, silent_s)
        turn.record(e.Marked(lead_id=lead.id, mark="reminder", at=turn.now, number=number))
    turn.timer(TIMER, _next_look(turn, turn.lead(lead.id), silent_s))


def _silent_s(turn: Turn, lead: Lead, since: datetime) -> float:
    return lead.silent_s + elapsed(turn, since).total_seconds()


def _reached(delays_s: list[float], silent_s: float) -> int:
    """How many reminders have come due. One that was put off past the next is left out."""
    return sum(delay_s <= silent_s for delay_s in delays_s)


def _next_look(turn: Turn, lead: Lead, silent_s: float) -> datetime:
    """When the next thing is due. A late reminder is not followed at once by the next one."""
    delays_s = (*turn.studio.timers.reminders_s, turn.studio.timers.abandoned_s)
    number = min(lead.reminders, len(delays_s) - 1)
    before_s = delays_s[number - 1] if number else 0.0
    at_least_s = (delays_s[number] - before_s) / 2 if lead.reminders else 0.0
    return turn.now + timedelta(seconds=max(delays_s[number] - silent_s, at_least_s))
