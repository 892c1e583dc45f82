"""Times in which nothing could be said: panic, and holds of the sender. They are nobody's silence (PROTOCOL §2, 'Timers are
rows'), and no timer fires in them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

# Older ones are forgotten: no timer waits for so long.
KEPT = timedelta(days=90)
# A timer that comes due in one looks again: soon while it is young, less often as it lasts.
LOOK_AGAIN_MIN = timedelta(minutes=10)
LOOK_AGAIN_SHARE = 4

Span = tuple[datetime, datetime]


class Pause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`number` is the phone number id on hold, None for panic; `ended_at` None while it lasts."""

    began_at: datetime
    ended_at: datetime | None = None
    number: str | None = None


def begin(pauses: Iterable[Pause], number: str | None, at: datetime) -> tuple[Pause, ...]:
    """One more, unless one of that number lasts already. Old ones are dropped."""
    kept = tuple(pause for pause in pauses if pause.ended_at is None or pause.ended_at > at - KEPT)
    if any(pause.number == number and pause.ended_at is None for pause in kept):
        return kept
    return (*kept, Pause(began_at=at, number=number))


def end(pauses: Iterable[Pause], number: str | None, at: datetime) -> tuple[Pause, ...]:
    """The one of that number that lasts is over."""
    return tuple(
        replace(pause, ended_at=max(at, pause.began_at)) if pause.number == number and pause.ended_at is None else pause
        for pause in pauses
    )


def of_number(pauses: Iterable[Pause], number: str) -> tuple[Pause, ...]:
    """Those that concern this phone number id."""
    return tuple(pause for pause in pauses if pause.number is None or pause.number == number)


def lasting(pauses: Iterable[Pause]) -> datetime | None:
    """Since when nothing can be said; None where something can."""
    return min((pause.began_at for pause in pauses if pause.ended_at is None), default=None)


def next_look(since: datetime, now: datetime) -> datetime:
    """When a timer that came due in a pause looks again."""
    return now + max(LOOK_AGAIN_MIN, (now - since) / LOOK_AGAIN_SHARE)


def counted(since: datetime, until: datetime, pauses: Iterable[Pause], more: Iterable[Span] = ()) -> timedelta:
    """The time between two moments that was in no pause, nor in one of the further spans."""
    spans = [(pause.began_at, pause.ended_at or until) for pause in pauses]
    total, reached = max(until - since, timedelta(0)), since
    for began, ended in sorted([*spans, *more]):
        began, ended = max(began, reached), min(ended, until)
        if ended > began:
            total -= ended - began
            reached = ended
    return total
