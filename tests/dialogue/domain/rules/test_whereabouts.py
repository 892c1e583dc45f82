"""City and country belong together: the one may tell the other, and takes it along when it is corrected (DOMAIN §1)."""

import pytest

from tests.builders.conversations import Conversing
from tests.dialogue.checks import answer, gate, says, status, step, text, value
from tests.dialogue.language import a_lead_at, given
from tests.dialogue.steps import Step, delivered, fails, she_says

pytestmark = pytest.mark.domain("1.country")


def she_edits_her_city(now: str) -> Step:
    """Her tenth message was the city: 'hi' is the first."""
    return she_says(now, kind="edited", details={"original_message_id": "wamid.IN10", "type": "text"})


def a_lead_asked_for_her_city() -> Conversing:
    """With a budget that is enough in any region."""
    return given(a_lead_at("budget"), she_says("£900"), delivered()).world


def a_lead_in_leeds() -> Conversing:
    """At the question after the country, which her city told."""
    return given(a_lead_asked_for_her_city(), she_says("Leeds"), delivered()).world


def test_a_city_that_tells_its_country_skips_the_next_question() -> None:
    given(a_lead_asked_for_her_city()).when(she_says("Leeds")).then(
        value("location_city", "Leeds"), value("location_country", "GB"), gate("step 8 → 10")
    ).when(delivered()).then(step("instagram_handle"))


def test_where_the_question_after_it_cannot_be_sent_the_country_stays_told() -> None:
    given(a_lead_asked_for_her_city(), she_says("Leeds")).when(fails()).then(
        step("location_city"), value("location_country", "GB")
    )


def test_a_city_that_may_be_in_several_countries_has_her_asked_for_it() -> None:
    given(a_lead_asked_for_her_city()).when(she_says("Valencia")).then(
        value("location_country", None), gate("step 8 → 9")
    ).when(delivered(), she_says("España"), delivered()).then(
        step("instagram_handle"), value("location_city", "Valencia"), value("location_country", "ES")
    )


@pytest.mark.domain("4.corrections")
def test_a_corrected_city_that_tells_its_country_replaces_the_old_one() -> None:
    given(a_lead_in_leeds()).when(she_edits_her_city("Paris")).then(
        value("location_city", "Paris"), value("location_country", "FR"), answer("location_country", "Paris")
    ).when(delivered()).then(step("instagram_handle"))


@pytest.mark.domain("4.corrections")
def test_a_corrected_city_that_does_not_tell_it_has_her_asked_for_the_country_that_came_with_the_old_one() -> None:
    given(a_lead_in_leeds()).when(she_edits_her_city("Valencia")).then(
        value("location_city", "Valencia"), value("location_country", None), answer("location_country", None)
    ).when(delivered(), she_says("@ana")).then(says("ask"), text("which country"), gate("step 10 → 9")).when(
        delivered(), she_says("Spain"), delivered()
    ).then(value("location_country", "ES"), step("travel_city"), status("QUALIFYING"))


@pytest.mark.domain("4.corrections")
def test_a_country_that_she_gave_herself_stays_when_the_new_city_tells_none() -> None:
    given(a_lead_at("instagram_handle")).when(she_edits_her_city("Wetwang")).then(
        value("location_city", "Wetwang"), value("location_country", "GB"), answer("location_country", "England")
    )
