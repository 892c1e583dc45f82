"""The studio's questions change under an enquiry (DOMAIN §1): nobody is asked anew, nothing is lost."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.leads import QUESTIONS, STUDIO
from tests.builders.messages import picture
from tests.dialogue.checks import (
    Check,
    answer,
    gate,
    nothing_changed,
    recorded,
    says,
    says_nothing,
    status,
    step,
    strikes,
    tells_the_artist,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import Step, delivered, fails, operator, she_says, the_studio_changes

pytestmark = pytest.mark.domain("1.questions-changed")


def without(*gone: str) -> Step:
    """The studio asks these no more."""
    return the_studio_changes(questions=[key for key in QUESTIONS if key not in gone])


def stands_at(place: int) -> Check:
    """The step that is shown."""

    def check(world: object) -> None:
        lead, studio = world.lead, world.studio  # type: ignore[attr-defined]
        assert studio.step(lead.question, lead.answers) == place

    return check


def test_an_open_question_that_is_gone_keeps_its_answer_and_the_next_one_is_asked() -> None:
    given(a_lead_at("style"), without("style")).when(she_says("fine line")).then(
        verdict("answer"), answer("style", "fine line"), says("ask"), text("How detailed"), gate("step 3 → 3")
    ).when(delivered()).then(step("complexity"), stands_at(3), recorded(e.StepAdvanced, from_step=3, to_step=3))


def test_what_does_not_answer_a_question_that_is_gone_is_no_strike() -> None:
    given(a_lead_at("dimensions"), without("dimensions")).when(she_says("hello?")).then(
        verdict("question_gone"), answer("dimensions", None), strikes("dimensions", 0), text("Which style?")
    ).when(delivered(), she_says("fine line")).then(answer("style", "fine line"), text("How detailed"))


def test_a_picture_to_a_question_that_is_gone_is_kept_and_the_next_one_is_asked() -> None:
    given(a_lead_at("dimensions"), without("dimensions")).when(she_says(None, **picture())).then(
        says("media_wrong_step"), recorded(e.Kept), text("Which style?"), gate("step 2 → 2")
    )


def test_whatever_asks_the_open_question_again_asks_the_next_one() -> None:
    given(a_lead_at("dimensions"), without("dimensions")).when(she_says(None, kind="contacts")).then(
        says("not_an_answer"), text("Which style?"), gate("step 2 → 2")
    ).when(delivered()).then(step("style"))
    given(a_lead_at("timing"), without("timing")).when(she_says(None, kind="contacts"), delivered()).then(
        says("not_an_answer"), step("timing")
    ).when(she_says("ok")).then(says("completion"))


def test_an_open_question_that_is_gone_and_its_successor_too() -> None:
    given(a_lead_at("dimensions"), without("dimensions", "style", "complexity")).when(she_says("8x12cm")).then(
        text("cover-up"), gate("step 2 → 2")
    )


def test_questions_put_in_before_are_asked_as_unanswered() -> None:
    given(*answers_until("style"), studio=_without("placement")).when(
        the_studio_changes(questions=list(QUESTIONS)), she_says("fine line")
    ).then(answer("style", "fine line"), text("Where on the body?"), gate("step 3 → 1")).when(
        delivered(), she_says("left forearm")
    ).then(text("How detailed"), gate("step 1 → 4"))


def _without(*gone: str) -> object:
    world = given(without(*gone)).world
    return world.studio


def test_answers_to_questions_that_are_gone_stay() -> None:
    given(a_lead_at("coverup"), without("idea", "style", "complexity")).when(she_says("no"), delivered()).then(
        answer("idea", "a fox asleep between ferns"),
        answer("style", "fine line"),
        step("reference_images"),
        stands_at(3),
    )


def test_the_order_changes_and_what_is_answered_is_not_asked_again() -> None:
    given(a_lead_at("dimensions"), the_studio_changes(questions=list(reversed(QUESTIONS)))).when(
        she_says("8x12cm")
    ).then(text("When would you like it"), gate("step 10 → 0"))


def test_where_nothing_is_left_to_ask_her_next_message_completes() -> None:
    given(a_lead_at("timing"), without("timing")).when(she_says("hello?")).then(
        says("completion"), gate("QUALIFYING → PENDING_APPROVAL")
    ).when(delivered()).then(status("PENDING_APPROVAL"), tells_the_artist("completed"))


def test_the_change_itself_says_nothing_and_moves_nothing() -> None:
    given(a_lead_at("style")).when(without("style")).then(
        says_nothing(), nothing_changed(), step("style"), stands_at(3)
    )


def test_a_question_that_is_gone_arrives_all_the_same() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(without("style"), delivered()).then(
        step("style"), stands_at(3)
    ).when(she_says("fine line")).then(answer("style", "fine line"), text("How detailed"))


def test_a_question_that_is_gone_and_had_failed_gives_way_to_the_next() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), fails(), without("style")).when(operator("resend")).then(
        says("ask"), text("How detailed"), gate("step 2 → 3")
    ).when(delivered()).then(step("complexity"))


def test_a_first_question_that_is_gone_and_had_failed_gives_way_within_its_welcome() -> None:
    given(she_says("hi"), fails(), without("idea")).when(operator("resend")).then(
        says("welcome"), text("Hi, this is", "Where on the body?")
    ).when(delivered()).then(status("QUALIFYING"), step("placement"), stands_at(0))


def test_a_last_question_that_is_gone_and_had_failed_gives_way_to_the_completion() -> None:
    given(a_lead_at("travel_city"), she_says("same"), fails(), without("timing")).when(operator("resend")).then(
        says("completion"), gate("QUALIFYING → PENDING_APPROVAL")
    )


def test_her_wish_for_a_language_asks_the_next_question_instead_of_one_that_is_gone() -> None:
    given(a_lead_at("style"), without("style")).when(she_says("en español")).then(text("¿Cuánto detalle"))
    given(a_lead_at("dimensions"), she_says("8x12cm"), fails(), without("style")).when(she_says("en español")).then(
        text("¿Cuánto detalle"), gate("step 2 → 3")
    )


def test_after_a_handover_the_next_unanswered_question_is_asked() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY"), without("style")).when(she_says("CONTINUE")).then(
        says("continue"), text("How detailed")
    ).when(delivered()).then(status("QUALIFYING"), step("complexity"))


def test_a_lead_that_is_complete_is_not_asked_what_was_put_in_later() -> None:
    given(*answers_until(None), studio=_without("style")).when(
        the_studio_changes(questions=list(QUESTIONS)), she_says("any news?")
    ).then(status("PENDING_APPROVAL"), text("looking at your idea"))


def test_every_place_is_in_the_present_list() -> None:
    world = given(*answers_until("style"), without("style"), she_says("x"), delivered()).world
    advanced = [fact for fact in world.facts() if isinstance(fact, e.StepAdvanced)]
    assert all(-1 <= fact.to_step < len(STUDIO.questions) for fact in advanced)
    assert advanced[-1].to_step == world.studio.steps["complexity"]


def test_a_question_that_had_failed_is_sent_again_though_another_one_comes_first_now() -> None:
    at = given(a_lead_at("dimensions"), she_says("8x12cm"), fails(), the_studio_changes(questions=QUESTIONS[::-1]))
    at.when(operator("resend")).then(text("Which style?")).when(delivered()).then(step("style"))
    at.when(she_says("fine line")).then(answer("style", "fine line"), text("When would you like it"))
