"""Rule 4: the step moves to the next question, and answers belong to theirs."""

from datetime import timedelta

import pytest

from inkgate.invariants import rule_4_steps
from inkgate_common.contracts import leads
from inkgate_common.contracts.control import StudioChanged
from tests.invariants.history import healthy, words


def test_4_a_question_that_was_skipped() -> None:
    history = healthy()
    intent_id = history.asks("style?")
    history.applied(intent_id)
    history.step(1, 2, "style", intent_id)
    assert "'placement' is the next unanswered" in words(rule_4_steps.check(history.snapshot()))


def test_4_a_step_back_without_a_restart() -> None:
    history = healthy()
    intent_id = history.asks("idea again?")
    history.applied(intent_id)
    history.step(1, 0, "idea", intent_id)
    assert "went back" in words(rule_4_steps.check(history.snapshot()))


def test_4_a_restart_begins_afresh() -> None:
    history = healthy()
    intent_id = history.asks("welcome back")
    history.applied(intent_id)
    history.fact(leads.Restarted)
    history.step(-1, 0, "idea", intent_id)
    assert not rule_4_steps.check(history.snapshot()).violations


def test_4_an_answer_that_was_withdrawn_is_asked_for_again() -> None:
    history = healthy()
    history.fact(leads.AnswerRecorded, key="placement", correction=True)
    history.fact(leads.AnswerRecorded, key="idea", correction=True, withdrawn=True)
    intent_id = history.asks("idea again?")
    history.applied(intent_id)
    history.step(1, 0, "idea", intent_id)
    assert not rule_4_steps.check(history.snapshot()).violations


@pytest.mark.parametrize(("key", "right"), [("budget", True), ("placement", True), ("style", False)])
def test_4_a_step_is_right_by_any_list_of_the_studios_questions(key: str, right: bool) -> None:
    history = healthy()
    studio = StudioChanged(at=history.now, digest="d", questions=["idea", "budget", "placement"])
    history.publish(studio, "studio")
    intent_id = history.asks("again?")
    history.applied(intent_id)
    history.step(2, 1, key, intent_id)
    found = words(rule_4_steps.check(history.snapshot()))
    assert ("is the next unanswered" not in found) == right


def test_4_an_answer_to_a_question_that_was_not_asked() -> None:
    history = healthy()
    history.tick()
    history.fact(leads.AnswerRecorded, key="style")
    assert "'style', which was not asked" in words(rule_4_steps.check(history.snapshot()))


def test_4_an_answer_that_was_written_before_its_question_went_out() -> None:
    history = healthy()
    history.says("early", "answer", sent_at=history.now - timedelta(seconds=30), question="placement")
    assert "written before that question went out" in words(rule_4_steps.check(history.snapshot()))
