"""DOMAIN §3 row 27, §3b and §5: silence. Reminders gate nothing; past the last limit the lead is ABANDONED, a fact.

Silence is counted from the delivery of our last question. The timer looks again when it fires, so a turn costs no write."""

from datetime import datetime, timedelta
from uuid import UUID

from inkgate_common.contracts.commands import TimerFired
from inkgate_common.contracts.intents import Text
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import move
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn

TIMER = "silence"
# A firing that is judged this much later had to wait (a gate, panic): that time was no silence of hers.
WAITED = timedelta(minutes=1)


def due(turn: Turn, fired: TimerFired) -> str:
    """What silence asks for now: `nothing_due`, `not_yet`, `reminded` or `abandoned`. Remembers that time in which the bot
    itself was held up does not count."""
    lead = turn.state.lead
    if lead is None or lead.status != "QUALIFYING" or lead.silent_since is None or turn.state.silent:
        return NOTHING_DUE
    since = lead.silent_since
    waited = turn.now - turn.event.time
    if waited > WAITED and since < turn.event.time:
        since += waited
        turn.record(e.Silence(lead_id=lead.id, since=since))
    timers = turn.studio.timers
    if turn.now >= since + timedelta(seconds=timers.abandoned_s):
        return "abandoned"
    done = lead.reminders
    if done < len(timers.reminders_s) and turn.now >= since + timedelta(seconds=timers.reminders_s[done]):
        return "reminded"
    return "not_yet"


def act(turn: Turn, fired: TimerFired, what: str) -> None:
    """Remind, abandon, or look again later."""
    lead = turn.state.lead
    if lead is None or what == NOTHING_DUE:
        return
    if what == "abandoned":
        move(turn, lead, "ABANDONED", "silence")
        return
    if lead.silent_since is None:
        return
    if what == "reminded":
        number = lead.reminders + 1
        text = turn.copy.text(f"reminder_{min(number, 2)}")
        turn.send(
            Text(text=text),
            copy=f"reminder_{number}",
            lead=lead,
            change=Change(reason="reminder"),
            kind="reminder",
            expires_at=turn.now + timedelta(hours=1),
        )
        turn.record(e.Marked(lead_id=lead.id, mark="reminder", at=turn.now))
        lead = turn.lead(lead.id)
    turn.timer(TIMER, _next_look(turn, lead, lead.silent_since or turn.now))


def _next_look(turn: Turn, lead: Lead, since: datetime) -> datetime:
    """When the next thing is due. A late reminder is not followed at once by the next one."""
    delays = (*turn.studio.timers.reminders_s, turn.studio.timers.abandoned_s)
    number = min(lead.reminders, len(delays) - 1)
    before = delays[number - 1] if number else 0.0
    at_least = turn.now + timedelta(seconds=(delays[number] - before) / 2) if lead.reminders else turn.now
    return max(since + timedelta(seconds=delays[number]), at_least)


def recall(turn: Turn) -> None:
    """A message from the client cancels reminders that were not handed over."""
    for intent_id, under in list(turn.state.under_way.items()):
        if under.kind == "reminder" and not under.recalled:
            turn.cancel(UUID(intent_id), "she wrote")
