"""In which language a client is spoken to: her words, her number, her wish; all of it data."""

import pytest

from inkgate_dialogue.domain.language import Speakers, Tongues
from tests.builders.leads import STUDIO

TONGUES = STUDIO.tongues

TOLD = {
    "hi": "en",
    "Hello, I'd like a tattoo": "en",
    "Hola": "es",
    "HOLA!! 👋": "es",
    "hola quiero un tattoo": "es",
    "¿Cuánto cuesta un tatuaje pequeño?": "es",
    "Buenas tardes, quisiera información": "es",
    "cuanto cuesta": "es",
    "How much is a small one?": "en",
    "I want 'mi familia' on my arm": "en",
    "PARAR": "es",
    "👍": None,
    "": None,
    "ok": None,
    "no": None,
    "hi hola": None,
    "Guten Tag": None,
    "مرحبا": None,
}
WISHED = {
    "English please": "en",
    "english": "en",
    "In English, please!": "en",
    "¿Hablas español?": "es",
    "en español": "es",
    "ESPAÑOL": "es",
    "espanol por favor": "es",
    "Spanish": "es",
    "inglés": "en",
    "an English rose": None,
    "a Spanish galleon": None,
    "en español antiguo": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize(("text", "language"), TOLD.items())
def test_words_that_only_one_language_has_tell(text: str, language: str | None) -> None:
    assert TONGUES.told(text) == language


@pytest.mark.parametrize(("text", "language"), WISHED.items())
def test_a_wish_is_a_whole_message(text: str | None, language: str | None) -> None:
    assert TONGUES.wished(text) == language


@pytest.mark.parametrize(
    ("phone", "user_id", "language"),
    [
        ("34600123456", None, "es"),
        ("5215512345678", None, "es"),
        ("17875550100", None, "es"),
        ("12125550100", None, None),
        ("447700900123", None, None),
        (None, "MX.13491208655302741918", "es"),
        (None, "GB.1349", None),
        ("447700900123", "ES.1", None),
        (None, None, None),
    ],
)
def test_a_number_or_a_country_tells_where_words_do_not(
    phone: str | None, user_id: str | None, language: str | None
) -> None:
    assert TONGUES.of_number(phone, user_id) == language


def test_the_longest_prefix_counts() -> None:
    tongues = Tongues.of(STUDIO.copies, {"en": Speakers(prefixes=["1"]), "es": Speakers(prefixes=["1787"])})
    assert [tongues.of_number("17875550100", None), tongues.of_number("12125550100", None)] == ["es", "en"]


def test_only_languages_that_the_studio_offers_are_spoken() -> None:
    english = Tongues.of({"en": STUDIO.copy}, STUDIO.file.speakers)
    assert [english.told("hola"), english.wished("en español"), english.of_number("34600123456", None)] == [None] * 3


def test_no_word_is_in_two_languages() -> None:
    listed = [word for copy in STUDIO.copies.values() for word in (*copy.language.words, *copy.language.choose)]
    assert len(listed) == len(set(listed))


def test_a_wish_is_no_word_of_command() -> None:
    assert not set(TONGUES.wishes) & set(STUDIO.file.words.commands)
