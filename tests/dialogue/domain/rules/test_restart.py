"""Coming back (DOMAIN §3 row 22, §4 Restart)."""

import pytest

from inkgate_common.contracts.payment_commands import DepositCancelled
from inkgate_dialogue.domain import events as e
from tests.builders.leads import ANSWERS
from tests.dialogue.checks import (
    asks_payments,
    deposit,
    gate,
    handover,
    lead_is,
    leads,
    no_flag,
    opted_out,
    recorded,
    says,
    status,
    step,
    tells_the_artist,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import delivered, is_cancelled, link_is_created, operator, she_says, stands_in, time_passes

pytestmark = pytest.mark.domain("3.22", "4.restart")


@pytest.mark.parametrize("word", ["START", "RESUME", "CONTINUE", "YES", "yes please", "Start!"])
def test_only_these_words_bring_back_a_person_who_opted_out(word: str) -> None:
    given(a_lead_in("OPTOUT")).when(she_says(word)).then(
        opted_out(False), says("restart"), gate("OPTOUT → QUALIFYING, step 3 → 0"), status("OPTOUT")
    )


@pytest.mark.parametrize("gone", ["ABANDONED", "STALE"])
@pytest.mark.parametrize("text", ["hi", "sorry, was busy", "🙂"])
def test_any_message_restarts_an_abandoned_or_stale_lead(gone: str, text: str) -> None:
    lead = a_lead_in("ABANDONED")
    given(lead, stands_in(gone, stopped_from="QUALIFYING")).when(she_says(text)).then(
        says("restart"), gate(f"{gone} → QUALIFYING, step 3 → 0")
    )


def test_it_begins_at_question_0_when_the_welcome_is_delivered_and_older_answers_become_history() -> None:
    back = given(a_lead_in("ABANDONED"), she_says("hi")).when(delivered())
    back.then(status("QUALIFYING"), step("idea"), lead_is(answers={}, values={}, strikes={}))
    assert {old.key: old.text for old in back.world.lead.history} == {
        key: ANSWERS[key] for key in ("idea", "placement", "dimensions")
    }


def test_nothing_is_cleared_before_the_welcome_is_delivered() -> None:
    given(a_lead_in("ABANDONED")).when(she_says("hi")).then(
        lead_is(answers=a_lead_in("ABANDONED").lead.answers), recorded(e.Restarted, times=0)
    )


def test_every_handover_timestamp_is_cleared() -> None:
    held = given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("hello?"), delivered()).world
    assert held.lead.held_reply_at is not None
    assert held.lead.artist_notified_at is not None
    given(held, she_says("STOP"), delivered(), she_says("START")).when(delivered()).then(
        lead_is(held_reply_at=None, artist_notified_at=None, handover_from=None), handover(None)
    )


def test_a_second_handover_notifies_again() -> None:
    back = given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("STOP"), delivered(), she_says("START"), delivered()).world
    given(back, she_says("HUMAN")).when(delivered()).then(tells_the_artist("handover"), status("NEEDS_ARTIST_REPLY"))


def test_the_questions_are_asked_again_from_the_first() -> None:
    back = given(a_lead_in("ABANDONED"), she_says("hi"), delivered()).world
    given(back, she_says("a wolf")).when(delivered()).then(step("placement"), lead_is(answers={"idea": "a wolf"}))


def test_where_only_opted_out_was_set_it_is_cleared_and_the_status_reply_goes() -> None:
    paid = given(a_lead_in("BOOKED"), she_says("STOP"), delivered()).world
    given(paid).when(she_says("START")).then(opted_out(False), says("ask"), gate("none"), status("BOOKED"))


def test_after_a_terminal_status_a_start_opens_a_new_enquiry() -> None:
    gone = given(a_lead_in("COMPLETED"), she_says("STOP"), delivered()).world
    given(gone).when(she_says("START")).then(opted_out(False), leads(2), says("welcome_back"), status("NEW"))


def test_a_stale_lead_that_waited_for_approval_goes_back_there_with_its_answers() -> None:
    stale = given(a_lead_in("PENDING_APPROVAL"), stands_in("STALE", stopped_from="PENDING_APPROVAL")).world
    given(stale, she_says("hi")).when(delivered()).then(status("PENDING_APPROVAL"), lead_is(answers=dict(ANSWERS)))


def test_an_open_deposit_link_is_expired_by_a_restart() -> None:
    stale = given(a_lead_in("AWAITING_DEPOSIT"), stands_in("STALE", stopped_from="AWAITING_DEPOSIT")).world
    given(stale).when(she_says("hi")).then(asks_payments(DepositCancelled), deposit("cancelled"))


def test_a_waitlisted_lead_begins_anew_with_start() -> None:
    waits = given(a_lead_at("style"), stands_in("WAITLISTED")).world
    given(waits).when(she_says("START")).then(gate("WAITLISTED → QUALIFYING, step 3 → 0"), verdict("start"))
    given(waits).when(she_says("how long?")).then(says("ask"), status("WAITLISTED"))
    late = given(waits, she_says("how long?"), delivered())
    late.when(she_says("yes", written_s_ago=60)).then(verdict("out_of_order"))  # a plain yes is no START here
    given(waits, she_says("how long?"), delivered()).when(she_says("START", written_s_ago=60)).then(verdict("start"))


def test_a_restart_whose_welcome_was_called_off_is_begun_again_by_any_message() -> None:
    back = given(a_lead_in("OPTOUT"), she_says("START"), is_cancelled(reason="forced")).world
    given(back).when(she_says("hello?")).then(says("restart"), gate("OPTOUT → QUALIFYING, step 3 → 0"))


def test_a_restarted_lead_is_reminded_and_abandoned_again() -> None:
    back = given(a_lead_in("ABANDONED"), she_says("hi"), delivered()).world
    given(back).when(time_passes(hours=49)).then(status("ABANDONED"), says("reminder_1", "reminder_2"))


def test_the_flag_of_a_failed_message_does_not_outlive_a_restart() -> None:
    given(a_lead_in("ABANDONED"), she_says("hi"), delivered()).then(no_flag("send_failed"))


def test_a_link_of_an_earlier_run_is_no_longer_wanted() -> None:
    asked = given(*answers_until(None), operator("approve"), she_says("STOP"), delivered(), she_says("START")).world
    given(asked, delivered()).when(link_is_created()).then(recorded(e.Note), status("QUALIFYING"))
