"""Yes or no, in the many ways that people say it (DOMAIN §1)."""

import pytest

from inkgate_dialogue.domain.questions.yes_no import yes_or_no

YES = (
    "yes", "Yes!", "Yeah!", "yep it is", "yess", "yup", "yh", "sure", "of course", "yes please", "it is",
    "I think so", "👍", "yes 👍", "oh yes", "hi, yes", "definitely", "sí", "si", "Sí!", "claro que sí",
    "por supuesto", "sip", "así es", "✅", "YES", "y", "correct", "that's right", 
)  # fmt: skip
NO = (
    "no", "No.", "nope", "nope, fresh skin", "nah", "no thanks", "not really", "no it isn't", "n", "nooo", "👎",
    "neither", "naw", "para nada", "qué va", "tampoco", "no no", "sorry no", "perdona, no", "negative",
    "I don't think so", "creo que no", "❌",
)  # fmt: skip
NEITHER = (
    "maybe", "", "yes and no", "not sure", "I don't know", "no idea", "idk", "no sé", "ni idea", "depende",
    "sí y no", "what?", "a fox", "nose", "yesterday", "sienna", "norway", "👍👎", "it depends", "no lo sé",
    "quizás",
)  # fmt: skip


@pytest.mark.domain("1.yes-no")
@pytest.mark.parametrize("text", YES)
def test_yes_is_read(text: str) -> None:
    assert yes_or_no(text) is True


@pytest.mark.domain("1.yes-no")
@pytest.mark.parametrize("text", NO)
def test_no_is_read(text: str) -> None:
    assert yes_or_no(text) is False


@pytest.mark.domain("1.yes-no")
@pytest.mark.parametrize("text", NEITHER)
def test_what_is_neither_is_not_guessed(text: str) -> None:
    assert yes_or_no(text) is None
