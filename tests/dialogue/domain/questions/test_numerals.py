"""Number words as digits: text2num, and what people write around it."""

import pytest

from inkgate_dialogue.domain.questions.numerals import HUNDRED, THOUSAND, in_digits, languages, spelt


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("en", "four hundred pounds", "400 pounds"),
        ("en", "twelve by eight", "12 by 8"),
        ("en", "two and a half inches", "2.5 inches"),
        ("en", "fourhundred", "400"),
        ("en", "a few hundred", ""),
        ("en", "5 hundred", f"5{HUNDRED}"),
        ("en", "2 grand", f"2{THOUSAND}"),
        ("en", "a grand", f"1{THOUSAND}"),
        ("en", "half a grand", f"0.5{THOUSAND}"),
        ("en", "a grand and a half", f"1.5{THOUSAND}"),
        ("en", "a couple of hundred", f"2{HUNDRED}"),
        ("es", "cuatrocientas libras", "400 libras"),
        ("es", "unas seiscientas", "600"),
        ("es", "una tarjeta", "una tarjeta"),
        ("es", "veintitres", "23"),
        ("es", "2 mil", f"2{THOUSAND}"),
        ("es", "mil doscientas", "1200"),
        ("es", "treinta y una", "31"),
        ("en", "8 x 12", "8 x 12"),
        ("en", "", ""),
    ],
)
def test_words_become_digits(language: str, written: str, read: str) -> None:
    assert in_digits(written, language).strip() == read


def test_an_amount_said_in_two_parts_is_one() -> None:
    assert in_digits("four fifty", "en", small=False) == "450"
    assert in_digits("twelve fifty", "en", small=False) == "1250"
    assert in_digits("4 50", "en", small=False) == "4 50"


def test_words_that_mean_something_else_in_her_language_are_left_alone() -> None:
    assert in_digits("once", "es") == "11"
    assert in_digits("once", "es", away=True) == "once"


@pytest.mark.parametrize(
    ("language", "written", "meant"),
    [("en", "four hundered", "four hundred"), ("en", "fivty", "fifty"), ("es", "cuatrosientas", "cuatrocientas"),
     ("es", "kinientas", "quinientas"), ("en", "flower", "flower"), ("en", "eight", "eight")],
)  # fmt: skip
def test_misspelt_number_words_are_mended(language: str, written: str, meant: str) -> None:
    assert spelt(written, language) == meant


def test_her_language_is_read_first_and_the_others_after_it() -> None:
    assert languages("es") == ("es", "en")
    assert languages("en") == ("en", "es")
    assert set(languages("fr")) == {"en", "es"}
