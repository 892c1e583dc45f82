"""What she writes beside an open question (DOMAIN §1, repair)."""

import pytest

from inkgate_dialogue.domain.questions import QUESTIONS
from tests.dialogue.checks import answer, gate, handover, says, status, step, strikes, text, value, verdict
from tests.dialogue.language import a_lead_at, given
from tests.dialogue.steps import delivered, fails, she_says

pytestmark = pytest.mark.domain("1.repair")
EVERY = list(QUESTIONS)


@pytest.mark.parametrize("question", EVERY)
@pytest.mark.parametrize("said", ["hold on", "Hang on…", "Un momento", "luego te digo", "one sec!"])
def test_a_plea_for_time_is_granted_and_is_no_answer(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(
        says("no_hurry"), gate("none"), answer(question, None), strikes(question, 0), verdict("aside")
    )


@pytest.mark.parametrize("question", EVERY)
@pytest.mark.parametrize("said", ["what?", "what do you mean?", "¿Cuál era la pregunta?", "no entiendo"])
def test_who_does_not_understand_gets_the_hint_and_not_the_same_words(question: str, said: str) -> None:
    case = given(a_lead_at(question)).when(she_says(said))
    hint = case.world.studio.copy.hint(question)
    case.then(says("repair_1"), text("another way", hint), answer(question, None), strikes(question, 1), gate("none"))


def test_who_does_not_understand_three_times_gets_the_artist() -> None:
    case = given(a_lead_at("placement"), she_says("what?"), delivered(), she_says("huh"), delivered())
    case.when(she_says("what do you mean?"), delivered()).then(
        status("NEEDS_ARTIST_REPLY"), handover("three strikes at placement")
    )


@pytest.mark.parametrize("question", ["idea", "placement", "dimensions", "location_city", "timing"])
@pytest.mark.parametrize("said", ["hello?", "hola", "START", "continue", "ok"])
def test_a_greeting_or_a_word_of_command_is_no_answer_and_no_strike(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(
        says("still_open"), answer(question, None), strikes(question, 0), step(question), gate("none")
    )


@pytest.mark.parametrize(("said", "understood"), [("sí", True), ("yes", True), ("claro", True), ("sure", True)])
def test_what_the_open_question_understands_is_its_answer(said: str, understood: bool) -> None:
    given(a_lead_at("coverup")).when(she_says(said)).then(verdict("answer"), value("coverup", understood))


@pytest.mark.parametrize("said", ["what a whale would look like", "wait for me, in script", "hello kitty"])
def test_words_inside_an_answer_are_part_of_it(said: str) -> None:
    given(a_lead_at("idea")).when(she_says(said)).then(verdict("answer"), answer("idea", said))


def test_what_had_failed_is_sent_again_instead() -> None:
    given(a_lead_at("placement"), she_says("left arm"), fails()).when(she_says("hello?")).then(
        verdict("sent_again"), gate("step 1 → 2")
    )


def test_the_question_is_asked_again_when_that_could_not_be_delivered() -> None:
    given(a_lead_at("placement"), she_says("hello?"), fails()).when(she_says("left arm")).then(
        verdict("answer"), answer("placement", "left arm")
    )
