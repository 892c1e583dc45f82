"""Questions in their order, answers, repair and what comes after a good answer (DOMAIN §1, §3 rows 2, 4, 5, 7, 13)."""

from itertools import pairwise

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.leads import ANSWERS, QUESTIONS, a_studio
from tests.builders.messages import picture
from tests.dialogue.checks import (
    answer,
    gate,
    lead_is,
    says,
    status,
    step,
    tells_the_artist,
    text,
    value,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import delivered, fails, she_says

# --- thirteen questions, one message each, in order --------------------------------------------------------------------


@pytest.mark.domain("3.2")
def test_there_are_thirteen_questions_asked_in_order_one_message_each() -> None:
    whole = given(*answers_until(None)).world
    assert [fact.key for turn in whole.turns for r in turn.recorded if isinstance(fact := r.fact, e.StepAdvanced)] == [
        "idea", "placement", "dimensions", "style", "complexity", "coverup", "reference_images", "budget",
        "location_city", "location_country", "instagram_handle", "travel_city", "timing",
    ]  # fmt: skip
    assert len(list(whole.intents())) == 14


@pytest.mark.parametrize(("asked", "upcoming"), list(pairwise(QUESTIONS)))
@pytest.mark.domain("3.2")
def test_a_good_answer_brings_the_next_question(asked: str, upcoming: str) -> None:
    given(a_lead_at(asked), she_says(ANSWERS[asked])).when(delivered()).then(
        step(upcoming), answer(asked, ANSWERS[asked])
    )


@pytest.mark.domain("3.13")
def test_the_last_answer_brings_the_completion_message_and_the_status_waits_for_it() -> None:
    done = given(a_lead_at("timing")).when(she_says("flexible"))
    done.then(says("completion"), gate("QUALIFYING → PENDING_APPROVAL"), lead_is(completed_at=None))
    done.when(delivered()).then(status("PENDING_APPROVAL"), tells_the_artist("completed"), step("timing"))


def test_the_country_is_skipped_where_the_city_told_it() -> None:
    given(a_lead_at("location_city"), she_says("Leeds, UK")).when(delivered()).then(
        step("instagram_handle"), value("location_city", "Leeds"), value("location_country", "GB")
    )


def test_a_city_to_travel_to_says_nothing_of_where_she_lives() -> None:
    given(a_lead_at("travel_city")).when(she_says("Paris, France")).then(
        value("travel_city", {"city": "Paris", "country": "FR"}),
        value("location_country", "GB"),
        answer("location_country", "England"),
    )


def test_the_latest_answer_wins_and_older_ones_are_kept_as_history() -> None:
    changed = given(a_lead_at("dimensions"), she_says("8x12cm"), fails()).when(she_says("10x10cm"))
    changed.then(answer("dimensions", "10x10cm"), value("dimensions", {"width_cm": 10.0, "height_cm": 10.0}))
    assert [(old.key, old.text) for old in changed.world.lead.history] == [("dimensions", "8x12cm")]


def test_an_answer_is_kept_as_it_was_written() -> None:
    given(a_lead_at("dimensions")).when(she_says("  ٨ x ١٢ cm 👩‍🎨  ")).then(answer("dimensions", "٨ x ١٢ cm 👩‍🎨"))


def test_a_studio_may_ask_fewer_questions_in_its_own_order() -> None:
    short = a_studio(questions=["budget", "idea"])
    asked = given(she_says("hi"), delivered(), she_says("£500"), delivered(), studio=short)
    asked.then(step("idea")).when(she_says("a fox"), delivered()).then(status("PENDING_APPROVAL"))


def test_a_button_counts_by_its_id() -> None:
    given(a_lead_at("coverup")).when(she_says("No", kind="button", choice="no")).then(value("coverup", False))


# --- media -------------------------------------------------------------------------------------------------------------


def test_a_caption_is_treated_as_the_answer() -> None:
    given(a_lead_at("dimensions")).when(she_says("8x12cm", **picture())).then(
        verdict("answer"), answer("dimensions", "8x12cm")
    )


def test_a_picture_answers_the_question_for_pictures() -> None:
    done = given(a_lead_at("reference_images")).when(she_says(None, **picture("m-7"))).then(verdict("answer"))
    assert [one["id"] for one in done.world.lead.media] == ["m-7"]


# --- what decides after a good answer ----------------------------------------------------------------------------------


@pytest.mark.domain("3.7")
def test_a_budget_below_the_regions_minimum_is_told_and_needs_a_follow_up() -> None:
    poor = given(a_lead_at("budget"), she_says("£100"), delivered(), she_says(ANSWERS["location_city"]), delivered())
    poor.when(she_says("England")).then(says("budget_low"), gate("QUALIFYING → NEEDS_FOLLOW_UP"), text("£400"))
    poor.when(delivered()).then(status("NEEDS_FOLLOW_UP"), tells_the_artist("budget_low"))


@pytest.mark.domain("3.7")
@pytest.mark.parametrize(
    ("country", "below", "enough"),
    [("England", "£399", "£400"), ("France", "£499", "£500"), ("Japan", "£599", "£600")],
)
@pytest.mark.domain("3.7")
def test_the_minimum_is_that_of_her_region(country: str, below: str, enough: str) -> None:
    def with_budget(amount: str) -> given:
        return given(a_lead_at("budget"), she_says(amount), delivered(), she_says("Little Snoring"), delivered())

    with_budget(below).when(she_says(country)).then(says("budget_low"))
    with_budget(enough).when(she_says(country)).then(says("ask"))


@pytest.mark.domain("3.7")
def test_the_minimum_is_not_judged_before_the_country_is_known() -> None:
    given(a_lead_at("budget")).when(she_says("£60")).then(says("ask"), gate("step 7 → 8"))


@pytest.mark.domain("3.5")
def test_complexity_3_comes_before_the_next_question() -> None:
    given(a_lead_at("complexity")).when(she_says("3")).then(says("complexity_handover"))


@pytest.mark.domain("3.7")
def test_a_client_of_the_follow_up_gets_the_status_reply() -> None:
    given(a_lead_in("NEEDS_FOLLOW_UP")).when(she_says("could I pay in two parts?")).then(says("ask"), gate("none"))


# --- bounds ------------------------------------------------------------------------------------------------------------


def test_the_longest_message_that_whatsapp_takes_is_kept_whole() -> None:
    long = "fox " * 1_024
    given(a_lead_at("idea")).when(she_says(long)).then(answer("idea", long.strip()))


def test_what_is_added_to_an_answer_has_a_bound() -> None:
    more = [she_says(f"{n}" * 4_000, after_s=0) for n in range(7)]
    grown = given(a_lead_at("placement"), she_says("arm"), *more).when(delivered(after_s=3)).world.lead
    assert len(grown.answers["placement"]) == 4 * 4_096
    assert grown.history == []
