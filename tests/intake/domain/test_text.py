"""Text from strangers."""

import json
from typing import Any

import msgspec
import pytest

from inkgate_intake.domain.text import (
    DETAIL_BYTES_MAX,
    bounded,
    bounded_details,
    clean,
    identifier,
    person_identifier,
    short,
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("nul\x00inside", "nulinside"),
        ("\x01\x08bell\x07\x1b[31m\r\n", "bell[31m\n"),
        ("half \ud83d a pair", "half \ufffd a pair"),
        ("whole \U0001f409 pair", "whole \U0001f409 pair"),
    ],
)
def test_control_characters_go_and_lone_surrogates_are_replaced(given: str, kept: str) -> None:
    assert clean(given) == kept


def test_an_id_stays_as_it_is() -> None:
    assert identifier("wamid.HBgM+/=") == "wamid.HBgM+/="


def test_a_long_id_is_shortened_and_stays_different_from_every_other() -> None:
    one, other = identifier("x" * 5000 + "1"), identifier("x" * 5000 + "2")
    assert one is not None and other is not None
    assert len(one) <= 512 and one != other and one.startswith("xxx")


def test_an_id_that_cannot_be_stored_does_not_become_another_one() -> None:
    assert identifier("wamid.A\x00") not in (None, "wamid.A", identifier("wamid.A\x01"))


@pytest.mark.parametrize("value", [None, "", 5, [], {}, True])
def test_what_is_not_an_id(value: Any) -> None:
    assert identifier(value) is None


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("447700900123", "447700900123"),
        (447700900123, "447700900123"),
        ("GB.aBc 1", "GB.aBc 1"),
        ("a\x00b", None),
        ("\ud800", None),
        ("x" * 129, None),
        ("", None),
        (True, None),
        (-5, None),
    ],
)
def test_a_person_is_identified_exactly_as_given_or_not_at_all(value: Any, kept: str | None) -> None:
    assert person_identifier(value) == kept


def test_short_texts_are_cut() -> None:
    assert (short("abc", 2), short(7, 5), short("", 5), short(None, 5)) == ("ab", "7", None, None)


def test_details_are_bounded_in_every_direction() -> None:
    deep: Any = "x"
    for _ in range(50):
        deep = [deep]
    wild = {
        "deep": deep,
        "wide": list(range(1000)),
        "long": "y" * 10_000,
        "huge": 10**40,
        "nan": float("nan"),
        "n\x00": 1,
    }
    kept = bounded(wild)
    assert (len(kept["wide"]), len(kept["long"]), kept["huge"], kept["nan"], kept["n"]) == (
        100,
        4096,
        str(10**40),
        None,
        1,
    )
    assert "x" not in json.dumps(kept["deep"])
    msgspec.json.encode(kept)


def test_details_that_are_still_too_large_keep_what_is_plain() -> None:
    wide = {"plain": 1, "tree": [["z" * 4096] * 100] * 100}
    kept = bounded_details(wide)
    assert kept == {"plain": 1, "details_cut": True}
    assert len(msgspec.json.encode(kept)) < DETAIL_BYTES_MAX
