"""DOMAIN §3 row 27: how the business begins to speak: not in quiet hours, not while nothing can be said, and not for long.

What the rules of time share (reminders.py for the questions, waits.py for everything else)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inkgate_dialogue.domain import quiet
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.pauses import Span, counted
from inkgate_dialogue.domain.turn import Turn

NOT_YET = "not_yet"
QUIET = "quiet"
HELD = "held"  # the sender is on hold: nothing can be said
# A firing that is judged this much later had to wait (a gate, panic): that time was no silence of hers.
WAITED = timedelta(minutes=1)


def elapsed(turn: Turn, since: datetime) -> timedelta:
    """The time since then that counts: without panic, holds of the sender, and what this firing had to wait for."""
    late = turn.now - turn.event.time
    own: list[Span] = [(turn.event.time, turn.now)] if late > WAITED else []
    return counted(since, turn.now, turn.pauses, own)


def quiet_until(turn: Turn, lead: Lead, wakes: quiet.Who = "client") -> datetime | None:
    """When the quiet hours end that are on now for whoever hears of it; None where none are."""
    file = turn.studio.file
    where = quiet.places(wakes, lead.values, file.quiet_hours, file.time_zone, turn.now)
    return quiet.until(file.quiet_hours, where, turn.now) if where else None


def remind(
    turn: Turn, lead: Lead, copy: str, *, until: datetime | None = None, words: dict[str, Any] | None = None
) -> None:
    """A reminder to her: it gates nothing, and expires with its hour, at the next quiet hours, or with what it is about
    (`until`). Nobody is reminded who gets no messages."""
    if turn.state.silent or turn.hushed:
        return
    file = turn.studio.file
    where = quiet.places("client", lead.values, file.quiet_hours, file.time_zone, turn.now)
    ends = [turn.now + timedelta(seconds=turn.studio.timers.reminder_expires_s)]
    ends += [end for end in (quiet.next_begin(file.quiet_hours, where, turn.now), until) if end is not None]
    change = Change(reason="reminder")
    turn.say(copy, lead=lead, change=change, words=words, kind="reminder", expires_at=min(ends))


def note(turn: Turn, lead: Lead, copy: str, **words: Any) -> None:
    """Tell her about a fact; nothing waits for it."""
    if not (turn.state.silent or turn.hushed):
        turn.say(copy, lead=lead, words=words, kind="note")


def recall(turn: Turn, reason: str) -> None:
    """Call reminders off that were not handed over: she wrote, or what they are about is gone."""
    for intent_id, under in list(turn.state.under_way.items()):
        if under.kind == "reminder" and not under.recalled:
            turn.cancel(UUID(intent_id), reason)
