"""Which place a name means, of the several that are called so."""

import pytest

from inkgate_dialogue.domain.questions.gazetteer import folded, gazetteer
from inkgate_dialogue.domain.questions.meant import chosen, misspelt, shortened, stands_out

pytestmark = pytest.mark.domain("1.city")


@pytest.mark.parametrize(
    ("said", "home", "country", "told"),
    [
        ("Birmingham", "GB", "GB", True),  # at home, and nowhere ten times as large
        ("Boston", "GB", "US", True),  # more than ten times as large as the one at home
        ("Birmingham", "US", "US", True),
        ("Valencia", "GB", "ES", False),  # several remain
        ("Valencia", "VE", "VE", True),
        ("Barcelona", "GB", "ES", True),  # on the same continent
        ("Kingston", "GB", "JM", True),  # a capital
        ("Sandwich", "GB", "US", False),  # a small town far away: there will be others
    ],
)
def test_the_place_that_people_mean_and_whether_its_country_can_be_told(
    said: str, home: str, country: str, told: bool
) -> None:
    place, sure = chosen(gazetteer().called(folded(said)), said, home)
    assert (place.country, sure) == (country, told)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("machester", "manchester"), ("glasgwo", "glasgow"), ("birmimgham", "birmingham"), ("barzelona", "barcelona"),
     ("wetwang", None), ("staithes", None), ("abc", None), ("x" * 50, None)],
)  # fmt: skip
def test_a_letter_or_two_away(written: str, meant: str | None) -> None:
    assert misspelt(written, "GB") == meant


@pytest.mark.parametrize(("written", "meant"), [("ldn", "London"), ("mcr", "Manchester"), ("xyz", None), ("led", None)])
def test_without_its_vowels(written: str, meant: str | None) -> None:
    place = shortened(written, "GB")
    assert (place.name if place else None) == meant


@pytest.mark.parametrize(
    ("word", "city"), [("nice", True), ("la", True), ("same", False), ("nada", False), ("xyzzy", False)]
)
def test_words_that_are_cities_too(word: str, city: bool) -> None:
    assert stands_out(word, "GB") is city
