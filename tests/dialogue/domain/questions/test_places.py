"""City (with its country where it can be told), country, and the city to travel to (DOMAIN §1)."""

from typing import Any

import pytest

from inkgate_dialogue.domain.questions import QUESTIONS, Reply, Setting
from inkgate_dialogue.domain.questions.location_country import country_code
from inkgate_dialogue.domain.questions.places import canonical, same_place
from inkgate_dialogue.domain.questions.reading import Refused, Understood
from tests.dialogue.domain.questions.tables import read, refuses

city = pytest.mark.domain("1.city")
country = pytest.mark.domain("1.country")
travel = pytest.mark.domain("1.travel city")

CITIES = {
    "Leeds": ("Leeds", "GB"),
    "leeds": ("Leeds", "GB"),
    "Leeds, UK": ("Leeds", "GB"),
    "Leeds!!": ("Leeds", "GB"),
    # typos
    "Londn": ("London", "GB"),
    "Machester": ("Manchester", "GB"),
    "Birmimgham": ("Birmingham", "GB"),
    "glasgwo": ("Glasgow", "GB"),
    "im in londn atm": ("London", "GB"),
    # aliases
    "NYC": ("New York City", "US"),
    "nyc": ("New York City", "US"),
    "LA": ("Los Angeles", "US"),
    "im in LA": ("Los Angeles", "US"),
    "Londres": ("London", "GB"),
    "München": ("Munich", "DE"),
    "Nueva York": ("New York City", "US"),
    "Colonia, Alemania": ("Köln", "DE"),
    # what stands beside it
    "Paris": ("Paris", "FR"),
    "Paris, Texas": ("Paris", "US"),
    "paris tx": ("Paris", "US"),
    "Perth WA": ("Perth", "AU"),
    "London ON": ("London", "CA"),
    "Paris TX": ("Paris", "US"),
    "Portland, OR": ("Portland", "US"),
    "Athens, Georgia": ("Athens", "US"),
    "Tbilisi, Georgia": ("Tbilisi", "GE"),
    "London, Ontario": ("London", "CA"),
    "Brooklyn, New York": ("Brooklyn", "US"),
    "São Paulo, Brazil": ("São Paulo", "BR"),
    "Valencia España": ("Valencia", "ES"),
    "Valencia 🇪🇸": ("Valencia", "ES"),
    "🇬🇧 Leeds": ("Leeds", "GB"),
    "Little Snoring, Norfolk": ("Little Snoring", "GB"),
    "Little Snoring, UK": ("Little Snoring", "GB"),
    # which of several
    "Birmingham": ("Birmingham", "GB"),
    "Cambridge": ("Cambridge", "GB"),
    "Boston": ("Boston", "US"),
    "Perth": ("Perth", "AU"),
    "San José": ("San José", None),
    "Valencia": ("Valencia", None),
    # chatter
    "im in leeds atm": ("Leeds", "GB"),
    "vivo en Madrid": ("Madrid", "ES"),
    "near Bristol": ("Bristol", "GB"),
    "just outside of bristol tbh": ("Bristol", "GB"),
    "Brighton & Hove": ("Brighton", "GB"),
    "south london": ("London", "GB"),
    "East London": ("London", "GB"),
    "el norte de Londres": ("London", "GB"),
    "Leeds LS1 4AP": ("Leeds", "GB"),
    "Hackney, London": ("London", "GB"),
    "Hackney": ("Hackney", "GB"),
    "peckham": ("Peckham", "GB"),
    "soy de Sevilla pero vivo en Londres": ("London", "GB"),
    "Otley, Leeds": ("Leeds", "GB"),
    "Harrogate, near Leeds": ("Harrogate", "GB"),
    "Harrogate but I can get to Leeds": ("Harrogate", "GB"),
    "a town called Otley": ("Otley", "GB"),
    "Leeds-ish": ("Leeds", "GB"),
    "I go to London a lot": ("London", "GB"),
    "ldn": ("London", "GB"),
    # any script
    "لندن": ("London", "GB"),
    "القاهرة": ("Cairo", "EG"),
    "Киев": ("Kyiv", "UA"),
    "दिल्ली": ("Delhi", "IN"),
    "東京": ("Tokyo", "JP"),
    "東京です": ("Tokyo", "JP"),
    "서울": ("Seoul", "KR"),
    # a city that is called like its country or state
    "Singapore": ("Singapore", "SG"),
    "Luxembourg": ("Luxembourg", "LU"),
    "New York": ("New York City", "US"),
    "Washington": ("Washington", "US"),
    # villages that the data does not know
    "Little Snoring": ("Little Snoring", None),
    "im from Wetwang": ("Wetwang", None),
    "Ashby Puerorum": ("Ashby Puerorum", None),
    "Robin Hoods Bay": ("Robin Hoods Bay", None),
    "Lower Slaughter": ("Lower Slaughter", None),
    "Holmfirth, West Yorkshire": ("Holmfirth", None),
}
NO_CITIES = {
    "": "no_city", "?": "no_city", "123": "no_city", "no": "no_city", "idk": "no_city", "👍": "no_city",
    "LS1 4AP": "no_city", "where are you?": "no_city", "x" * 101: "no_city", "qwerty": "no_city", "left arm": "no_city",
    "how much does it cost": "no_city", "cuánto cuesta?": "no_city", "aaaa": "no_city", "same": "no_city",
    "Georgia": "country_not_city", "France": "country_not_city", "Texas": "country_not_city",
    "vivo en España": "country_not_city", "🇫🇷": "country_not_city", "Kent": "country_not_city",
    "London or Leeds": "several_cities", "Madrid o Barcelona": "several_cities", "Leeds/York": "several_cities",
    "between Leeds and York": "several_cities", "London, Paris, Berlin": "several_cities",
}  # fmt: skip
COUNTRIES = {
    "UK": "GB", "uk": "GB", "England": "GB", "scotland": "GB", "United Kingdom": "GB", "GB": "GB", "USA": "US",
    "the netherlands": "NL", "holland": "NL", "Germany": "DE", "DE": "DE", "france": "FR", "Republic of Ireland": "IE",
    "Ireland": "IE", "Inglaterra": "GB", "Reino Unido": "GB", "Deutschland": "DE", "España": "ES", "日本": "JP",
    "مصر": "EG", "Україна": "UA", "NO": "NO", "no": None, "it": None, "Narnia": None, "": None, "x" * 4_096: None,
}  # fmt: skip
COUNTRY_ANSWERS = {
    "🇫🇷": "FR", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f": "GB", "its england mate": "GB",
    "vivo en españa": "ES", "Germny": "DE", "Frnace": "FR", "untied kingdom": "GB", "Texas": "US",
    "it's in Wales, so the UK": "GB",
    "UK or Ireland": "several_countries", "España y Portugal": "several_countries", "🇫🇷🇪🇸": "several_countries",
    "what?": "no_country", "asia": "no_country", "👍": "no_country",
}  # fmt: skip


def told(text: str, **setting: Any) -> tuple[str, str | None]:
    reading = QUESTIONS["location_city"](Reply(text, setting=Setting(**setting)))
    assert isinstance(reading, Understood), reading
    assert reading.text == text
    return reading.value, reading.also.get("location_country")


@city
@pytest.mark.parametrize(("written", "expected"), CITIES.items())
def test_a_city_is_read_and_its_country_where_it_can_be_told(written: str, expected: tuple[str, str | None]) -> None:
    assert told(written) == expected


@city
@pytest.mark.parametrize(("written", "reason"), NO_CITIES.items(), ids=lambda value: str(value)[:12])
def test_what_is_no_city_is_refused_with_the_reason(written: str, reason: str) -> None:
    assert refuses("location_city", written) == reason


@city
def test_a_country_alone_is_named_in_the_refusal() -> None:
    reading = QUESTIONS["location_city"](Reply("vivo en España"))
    assert isinstance(reading, Refused)
    assert reading.words == {"said": "España"}


@city
def test_the_studios_own_country_is_meant_first() -> None:
    assert told("Valencia", country="ES") == ("Valencia", "ES")
    assert told("Birmingham", country="US") == ("Birmingham", "US")
    assert told("Paris", country="US") == ("Paris", "FR")


@country
@pytest.mark.parametrize(("written", "code"), COUNTRIES.items(), ids=lambda value: str(value)[:12])
def test_a_country_by_any_of_its_names(written: str, code: str | None) -> None:
    assert country_code(written) == code
    assert refuses("location_country", written) == (None if code else "no_country")


@country
@pytest.mark.parametrize(("written", "expected"), COUNTRY_ANSWERS.items())
def test_a_country_as_people_answer(written: str, expected: str) -> None:
    assert (refuses("location_country", written) or read("location_country", written)) == expected


@travel
@pytest.mark.parametrize(
    "written",
    [
        "same",
        "none",
        "no",
        "skip",
        "Nope",
        "n/a",
        "-",
        "la misma",
        "no gracias",
        "only here",
        "same one",
        "ditto",
        "👎",
        "I don't think so",
        "esa misma",
        "de momento no",
        "I'll come to you",
    ],
)
def test_the_city_to_travel_to_may_be_skipped(written: str) -> None:
    assert read("travel_city", written) == {"city": None}


@travel
def test_a_city_to_travel_to_is_read_with_its_country() -> None:
    assert read("travel_city", "Berlin") == {"city": "Berlin", "country": "DE"}
    assert read("travel_city", "San José") == {"city": "San José"}
    reading = QUESTIONS["travel_city"](Reply("Berlin, Germany"))
    assert isinstance(reading, Understood)
    assert reading.also == {}


@travel
@pytest.mark.parametrize(
    ("written", "reason"), [("Paris or Berlin", "several_cities"), ("sure", "no_city"), ("Spain", "no_city")]
)
def test_what_is_no_city_to_travel_to_is_refused(written: str, reason: str) -> None:
    assert refuses("travel_city", written) == reason


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("London", "GB"), ("London", "GB"), True),
        (("london", None), ("London", "GB"), True),
        (("London", "CA"), ("London", "GB"), False),
        (("NYC", "US"), ("New York City", "US"), True),
        (("Nueva York", None), ("New York", "US"), True),
        (("Peckham", "GB"), ("London", "GB"), True),
        (("Brooklyn", "US"), ("New York City", "US"), True),
        (("Hove", "GB"), ("Brighton", "GB"), True),
        (("Leeds", "GB"), ("Bradford", "GB"), False),
        (("Leeds", "GB"), ("Leeds Bradford", "GB"), False),
        (("Little Snoring", None), ("little snoring", "GB"), True),
        (("", None), ("", None), False),
    ],
)
def test_two_names_of_one_city(one: tuple[str, str | None], other: tuple[str, str | None], same: bool) -> None:
    assert same_place(*one, *other) is same
    assert same_place(*other, *one) is same


def test_the_canonical_name_of_a_city() -> None:
    assert canonical("londres") == ("London", "GB")
    assert canonical("Valencia", "ES") == ("Valencia", "ES")
    assert canonical("Little Snoring") is None
