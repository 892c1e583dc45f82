"""The micro-confirmation (DOMAIN §3 row 3)."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.leads import a_studio
from tests.builders.tours import a_stop, on_tour
from tests.dialogue.checks import (
    flag,
    gate,
    instead_of_what_failed,
    lead_is,
    recorded,
    says,
    status,
    step,
    text,
)
from tests.dialogue.language import a_lead_at, given
from tests.dialogue.steps import delivered, fails, she_says, time_passes

pytestmark = pytest.mark.domain("3.3")

CITY = a_lead_at("location_city")


def test_after_size_city_and_budget_are_known_they_are_summed_up_with_the_next_question() -> None:
    given(CITY).when(she_says("Leeds")).then(
        says("so_far"), text("size: 8 × 12 cm, budget: £450, city: Leeds", "actually 10 cm", "Instagram"),
        gate("step 8 → 10"), step("location_city"), lead_is(confirmed_at=None),
    )  # fmt: skip


def test_the_step_moves_with_its_delivery_as_with_any_question() -> None:
    done = given(CITY, she_says("Leeds")).when(delivered()).then(step("instagram_handle"))
    done.then(recorded(e.Marked, mark="confirmed"))


def test_it_comes_once_in_a_run() -> None:
    given(CITY, she_says("Leeds"), delivered()).when(she_says("@ana")).then(says("ask"))


def test_one_that_fails_changes_nothing_and_goes_again() -> None:
    failed = given(CITY, she_says("Leeds")).when(fails())
    failed.then(step("location_city"), lead_is(confirmed_at=None), flag("send_failed"))
    failed.when(she_says("York")).then(says("so_far"), text("city: York"), instead_of_what_failed())
    failed.when(delivered()).then(step("instagram_handle"))


def test_it_is_due_again_after_a_restart() -> None:
    gone = given(CITY, she_says("Leeds"), delivered(), time_passes(hours=13), delivered(), time_passes(hours=24))
    gone.when(delivered(), time_passes(hours=12), she_says("hi"), delivered()).then(lead_is(confirmed_at=None))


def test_what_is_worth_more_comes_first_and_then_it_is_due_with_the_next_answer() -> None:
    offered = given(CITY)
    offered.world.studio = on_tour(a_stop("Bath", "GB", "2026-03-02", "2026-03-06"), countries=["IE"])
    offered.when(she_says("Leeds")).then(says("tour_offer"))
    offered.when(delivered(), she_says("yes")).then(says("tour_accepted"))
    offered.when(delivered(), she_says("@ana")).then(says("so_far"), text("city: Bath"), gate("step 10 → 11"))


def test_a_budget_below_the_minimum_comes_first() -> None:
    given(a_lead_at("budget"), she_says("£100"), delivered()).when(she_says("Leeds")).then(says("budget_low"))
    given(a_lead_at("budget"), she_says("£100"), delivered(), she_says("Leeds")).when(delivered()).then(
        status("NEEDS_FOLLOW_UP"), lead_is(confirmed_at=None)
    )


def test_with_nothing_left_to_ask_the_completion_message_says_it() -> None:
    studio = a_studio(questions=["dimensions", "budget", "location_city"])
    last = given(
        she_says("hi"), delivered(), she_says("8x12cm"), delivered(), she_says("£450"), delivered(), studio=studio
    )
    last.when(she_says("Leeds")).then(says("completion"))


def test_a_studio_chooses_what_is_summed_up_and_may_switch_it_off() -> None:
    given(*[she_says("hi"), delivered()], studio=a_studio(confirm=("idea",))).when(she_says("a fox")).then(
        says("so_far"), text("So far I have idea: a fox.")
    )
    off = given(a_lead_at("location_city"))
    off.world.studio = a_studio(confirm=())
    off.when(she_says("Leeds")).then(says("ask"))
