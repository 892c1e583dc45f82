"""What holds for every parser: it survives how people write (DOMAIN §1)."""

import pytest

from inkgate_dialogue.domain.questions import FREE_TEXT, PUBLIC, QUESTIONS, TAKES_MEDIA, Reply
from inkgate_dialogue.domain.questions.reading import Refused, Understood
from tests.builders.leads import ANSWERS
from tests.dialogue.domain.questions.tables import AWKWARD


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("text", AWKWARD, ids=lambda text: ascii(text)[:16])
def test_nothing_that_can_be_written_raises(question: str, text: str) -> None:
    for reply in (Reply(text.strip()), Reply(text.strip(), text[:20]), Reply(text.strip(), None, True)):
        assert isinstance(QUESTIONS[question](reply), Understood | Refused)


@pytest.mark.parametrize("question", ANSWERS)
def test_what_is_kept_is_what_was_written(question: str) -> None:
    reading = QUESTIONS[question](Reply(ANSWERS[question]))
    assert isinstance(reading, Understood)
    assert reading.text == ANSWERS[question]


def test_the_tables_name_questions() -> None:
    assert set(PUBLIC) <= set(QUESTIONS)
    assert set(QUESTIONS) >= FREE_TEXT | TAKES_MEDIA
    assert len(QUESTIONS) == 13
