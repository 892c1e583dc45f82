"""Quiet hours as times of day: when they end, where, and across a change of the clocks."""

from datetime import UTC, datetime

import pytest

from inkgate_dialogue.domain import quiet, zones
from inkgate_dialogue.domain.quiet import QuietHours

pytestmark = pytest.mark.domain("5.quiet-hours")
NIGHT = QuietHours(begin="21:00", end="09:00")
NAP = QuietHours(begin="13:00", end="14:30")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ends(section: QuietHours, now: str, *countries: str) -> datetime | None:
    at = utc(now)
    where = [zone for country in countries or ("GB",) for zone in zones.of_country(country, at)]
    return quiet.until(section, where, at)


@pytest.mark.parametrize(
    ("section", "now", "expected"),
    [
        (NIGHT, "2026-01-05 20:59", None),
        (NIGHT, "2026-01-05 21:00", "2026-01-06 09:00"),
        (NIGHT, "2026-01-06 03:00", "2026-01-06 09:00"),
        (NIGHT, "2026-01-06 09:00", None),
        (NAP, "2026-01-06 13:10", "2026-01-06 14:30"),
        (NAP, "2026-01-06 21:10", None),
        (QuietHours(begin="00:00", end="00:00"), "2026-01-06 00:00", None),
        # Summer time: nine o'clock is eight by UTC; the night in which the clocks change ends by the new time.
        (NIGHT, "2026-07-05 20:30", "2026-07-06 08:00"),
        (NIGHT, "2026-03-28 23:00", "2026-03-29 08:00"),
        (NIGHT, "2026-10-24 23:00", "2026-10-25 09:00"),
    ],
)
def test_quiet_hours_end(section: QuietHours, now: str, expected: str | None) -> None:
    assert ends(section, now) == (utc(expected) if expected else None)


def test_they_are_in_her_own_time() -> None:
    assert ends(NIGHT, "2026-01-05 12:00", "JP") == utc("2026-01-06 00:00")
    assert ends(NIGHT, "2026-01-05 12:00", "ES") is None


def test_in_a_country_of_several_times_it_is_quiet_where_it_is_quiet_in_one() -> None:
    """In New York it is nine, in Hawaii four."""
    assert ends(NIGHT, "2026-01-05 14:00", "US") == utc("2026-01-05 19:00")
    assert ends(NIGHT, "2026-01-05 20:00", "US") is None


def test_where_it_is_always_quiet_somewhere_the_first_place_alone_counts() -> None:
    long = QuietHours(begin="18:00", end="12:00")  # London and Tokyo share no hour outside of it
    assert ends(long, "2026-01-05 13:00", "GB", "JP") is None
    assert ends(long, "2026-01-05 22:00", "GB", "JP") == utc("2026-01-06 12:00")


def test_what_is_said_to_both_waits_for_both() -> None:
    """She is in Japan, the artist in London: eight in the evening there is eleven in the morning here."""
    where = quiet.places("both", {"location_country": "JP"}, NIGHT, "Europe/London", utc("2026-01-05 22:00"))
    assert quiet.until(NIGHT, where, utc("2026-01-05 22:00")) == utc("2026-01-06 09:00")
    assert quiet.until(NIGHT, where, utc("2026-01-05 12:00")) == utc("2026-01-06 09:00")


@pytest.mark.parametrize(
    ("who", "values", "clock", "names"),
    [
        ("client", {"location_country": "JP"}, "client", ["Asia/Tokyo"]),
        ("client", {"location_country": "JP"}, "studio", ["Europe/London"]),
        ("client", {}, "client", ["Europe/London"]),
        ("client", {"location_country": "??"}, "client", ["Europe/London"]),
        ("artist", {"location_country": "JP"}, "client", ["Europe/London"]),
        ("both", {"location_country": "JP"}, "client", ["Asia/Tokyo", "Europe/London"]),
        ("nobody", {"location_country": "JP"}, "client", []),
    ],
)
def test_whose_time_counts(who: quiet.Who, values: dict[str, str], clock: str, names: list[str]) -> None:
    section = QuietHours(clock=clock)  # type: ignore[arg-type]
    found = quiet.places(who, values, section, "Europe/London", utc("2026-01-05 12:00"))
    assert [str(zone) for zone in found] == names


def test_when_they_begin_next() -> None:
    where = zones.of_country("GB", utc("2026-01-05 12:00"))
    assert quiet.next_begin(NIGHT, where, utc("2026-01-05 12:00")) == utc("2026-01-05 21:00")
    assert quiet.next_begin(NIGHT, where, utc("2026-01-05 21:00")) == utc("2026-01-06 21:00")
    assert quiet.next_begin(QuietHours(begin="00:00", end="00:00"), where, utc("2026-01-05 12:00")) is None


@pytest.mark.parametrize("text", ["9:00", "24:00", "21", "09:60", ""])
def test_a_time_that_is_none_is_refused_and_named(text: str) -> None:
    (problem,) = quiet.problems(QuietHours(end=text))
    assert problem.where == "quiet_hours.end" and "like 21:00" in problem.says
