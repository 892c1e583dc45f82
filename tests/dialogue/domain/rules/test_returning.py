"""DOMAIN §2 and §4: she comes back. A message after BOOKED is in test_waiting, one after STOP or silence in test_restart."""

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.studio_words import Asides
from tests.builders.leads import a_studio
from tests.builders.messages import NAME, PHONE
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    lead_is,
    leads,
    no_gate,
    recorded,
    says,
    says_nothing,
    status,
    step,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, fails, she_says

CLOSED = ["REJECTED", "REFUNDED", "CANCELLED", "COMPLETED", "NO_SHOW"]


@pytest.mark.domain("2.returning", "3.1")
@pytest.mark.parametrize("where", CLOSED)
def test_after_a_closed_enquiry_any_message_opens_a_new_one_of_the_same_person(where: str) -> None:
    given(a_lead_in(where)).when(she_says("I would love another one")).then(
        leads(2), says("welcome_back"), text("Welcome back"), gate("NEW → QUALIFYING, step -1 → 0"), status("NEW")
    ).when(delivered()).then(
        status("QUALIFYING"), step("idea"), lead_is(answers={}, values={}, deposit=None, slot=None)
    )


@pytest.mark.domain("2.returning")
@pytest.mark.parametrize("where", CLOSED)
@pytest.mark.parametrize(
    "said",
    ["ok thanks anyway", "🙏", "No worries, have a nice day x", "Oh no, get well soon!", "vale, gracias igualmente"],
)
def test_thanks_and_wishes_after_the_end_are_kept_and_open_nothing(where: str, said: str) -> None:
    given(a_lead_in(where)).when(she_says(said)).then(leads(1), status(where), says_nothing(), verdict("courtesy"))


@pytest.mark.domain("2.returning")
@pytest.mark.parametrize("said", ["ok?", "hi", "good evening", "thanks! I have another idea", "yes", "ok a rose then"])
def test_what_says_more_than_thanks_opens_a_new_one(said: str) -> None:
    given(a_lead_in("REJECTED")).when(she_says(said)).then(leads(2), says("welcome_back"))


@pytest.mark.domain("2.returning")
def test_a_studio_without_words_of_courtesy_opens_one_for_any_message() -> None:
    plain = given(a_lead_in("REJECTED"))
    plain.world.studio = a_studio(asides=Asides())
    plain.when(she_says("ok thanks anyway")).then(leads(2), says("welcome_back"))


@pytest.mark.domain("2.returning")
def test_the_closed_enquiry_stays_as_it_was() -> None:
    old = a_lead_in("COMPLETED")
    new = given(old, she_says("hello again"), delivered()).world
    assert new.lead_of(old.lead.id) == old.lead


@pytest.mark.domain("2.returning")
def test_who_she_is_and_her_language_are_known() -> None:
    back = given(a_lead_in("COMPLETED"), she_says("hello again")).world
    assert (back.state.phone, back.state.profile_name, back.state.language) == (PHONE, NAME, "en")
    before = given(a_lead_in("COMPLETED"), she_says("en español, por favor"), delivered()).world
    given(before).then(lead_is(status="QUALIFYING")).when(she_says("un zorro")).then(text("parte del cuerpo"))


@pytest.mark.domain("2.returning", "3.1")
def test_where_the_welcome_back_cannot_be_sent_the_new_enquiry_is_there_and_her_next_message_sends_it_again() -> None:
    given(a_lead_in("COMPLETED"), she_says("hello again")).when(fails()).then(
        leads(2), status("NEW"), flag("send_failed"), no_gate()
    ).when(she_says("hello?")).then(leads(2), says("welcome_back"), gate("NEW → QUALIFYING, step -1 → 0"))


@pytest.mark.domain("2.returning")
def test_her_earlier_answers_are_not_this_enquirys() -> None:
    given(a_lead_in("COMPLETED"), she_says("hello again"), delivered()).when(she_says("a heron")).then(
        answer("idea", "a heron"), answer("placement", None), verdict("answer"), recorded(e.AnswerRecorded)
    )
