"""The timers (DOMAIN §5): one line each. A timer is a row; its firing is an event on the lead's key, judged in its turn.

A timer looks again when it fires (decision 3): `due` says, in a word, what is due now; `act` does it, or sets it anew.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules import (
    appointment_day,
    approval,
    booking_limit,
    expiry_note,
    in_hand,
    link_reminders,
    offers,
    opt_out,
    reminders,
    takeover,
    tour,
    waits,
)
from inkgate_dialogue.domain.rules.reminding import HELD, QUIET, quiet_until
from inkgate_dialogue.domain.rules.waits import Wait
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """`speaks`: what it brings about is a message to the client, so pilot mode keeps it quiet. `waits` False: it is judged
    even while a gate is open. `told`: it may also be told to look, without a row that stands for it. `wakes`:
    what it finds due and what waits for the end of her quiet hours."""

    due: Callable[[Turn, TimerFired], str]
    act: Callable[[Turn, TimerFired, str], None]
    speaks: bool = True
    waits: bool = True
    told: bool = False
    wakes: tuple[str, ...] = ()


COLLECT = "collect"


def _collected(turn: Turn, fired: TimerFired) -> str:
    return "collected"


def _nothing_more(turn: Turn, fired: TimerFired, what: str) -> None:
    """What was collected is judged because the mailbox is looked into after every event."""


# What is waited for, and what falls due meanwhile: a line each. A wait's timer is set where it begins (`waits.settle`).
WAITS: dict[str, Wait] = {
    "approval": approval.WAIT,
    "deposit": link_reminders.WAIT,
    "booking": booking_limit.WAIT,
    "windows": offers.WINDOWS,
    "tour_offer": offers.TOUR,
    "appointment": appointment_day.WAIT,
    "handover": in_hand.WAIT,
    "handover_stale": in_hand.STALE,
}

TIMERS: dict[str, Timer] = {
    opt_out.TIMER: Timer(due=opt_out.status_due, act=opt_out.status_follows, speaks=False, waits=False),
    COLLECT: Timer(due=_collected, act=_nothing_more, speaks=False, waits=False),
    takeover.TIMER: Timer(due=takeover.due, act=takeover.act, speaks=False),
    reminders.TIMER: Timer(due=reminders.due, act=reminders.act),
    tour.TIMER: Timer(due=tour.due, act=tour.act, told=True, wakes=("offer",)),
    expiry_note.TIMER: Timer(due=expiry_note.due, act=expiry_note.act),
    **{
        name: Timer(due=partial(waits.due, name, wait), act=partial(waits.act, name, wait), speaks=False)
        for name, wait in WAITS.items()
    },
}


def expected(conversation: Conversation, lead: Lead) -> dict[str, datetime]:
    """When each timer of this lead is looked at next, without those whose reason is gone already."""
    if conversation.lead_id != lead.id:
        return {}
    gone = {name for name, wait in WAITS.items() if wait.since(conversation, lead) is None}
    if lead.silent_since is None:
        gone.add(reminders.TIMER)
    return {name: at for name, at in conversation.timers.items() if name not in gone}


__all__ = ["HELD", "NOTHING_DUE", "QUIET", "TIMERS", "WAITS", "Timer", "expected", "quiet_until"]
