"""PROTOCOL §2: late failures and the other way round, `gate_on` delivered, and what a reply or a payment proves."""

from msgspec.structs import replace

from inkgate_common.contracts.deliveries import MessageDelivered, MessageFailed
from inkgate_dialogue.domain import events as e
from tests.builders.conversations import Conversing
from tests.builders.leads import STUDIO, a_studio
from tests.dialogue.checks import (
    answer,
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
    opted_out,
    recorded,
    same_version,
    says,
    says_nothing,
    status,
    step,
    tells_the_artist,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import (
    delivered,
    fails,
    fails_late,
    is_accepted,
    is_disputed,
    is_refunded,
    is_seen,
    link_is_created,
    operator,
    she_pays,
    she_says,
    stands_in,
    time_passes,
    turns_out_delivered,
)

# --- late failure ------------------------------------------------------------------------------------------------------

MOVED = given(a_lead_at("dimensions"), she_says("8x12cm"), delivered()).world


def test_a_late_failure_of_every_copy_takes_the_change_back() -> None:
    given(MOVED).when(fails_late("ask")).then(
        step("dimensions"), recorded(e.ChangeReverted, question="dimensions", step=2), flag("send_failed")
    )


def test_what_was_taken_back_is_handled_as_failed() -> None:
    given(MOVED).when(fails_late("ask")).then(tells_the_artist("send_failed"))
    given(MOVED, fails_late("ask")).when(she_says("hello?")).then(
        gate("step 2 → 3"), instead_of_what_failed(), verdict("sent_again")
    )


def test_the_answer_given_before_stays_recorded() -> None:
    given(MOVED).when(fails_late("ask")).then(answer("dimensions", "8x12cm"))


def test_a_late_failure_of_one_copy_while_another_stands_is_only_shown() -> None:
    given(MOVED).when(fails_late("ask", every_copy=False)).then(
        step("style"), recorded(e.MessageSeen, status="failed"), no_flag("late_failure"), same_version(MOVED)
    )


def test_a_late_failure_after_something_was_judged_is_only_flagged() -> None:
    given(a_lead_at("complexity"), she_says("HUMAN")).when(fails_late("ask")).then(
        flag("late_failure"), step("complexity"), no_flag("send_failed")
    )


def test_a_late_failure_after_an_unreadable_answer_is_only_flagged() -> None:
    given(a_lead_at("complexity"), she_says("👍")).when(fails_late("ask")).then(
        step("complexity"), flag("late_failure")
    )


def test_a_late_failure_after_an_operators_action_is_only_flagged() -> None:
    waits = given(a_lead_in("PENDING_APPROVAL"), operator("change_deposit", amount_pence=20_000)).world
    given(waits).when(fails_late("completion")).then(status("PENDING_APPROVAL"), flag("late_failure"))


def test_a_late_failure_after_a_reminder_is_only_flagged() -> None:
    given(MOVED, time_passes(hours=13)).when(fails_late("ask")).then(step("style"), flag("late_failure"))


def test_a_late_failure_after_money_came_is_only_flagged() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), she_pays()).when(fails_late("deposit_link")).then(
        status("DEPOSIT_PAID"), flag("late_failure")
    )


def test_so_it_is_after_any_report_about_money() -> None:
    given(a_lead_in("BOOKED"), is_disputed()).when(fails_late("booking_confirmation")).then(
        status("BOOKED"), flag("late_failure")
    )


def test_and_after_time_has_moved_her() -> None:
    silent = a_studio(timers=replace(STUDIO.file.timers, reminders_s=[], abandoned_s=60))
    gone = given(she_says("hi"), delivered(), time_passes(minutes=2), studio=silent).world
    given(gone).when(fails_late("welcome")).then(status("ABANDONED"), flag("late_failure"))


def test_a_message_that_was_kept_unjudged_does_not_stand_in_the_way() -> None:
    given(MOVED, she_says("older", written_s_ago=60)).when(fails_late("ask")).then(step("dimensions"))


def test_a_late_failure_of_an_older_message_is_only_flagged() -> None:
    given(a_lead_at("style"), she_says("fine line"), delivered()).when(fails_late("welcome")).then(
        step("complexity"), flag("late_failure")
    )


def test_a_completion_that_fails_late_leads_back_to_the_last_question() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(fails_late("completion")).then(
        status("QUALIFYING"), step("timing"), lead_is(completed_at=None), flag("send_failed")
    )


def test_a_handover_that_fails_late_is_closed_again() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(fails_late("human")).then(
        status("QUALIFYING"), handover(None), step("style")
    )


def test_a_resume_that_fails_late_leaves_her_with_the_artist() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("CONTINUE"), delivered()).when(fails_late("continue")).then(
        status("NEEDS_ARTIST_REPLY"), handover("asked for the artist"), lead_is(handover_from="QUALIFYING")
    )


def test_a_booking_that_fails_late_gives_the_slot_back() -> None:
    given(a_lead_in("BOOKED")).when(fails_late("booking_confirmation")).then(
        status("BOOKING_PENDING"), lead_is(slot=None)
    )


def test_a_restart_that_fails_late_is_taken_back_and_older_answers_stay_history() -> None:
    given(a_lead_in("ABANDONED"), she_says("hi"), delivered()).when(fails_late("restart")).then(
        status("ABANDONED"), step("style"), lead_is(answers={}, stopped_from="QUALIFYING")
    )


def test_a_stale_lead_goes_back_to_approval_with_its_answers_also_after_a_late_failure() -> None:
    stale = stands_in("STALE", stopped_from="PENDING_APPROVAL")
    given(a_lead_in("PENDING_APPROVAL"), stale, she_says("hi"), delivered(), fails_late("ask")).when(
        she_says("hello?")
    ).then(status("STALE"), gate("STALE → PENDING_APPROVAL"))


def test_no_silence_is_counted_for_a_question_that_did_not_arrive() -> None:
    given(MOVED, fails_late("ask")).when(time_passes(hours=72)).then(status("QUALIFYING"), says_nothing())


def test_a_status_reply_that_fails_late_goes_out_again_with_her_next_message() -> None:
    told = given(a_lead_in("PENDING_APPROVAL"), she_says("news?"), delivered())
    told.when(fails_late("ask")).then(recorded(e.ChangeReverted, times=0), flag("send_failed"))
    told.when(she_says("hm?")).then(says("ask"), instead_of_what_failed())


def test_the_late_failure_of_an_opt_outs_confirmation_takes_nothing_back() -> None:
    given(a_lead_in("OPTOUT")).when(fails_late("opt_out_confirmation")).then(status("OPTOUT"), opted_out())


# --- the other way round -----------------------------------------------------------------------------------------------


def test_a_failed_message_that_turns_out_delivered_is_delivered() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), fails()).when(turns_out_delivered("ask")).then(
        step("style"), gate_ended("applied", basis="status"), no_flag("send_failed")
    )


def test_a_message_that_failed_late_and_turns_out_delivered_is_delivered() -> None:
    given(MOVED, fails_late("ask")).when(turns_out_delivered("ask")).then(
        step("style"), gate_ended("applied", basis="status"), no_flag("send_failed")
    )


def test_what_had_failed_is_not_applied_where_a_fact_has_overtaken_it() -> None:
    booking = given(a_lead_in("BOOKING_PENDING"), operator("book", slot="Sat 11:00"), fails(), is_refunded()).world
    given(booking).when(turns_out_delivered("booking_confirmation")).then(
        status("REFUNDED"), gate_ended("superseded", by_fact=True)
    )


def test_an_open_gate_is_opened_by_a_status_of_an_unknown_copy() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(turns_out_delivered("ask")).then(
        step("style"), gate_ended("applied", basis="status")
    )


def test_a_flag_for_a_late_failure_goes_when_she_has_it_after_all() -> None:
    flagged = given(a_lead_at("complexity"), she_says("👍"), fails_late("ask")).world
    given(flagged).when(turns_out_delivered("ask")).then(no_flag("late_failure"), step("complexity"))


# --- ticks -------------------------------------------------------------------------------------------------------------


def test_ticks_are_shown_and_do_not_raise_the_version() -> None:
    given(MOVED).when(is_seen("ask", "delivered"), is_seen("ask", "read")).then(
        recorded(e.MessageSeen, times=2), same_version(MOVED), nothing_changed()
    )


# --- gate_on = delivered -----------------------------------------------------------------------------------------------

ACCEPTED = given(a_lead_at("dimensions"), she_says("8x12cm"), is_accepted()).world


def test_accepted_alone_opens_no_gate_where_the_studio_waits_for_more() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm")).when(is_accepted()).then(
        no_gate_ended(), gate("step 2 → 3"), recorded(e.MessageAccepted)
    )


def test_a_later_message_of_hers_opens_the_gate_of_an_accepted_intent_and_is_judged_after_it() -> None:
    given(ACCEPTED).when(she_says("fine line")).then(
        answer("style", "fine line"), gate_ended("applied", basis="reply"), gate("step 3 → 4"), waiting(0)
    )


def test_a_message_that_was_written_before_it_opens_nothing() -> None:
    given(ACCEPTED).when(she_says("wait", after_s=1, written_s_ago=20)).then(no_gate_ended(), waiting(1))


def test_a_later_message_that_came_before_the_news_of_acceptance_opens_it_too() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), she_says("fine line")).when(is_accepted()).then(
        no_gate_ended(), waiting(1)
    )
    early = given(a_lead_at("dimensions"), she_says("8x12cm")).world
    asked_at = early.now
    late = given(early, she_says("fine line", after_s=9)).world
    late.now = asked_at
    given(late).when(is_accepted()).then(gate_ended("applied", basis="reply"), answer("style", "fine line"))


def test_a_reaction_or_the_artists_own_phone_proves_nothing() -> None:
    given(ACCEPTED).when(she_says(None, kind="reaction"), she_says("hi, Mia here", kind="echo")).then(no_gate_ended())


REPLIED = given(ACCEPTED, she_says("fine line")).world
PROVED = next(intent.intent_id for intent in REPLIED.intents() if "Which style" in intent.body.text)


def test_the_delivery_that_comes_after_the_reply_changes_nothing() -> None:
    def comes(world: Conversing) -> None:
        world.happens(
            MessageDelivered(
                intent_id=PROVED, sequence=world.number("deliveries"), at=world.now, wamid="wamid.OUT", attempts=1,
                basis="timeout", accepted_at=world.now, began_at=world.now,
            )
        )  # fmt: skip

    given(REPLIED).when(comes).then(no_gate_ended(), gate("step 3 → 4"), same_version(REPLIED))


def test_a_failure_that_comes_after_the_reply_is_only_flagged() -> None:
    def comes(world: Conversing) -> None:
        number = world.number("deliveries")
        world.happens(MessageFailed(intent_id=PROVED, sequence=number, at=world.now, code="131026"))

    given(REPLIED).when(comes).then(flag("late_failure"), step("style"), gate("step 3 → 4"))


def test_an_accepted_gate_opens_with_the_basis_that_the_sender_reports() -> None:
    given(ACCEPTED).when(delivered("ask", basis="timeout")).then(step("style"), gate_ended("applied", basis="timeout"))


def test_a_payment_proves_the_delivery_of_its_link() -> None:
    approved = given(a_lead_in("PENDING_APPROVAL"), operator("approve"), link_is_created()).world
    given(approved).when(she_pays()).then(
        status("DEPOSIT_PAID"),
        gate_ended("applied", copy="deposit_link", basis="payment"),
        says("payment_confirmation"),
    )


def test_a_payment_proves_a_link_that_had_failed_too() -> None:
    approved = given(a_lead_in("PENDING_APPROVAL"), operator("approve"), link_is_created(), fails()).world
    given(approved).when(she_pays()).then(
        status("DEPOSIT_PAID"), gate_ended("applied", copy="deposit_link", basis="payment"), no_flag("send_failed")
    )


def test_a_payment_of_an_older_link_proves_nothing_of_the_new_one() -> None:
    expired = a_lead_in("DEPOSIT_EXPIRED")
    assert expired.lead.deposit is not None
    old = expired.lead.deposit.command_id
    given(expired, operator("send_deposit"), link_is_created()).when(she_pays(command_id=old)).then(
        status("DEPOSIT_PAID"), no_gate_ended(), gate("DEPOSIT_PAID → AWAITING_DEPOSIT")
    )


def test_a_confirmation_of_an_opt_out_may_be_proved_by_a_reply_so_that_a_start_need_not_wait() -> None:
    given(a_lead_at("style"), she_says("STOP"), is_accepted()).when(she_says("START")).then(
        gate_ended("applied", basis="reply"), opted_out(False), says("restart")
    )


def test_the_gate_of_a_studio_without_artists_fails_as_well() -> None:
    given(*answers_until("placement"), she_says("arm"), studio=a_studio(artist=[])).when(fails()).then(
        flag("send_failed"), tells_the_artist(), no_gate()
    )
