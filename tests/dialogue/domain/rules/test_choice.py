"""Which of the offered slots she means, and where it is asked."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from inkgate_dialogue.domain.questions.reading import Refused, Understood
from inkgate_dialogue.domain.rules.choice import NONE_ROW, read_choice, wants_none

pytestmark = pytest.mark.domain("5.slots")

LONDON = ZoneInfo("Europe/London")
# 1 Tue 9 Mar 10:00 · 2 Tue 9 Mar 13:30 · 3 Wed 10 Mar 11:00 · 4 Fri 12 Mar 10:00 · 5 Sat 13 Mar 11:00 · 6 Thu 18 Mar 15:30
OFFERED = [
    datetime(2027, 3, day, hour, minute, tzinfo=LONDON)
    for day, hour, minute in ((9, 10, 0), (9, 13, 30), (10, 11, 0), (12, 10, 0), (13, 11, 0), (18, 15, 30))
]
NOW = datetime(2027, 3, 8, 12, 0, tzinfo=UTC)


def read(text: str | None, language: str = "en", choice: str | None = None) -> int | str:
    reading = read_choice(text, choice, OFFERED, language, now=NOW)
    return reading.value if isinstance(reading, Understood) else reading.reason


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3),
        (" 3. ", 3),
        ("option 3", 3),
        ("Option three please!", 3),
        ("#4", 4),
        ("no. 4", 4),
        ("the 2nd one", 2),
        ("number two", 2),
        ("the second", 2),
        ("first one please", 1),
        ("the last one", 6),
        ("the earliest", 1),
        ("４", 4),
        ("٣", 3),
        ("3️⃣", 3),
        ("wednesday", 3),
        ("weds", 3),
        ("Thursdy", 6),
        ("saterday works", 5),
        ("sat 11", 5),
        ("Saturday at 11am", 5),
        ("11am on sat", 5),
        ("tue 10", 1),
        ("tuesday at half one", 2),
        ("tuesday 1:30pm", 2),
        ("1.30pm", 2),
        ("13:30", 2),
        ("half past three", 6),
        ("15h30", 6),
        ("12th", 4),
        ("12 march", 4),
        ("march 12th", 4),
        ("12/3", 4),
        ("the 18th at half 3", 6),
        ("tuesday morning", 1),
        ("the later one on tuesday", 2),
        ("tuesday, the earlier one", 1),
        ("tomorrow afternoon", 2),
        ("friday at 10 o'clock", 4),
        ("not 3 but 4", 4),
        ("I can't do tuesday, but wednesday is fine", 3),
        ("Option 5, Saturday at 11", 5),
        ("after 3pm", 6),
    ],
)
def test_a_slot_is_named_in_many_ways(text: str, number: int) -> None:
    assert read(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("la 3", 3),
        ("opción 3", 3),
        ("la tercera", 3),
        ("el miércoles", 3),
        ("sábado a las 11", 5),
        ("sabado", 5),
        ("martes a las 10", 1),
        ("el martes a la una y media", 2),
        ("el martes a las 13:30", 2),
        ("la última", 6),
        ("el 12 de marzo", 4),
        ("viernes por la mañana", 4),
        ("la más tarde del martes", 2),
        ("mañana por la tarde", 2),
        ("las 3 y media", 6),
        ("nº 4", 4),
    ],
)
def test_in_spanish_too(text: str, number: int) -> None:
    assert read(text, "es") == number


def test_somebody_may_answer_in_the_other_language() -> None:
    assert read("saturday at 11", "es") == 5
    assert read("el sábado", "en") == 5


@pytest.mark.parametrize(
    "text", ["tuesday", "at 10", "10am", "2 or 3", "tuesday or friday", "the 9th", "in the morning"]
)
def test_where_several_fit_it_says_which(text: str) -> None:
    reading = read_choice(text, None, OFFERED, "en", now=NOW)
    assert isinstance(reading, Refused)
    assert reading.reason == "several_slots"
    assert len(reading.words["numbers"].split(",")) > 1


@pytest.mark.parametrize(
    "text",
    [
        "9",
        "0",
        "sunday?",
        "monday at 10",
        "3 on friday",
        "can I bring 2 friends?",
        "how long does it take",
        "yes",
        "",
        None,
        "👍",
        "4pm",
        "next month",
        "not tuesday",
        "I have 3 children",
        "15.000",
        "option 12",
        "\u200b",
        "a" * 5_000,
    ],
)
def test_what_names_none_is_refused(text: str | None) -> None:
    assert read(text) == "no_slot"


def test_a_tapped_row_is_exact() -> None:
    assert read("Sat 13 Mar, 11:00", choice="slot:2027-03-13T11:00Z") == 5
    assert read("Sat 13 Mar, 11:00", choice="slot:2027-03-13T12:00Z") == "no_slot"
    assert read("3", choice="some other button") == 3


def test_the_later_one_of_two() -> None:
    assert read_choice("the later one", None, OFFERED[:2], "en").value == 2  # type: ignore[union-attr]
    assert read_choice("yes", None, OFFERED[:1], "en").value == 1  # type: ignore[union-attr]


def test_times_are_the_studios_on_any_day_of_the_year() -> None:
    summer = [datetime(2027, 7, 6, 10, 0, tzinfo=UTC), datetime(2027, 7, 6, 12, 0, tzinfo=UTC)]
    assert read_choice("11am", None, summer, "en").value == 1  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("none of these work for me", "en"),
        ("None", "en"),
        ("neither", "en"),
        ("do you have other dates?", "en"),
        ("nothing suits me", "en"),
        ("I can't make any of those", "en"),
        ("ninguna", "es"),
        ("ninguna me va bien", "es"),
        ("¿hay otras fechas?", "es"),
        ("no me va ninguna", "es"),
    ],
)
def test_none_of_them(text: str, language: str) -> None:
    assert wants_none(text, None, language)


def test_the_row_that_says_none_of_these() -> None:
    assert wants_none("None of these", NONE_ROW, "en")


@pytest.mark.parametrize(
    "text", ["3", "tuesday at 10", "the first one", "", None, "can I bring a friend?", "nothing else, 3 please"]
)
def test_a_choice_is_not_none(text: str | None) -> None:
    assert not wants_none(text, None, "en")
