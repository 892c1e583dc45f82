"""The studio tours (DOMAIN §3 rows 8 to 12; row 28 is in test_tour_opens.py)."""

from collections.abc import Sequence

import pytest

from inkgate_common.contracts import leads as out
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.studio import Studio
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.builders.messages import picture
from tests.builders.tours import BERLIN, LYON, NICE, TOKYO, a_tour, on_tour
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    handover,
    instead_of_what_failed,
    lead_is,
    nothing_changed,
    opted_out,
    recorded,
    says,
    says_nothing,
    sending,
    status,
    step,
    strikes,
    tells_nobody,
    tells_the_artist,
    text,
    value,
    verdict,
)
from tests.dialogue.language import given
from tests.dialogue.steps import delivered, fails, fails_late, she_says, the_studio_file_changes, time_passes
from tests.dialogue.tours import TOUR, VILLAGE, answered, at_the_city, at_the_country, offered, tour_is, waitlisted


def published(world: Conversing) -> Sequence[type]:
    return [type(data) for data in world.published if isinstance(data, out.TourOffered | out.TourAnswered)]


# --- when it is judged ------------------------------------------------------------------------------------------------


def test_a_studio_without_a_tour_takes_everybody() -> None:
    given(at_the_country(a_studio())).when(she_says("Germany")).then(says("ask"), gate("step 9 → 10"))


@pytest.mark.domain("3.8")
def test_a_city_that_is_not_on_tour_is_offered_the_stop_that_is_upcoming() -> None:
    given(at_the_country()).when(she_says("Germany")).then(
        says("tour_offer"), gate("QUALIFYING → TOUR_CONVERSION_OFFERED"), status("QUALIFYING"), lead_is(tour=None),
        text(f"near {VILLAGE}", "Berlin: 2 March 2026 to 6 March 2026", "Guests in Kreuzberg."), tells_nobody(),
    )  # fmt: skip


@pytest.mark.domain("3.8")
def test_the_tour_fields_and_the_status_wait_for_the_delivery() -> None:
    done = given(at_the_country(), she_says("Germany")).when(delivered())
    done.then(
        status("TOUR_CONVERSION_OFFERED"), step("location_country"), recorded(e.TourOffered),
        tour_is(city="Berlin", country="DE", accepted=None, home={"location_city": VILLAGE, "location_country": "DE"}),
    )  # fmt: skip
    assert published(done.world) == [out.TourOffered]


@pytest.mark.domain("3.8")
def test_an_offer_that_fails_changes_nothing_and_goes_again_with_her_next_message() -> None:
    failed = given(at_the_country(), she_says("Germany")).when(fails())
    failed.then(status("QUALIFYING"), lead_is(tour=None), flag("send_failed"))
    failed.when(she_says("hello?")).then(says("tour_offer"), instead_of_what_failed())
    failed.when(delivered()).then(status("TOUR_CONVERSION_OFFERED"), tour_is(city="Berlin"))


@pytest.mark.domain("3.8")
@pytest.mark.parametrize("city", ["Leeds", "Dublin", "Berlin", "Kreuzberg"])
def test_a_home_place_or_a_stop_of_hers_needs_no_offer(city: str) -> None:
    given(at_the_city()).when(she_says(city)).then(says("so_far"), gate("step 8 → 10"))


@pytest.mark.domain("3.8")
def test_it_is_judged_when_the_country_is_known() -> None:
    given(at_the_city()).when(she_says("Hamburg")).then(says("tour_offer"))
    given(at_the_city()).when(she_says(VILLAGE)).then(says("so_far"), gate("step 8 → 9"))


@pytest.mark.domain("3.8")
def test_where_the_studio_asks_for_no_country_the_city_decides() -> None:
    short = a_studio(tour=a_tour(BERLIN), questions=["location_city", "idea"])
    given(she_says("hi"), delivered(), studio=short).when(she_says("Hamburg")).then(says("tour_offer"))
    given(she_says("hi"), delivered(), studio=short).when(she_says("Berlin")).then(gate("step 0 → 1"))


@pytest.mark.domain("3.8")
def test_a_city_that_she_would_travel_to_counts_where_she_named_it_before() -> None:
    order = ["travel_city", "location_city", "location_country", "timing"]
    studio = a_studio(tour=a_tour(BERLIN), questions=order)
    named = given(
        she_says("hi"), delivered(), she_says("Berlin"), delivered(), she_says(VILLAGE), delivered(), studio=studio
    )
    named.when(she_says("Germany")).then(says("ask"), gate("step 2 → 3"))


@pytest.mark.domain("3.8")
def test_the_budget_below_the_minimum_comes_first() -> None:
    poor = given(*answered("location_country", location_city=VILLAGE, budget="£100"), studio=TOUR)
    poor.when(she_says("Germany")).then(says("budget_low"))


# --- which stop -------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.8")
@pytest.mark.parametrize(
    ("city", "offers"),
    [
        ("Paris", "Lyon: 13 April 2026"),  # in her country, the earlier of two
        ("Rome", "Berlin"),  # none in her country: the next in her region
        ("Lima", "Tokyo"),
        ("Osaka", "Tokyo"),
    ],
)
def test_the_next_stop_in_her_country_else_in_her_region_else_anywhere(city: str, offers: str) -> None:
    studio = on_tour(NICE, LYON, BERLIN, TOKYO)
    given(at_the_city(studio)).when(she_says(city)).then(says("tour_offer"), text(offers))


@pytest.mark.domain("3.8")
def test_a_stop_of_one_day_is_told_as_one_day() -> None:
    given(at_the_city(on_tour(NICE))).when(she_says("Paris")).then(text("Nice: 11 May 2026."))


@pytest.mark.domain("3.9")
@pytest.mark.parametrize("studio", [on_tour(), on_tour(NICE, opens_days=30)])
def test_where_no_stop_is_upcoming_she_goes_on_the_waiting_list(studio: Studio) -> None:
    waits = given(at_the_country(studio)).when(she_says("Germany"))
    waits.then(says("waitlisted"), gate("QUALIFYING → WAITLISTED"), status("QUALIFYING"), text(VILLAGE))
    waits.when(delivered()).then(status("WAITLISTED"), tells_nobody())


@pytest.mark.domain("3.9")
def test_a_waiting_list_message_that_fails_changes_nothing() -> None:
    failed = given(at_the_country(on_tour()), she_says("Germany")).when(fails()).then(status("QUALIFYING"))
    failed.when(she_says("and?")).then(says("waitlisted"), instead_of_what_failed())


@pytest.mark.domain("3.26")
def test_a_message_of_a_waitlisted_client_gets_the_status_reply_and_a_yes_begins_nothing() -> None:
    given(waitlisted()).when(she_says("any news?")).then(says("ask"), gate("none"))
    given(waitlisted()).when(she_says("yes")).then(says("ask"), gate("none"))
    given(waitlisted()).when(she_says("START")).then(gate("WAITLISTED → QUALIFYING, step 8 → 0"))


# --- her answer -------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.10")
@pytest.mark.parametrize("text_", ["yes", "Yes please!", "yeah", "sure"])
def test_a_yes_goes_on_with_the_questions(text_: str) -> None:
    given(offered()).when(she_says(text_)).then(
        says("tour_accepted"), gate("TOUR_CONVERSION_OFFERED → QUALIFYING, step 9 → 10"),
        text("Berlin", "Instagram"), status("TOUR_CONVERSION_OFFERED"), tour_is(accepted=None), verdict("answer"),
        value("location_city", VILLAGE),
    )  # fmt: skip


@pytest.mark.domain("3.10")
def test_the_stop_becomes_her_place_when_the_accept_message_is_delivered() -> None:
    done = given(offered(), she_says("yes")).when(delivered())
    done.then(
        status("QUALIFYING"), step("instagram_handle"), tour_is(accepted=True), recorded(e.TourAnswered, accepted=True),
        value("location_city", "Berlin"), value("location_country", "DE"), recorded(e.AnswerRecorded, times=2),
    )  # fmt: skip
    assert ("location_city", VILLAGE) in [(old.key, old.text) for old in done.world.lead.history]
    assert published(done.world) == [out.TourOffered, out.TourAnswered]


@pytest.mark.domain("3.10")
def test_a_button_counts() -> None:
    given(offered()).when(she_says("Yes", kind="button", choice="yes")).then(says("tour_accepted"))
    given(offered()).when(she_says("No", kind="button", choice="no")).then(says("tour_declined"))


@pytest.mark.domain("3.10")
def test_with_nothing_left_to_ask_a_yes_completes_the_enquiry_and_tells_the_artist() -> None:
    studio = a_studio(tour=a_tour(BERLIN), questions=["idea", "location_city", "location_country"])
    last = given(
        she_says("hi"), delivered(), she_says("a fox"), delivered(), she_says("Hamburg"), delivered(), studio=studio,
    )  # fmt: skip
    accepted = last.when(she_says("yes")).then(gate("TOUR_CONVERSION_OFFERED → PENDING_APPROVAL"), tells_nobody())
    accepted.then(text("Berlin it is", "That is everything"))
    accepted.when(delivered()).then(
        status("PENDING_APPROVAL"),
        tells_the_artist("completed"),
        tour_is(accepted=True),
        answer("location_city", "Berlin"),
    )
    assert accepted.world.lead.completed_at is not None


@pytest.mark.domain("3.10")
def test_an_accept_message_that_fails_changes_nothing_and_goes_again() -> None:
    failed = given(offered(), she_says("yes")).when(fails())
    failed.then(status("TOUR_CONVERSION_OFFERED"), tour_is(accepted=None), value("location_city", VILLAGE))
    failed.when(she_says("did you get that?")).then(says("tour_accepted"), instead_of_what_failed())
    failed.when(delivered()).then(status("QUALIFYING"), tour_is(accepted=True))


@pytest.mark.domain("3.10")
def test_a_late_failure_takes_the_acceptance_and_her_place_back() -> None:
    back = given(offered(), she_says("yes"), delivered()).when(fails_late("tour_accepted"))
    back.then(
        status("TOUR_CONVERSION_OFFERED"), tour_is(accepted=None), value("location_city", VILLAGE),
        value("location_country", "DE"), step("location_country"),
    )  # fmt: skip


@pytest.mark.domain("3.10")
def test_what_was_accepted_stands() -> None:
    """The tour is not judged again, also when the stop has closed by the time of her next answers."""
    done = given(offered(), she_says("yes"), delivered(), she_says("@ana"), delivered())
    done.world.studio = on_tour()
    done.when(she_says("Paris")).then(says("ask"), gate("step 11 → 12"))


@pytest.mark.domain("3.11")
@pytest.mark.parametrize("text_", ["no", "No thanks", "nope"])
def test_a_no_brings_the_waiting_list(text_: str) -> None:
    declined = given(offered()).when(she_says(text_))
    declined.then(says("tour_declined"), gate("TOUR_CONVERSION_OFFERED → WAITLISTED"), tour_is(accepted=None))
    declined.when(delivered()).then(
        status("WAITLISTED"), tour_is(accepted=False), lead_is(tours_declined=(BERLIN.key,))
    )


@pytest.mark.domain("3.11")
def test_a_decline_message_that_fails_changes_nothing_and_she_may_still_say_yes() -> None:
    failed = given(offered(), she_says("no")).when(fails()).then(status("TOUR_CONVERSION_OFFERED"))
    failed.when(she_says("yes")).then(says("tour_accepted"), instead_of_what_failed())


@pytest.mark.domain("3.11")
def test_a_late_failure_of_the_decline_message_takes_it_back() -> None:
    given(offered(), she_says("no"), delivered()).when(fails_late("tour_declined")).then(
        status("TOUR_CONVERSION_OFFERED"), tour_is(accepted=None), lead_is(tours_declined=())
    )


@pytest.mark.domain("3.12")
@pytest.mark.parametrize("text_", ["where exactly?", "hm", "Berlin?", "🤔"])
def test_any_other_answer_brings_the_prompt_and_changes_nothing(text_: str) -> None:
    given(offered()).when(she_says(text_)).then(
        says("tour_prompt"), gate("none"), text("Berlin", "yes or no"), strikes("tour_offer", 1),
        verdict("not_understood"),
    )  # fmt: skip
    given(offered(), she_says(text_)).when(delivered()).then(nothing_changed(), status("TOUR_CONVERSION_OFFERED"))


@pytest.mark.domain("3.12")
def test_a_picture_is_kept_and_is_no_strike() -> None:
    given(offered()).when(she_says(None, **picture())).then(
        says("media_wrong_step"), text("yes or no"), strikes("tour_offer", 0)
    )


@pytest.mark.domain("3.12")
def test_the_third_time_the_artist_takes_over_and_continue_comes_back_to_the_offer() -> None:
    third = given(offered(), she_says("hm"), delivered(), she_says("well"), delivered()).when(she_says("who knows"))
    third.then(says("handover"), gate("TOUR_CONVERSION_OFFERED → NEEDS_ARTIST_REPLY"))
    third.when(delivered()).then(tells_the_artist("handover"), handover("three strikes at the tour offer"))
    third.when(she_says("CONTINUE")).then(
        gate("NEEDS_ARTIST_REPLY → TOUR_CONVERSION_OFFERED"), text("Berlin", "yes or no")
    )
    third.when(delivered(), she_says("yes")).then(says("tour_accepted"))


@pytest.mark.domain("3.25")
def test_she_may_ask_for_a_person_instead() -> None:
    given(offered()).when(she_says("HUMAN")).then(says("human"), gate("TOUR_CONVERSION_OFFERED → NEEDS_ARTIST_REPLY"))


@pytest.mark.domain("3.21")
def test_stop_wins() -> None:
    given(offered(), she_says("STOP")).when(delivered()).then(status("OPTOUT"), opted_out())


@pytest.mark.domain("3.12")
def test_what_she_wrote_before_the_offer_went_out_does_not_answer_it() -> None:
    early = given(at_the_country(), she_says("Germany"), she_says("yes", written_s_ago=0)).when(delivered(after_s=4))
    early.then(status("TOUR_CONVERSION_OFFERED"), says_nothing(), verdict("written_before_question"))


@pytest.mark.domain("3.10")
def test_a_stop_that_closed_while_she_thought_is_not_accepted() -> None:
    given(offered(), time_passes(days=1)).when(the_studio_file_changes(on_tour(LYON))).then(status("STALE"))
    late = given(offered())
    late.world.studio = on_tour(LYON)
    late.when(she_says("yes")).then(says("tour_offer"), text("Lyon"), verdict("stop_is_over"))
    late.when(delivered(), she_says("yes")).then(says("tour_accepted"), text("Lyon"))
    none = given(offered())
    none.world.studio = on_tour()
    none.when(she_says("yes")).then(says("waitlisted"), gate("TOUR_CONVERSION_OFFERED → WAITLISTED"))


@pytest.mark.domain("3.8")
def test_an_offer_that_nobody_answered_before_the_stop_closed_goes_stale_and_any_message_begins_anew() -> None:
    over = given(offered()).when(time_passes(days=58)).then(status("TOUR_CONVERSION_OFFERED"))
    over.when(time_passes(days=4)).then(status("STALE"), says_nothing())
    over.when(she_says("hi again")).then(says("restart"), gate("STALE → QUALIFYING, step 9 → 0"))
    over.when(delivered("restart")).then(lead_is(tour=None))


def test_a_restart_forgets_the_tour() -> None:
    declined = given(offered(), she_says("no"), delivered(), she_says("START")).when(delivered())
    declined.then(status("QUALIFYING"), lead_is(tour=None, tours_declined=()))


def test_the_offer_has_buttons() -> None:
    given(at_the_country()).when(she_says("Germany")).then(sending(gating=True))
    newest = list(given(at_the_country(), she_says("Germany")).world.intents())[-1]
    assert [choice.id for choice in newest.body.buttons] == ["yes", "no"]  # type: ignore[union-attr]
