"""One form of each character, and words to compare with."""

import pytest

from inkgate_dialogue.domain.questions.reading import READ_MAX, bare, cleaned, folded, squeezed


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
    ("written", "compared"),
    [("8 × 12 CM", "8 x 12 cm"), ("Sí, ¡claro!", "si, ¡claro!"), ("4½ in", "4 1/2 in"), ("3″ × 5″", '3" x 5"'), ("2️⃣", "2"),
     ("10–12", "10-12"), ("it’s", "it's"), ("🔟cm", "10 cm"), ("८ x १२", "8 x 12"), ("", ""), ("a\n b", "a b")],
)  # fmt: skip
def test_signs_that_mean_one_thing_are_one(written: str, compared: str) -> None:
    assert folded(written) == compared


@pytest.mark.parametrize("text", ["x" * 4_096, "ﷺ" * 4_096, "é" * 4_096])
def test_parsers_look_at_the_beginning_of_a_long_text(text: str) -> None:
    assert len(folded(text)) <= READ_MAX
