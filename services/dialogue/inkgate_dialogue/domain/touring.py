"""Where the studio works: its home places all year, and the stops of its tour. Values of the studio file, and what follows
from them for a place and a day. Days are the studio's own (its time zone)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from inkgate_dialogue.domain.questions.places import same_place
from inkgate_dialogue.domain.questions.reading import bare

# The hour, by the studio's clock, at which a stop opens for those who wait: offers go out in daylight.
OPENS_AT = time(10)


class HomePlace(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A city in which the studio works all year. `country` is an ISO 3166 code; empty: wherever a city has this name."""

    city: str
    country: str = ""


class Stop(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"starts": "from", "ends": "to"}
):
    """A stop of the tour: `from` and `to` are its first and last day, `note` what a client is told besides (or nothing)."""

    city: str
    country: str
    starts: date
    ends: date
    note: str = ""

    @property
    def key(self) -> str:
        """What makes it this stop and no other."""
        return f"{bare(self.city)}|{self.country}|{self.starts.isoformat()}"


class Touring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section [tour]. `countries` (ISO codes) and `cities` are home; a stop is offered from `opens_days` before its
    first day until `closes_days` before its last."""

    countries: list[str] = []
    cities: list[HomePlace] = []
    opens_days: int = 180
    closes_days: int = 1
    stops: list[Stop] = []

    def opens_on(self, stop: Stop) -> date:
        return stop.starts - timedelta(days=self.opens_days)

    def closes_on(self, stop: Stop) -> date:
        """The last day on which it is offered."""
        return stop.ends - timedelta(days=self.closes_days)

    def open_on(self, day: date) -> list[Stop]:
        """The stops that are upcoming, the earliest first."""
        found = [stop for stop in self.stops if self.opens_on(stop) <= day <= self.closes_on(stop)]
        return sorted(found, key=lambda stop: (stop.starts, stop.ends, stop.city))

    def is_home(self, city: str | None, country: str | None) -> bool:
        if country is not None and country in self.countries:
            return True
        return city is not None and any(same_place(city, country, home.city, home.country) for home in self.cities)

    def on_tour(self, city: str | None, country: str | None, day: date) -> bool:
        """Whether the studio works there: at home, or at a stop that is upcoming."""
        if self.is_home(city, country):
            return True
        return city is not None and any(
            same_place(city, country, stop.city, stop.country) for stop in self.open_on(day)
        )


def day_of(now: datetime, time_zone: str) -> date:
    """The day it is at the studio."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def moment(day: date, time_zone: str) -> datetime:
    """When something of that day is done, in UTC."""
    return datetime.combine(day, OPENS_AT, ZoneInfo(time_zone)).astimezone(UTC)
