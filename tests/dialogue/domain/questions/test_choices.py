"""Complexity 1 to 3, cover-up yes or no, timing one of three (DOMAIN §1)."""

from typing import Any

import pytest

from tests.dialogue.domain.questions.tables import read, refuses

READ: dict[str, dict[str, Any]] = {
    "complexity": {
        "1": 1, "2": 2, "3": 3, "2.": 2, "one": 1, "Two": 2, "three!": 3, "simple": 1, "medium": 2, "realism": 3,
        "high detail": 3, "1 simple": 1, "something medium": 2, "٢": 2, "３": 3,
    },
    "coverup": {
        "yes": True, "no": False, "Yes!": True, "nope": False, "no it's not": False, "yeah it is": True,
        "cover-up": True, "it's a rework": True, "touch up": True, "not a coverup": False, "no, fresh skin": False,
    },
    "timing": {
        "1": "weeks", "2": "months", "3": "flexible", "flexible": "flexible", "whenever": "flexible", "asap": "weeks",
        "next 2-4 weeks": "weeks", "in a month or two months": "months", "1–2 months": "months", "any time": "flexible",
    },
}  # fmt: skip
REFUSED: dict[str, dict[str, str]] = {
    "complexity": {
        "4": "no_choice",
        "1 or 2": "several_choices",
        "very": "no_choice",
        "": "no_choice",
        "👍": "no_choice",
    },
    "coverup": {"maybe": "not_yes_or_no", "what do you mean?": "not_yes_or_no", "": "not_yes_or_no"},
    "timing": {"4": "no_time", "hm": "no_time", "": "no_time"},
}
TAPPED = [("complexity", "3", 3), ("coverup", "yes", True), ("coverup", "no", False), ("timing", "2", "months")]


@pytest.mark.parametrize(
    ("question", "written", "expected"),
    [(q, text, value) for q, table in READ.items() for text, value in table.items()],
)
def test_a_choice_is_read(question: str, written: str, expected: object) -> None:
    assert read(question, written) == expected


@pytest.mark.parametrize(
    ("question", "written", "reason"), [(q, text, why) for q, table in REFUSED.items() for text, why in table.items()]
)
def test_what_is_no_single_choice_is_refused(question: str, written: str, reason: str) -> None:
    assert refuses(question, written) == reason


@pytest.mark.parametrize(("question", "choice", "expected"), TAPPED)
def test_a_tapped_button_counts_by_its_id(question: str, choice: str, expected: object) -> None:
    assert read(question, "whatever it says", choice=choice) == expected


@pytest.mark.parametrize("question", READ)
def test_a_button_of_another_question_is_no_answer(question: str) -> None:
    assert refuses(question, "") is not None
    assert not isinstance(read(question, "x", choice="elsewhere"), int | str)
