"""A text as names of places, chatter, and words that are not known."""

import pytest

from inkgate_dialogue.domain.questions.pieces import countries_in, pieces_of

pytestmark = pytest.mark.domain("1.city")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("im in leeds atm", "filler filler place filler"),
        ("Paris, Texas", "place separator place"),
        ("little snoring", "filler unknown"),
        ("how much", "noise noise"),
        ("👍", ""),
    ],
)
def test_a_text_in_pieces(text: str, kinds: str) -> None:
    pieces = pieces_of(text, "GB")
    assert " ".join(piece.kind for piece in pieces) == kinds
    assert [piece.at for piece in pieces] == list(range(len(pieces)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("it is no use", []), ("IT", ["IT"]), ("Spain and France", ["ES", "FR"]), ("Texas", ["US"]), ("Wales, UK", ["GB"]),
     ("Valencia", [])],
)  # fmt: skip
def test_the_countries_in_a_text(text: str, expected: list[str]) -> None:
    assert countries_in(text) == expected
