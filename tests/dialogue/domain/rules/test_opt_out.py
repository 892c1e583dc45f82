"""STOP (DOMAIN §3 row 21, §4; PROTOCOL §2): it pre-empts what was not handed over, and it wins."""

import pytest

from inkgate_common.contracts.payment_commands import DepositCancelled
from inkgate_dialogue.domain import events as e
from tests.dialogue.checks import (
    asks_payments,
    calls_off,
    deposit,
    gate,
    gate_ended,
    handover,
    lead_is,
    no_gate,
    no_gate_ended,
    nothing_changed,
    opted_out,
    recorded,
    refused,
    says,
    says_nothing,
    sending,
    status,
    step,
    tells_nobody,
    tells_the_artist,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import (
    delivered,
    fails,
    is_cancelled,
    is_refunded,
    link_is_created,
    operator,
    she_pays,
    she_says,
    stands_in,
    time_passes,
)

pytestmark = pytest.mark.domain("3.21", "3b.opt-out", "4.opt-out")

ASKED = given(a_lead_at("dimensions"), she_says("8x12cm")).world
STOPPED = given(ASKED, she_says("STOP")).world


@pytest.mark.parametrize(
    "word", ["STOP", "stop", "Stop!", "UNSUBSCRIBE", "opt out", "Opt-out", "please stop", "STOP 🛑"]
)
def test_stop_unsubscribe_and_opt_out_are_heard(word: str) -> None:
    given(a_lead_at("style")).when(she_says(word)).then(opted_out(), verdict("stop"), says("opt_out_confirmation"))


@pytest.mark.parametrize("text", ["it should stop at the elbow", "non stop", "a stop sign", "don't stop", "stopp"])
def test_stop_inside_an_answer_is_none(text: str) -> None:
    given(a_lead_at("style")).when(she_says(text)).then(opted_out(False), verdict("answer"))


def test_she_counts_as_opted_out_from_the_moment_it_is_judged_and_the_status_follows() -> None:
    given(a_lead_at("style")).when(she_says("STOP")).then(opted_out(), status("QUALIFYING"))
    given(a_lead_at("style"), she_says("STOP")).when(delivered()).then(status("OPTOUT"), opted_out(), no_gate())


def test_a_stop_as_her_first_message_is_kept_too() -> None:
    given().when(she_says("STOP"), delivered()).then(status("OPTOUT"), opted_out(), says("opt_out_confirmation"))


def test_stop_asks_for_the_cancellation_of_what_is_under_way() -> None:
    given(ASKED).when(she_says("STOP")).then(calls_off("ask"), says("opt_out_confirmation"), no_gate_ended())


def test_reminders_are_called_off_too() -> None:
    given(a_lead_at("style"), time_passes(hours=13)).when(she_says("STOP")).then(calls_off("reminder_1"))


def test_the_old_gate_ends_cancelled_when_it_was_taken_back_in_time() -> None:
    given(STOPPED).when(is_cancelled()).then(gate_ended("cancelled"), step("dimensions"))


def test_else_it_is_superseded_by_the_opt_out() -> None:
    given(STOPPED).when(delivered()).then(gate_ended("superseded", by_fact=True), step("dimensions"))


def test_an_uncertain_send_that_ends_failed_is_superseded_too_and_never_sent_again() -> None:
    given(STOPPED).when(fails(code="uncertain")).then(gate_ended("superseded"), tells_nobody())
    given(STOPPED, fails(code="uncertain"), delivered()).when(operator("resend")).then(refused())


def test_the_confirmations_gate_may_stand_beside_the_old_one() -> None:
    given(STOPPED).when(delivered("opt_out_confirmation")).then(
        status("OPTOUT"), gate_ended("applied", copy="opt_out_confirmation"), gate("step 2 → 3")
    )


@pytest.mark.parametrize("end", [delivered(), fails(), is_cancelled()])
def test_optout_follows_whether_the_confirmation_is_delivered_or_not(end: object) -> None:
    given(a_lead_at("style"), she_says("STOP")).when(end).then(status("OPTOUT"), no_gate())  # type: ignore[arg-type]


def test_optout_follows_after_one_minute_at_the_latest() -> None:
    given(a_lead_at("style"), she_says("STOP")).when(time_passes(seconds=59)).then(status("QUALIFYING"))
    given(a_lead_at("style"), she_says("STOP")).when(time_passes(seconds=61)).then(
        status("OPTOUT"), gate_ended("superseded"), no_gate()
    )


def test_what_becomes_of_the_confirmation_after_its_minute_changes_nothing() -> None:
    late = given(a_lead_at("style"), she_says("STOP"), time_passes(seconds=61)).world
    given(late).when(delivered()).then(status("OPTOUT"), no_gate_ended(), recorded(e.MessageSent))
    given(late).when(fails()).then(status("OPTOUT"), no_gate_ended())


def test_the_minutes_timer_does_nothing_where_the_status_has_followed() -> None:
    given(a_lead_in("OPTOUT")).when(time_passes(seconds=90)).then(nothing_changed(), says_nothing())


# --- what waits --------------------------------------------------------------------------------------------------------


def test_what_waits_and_was_written_before_it_is_recorded_and_not_judged() -> None:
    given(ASKED, she_says("fine line")).when(she_says("STOP")).then(
        waiting(0), verdict("stop", "before_stop"), recorded(e.MessageReceived, judged=False, verdict="before_stop")
    )


def test_in_the_same_second_stop_wins() -> None:
    given(ASKED, she_says("START")).when(she_says("STOP", after_s=0)).then(waiting(0), opted_out())


def test_a_start_written_after_it_that_came_earlier_still_counts() -> None:
    waits = given(ASKED, she_says("START", after_s=9), she_says("STOP", after_s=1, written_s_ago=5)).world
    given(waits, is_cancelled()).when(delivered("opt_out_confirmation")).then(opted_out(False), says("restart"))


def test_a_message_that_is_out_of_order_stays_kept() -> None:
    given(ASKED, delivered(), she_says("older", written_s_ago=99)).when(she_says("STOP")).then(waiting(1))


def test_an_operators_action_that_waits_is_refused_in_its_turn() -> None:
    waits = given(ASKED, operator("ask", text="hello"), she_says("STOP"), is_cancelled()).world
    given(waits).when(delivered()).then(refused("opted out"), says_nothing())


# --- STOP and START compared -------------------------------------------------------------------------------------------


def test_a_start_older_than_the_newest_stop_does_not_count() -> None:
    given(a_lead_in("OPTOUT")).when(she_says("START", written_s_ago=60)).then(
        verdict("older_than_stop"), opted_out(), says_nothing()
    )


def test_a_stop_older_than_the_newest_start_does_not_count() -> None:
    back = given(a_lead_in("OPTOUT"), she_says("START", after_s=30), delivered()).world
    given(back).when(she_says("STOP", written_s_ago=20)).then(
        verdict("older_than_start"), opted_out(False), says_nothing()
    )


def test_a_start_that_changed_nothing_counts_in_the_comparison_too() -> None:
    given(a_lead_at("style"), she_says("START", after_s=60), delivered()).when(she_says("STOP", written_s_ago=30)).then(
        verdict("older_than_start"), opted_out(False)
    )


def test_so_does_a_stop_that_changed_nothing() -> None:
    twice = given(a_lead_in("OPTOUT"), she_says("STOP", after_s=60)).world
    given(twice).when(she_says("START", written_s_ago=30)).then(verdict("older_than_stop"), opted_out())


def test_neither_is_ever_compared_with_other_messages() -> None:
    given(a_lead_at("style")).when(she_says("STOP", written_s_ago=3_600)).then(
        opted_out(), says("opt_out_confirmation")
    )
    given(a_lead_in("OPTOUT"), she_says("but why", after_s=60)).when(she_says("START", written_s_ago=30)).then(
        opted_out(False), says("restart")
    )


def test_a_start_of_the_same_second_as_the_stop_does_not_count() -> None:
    given(a_lead_at("style"), she_says("STOP"), delivered(after_s=0)).when(she_says("START", after_s=0)).then(
        opted_out(), verdict("older_than_stop")
    )


def test_a_second_stop_is_answered_once() -> None:
    given(a_lead_in("OPTOUT")).when(she_says("STOP")).then(verdict("opted_out"), says_nothing())


# --- afterwards --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["hello", "HUMAN", "8x12cm"])
def test_after_it_nothing_is_sent_until_a_start(text: str) -> None:
    given(a_lead_in("OPTOUT")).when(she_says(text), time_passes(hours=72)).then(
        says_nothing(), verdict("opted_out"), status("OPTOUT")
    )


@pytest.mark.parametrize(
    "action",
    [operator("ask", text="hi"), operator("resume"), operator("approve"), operator("send_deposit")],
)
def test_an_action_that_is_nothing_without_its_message_is_refused(action: object) -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("STOP"), delivered()).when(action).then(  # type: ignore[arg-type]
        refused("opted out"), says_nothing()
    )


def test_an_open_deposit_link_is_expired_by_stop() -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(she_says("STOP")).then(
        asks_payments(DepositCancelled), deposit("cancelled")
    )


def test_a_link_that_is_still_being_made_is_not_sent_any_more() -> None:
    asked = given(a_lead_in("PENDING_APPROVAL"), operator("approve"), she_says("STOP"), delivered()).world
    given(asked).when(link_is_created()).then(says_nothing(), recorded(e.Note))


def test_her_link_paid_after_all_makes_her_deposit_paid_and_she_stays_opted_out() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), she_says("STOP"), delivered()).when(she_pays()).then(
        opted_out(), status("BOOKING_PENDING"), recorded(e.StatusChanged, to_status="DEPOSIT_PAID"), says_nothing()
    )


# --- paid leads and terminal ones --------------------------------------------------------------------------------------


@pytest.mark.parametrize("paid", ["BOOKING_PENDING", "BOOKED", "COMPLETED", "REJECTED"])
def test_for_paid_leads_and_in_terminal_statuses_only_opted_out_is_set(paid: str) -> None:
    given(a_lead_in(paid)).when(she_says("STOP"), delivered()).then(status(paid), opted_out())


def test_that_holds_in_whatever_status_a_paid_lead_stands() -> None:
    paid = given(a_lead_in("BOOKING_PENDING"), stands_in("NEEDS_FOLLOW_UP")).world
    given(paid).when(she_says("STOP"), delivered()).then(status("NEEDS_FOLLOW_UP"), opted_out())


def test_money_that_was_not_expected_makes_her_a_paid_lead_too() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("STOP"), she_pays(command_id=None)).when(delivered()).then(
        status("PENDING_APPROVAL"), opted_out(), gate_ended("applied")
    )


def test_a_payment_that_comes_before_the_confirmation_keeps_the_status_of_a_paid_lead() -> None:
    stopped = (
        given(a_lead_in("AWAITING_DEPOSIT"), she_says("STOP")).when(she_pays()).then(status("BOOKING_PENDING")).world
    )
    given(stopped).when(fails()).then(status("BOOKING_PENDING"), opted_out(), no_gate())
    given(stopped).when(time_passes(seconds=61)).then(status("BOOKING_PENDING"), opted_out(), no_gate())


def test_what_waits_only_for_a_message_she_will_not_get_is_done_at_once() -> None:
    """paid → BOOKING_PENDING, with its confirmation under way, failed, or still to be said."""
    under_way = a_lead_in("DEPOSIT_PAID")
    expected = (status("BOOKING_PENDING"), tells_the_artist("paid"), opted_out(), says("opt_out_confirmation"))
    given(under_way).when(she_says("STOP")).then(*expected)
    given(under_way, fails()).when(she_says("STOP")).then(*expected)
    given(a_lead_in("AWAITING_DEPOSIT"), she_says("is it safe?"), she_pays()).when(she_says("STOP")).then(*expected)


def test_the_confirmation_that_was_on_its_way_changes_nothing_more() -> None:
    stopped = given(a_lead_in("DEPOSIT_PAID"), she_says("STOP")).world
    given(stopped).when(delivered("payment_confirmation")).then(
        gate_ended("superseded"), status("BOOKING_PENDING"), tells_nobody()
    )


def test_the_artist_can_book_cancel_and_reject_without_a_message_to_a_person_who_opted_out() -> None:
    paid = given(a_lead_in("BOOKING_PENDING"), she_says("STOP"), delivered()).world
    given(paid).when(operator("book", slot="Sat 11:00")).then(
        status("BOOKED"), lead_is(slot="Sat 11:00"), says_nothing(), no_gate()
    )
    given(paid).when(operator("cancel")).then(status("CANCELLED"), says_nothing())


def test_a_refund_is_recorded_and_not_spoken_of() -> None:
    given(a_lead_in("BOOKING_PENDING"), she_says("STOP"), delivered()).when(is_refunded()).then(
        status("REFUNDED"), says_nothing(), opted_out()
    )


def test_a_person_who_had_opted_out_before_her_data_was_erased_hears_nothing_until_a_start() -> None:
    given().when(she_says("hi", opted_out_before=True)).then(
        says_nothing(), opted_out(), status("OPTOUT"), verdict("opted_out")
    )
    given().when(she_says("START", opted_out_before=True)).then(says("restart"), opted_out(False))


def test_the_confirmation_goes_out_as_a_reply_that_does_not_expire() -> None:
    given(a_lead_at("style")).when(she_says("STOP")).then(
        sending(opt_out_confirmation=True, queue="reply", gating=True, expires_at=None)
    )


def test_a_handover_stays_remembered_through_an_opt_out() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("STOP")).when(delivered()).then(
        status("OPTOUT"), handover("asked for the artist")
    )


def test_no_answer_of_hers_is_lost_by_an_opt_out() -> None:
    given(*answers_until("style"), she_says("STOP")).when(delivered()).then(
        lead_is(answers=a_lead_at("style").lead.answers), step("style")
    )


def test_a_failed_message_is_forgotten_by_an_opt_out() -> None:
    stopped = given(ASKED, fails(), she_says("STOP"), delivered()).world
    given(stopped).when(she_says("hello?")).then(says_nothing())
    given(stopped).when(she_says("START"), delivered()).then(status("QUALIFYING"), step("idea"))


def test_what_an_opt_out_has_superseded_is_never_sent_again() -> None:
    stopped = given(STOPPED, fails(code="uncertain"), delivered()).world
    given(stopped).when(she_says("START")).then(says("restart"), sending(retry_of=None))
