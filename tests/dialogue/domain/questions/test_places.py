"""City (with its country when it is named), country, and the city to travel to (DOMAIN §1)."""

import pytest

from inkgate_dialogue.domain.questions import QUESTIONS, Reply
from inkgate_dialogue.domain.questions.location_country import country_code
from inkgate_dialogue.domain.questions.reading import Understood
from tests.dialogue.domain.questions.tables import read, refuses

CITIES = {
    "Leeds": ("Leeds", None),
    "leeds": ("leeds", None),
    "Leeds, UK": ("Leeds", "GB"),
    "Paris, France": ("Paris", "FR"),
    "New York, USA": ("New York", "US"),
    "São Paulo, Brazil": ("São Paulo", "BR"),
    "Köln": ("Köln", None),
    "東京": ("東京", None),
    "Newcastle upon Tyne": ("Newcastle upon Tyne", None),
    "Paris, Texas": ("Paris, Texas", None),
}
NO_CITIES = ("", "?", "123", "no", "idk", "👍", "LS1 4AP", "where are you?", "x" * 101)
COUNTRIES = {
    "UK": "GB", "uk": "GB", "England": "GB", "scotland": "GB", "United Kingdom": "GB", "GB": "GB", "USA": "US",
    "the netherlands": "NL", "Germany": "DE", "DE": "DE", "france": "FR", "Republic of Ireland": None, "Ireland": "IE",
    "no": None, "it": None, "NO": "NO", "Narnia": None, "": None, "x" * 4_096: None,
}  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), CITIES.items())
def test_a_city_is_read_and_its_country_when_it_is_named(written: str, expected: tuple[str, str | None]) -> None:
    reading = QUESTIONS["location_city"](Reply(written))
    assert isinstance(reading, Understood)
    assert (reading.value, reading.also.get("location_country")) == expected


@pytest.mark.parametrize("written", NO_CITIES)
def test_what_is_no_city_is_refused(written: str) -> None:
    assert refuses("location_city", written) == "no_city"


@pytest.mark.parametrize(("written", "code"), COUNTRIES.items(), ids=lambda value: str(value)[:12])
def test_a_country_by_any_of_its_names(written: str, code: str | None) -> None:
    assert country_code(written) == code
    assert refuses("location_country", written) == (None if code else "no_country")


@pytest.mark.parametrize("written", ["same", "none", "no", "skip", "Nope", "n/a"])
def test_the_city_to_travel_to_may_be_skipped(written: str) -> None:
    assert refuses("travel_city", written) is None
    assert read("travel_city", written) is None


def test_a_city_to_travel_to_is_read() -> None:
    assert read("travel_city", "Berlin") == "Berlin"
    reading = QUESTIONS["travel_city"](Reply("Berlin, Germany"))
    assert isinstance(reading, Understood)
    assert (reading.value, reading.also) == ("Berlin", {})
