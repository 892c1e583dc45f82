"""PROTOCOL §2, Gates: a change waits for its message, and a gate ends in exactly one of four ways."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.dialogue.checks import (
    answer,
    calls_off,
    flag,
    gate,
    gate_ended,
    handover,
    instead_of_what_failed,
    lead_is,
    no_flag,
    no_gate,
    no_gate_ended,
    nothing_changed,
    recorded,
    refused,
    same_version,
    says,
    says_nothing,
    sending,
    status,
    step,
    strikes,
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
    link_expires,
    link_is_created,
    operator,
    she_pays,
    she_says,
    stands_in,
)


def test_the_first_message_gets_welcome_and_first_question_as_one_message_and_new_waits_for_it() -> None:
    given().when(she_says("hi")).then(says("welcome"), gate("NEW → QUALIFYING, step -1 → 0"), status("NEW"), step(None))


def test_once_the_welcome_is_delivered_she_is_qualifying_at_question_0() -> None:
    given(she_says("hi")).when(delivered()).then(status("QUALIFYING"), step("idea"), gate_ended("applied"), no_gate())


def test_a_good_answer_is_recorded_at_once_and_the_step_waits_for_the_next_question() -> None:
    given(a_lead_at("dimensions")).when(she_says("8x12cm")).then(
        answer("dimensions", "8x12cm"), step("dimensions"), gate("step 2 → 3"), says("ask")
    )


def test_the_step_moves_when_the_next_question_is_delivered() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(delivered()).then(
        step("style"), gate_ended("applied", basis="accepted"), no_gate(), says_nothing()
    )


def test_a_failed_send_leaves_step_and_status_as_they_were_and_flags_the_lead() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(fails()).then(
        step("dimensions"), status("QUALIFYING"), gate_ended("failed"), nothing_changed(), flag("send_failed")
    )


def test_the_artist_is_told_of_a_failed_send() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(fails()).then(tells_the_artist("send_failed"))


def test_a_failed_welcome_leaves_her_new() -> None:
    given(she_says("hi")).when(fails()).then(status("NEW"), step(None), flag("send_failed"))


def test_a_cancelled_message_changes_nothing() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(is_cancelled(reason="forced")).then(
        step("dimensions"), gate_ended("cancelled"), nothing_changed(), no_gate()
    )


def test_a_second_report_of_a_delivery_changes_nothing() -> None:
    once = given(a_lead_at("dimensions"), she_says("8x12cm"), delivered()).world
    given(once).when(delivered("ask")).then(no_gate_ended(), nothing_changed(), same_version(once), says_nothing())


@pytest.mark.parametrize("late", [fails("ask"), is_cancelled("ask")])
def test_an_end_after_the_delivery_ends_no_gate_twice(late: object) -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), delivered()).when(late).then(  # type: ignore[arg-type]
        no_gate_ended(), step("style")
    )


def test_every_answer_to_her_opens_a_gate_also_where_nothing_waits() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(she_says("any news?")).then(says("ask"), gate("none"))


def test_a_gate_with_an_empty_change_is_applied_too() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("any news?")).when(delivered()).then(
        gate_ended("applied"), nothing_changed(), no_gate()
    )


# --- failed: sent again ------------------------------------------------------------------------------------------------

FAILED = given(a_lead_at("dimensions"), she_says("8x12cm"), fails()).world


def test_her_next_message_sends_what_had_failed_again() -> None:
    given(FAILED).when(she_says("hello?")).then(
        says("ask"), gate("step 2 → 3"), instead_of_what_failed(), verdict("sent_again")
    )


def test_what_she_wrote_meanwhile_is_no_strike() -> None:
    given(FAILED).when(she_says("hello?")).then(strikes("dimensions", 0), answer("dimensions", "8x12cm"))


def test_as_an_answer_it_may_replace_the_recorded_one() -> None:
    given(FAILED).when(she_says("10x10cm")).then(
        answer("dimensions", "10x10cm"), gate("step 2 → 3"), instead_of_what_failed(), verdict("answer")
    )


def test_a_picture_sends_what_had_failed_again_too() -> None:
    given(FAILED).when(she_says(None, kind="image")).then(
        gate("step 2 → 3"), instead_of_what_failed(), verdict("sent_again")
    )


def test_once_it_is_delivered_the_flag_is_gone() -> None:
    given(FAILED, she_says("hello?")).when(delivered()).then(step("style"), no_flag("send_failed"))


def test_a_failed_welcome_goes_out_again_with_her_next_message() -> None:
    given(she_says("hi"), fails()).when(she_says("anybody there?")).then(
        says("welcome"), gate("NEW → QUALIFYING, step -1 → 0"), instead_of_what_failed()
    )


def test_a_failed_repair_goes_out_again_without_a_second_strike() -> None:
    given(a_lead_at("dimensions"), she_says("big"), fails()).when(she_says("quite big")).then(
        says("repair_1"), strikes("dimensions", 1), instead_of_what_failed()
    )


def test_a_failed_restart_goes_out_again() -> None:
    given(a_lead_in("ABANDONED"), she_says("hi again"), fails()).when(she_says("hello?")).then(
        says("restart"), instead_of_what_failed(), gate("ABANDONED → QUALIFYING, step 3 → 0")
    )


def test_a_failed_status_reply_goes_out_again() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("any news?"), fails()).when(she_says("hello?")).then(
        says("ask"), instead_of_what_failed(), verdict("sent_again")
    )


def test_the_operator_sends_what_had_failed_again() -> None:
    given(FAILED).when(operator("resend")).then(says("ask"), gate("step 2 → 3"), instead_of_what_failed())


def test_there_is_nothing_to_resend_where_nothing_had_failed() -> None:
    given(a_lead_at("style")).when(operator("resend")).then(refused(), says_nothing())


def test_a_message_that_only_talks_does_not_take_the_place_of_what_had_failed() -> None:
    given(FAILED, operator("ask", text="One moment, our phone was off."), delivered()).when(she_says("hello?")).then(
        gate("step 2 → 3"), instead_of_what_failed(), verdict("sent_again")
    )


def test_of_two_that_failed_the_one_that_moves_her_goes_out_again() -> None:
    given(FAILED, operator("ask", text="One moment."), fails()).when(she_says("hello?")).then(gate("step 2 → 3"))


def test_the_flag_stays_while_what_had_failed_has_not_gone_out() -> None:
    given(FAILED, operator("ask", text="One moment.")).when(delivered()).then(flag("send_failed"))


def test_a_message_that_moves_her_takes_the_place_of_what_had_failed() -> None:
    given(FAILED).when(operator("reject"), delivered()).then(status("REJECTED"), no_flag("send_failed"))
    given(FAILED, operator("reject"), delivered()).when(operator("resend")).then(refused())


# --- a fact has moved her meanwhile ------------------------------------------------------------------------------------


def test_a_gate_whose_ground_a_fact_has_taken_is_superseded_by_that_fact() -> None:
    booking = given(a_lead_in("BOOKING_PENDING"), operator("book", slot="Sat 11:00")).world
    given(booking, is_refunded()).when(delivered()).then(
        status("REFUNDED"), gate_ended("superseded", by_fact=True), lead_is(slot=None)
    )


def test_a_change_that_is_still_an_allowed_transition_is_applied_where_the_fact_left_her() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), operator("reject"), link_expires()).when(delivered("rejection")).then(
        status("REJECTED"), gate_ended("applied")
    )


def test_a_rejection_does_not_contradict_the_money_that_came_meanwhile() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), operator("reject"), she_pays()).when(delivered("rejection")).then(
        status("DEPOSIT_PAID"), gate_ended("superseded", by_fact=True)
    )


def test_a_handover_opens_though_she_has_paid_meanwhile_and_the_status_stays() -> None:
    asked = given(a_lead_in("AWAITING_DEPOSIT"), she_says("HUMAN"), she_pays()).world
    given(asked).when(delivered("human")).then(
        status("DEPOSIT_PAID"), handover("asked for the artist"), tells_the_artist("handover")
    )


def test_a_link_that_expires_while_its_message_is_under_way_is_not_waited_for() -> None:
    approved = given(a_lead_in("PENDING_APPROVAL"), operator("approve"), link_is_created(), link_expires()).world
    given(approved).when(delivered("deposit_link")).then(
        status("DEPOSIT_EXPIRED"), gate_ended("applied"), says("link_expired")
    )


def test_a_step_is_not_moved_in_a_lead_that_is_no_longer_asked_anything() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), stands_in("ABANDONED")).when(delivered()).then(
        step("dimensions"), gate_ended("superseded", by_fact=True)
    )


# --- force -------------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3b.force")
def test_force_makes_the_change_without_its_message_and_says_so() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(operator("force")).then(
        step("style"), gate_ended("applied", basis="force"), calls_off("ask"), recorded(e.ActionTaken, by="mia")
    )


@pytest.mark.domain("3b.force")
def test_force_does_not_wait_for_the_gate() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(operator("force")).then(waiting(0), no_gate())


@pytest.mark.domain("3b.force")
def test_force_makes_the_change_of_what_had_failed() -> None:
    given(FAILED).when(operator("force")).then(step("style"), no_flag("send_failed"))
    given(FAILED, operator("force")).when(she_says("fine line")).then(verdict("answer"), answer("style", "fine line"))


def test_what_was_forced_and_goes_out_all_the_same_changes_nothing_more() -> None:
    forced = given(a_lead_at("dimensions"), she_says("8x12cm"), operator("force")).world
    given(forced).when(delivered()).then(no_gate_ended(), same_version(forced), recorded(e.MessageSent))


def test_force_is_refused_where_nothing_waits() -> None:
    given(a_lead_at("style")).when(operator("force")).then(refused(), nothing_changed())


def test_force_is_refused_where_an_opt_out_has_superseded_the_gate() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), she_says("STOP")).when(operator("force")).then(
        refused(), step("dimensions")
    )


# --- notices -----------------------------------------------------------------------------------------------------------


def test_the_artist_is_told_after_the_change_and_not_before() -> None:
    asked = given(*answers_until("timing")).when(she_says("flexible")).then(tells_nobody(), status("QUALIFYING"))
    asked.when(delivered()).then(tells_the_artist("completed"), status("PENDING_APPROVAL"))


def test_the_artist_is_told_once_a_change() -> None:
    done = given(*answers_until(None)).world
    given(done).when(delivered("completion")).then(tells_nobody())


def test_the_artist_hears_nothing_of_a_change_that_was_not_made() -> None:
    given(*answers_until("timing"), she_says("flexible")).when(is_cancelled(reason="forced")).then(tells_nobody())


# --- what leaves -------------------------------------------------------------------------------------------------------


def test_an_answer_does_not_expire_and_goes_by_the_queue_of_replies() -> None:
    given(a_lead_at("dimensions")).when(she_says("8x12cm")).then(sending(queue="reply", expires_at=None, gating=True))


def test_intents_and_cancellations_of_a_conversation_are_numbered_without_a_gap() -> None:
    world = given(a_lead_at("style"), she_says("fine line"), she_says("STOP"), delivered(), delivered()).world
    numbers = [data.sequence for _, data in world.emitted if data.TOPIC == "intents"]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_same_event_judged_again_gives_the_same_intent_and_judged_otherwise_another() -> None:
    def intent(text: str) -> object:
        world = given(a_lead_at("dimensions"), she_says(text)).world
        assert world.state.gate is not None
        return world.state.gate.sending.intent_id

    assert intent("8x12cm") == intent("8x12cm")
    assert intent("8x12cm") != intent("no idea")
