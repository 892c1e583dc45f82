"""DOMAIN §5: quiet hours. What the business begins and can wait (reminders, notes) waits until they end. Replies never do,
nor does what is said about her own payment.

A client's are in her own time, as far as her country is known: where it has several, it is quiet when it is quiet in any of
them. Without a country they are in the studio's time, as are the artist's.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Any, Literal

import msgspec

from inkgate_dialogue.domain import zones
from inkgate_dialogue.domain.problem import Problem

Who = Literal["client", "artist", "both", "nobody"]
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_DAY = timedelta(days=1)


class QuietHours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The studio file's section: from `begin` to `end`, times of day like `21:00`; the same time twice means never. `clock`:
    the client's, as far as her country is known, or the studio's."""

    begin: str = "21:00"
    end: str = "09:00"
    clock: Literal["client", "studio"] = "client"

    @cached_property
    def bounds(self) -> tuple[time, time]:
        return time.fromisoformat(self.begin), time.fromisoformat(self.end)


def problems(section: QuietHours) -> Iterator[Problem]:
    """What is wrong with the section."""
    for name in ("begin", "end"):
        if not _CLOCK.fullmatch(getattr(section, name)):
            yield Problem(("quiet_hours", name), f"must be a time of day like 21:00, not '{getattr(section, name)}'")


def places(who: Who, values: dict[str, Any], section: QuietHours, studio_zone: str, now: datetime) -> list[tzinfo]:
    """The zones in which it must not be quiet, for `who` is to hear of something."""
    studio = zones.zone(studio_zone)
    found: list[tzinfo] = []
    if who in ("client", "both"):
        country = values.get("location_country")
        own = zones.of_country(country, now) if section.clock == "client" and isinstance(country, str) else ()
        found += own or [studio]
    if who in ("artist", "both"):
        found.append(studio)
    return found


def until(section: QuietHours, where: Sequence[tzinfo], now: datetime) -> datetime | None:
    """When quiet hours that are on now end, everywhere; None where none are. Where some place is always quiet, the first
    one alone counts."""
    at, limit = now, now + _DAY
    while at < limit:
        ends = [end for zone in where if (end := _end(section, zone, at)) is not None]
        if not ends:
            return at if at > now else None
        at = max(ends)
    return _end(section, where[0], now)


def next_begin(section: QuietHours, where: Sequence[tzinfo], now: datetime) -> datetime | None:
    """When quiet hours begin next, anywhere; None where there are none."""
    begin, end = section.bounds
    if begin == end:
        return None
    return min((_next(zone, begin, now) for zone in where), default=None)


def _end(section: QuietHours, zone: tzinfo, at: datetime) -> datetime | None:
    begin, end = section.bounds
    local = at.astimezone(zone).time()
    quiet = begin <= local < end if begin < end else local >= begin or local < end
    return _next(zone, end, at) if quiet and begin != end else None


def _next(zone: tzinfo, clock: time, at: datetime) -> datetime:
    """The next moment after `at` at which clocks there show this time (or the first one after it, where they skip it)."""
    day: date = at.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, clock, zone).astimezone(UTC)
        if moment > at:
            return moment
        day += _DAY
