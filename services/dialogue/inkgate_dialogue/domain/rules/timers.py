"""The timers (DOMAIN §5): one line each. A timer is a row; its firing is an event on the lead's key, judged in its turn.

A timer looks again when it fires (decision 3): `due` says, in a word, what is due now; `act` does it, or sets it anew.
"""

from collections.abc import Callable

import msgspec

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain.rules import opt_out, reminders, takeover, tour
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn


class Timer(msgspec.Struct, frozen=True, kw_only=True):
    """`speaks`: what it brings about is a message to the client, so pilot mode keeps it quiet. `waits` False: it is judged
    even while a gate is open. `told`: it may also be told to look, without a row that stands for it."""

    due: Callable[[Turn, TimerFired], str]
    act: Callable[[Turn, TimerFired, str], None]
    speaks: bool = True
    waits: bool = True
    told: bool = False


COLLECT = "collect"


def _collected(turn: Turn, fired: TimerFired) -> str:
    return "collected"


def _nothing_more(turn: Turn, fired: TimerFired, what: str) -> None:
    """What was collected is judged because the mailbox is looked into after every event."""


TIMERS: dict[str, Timer] = {
    opt_out.TIMER: Timer(due=opt_out.status_due, act=opt_out.status_follows, speaks=False, waits=False),
    COLLECT: Timer(due=_collected, act=_nothing_more, speaks=False, waits=False),
    takeover.TIMER: Timer(due=takeover.due, act=takeover.act, speaks=False),
    reminders.TIMER: Timer(due=reminders.due, act=reminders.act),
    tour.TIMER: Timer(due=tour.due, act=tour.act, told=True),
}

__all__ = ["NOTHING_DUE", "TIMERS", "Timer"]
