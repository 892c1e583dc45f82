"""Where people are in the day: the time zones of a country. Source: the tz database's zone.tab (package tzdata)."""

from datetime import datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo


@cache
def _of_countries() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found.setdefault(country, []).append(zone)
    return {country: tuple(zones) for country, zones in found.items()}


@cache
def zone(name: str) -> ZoneInfo:
    """A zone by its name. Raises ZoneInfoNotFoundError (a KeyError) where there is none."""
    return ZoneInfo(name)


def of_country(code: str, at: datetime) -> tuple[ZoneInfo, ...]:
    """The zones of an ISO country code, one for each time that its clocks show at that moment; none for one that is not
    known."""
    by_offset = {zone(name).utcoffset(at): zone(name) for name in _of_countries().get(code, ())}
    return tuple(by_offset.values())
