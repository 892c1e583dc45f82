"""The copy file is validated as a whole when it is loaded (DOMAIN's head; PROTOCOL §2: texts that gate are never split)."""

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.copy import Copy, CopyError
from inkgate_dialogue.domain.copy_checks import checked
from inkgate_dialogue.domain.copy_tables import BUTTON_TEXT_MAX, MESSAGES, NOTICES, TEXT_MAX
from inkgate_dialogue.domain.questions import QUESTIONS
from tests.builders.leads import STUDIO

RAW = (studio_file.HERE / "copy.en.toml").read_text()


def load(change: Callable[[dict[str, Any]], object] = lambda _: None) -> Copy:
    raw = tomllib.loads(RAW)
    change(raw)
    return checked(raw, list(QUESTIONS), "Studio", "copy.en.toml")


def said(table: str, key: str, text: str) -> Callable[[dict[str, Any]], None]:
    return lambda raw: raw[table].update({key: text})


def test_the_file_that_comes_with_inkgate_is_complete() -> None:
    copy = load()
    assert set(MESSAGES) <= set(copy.messages)
    assert set(NOTICES) <= set(copy.notices)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        (lambda raw: raw["messages"].pop("welcome"), "welcome"),
        (lambda raw: raw["questions"].pop("budget"), "budget"),
        (lambda raw: raw["hints"].update(budget=" "), "budget"),
        (lambda raw: raw["statuses"].update(BOOKED=7), "BOOKED"),
        (lambda raw: raw["notices"].pop("paid"), "paid"),
        (said("messages", "welcome", "Hi {name}"), "{name}"),
        (said("messages", "welcome", "Pay {url}"), "{url}"),
        (said("messages", "welcome", "{studio.name}"), "studio.name"),
        (said("messages", "welcome", "{studio!r}"), "studio"),
        (said("messages", "repair_1", "{text:>9999}"), "text"),
        (said("messages", "welcome", "Hi {"), "{{"),
        (said("messages", "completion", "x" * (TEXT_MAX + 1)), "completion"),
        (said("questions", "idea", "x" * 1_501), "idea"),
        (said("questions", "coverup", "x" * BUTTON_TEXT_MAX), "beside buttons"),
        (said("messages", "welcome", "x" * (TEXT_MAX - 20)), "welcome"),
        (lambda raw: raw["refused"].pop("no_size"), "no_size"),
        (lambda raw: raw.pop("assumed"), "square"),
        (said("refused", "no_sise", "x"), "no_sise"),
        (said("refused", "no_size", " "), "no_size"),
        (said("refused", "no_size", "x" * 301), "301"),
        (said("refused", "no_size", "{minimum}"), "{minimum}"),
        (lambda raw: raw["refused"].update(budget={"no_size": 4}), "budget.no_size"),
        (lambda raw: raw["refused"].update(budgt={"no_size": "x"}), "budgt"),
        (lambda raw: raw["buttons"].update(coverup="yes"), "coverup"),
        (lambda raw: raw["buttons"].update(cover=[]), "did you mean 'coverup'"),
        (said("messages", "welcom", "Hi"), "did you mean 'welcome'"),
        (lambda raw: raw.update(notice={}), "did you mean 'notices'"),
        (lambda raw: raw.update(hints="none"), "hints"),
        (lambda raw: raw["buttons"]["coverup"][0].update(title="x" * 21), "title"),
        (lambda raw: raw["buttons"]["coverup"][0].pop("id"), "id"),
        (lambda raw: raw["buttons"].update(coverup=raw["buttons"]["coverup"] * 2), "4 buttons"),
    ],
)
def test_what_is_wrong_is_named(change: Callable[[dict[str, Any]], object], names: str) -> None:
    with pytest.raises(CopyError) as raised:
        load(change)
    assert names in str(raised.value)
    assert "copy.en.toml" in str(raised.value)


def test_why_an_answer_was_refused_is_said_for_its_question_or_in_general() -> None:
    words = {"said": "£4", "minimum": "£50"}
    assert load().why("budget", "below_minimum", words) == "£4 is below our £50 minimum."
    one = load(lambda raw: raw["refused"].update(budget={"no_figure": "No figure, {studio} needs one."}))
    assert one.why("budget", "no_figure", {}) == "No figure, Studio needs one."
    assert one.why("dimensions", "no_figure", {}) == load().why("budget", "no_figure", {})


def test_what_she_wrote_is_shortened_where_it_is_quoted() -> None:
    said_ = load().why("budget", "too_much", {"said": "9" * 4_096})
    assert "9" * 59 + "…" in said_
    assert "9" * 60 not in said_


def test_a_reason_or_a_word_that_nobody_foresaw_says_nothing_and_raises_nothing() -> None:
    assert load().why("budget", "unheard_of", {}) == ""
    assert "below our" in load().why("budget", "below_minimum", {})


def test_everything_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(CopyError) as raised:
        load(
            lambda raw: [raw["messages"].pop("welcome"), raw["hints"].update(budget="{x}"), raw["notices"].pop("paid")]
        )
    assert [problem.at for problem in raised.value.problems] == [
        ("messages", "welcome"), ("hints", "budget"), ("notices", "paid"),
    ]  # fmt: skip


def test_a_studio_may_take_the_buttons_away() -> None:
    assert load(lambda raw: raw["buttons"].update(coverup=[])).buttons("coverup") == []


def test_the_studios_name_stands_in_every_text() -> None:
    copy = load(said("questions", "idea", "What shall {studio} draw?"))
    assert copy.question("idea") == "What shall Studio draw?"
    assert "Studio" in copy.text("welcome")


def test_what_a_person_writes_is_never_read_as_a_placeholder() -> None:
    assert load().text("ask", text="{studio} {nothing} {") == "{studio} {nothing} {"


def test_a_text_that_grew_too_long_is_refused_when_it_is_made() -> None:
    with pytest.raises(CopyError):
        load().text("ask", text="x" * (TEXT_MAX + 1))


def test_every_message_of_a_turn_fits_into_one_bubble() -> None:
    for key in STUDIO.questions:
        buttons = STUDIO.copy.buttons(key)
        limit = BUTTON_TEXT_MAX if buttons else TEXT_MAX
        for before in ("welcome", "restart", "continue", "media_wrong_step"):
            assert len(f"{STUDIO.copy.text(before)}\n\n{STUDIO.copy.question(key)}") <= limit
