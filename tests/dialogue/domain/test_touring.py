"""Where the studio works, by place and day."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import fields

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.studio_checks import check
from inkgate_dialogue.domain.touring import HomePlace, Stop, Touring, day_of, moment
from tests.builders.tours import BERLIN, LYON, TOKYO, a_tour

TOUR = a_tour(LYON, BERLIN, TOKYO, opens_days=60)


def test_home_is_a_country_or_a_city() -> None:
    assert TOUR.is_home("Leeds", "GB")
    assert TOUR.is_home("dublin", "IE")
    assert not TOUR.is_home("Dublin", "US")
    assert not TOUR.is_home("Cork", "IE")


def test_a_home_city_without_a_country_is_any_of_that_name() -> None:
    anywhere = Touring(cities=[HomePlace(city="Dublin")])
    assert anywhere.is_home("Dublin", "US")
    assert anywhere.is_home("Dublin", None)


@pytest.mark.parametrize(
    ("day", "upcoming"),
    [
        ("2025-12-31", ["Tokyo"]),
        ("2026-01-01", ["Tokyo", "Berlin"]),
        ("2026-02-12", ["Tokyo", "Berlin", "Lyon"]),
        ("2026-03-05", ["Berlin", "Lyon"]),
        ("2026-03-06", ["Lyon"]),
        ("2026-04-17", []),
    ],
)
def test_a_stop_is_upcoming_from_its_opening_until_the_day_before_its_last(day: str, upcoming: list[str]) -> None:
    assert [stop.city for stop in TOUR.open_on(date.fromisoformat(day))] == upcoming


def test_on_tour_is_home_or_a_stop_that_is_upcoming() -> None:
    day = date(2026, 1, 5)
    assert TOUR.on_tour("Berlin", "DE", day)
    assert not TOUR.on_tour("Lyon", "FR", day)
    assert not TOUR.on_tour("Hamburg", "DE", day)
    assert TOUR.on_tour("Leeds", "GB", day)


def test_days_are_the_studios_own() -> None:
    late = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    assert day_of(late, "Europe/London") == date(2026, 6, 2)
    assert day_of(late, "America/New_York") == date(2026, 6, 1)
    assert moment(date(2026, 6, 2), "Europe/London") == datetime(2026, 6, 2, 9, 0, tzinfo=UTC)


def test_the_example_of_a_touring_studio_is_complete() -> None:
    studio = studio_file.read(studio_file.HERE / "touring")
    assert studio.file.tour is not None
    assert check(studio.file) == []
    assert {stop.city for stop in studio.file.tour.open_on(date(2027, 1, 1))} == {"Berlin", "Madrid", "New York City"}
    assert list(studio.questions[:3]) == ["age", "data_use", "idea"]


def test_the_stops_days_are_written_as_from_and_to() -> None:
    assert {"from", "to"} <= {field.encode_name for field in fields(Stop)}


def test_the_studio_that_comes_with_inkgate_takes_everybody() -> None:
    assert studio_file.read(None).file.tour is None
