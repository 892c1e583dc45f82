"""A studio's own yes/no questions before the thirteen (DOMAIN §3 row 31, §4 Age and consent)."""

import pytest

from inkgate_common.contracts.inbound import Media
from inkgate_dialogue.domain.studio import Consent
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    handover,
    instead_of_what_failed,
    leads,
    says,
    status,
    step,
    strikes,
    tells_nobody,
    text,
    value,
    verdict,
)
from tests.dialogue.language import given
from tests.dialogue.steps import delivered, fails, she_says

STUDIO = a_studio(consent=[Consent(key="age"), Consent(key="data_use")])
pytestmark = pytest.mark.domain("3.31", "4.consent")


def asked() -> Conversing:
    return given(she_says("hi"), delivered(), studio=STUDIO).world


def test_consents_are_steps_before_the_others() -> None:
    assert list(STUDIO.questions[:3]) == ["age", "data_use", "idea"]
    assert len(STUDIO.questions) == 15
    given(studio=STUDIO).when(she_says("hi")).then(
        says("welcome"), text("18 or older"), gate("NEW → QUALIFYING, step -1 → 0")
    )


def test_a_yes_brings_the_next_one_and_then_question_0() -> None:
    second = given(asked()).when(she_says("yes")).then(gate("step 0 → 1"), value("age", True), verdict("answer"))
    second.when(delivered(), she_says("Yes", kind="button", choice="yes")).then(gate("step 1 → 2"), text("tattooed"))
    second.when(delivered()).then(step("idea"), answer("data_use", "Yes"))


@pytest.mark.parametrize("which", [0, 1])
def test_a_no_ends_politely_and_the_status_waits_for_it(which: int) -> None:
    before = [she_says("yes"), delivered()] * which
    refused = given(asked(), *before).when(she_says("no"))
    refused.then(says("consent_refused"), gate("QUALIFYING → REJECTED"), status("QUALIFYING"))
    refused.when(delivered()).then(status("REJECTED"), tells_nobody())


def test_an_end_that_fails_changes_nothing_and_goes_again() -> None:
    failed = given(asked(), she_says("no")).when(fails()).then(status("QUALIFYING"), flag("send_failed"))
    failed.when(she_says("?")).then(says("consent_refused"), instead_of_what_failed())


def test_she_may_correct_a_no_while_its_end_has_not_reached_her() -> None:
    given(asked(), she_says("no"), fails()).when(she_says("yes, I am 19")).then(says("ask"), gate("step 0 → 1"))


def test_an_unclear_answer_is_asked_again_and_the_third_brings_the_artist() -> None:
    unclear = given(asked()).when(she_says("why?")).then(says("repair_1"), strikes("age", 1), text("18 or older"))
    unclear.when(delivered(), she_says("hm")).then(says("repair_2"), text("Answer yes"))
    unclear.when(delivered(), she_says("hmm")).then(says("handover"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"))
    unclear.when(delivered()).then(handover("three strikes at age"))


def test_the_next_message_opens_a_new_enquiry_that_asks_anew() -> None:
    given(asked(), she_says("no"), delivered()).when(she_says("hi")).then(
        leads(2), says("welcome_back"), text("18 or older")
    )


def test_a_correction_to_no_ends_it_too() -> None:
    corrected = given(asked(), she_says("yes"), she_says("no")).when(delivered(after_s=3))
    corrected.then(value("age", False), step("data_use"))
    corrected.when(she_says("yes")).then(says("consent_refused"))


def test_a_studio_may_require_a_no() -> None:
    studio = a_studio(consent=[Consent(key="age", required="no")])
    given(she_says("hi"), delivered(), studio=studio).when(she_says("yes")).then(gate("QUALIFYING → REJECTED"))
    given(she_says("hi"), delivered(), studio=studio).when(she_says("no")).then(gate("step 0 → 1"))


def test_a_voice_note_is_no_strike_there_either() -> None:
    given(asked()).when(she_says(None, kind="audio", media=Media(id="m"))).then(
        says("voice_note"), text("18 or older"), strikes("age", 0)
    )
