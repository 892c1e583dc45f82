"""The labelled corpus: its size, how it is marked, and the bars that the parsers are held to (docs/corpus.md)."""

from collections import Counter
from pathlib import Path

import pytest

from inkgate.corpus import report
from inkgate.corpus.__main__ import PAGE, checked
from inkgate.corpus.figures import Marked, below_the_bars, figures, read_all
from inkgate.corpus.marking import Mark, mark
from inkgate.corpus.messages import CorpusError, Message, sheets
from inkgate_dialogue.domain.questions import FREE_TEXT, QUESTIONS, Reading, Refused, Understood

SHEETS = sheets()
LANGUAGES = ("en", "es")
PARSED = [question for question in QUESTIONS if question not in FREE_TEXT]


def test_there_are_more_than_two_thousand_messages_and_half_of_them_are_held_out() -> None:
    halves = Counter(message.half for sheet in SHEETS for message in sheet.head.message)
    assert halves.total() >= 2_000
    assert halves[1] >= halves[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", [*PARSED, "slots"])
def test_every_parsed_question_has_at_least_sixty_messages_in_every_language(language: str, question: str) -> None:
    (sheet,) = [sheet for sheet in SHEETS if (sheet.language, sheet.question) == (language, question)]
    assert len(sheet.head.message) >= 60


def test_every_question_has_messages_in_every_language() -> None:
    for language in LANGUAGES:
        assert {sheet.question for sheet in SHEETS if sheet.language == language} == {*QUESTIONS, "slots"}


@pytest.fixture(scope="module")
def marked() -> list[Marked]:
    """Every message, read and marked."""
    return read_all(SHEETS)


def test_the_parsers_meet_the_bars(marked: list[Marked]) -> None:
    below = below_the_bars(marked)
    assert not below, f"{'; '.join(below)}: 'make corpus ARGS=\"--misread all\"' lists what is misread"


def test_the_page_says_what_the_parsers_do_now(marked: list[Marked]) -> None:
    page = checked(PAGE.read_text("utf-8"))
    assert page.splitlines() == checked(report.text(marked)).splitlines(), (
        "run make corpus, and look at what has changed"
    )


SIZE = {"width_cm": 8.0, "height_cm": 12.0}
TURNED = {"width_cm": 12.0, "height_cm": 8.0}
PALM = Message(text="palm", half=2, value={"width_cm": 8.0, "height_cm": 10.0}, give_cm=2.5)
PARIS = Message(text="Paris", half=2, value="Paris", country="FR")
MUNICH = Message(text="Munich", half=2, value="Munich", other_names=["München"], may_tell="DE")
CORDOBA = Message(text="Cordoba", half=2, value="Cordoba")
SKIPPED = Message(text="skip", half=2, skip=True)
NOTHING = Message(text="?", half=2, refused="no_size")


@pytest.mark.parametrize(
    ("question", "message", "reading", "expected"),
    [
        ("dimensions", Message(text="8x12", half=2, value=SIZE), Understood("", SIZE), Mark.RIGHT),
        ("dimensions", Message(text="12x8", half=2, value=SIZE), Understood("", TURNED), Mark.WRONG),
        ("dimensions", PALM, Understood("", TURNED), Mark.RIGHT),
        ("dimensions", PALM, Understood("", {"width_cm": 9.0, "height_cm": 15.0}), Mark.WRONG),
        ("dimensions", PALM, Refused("no_size"), Mark.MISSED),
        ("dimensions", NOTHING, Refused("no_size"), Mark.REFUSED),
        ("dimensions", NOTHING, Refused("too_large"), Mark.OTHER_REASON),
        ("dimensions", NOTHING, Understood("", SIZE), Mark.WRONG),
        ("coverup", Message(text="no", half=2, value=False), Understood("", False), Mark.RIGHT),
        ("coverup", Message(text="no", half=2, value=False), Understood("", 0), Mark.WRONG),
        ("location_city", PARIS, Understood("", "Paris", {"location_country": "FR"}), Mark.RIGHT),
        ("location_city", PARIS, Understood("", "Paris", {"location_country": "US"}), Mark.WRONG),
        ("location_city", PARIS, Understood("", "Paris"), Mark.WRONG),
        ("location_city", MUNICH, Understood("", "munchen"), Mark.RIGHT),
        ("location_city", MUNICH, Understood("", "Munich", {"location_country": "DE"}), Mark.RIGHT),
        ("location_city", CORDOBA, Understood("", "Córdoba"), Mark.RIGHT),
        ("location_city", CORDOBA, Understood("", "Córdoba", {"location_country": "ES"}), Mark.WRONG),
        ("travel_city", PARIS, Understood("", {"city": "Paris", "country": "FR"}), Mark.RIGHT),
        ("travel_city", SKIPPED, Understood("", {"city": None}), Mark.RIGHT),
        ("travel_city", SKIPPED, Understood("", {"city": "Skipton"}), Mark.WRONG),
        ("instagram_handle", SKIPPED, Understood("", {"handle": None}), Mark.RIGHT),
        ("instagram_handle", SKIPPED, Understood("", {"handle": "skip"}), Mark.WRONG),
        ("idea", Message(text="a fox", half=2, kept=True), Understood("a fox"), Mark.RIGHT),
    ],
)
def test_a_reading_is_marked_by_what_was_meant(
    question: str, message: Message, reading: Reading, expected: Mark
) -> None:
    assert mark(question, message, reading) is expected


def test_precision_counts_what_was_taken_recall_what_was_said() -> None:
    marks = {Mark.RIGHT: 6, Mark.WRONG: 2, Mark.MISSED: 2, Mark.REFUSED: 3, Mark.OTHER_REASON: 1}
    said = Message(text="8x12", half=2, value=SIZE)
    has_value = {Mark.RIGHT, Mark.WRONG, Mark.MISSED}
    kinds = [kind for kind, times in marks.items() for _ in range(times)]
    taken = [_marked(kind, said if kind in has_value else NOTHING) for kind in kinds]
    found = figures(taken)
    assert (found.messages, found.precision, found.recall, found.reasons) == (14, 6 / 8, 6 / 10, 3 / 4)


def test_what_is_below_a_bar_is_named() -> None:
    said = Message(text="8x12", half=2, value=SIZE)
    assert below_the_bars([_marked(Mark.RIGHT, said)] * 100) == []
    assert below_the_bars([_marked(Mark.RIGHT, said)] * 88 + [_marked(Mark.MISSED, said)] * 12) == [
        "en: recall 0.880, the bar is 0.93",
        "en dimensions: recall 0.880, the bar is 0.90",
    ]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ('[[message]]\ntext = "8"\nhalf = 1', "'8' needs one of value, skip, kept and refused, and has 0"),
        ('[[message]]\ntext = "8"\nskip = true\nkept = true\nhalf = 1', "and has 2"),
        ('[[message]]\ntext = "8"\nvalue = 1\nhalf = 3', "'8' has half = 3; 1 or 2"),
        ('[[message]]\ntext = "8"\nvalue = 1\nhalf = 2\nlate = true', "'8' is late and not of half 1"),
        ('[[message]]\ntext = "8"\nvalue = 1\nhalf = 1\n' * 2, "'8' stands there 2 times"),
        ('[[message]]\ntext = "8"\nvalve = 1\nhalf = 1', "valve"),
        ("message = ", "en/budget.toml"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, words: str, named: str) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "budget.toml").write_text(words, "utf-8")
    with pytest.raises(CorpusError, match=r"en/budget\.toml: ") as caught:
        sheets(tmp_path)
    assert named in str(caught.value)


def _marked(kind: Mark, message: Message) -> Marked:
    reading = Understood("")
    return Marked(language="en", question="dimensions", message=message, reading=reading, mark=kind, took_ms=0.0)
