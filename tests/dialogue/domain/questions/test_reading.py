"""One form of each character, and words to compare with."""

import pytest

from inkgate_dialogue.domain.questions.reading import bare, cleaned, squeezed, yes_or_no


@pytest.mark.parametrize(
    ("written", "meant"),
    [("8\u200bx12", "8x12"), ("８×１２", "8×12"), ("٨x١٢", "8x12"), ("८x१२", "8x12"), ("\ufeffhi", "hi"), (" a ", "a")],
)
def test_text_is_read_as_people_mean_it(written: str, meant: str) -> None:
    assert cleaned(written) == meant


@pytest.mark.parametrize(
    ("written", "words"),
    [("STOP!!", "stop"), ("  Opt-Out. ", "opt out"), ("Yes 👍", "yes"), ("ÉTÉ", "été"), ("don't know", "don't know"),
     ("Straße", "strasse"), ("✨", ""), ("a\n\tb", "a b")],
)  # fmt: skip
def test_words_are_compared_without_punctuation_and_emoji(written: str, words: str) -> None:
    assert bare(written) == words


@pytest.mark.parametrize("text", ["8  x\n 12", "Ｓize　８", "  x  ", "a\u00a0b"])
def test_space_is_single_where_patterns_are_matched(text: str) -> None:
    assert "  " not in squeezed(text)
    assert squeezed(text) == squeezed(squeezed(text))


@pytest.mark.parametrize(
    ("text", "said"),
    [("yes", True), ("Yeah!", True), ("yep it is", True), ("no", False), ("nope, fresh skin", False), ("nah", False),
     ("maybe", None), ("", None), ("yes and no", True), ("👍", None)],
)  # fmt: skip
def test_yes_or_no(text: str, said: bool | None) -> None:
    assert yes_or_no(text) is said
