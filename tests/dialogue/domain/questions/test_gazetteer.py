"""The index of the world's places, and of countries."""

import pytest

from inkgate_dialogue.domain.questions.countries import countries, flags
from inkgate_dialogue.domain.questions.gazetteer import folded, folded_all, gazetteer


@pytest.mark.parametrize(
    ("written", "plain"),
    [("São Paulo", "sao paulo"), ("St. Ives", "st ives"), ("Łódź", "lodz"), ("KØBENHAVN", "kobenhavn"),
     ("King's Lynn", "kings lynn"), ("Stoke-on-Trent", "stoke on trent"), ("서울", "서울"), ("दिल्ली", "दिल्ली"),
     ("Москва", "москва"), ("👍", ""), ("  a \n b ", "a b")],
)  # fmt: skip
def test_names_are_compared_without_case_accents_and_punctuation(written: str, plain: str) -> None:
    assert folded(written) == plain
    assert folded(plain) == plain
    assert folded_all([written.replace("\n", " "), "x"]) == [plain, "x"]


def test_the_world_is_in_it() -> None:
    assert len(gazetteer()) > 60_000
    assert gazetteer().names > 250_000


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("london", ("London", "GB")),
        ("londres", ("London", "GB")),
        ("東京", ("Tokyo", "JP")),
        ("nyc", ("New York City", "US")),
    ],
)
def test_a_place_is_found_by_any_of_its_names_the_largest_first(name: str, first: tuple[str, str]) -> None:
    places = gazetteer().called(name)
    assert (places[0].name, places[0].country) == first
    assert [place.population for place in places] == sorted((place.population for place in places), reverse=True)
    assert all(gazetteer().place(place.number) == place for place in places)


@pytest.mark.parametrize("name", ["", "nowhere at all", "x" * 200])
def test_what_is_no_name_is_not_found(name: str) -> None:
    assert gazetteer().called(name) == []
    assert not gazetteer().knows(name)


def test_how_far_two_places_are_apart_and_which_have_grown_together() -> None:
    names = {name: gazetteer().called(name)[0] for name in ("london", "paris", "brighton", "hove", "leeds", "bradford")}
    assert 330 < gazetteer().apart_km(names["london"], names["paris"]) < 360
    assert gazetteer().reaches(names["brighton"], names["hove"])
    assert not gazetteer().reaches(names["leeds"], names["bradford"])


def test_countries_by_their_names_in_many_languages() -> None:
    by_name = countries().by_name
    for name in ("germany", "alemania", "deutschland", "германия", "德国", "ドイツ", "ألمانيا"):
        assert by_name[folded(name)] == "DE", name
    assert by_name["niger"] == "NE" and by_name["georgia"] == "GE"
    assert not {"no", "it", "us"} & {name for name in by_name if by_name[name] in ("NO", "IT")}


def test_states_are_told_from_boroughs() -> None:
    regions = countries().regions
    assert (regions["texas"].country, regions["texas"].state, regions["texas"].wide) == ("US", "TX", True)
    assert regions["kent"].wide and not regions["hackney"].wide
    assert countries().states["tx"] == regions["texas"]


def test_flags_name_countries() -> None:
    assert flags("🇫🇷 and 🇪🇸 and 🇫🇷") == ["FR", "ES"]
    assert flags("🇽🇽") == flags("no flag") == flags("👍") == []
