"""DOMAIN §5 and §3 row 27: what falls due while somebody waits: reminders, and what time alone brings about (§3b).

A wait begins at a moment that the lead tells (`since`), and has steps, each after so much time in it. It is looked up anew
whenever its timer fires: where its reason is gone, nothing happens. Panic and holds of the sender do not count, nor does the
time for which a firing had to wait. Each step is taken once; one that was put off past the next is left out.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter, is_

import msgspec

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import quiet
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules import reminding
from inkgate_dialogue.domain.rules.reminding import NOT_YET, QUIET, elapsed, quiet_until
from inkgate_dialogue.domain.studio import Timers
from inkgate_dialogue.domain.transitions import Status
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn

# Where none of these changes no wait begins or ends (what she writes only puts one off: its timer looks again).
_BEGINS = attrgetter("id", "status", "status_since", "deposit", "handover")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`does` is carried out after `after_s` seconds of waiting, in nobody's quiet hours who hears of it (`wakes`)."""

    name: str
    after_s: float
    does: Callable[[Turn, Lead], None]
    wakes: quiet.Who


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: when the waiting of this lead began, None while nobody waits. `steps` in the order of their times. `reminds`:
    some of them are reminders to her, and those that are not handed over are called off when the reason goes.
    `by_the_clock`: what is waited for comes by the clock, so that pauses count as well."""

    since: Callable[[Conversation, Lead], datetime | None]
    steps: Callable[[Timers, Lead], Sequence[Step]]
    reminds: bool = False
    by_the_clock: bool = False


def due(name: str, wait: Wait, turn: Turn, fired: TimerFired) -> str:
    """What is due now: the name of a step, `not_yet`, `quiet`, or `nothing_due`."""
    lead = turn.state.lead
    since = wait.since(turn.state, lead) if lead is not None else None
    if lead is None or since is None:
        return NOTHING_DUE
    steps = wait.steps(turn.studio.timers, lead)
    number = _number(name, wait, turn, lead, since)
    if number is None:
        return NOT_YET
    return QUIET if quiet_until(turn, lead, steps[number].wakes) is not None else steps[number].name


def act(name: str, wait: Wait, turn: Turn, fired: TimerFired, what: str) -> None:
    """Take the step that is due, and have the timer fire for the next one."""
    lead = turn.state.lead
    since = wait.since(turn.state, lead) if lead is not None else None
    if what == NOTHING_DUE or lead is None or since is None:
        return
    steps = wait.steps(turn.studio.timers, lead)
    number = _number(name, wait, turn, lead, since)
    if number is not None:
        ends = quiet_until(turn, lead, steps[number].wakes)
        if ends is not None:
            turn.timer(name, ends)
            return
        turn.record(e.Reminded(lead_id=lead.id, timer=name, since=since, number=number + 1))
        steps[number].does(turn, turn.lead(lead.id))
    _set(name, wait, turn)


def settle(waits: Mapping[str, Wait], turn: Turn) -> None:
    """After a turn: a wait that has begun gets its timer; where one is over its reminders are called off."""
    lead, before = turn.state.lead, turn.began.lead
    if lead is None or lead is before or (before is not None and all(map(is_, _BEGINS(lead), _BEGINS(before)))):
        return
    for name, wait in waits.items():
        since = wait.since(turn.state, lead)
        was = wait.since(turn.began, before) if before is not None and before.id == lead.id else None
        if since == was:
            continue
        if was is not None and wait.reminds:
            reminding.recall(turn, "its reason is gone")
        if since is not None:
            _set(name, wait, turn)


def _number(name: str, wait: Wait, turn: Turn, lead: Lead, since: datetime) -> int | None:
    """The newest step whose time has come, where it was not taken yet."""
    steps, counts_s = wait.steps(turn.studio.timers, lead), _counts(wait, turn, since).total_seconds()
    come = [number for number, step in enumerate(steps) if step.after_s <= counts_s]
    return come[-1] if come and come[-1] >= _taken(name, lead, since) else None


def _counts(wait: Wait, turn: Turn, since: datetime) -> timedelta:
    return turn.now - since if wait.by_the_clock else elapsed(turn, since)


def _taken(name: str, lead: Lead, since: datetime) -> int:
    known = lead.reminded.get(name)
    return known.number if known is not None and known.since == since else 0


def _set(name: str, wait: Wait, turn: Turn) -> None:
    """The timer for the next step; where all their times are past (a wait that begins late), for the last one."""
    lead = turn.state.lead
    since = wait.since(turn.state, lead) if lead is not None else None
    if lead is None or since is None:
        return
    steps = wait.steps(turn.studio.timers, lead)
    counts = _counts(wait, turn, since)
    coming = steps[_taken(name, lead, since) :]
    step = next((step for step in coming if timedelta(seconds=step.after_s) > counts), coming[-1] if coming else None)
    if step is not None:
        turn.timer(name, max(turn.now, turn.now + timedelta(seconds=step.after_s) - counts))


def in_status(lead: Lead, *statuses: Status) -> datetime | None:
    """Since when the lead has been in one of these."""
    return (lead.status_since or lead.updated_at) if lead.status in statuses else None


def silent_in(c: Conversation, lead: Lead, *statuses: Status) -> datetime | None:
    """Since when the lead has been in one of these and she has written nothing."""
    since = in_status(lead, *statuses)
    return since if since is None or c.judged_at is None else max(since, c.judged_at)
