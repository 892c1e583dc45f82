"""DOMAIN §3 row 27, §3b and §5: silence. Reminders gate nothing; past the last limit the lead is ABANDONED, a fact.

Silence is counted from the delivery of our last question. The timer looks again when it fires, so a turn costs no write."""

from datetime import timedelta

from inkgate_common.contracts.intents import Text

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import Turn

TIMER = "silence"


def fire(turn: Turn, lead: Lead) -> str:
    """The silence timer came due: remind, abandon, or look again later. Returns what was done."""
    since = lead.silent_since
    if lead.status != "QUALIFYING" or since is None or turn.state.opted_out:
        return "nothing_due"
    timers = turn.studio.timers
    if turn.now >= since + timedelta(seconds=timers.abandoned_s):
        turn.record(
            e.StatusChanged(
                lead_id=lead.id, from_status=lead.status, to_status="ABANDONED", reason="silence", by=turn.event.id
            )
        )
        return "abandoned"
    done = "not_yet"
    if lead.reminders < len(timers.reminders_s):
        due = since + timedelta(seconds=timers.reminders_s[lead.reminders])
        if turn.now >= due:
            text = turn.studio.copy.text(f"reminder_{min(lead.reminders + 1, 2)}")
            turn.send(
                Text(text=text),
                copy=f"reminder_{lead.reminders + 1}",
                lead=lead,
                change=Change(reason="reminder"),
                kind="reminder",
                expires_at=turn.now + timedelta(hours=1),
            )
            turn.record(e.Marked(lead_id=lead.id, mark="reminder", at=turn.now))
            lead, done = turn.lead(lead.id), "reminded"
    upcoming = [*timers.reminders_s[lead.reminders :], timers.abandoned_s][0]
    turn.timer(TIMER, since + timedelta(seconds=upcoming))
    return done
