"""Questions that need no answer of a certain form: style, pictures, Instagram (DOMAIN §1)."""

import pytest

from tests.dialogue.domain.questions.tables import read, refuses

HANDLES = {
    "@ana.whitfield": "ana.whitfield",
    "ana_w": "ana_w",
    "ANA": "ana",
    "https://www.instagram.com/ana.w/": "ana.w",
    "instagram.com/ana.w?igsh=abc": "ana.w",
    "Ana.Ink": "ana.ink",
    "my insta is ana.ink": "ana.ink",
    "it's ana.ink on there": "ana.ink",
    "insta: ana": "ana",
    "mi instagram es ana_tinta": "ana_tinta",
    "(ana.ink)": "ana.ink",
    "ana.ink.": "ana.ink",
    "lucy underscore draws": "lucy_draws",
    "I don't post much but it's @ana": "ana",
    "skip": None,
    "no tengo": None,
    "I don't have one": None,
    "prefer not to say": None,
    "❌": None,
    "no": None,
    "none": None,
}


@pytest.mark.parametrize(("written", "handle"), HANDLES.items())
def test_a_handle_or_a_skip(written: str, handle: str | None) -> None:
    assert refuses("instagram_handle", written) is None
    assert read("instagram_handle", written) == {"handle": handle}


@pytest.mark.parametrize(
    "written",
    [
        "",
        "👍",
        "!!!",
        "why?",
        "yes",
        "ana@mail.com",
        "07700900123",
        "lucy draws",
        "ana-ink",
        "my name is Lucy",
        "@" + "a" * 31,
        "instagram.com/p/CxYz123/",
    ],
)
def test_what_is_no_handle_is_refused(written: str) -> None:
    assert refuses("instagram_handle", written) == "no_handle"


@pytest.mark.parametrize("written", ["fine line", "not sure", "idk", "realism or blackwork?", "👍", ""])
def test_any_style_will_do(written: str) -> None:
    assert refuses("style", written) is None


@pytest.mark.parametrize("written", ["no", "https://pin.it/x", "see my profile"])
def test_pictures_links_or_no(written: str) -> None:
    assert refuses("reference_images", written) is None


def test_a_picture_alone_will_do() -> None:
    assert read("reference_images", "", media=True) is None
    assert refuses("reference_images", "") == "empty"


@pytest.mark.parametrize(
    "written", ["flexible", "I'm flexible", "anywhere", "dont have one", "don't mind", "no tengo", "donde sea"]
)
def test_no_city_in_particular_is_no_other_city(written: str) -> None:
    assert refuses("travel_city", written) is None
    assert read("travel_city", written) == {"city": None}
