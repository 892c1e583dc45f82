"""Idea, and placement with the same guard: a budget or a size alone is the wrong field (DOMAIN §1)."""

import pytest

from tests.dialogue.domain.questions.tables import read, refuses

GOOD = (
    "a fox", "a wolf, 8x12cm on my arm, about £400", "3 roses", "7", "a portrait of a human skull", "it should stop at "
    "the elbow", "キツネ", "лиса", "a fox 🦊", "10 years anniversary piece", "1989",
)  # fmt: skip
WRONG = {
    "£400": "wrong_field",
    "400 pounds": "wrong_field",
    "my budget is £400": "wrong_field",
    "£400-600": "wrong_field",
    "8x12cm": "wrong_field",
    "about 10 cm": "wrong_field",
    "3 by 5 inches": "wrong_field",
    "": "empty",
    "🦊": "empty",
    "...": "empty",
}


@pytest.mark.parametrize("question", ["idea", "placement"])
@pytest.mark.parametrize("written", GOOD)
def test_words_are_kept(question: str, written: str) -> None:
    assert refuses(question, written) is None
    assert read(question, written) is None


@pytest.mark.parametrize("question", ["idea", "placement"])
@pytest.mark.parametrize(("written", "reason"), WRONG.items())
def test_what_belongs_elsewhere_or_says_nothing_is_asked_again(question: str, written: str, reason: str) -> None:
    assert refuses(question, written) == reason
