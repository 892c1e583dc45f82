"""How people answer budget, size, complexity, cover-up and timing, in English and Spanish (DOMAIN §1)."""

from typing import Any

import pytest

from inkgate_dialogue.domain.questions import QUESTIONS, Refused, Reply, Setting
from tests.dialogue.domain.questions.said_choices import COMPLEXITY, COVERUP, TIMING, TODAY
from tests.dialogue.domain.questions.said_figures import BUDGET, DIMENSIONS

SAID = {
    "budget": BUDGET,
    "dimensions": DIMENSIONS,
    "complexity": COMPLEXITY,
    "coverup": COVERUP,
    "timing": TIMING,
}
CASES = [
    (question, language, text, meant)
    for question, tables in SAID.items()
    for language, table in tables.items()
    for text, meant in table.items()
]


@pytest.mark.domain("1.parsing")
@pytest.mark.parametrize(
    ("question", "language", "text", "meant"), CASES, ids=[ascii(f"{q}-{lang}-{text}") for q, lang, text, _ in CASES]
)
def test_it_is_understood_as_it_was_meant(question: str, language: str, text: str, meant: Any) -> None:
    reading = QUESTIONS[question](Reply(text, setting=Setting(language=language, today=TODAY)))
    if isinstance(reading, Refused):
        assert reading.reason == meant
    elif question == "dimensions":
        assert (reading.value["width_cm"], reading.value["height_cm"]) == meant
    else:
        assert reading.value == meant
