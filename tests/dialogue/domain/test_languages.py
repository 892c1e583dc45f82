"""Every language says everything: the same keys, the same placeholders, the same buttons, words of command that work."""

import re
import string
import tomllib
from typing import Any

import pytest

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.words import heard
from tests.builders.leads import STUDIO

LANGUAGES = [file.name.split(".")[1] for file in sorted(studio_file.HERE.glob("copy.*.toml"))]
OWN = STUDIO.file.language
OTHERS = [language for language in LANGUAGES if language != OWN]


def raw(language: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((studio_file.HERE / f"copy.{language}.toml").read_text())
    found.pop("places", None)  # only a language with other names than the data's has some
    return found


def texts(language: str) -> dict[str, str]:
    """Every text of a file by `table.key`; word lists and buttons are not texts."""
    found: dict[str, str] = {}

    def walk(value: Any, at: str) -> None:
        if isinstance(value, str):
            found[at] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, f"{at}.{key}" if at else key)

    walk(raw(language), "")
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_studio_offers_every_language_that_comes_with_inkgate() -> None:
    assert sorted(STUDIO.file.languages) == LANGUAGES
    assert sorted(STUDIO.copies) == LANGUAGES


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_every_key(language: str) -> None:
    assert texts(language).keys() == texts(OWN).keys()
    assert raw(language).keys() == raw(OWN).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_the_same_placeholders(language: str) -> None:
    own = texts(OWN)
    assert {key: placeholders(text) for key, text in texts(language).items()} == {
        key: placeholders(text) for key, text in own.items()
    }


@pytest.mark.parametrize("language", OTHERS)
def test_buttons_differ_in_their_titles_only(language: str) -> None:
    def ids(buttons: dict[str, list[dict[str, str]]]) -> dict[str, list[str]]:
        return {key: [choice["id"] for choice in choices] for key, choices in buttons.items()}

    assert ids(raw(language)["buttons"]) == ids(raw(OWN)["buttons"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_that_she_is_told_to_write_is_a_word_of_command(language: str) -> None:
    told = {word for key, text in texts(language).items() for word in re.findall(r"\b[A-ZÁÉÍÓÚÑ]{4,}\b", text)}
    assert told
    assert {word for word in told if not heard(word, STUDIO.file.words)} == set()


SPANISH = {
    "PARAR": {"stop"},
    "Alto": {"stop"},
    "baja": {"stop"},
    "para ya!!": {"stop"},
    "No me escribas más, por favor": {"stop"},
    "EMPEZAR": {"start"},
    "¡Sí, por favor!": {"start"},
    "Continuar": {"start", "resume"},
    "hola, persona por favor": {"human"},
    "Quiero hablar con la artista": {"human"},
    "REEMBOLSO": {"refund"},
    "borra mis datos, gracias": {"erase"},
}


@pytest.mark.parametrize(("text", "commands"), SPANISH.items())
def test_words_of_command_in_spanish(text: str, commands: set[str]) -> None:
    assert heard(text, STUDIO.file.words) == commands


@pytest.mark.parametrize(
    "text",
    [
        "para el brazo", "la espalda baja", "10 cm de alto", "Baja California", "una artista con un pincel",
        "es para una persona mayor", "no quiero empezar por la pierna", "hola", "gracias",
    ],
)  # fmt: skip
def test_inside_a_spanish_answer_it_is_none(text: str) -> None:
    assert heard(text, STUDIO.file.words) == set()


def test_a_city_is_told_by_its_name_in_her_language() -> None:
    spanish, english = STUDIO.copies["es"], STUDIO.copies["en"]
    assert spanish.told("location_city", "vivo en londres", "London", "GBP") == "ciudad: Londres"
    assert spanish.told("location_city", "cdmx", "Mexico City", "GBP") == "ciudad: Ciudad de México"
    assert spanish.told("location_city", "leeds", "Leeds", "GBP") == "ciudad: Leeds"
    assert english.told("location_city", "londres", "London", "GBP") == "city: London"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_question_left_nobody_is_told_to_go_on_with_them(language: str) -> None:
    messages = STUDIO.copies[language].messages
    for key in ("handover", "human", "holding"):
        assert messages[key].startswith(messages[f"{key}_late"].rstrip("."))
        assert "CONTINU" in messages[key] and "CONTINU" not in messages[f"{key}_late"]
