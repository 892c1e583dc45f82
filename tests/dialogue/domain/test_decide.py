"""PROTOCOL §2, Gates and Order: what waits, what does not wait, and for how long."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.leads import a_studio
from tests.builders.messages import PHONE
from tests.dialogue.checks import (
    answer,
    deposit,
    flag,
    gate,
    judged,
    no_gate,
    opted_out,
    recorded,
    refused,
    says,
    says_nothing,
    status,
    step,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import (
    Step,
    delivered,
    fails,
    mode,
    operator,
    parked,
    she_pays,
    she_says,
    the_owner_looks,
    time_passes,
)

ASKED = given(a_lead_at("dimensions"), she_says("8x12cm")).world  # the gate to 'style' is open

# --- the mailbox ------------------------------------------------------------------------------------------------------


@pytest.mark.domain("4.order")
def test_what_arrives_while_a_gate_is_open_waits() -> None:
    given(ASKED).when(she_says("fine line"), operator("ask", text="Hello")).then(waiting(2), says_nothing(), verdict())


@pytest.mark.domain("4.order")
def test_what_waits_is_judged_against_the_state_after_the_gate() -> None:
    given(ASKED, she_says("fine line")).when(delivered(taken_s_ago=5)).then(
        waiting(0), answer("style", "fine line"), gate("step 3 → 4")
    )


@pytest.mark.domain("4.order")
def test_what_waits_is_judged_by_when_it_was_written_not_by_when_it_came() -> None:
    given(
        a_lead_in("PENDING_APPROVAL"), she_says("a"), she_says("second", after_s=9),
        she_says("first", after_s=1, written_s_ago=4),
    ).when(delivered(), delivered()).then(judged("first", "second"))  # fmt: skip


@pytest.mark.domain("4.order")
def test_messages_of_one_second_are_judged_as_they_arrived() -> None:
    given(a_lead_in("PENDING_APPROVAL"), she_says("a"), she_says("one"), she_says("two", after_s=0)).when(
        delivered(), delivered()
    ).then(judged("one", "two"))


@pytest.mark.domain("4.order")
def test_a_message_that_waits_is_judged_once_the_gate_has_failed_too() -> None:
    given(ASKED, she_says("fine line")).when(fails()).then(waiting(0), verdict("sent_again"))


def test_an_action_that_is_no_longer_allowed_when_its_turn_comes_is_refused_and_shown() -> None:
    asked = given(*answers_until("timing"), she_says("flexible"), operator("reject"), operator("approve")).world
    given(asked).when(delivered("completion"), delivered("rejection")).then(
        status("REJECTED"), refused("not possible in REJECTED"), waiting(0)
    )


def test_an_action_that_waits_is_carried_out_when_its_turn_comes() -> None:
    given(*answers_until("timing"), she_says("flexible"), operator("approve")).when(delivered()).then(
        status("PENDING_APPROVAL"), deposit("requested"), recorded(e.ActionTaken)
    )


def test_a_timer_waits_too() -> None:
    given(a_lead_at("style"), operator("ask", text="Hello")).when(time_passes(hours=13)).then(
        waiting(1), says_nothing(), recorded(e.TimerFired, times=0)
    )


@pytest.mark.parametrize(
    ("what", "came_of_it"),
    [
        (she_says("STOP"), opted_out()),
        (operator("force"), step("style")),
    ],
)
def test_these_do_not_wait(what: Step, came_of_it: Step) -> None:
    given(ASKED).when(what).then(came_of_it, waiting(0))


def test_facts_about_money_do_not_wait() -> None:
    waits = given(a_lead_in("AWAITING_DEPOSIT"), she_says("is this safe?")).world
    given(waits).when(she_pays()).then(status("DEPOSIT_PAID"), deposit("paid", paid=15_000), says_nothing(), waiting(1))


def test_what_is_said_about_money_waits_for_the_gate() -> None:
    waits = given(a_lead_in("AWAITING_DEPOSIT"), she_says("is this safe?"), she_pays()).world
    given(waits).when(delivered()).then(says("payment_confirmation"), gate("DEPOSIT_PAID → BOOKING_PENDING"))


# --- panic, pilot, parking --------------------------------------------------------------------------------------------


PANIC = given(a_lead_at("style"), mode(panic=True)).world


@pytest.mark.domain("4.panic")
def test_in_panic_mode_messages_wait() -> None:
    given(PANIC).when(she_says("fine line")).then(waiting(1), says("panic_holding"), verdict())


@pytest.mark.domain("4.panic")
def test_open_gates_end_as_they_will_in_panic_mode() -> None:
    given(ASKED, mode(panic=True)).when(delivered()).then(step("style"), no_gate())


@pytest.mark.domain("4.panic", "4.opt-out")
def test_stop_is_heard_in_panic_mode_too() -> None:
    given(PANIC).when(she_says("STOP")).then(opted_out(), says("opt_out_confirmation"))


@pytest.mark.domain("4.panic")
def test_money_is_recorded_in_panic_mode_and_spoken_of_after_it() -> None:
    paying = given(a_lead_in("AWAITING_DEPOSIT"), mode(panic=True)).world
    paid = given(paying).when(she_pays()).then(status("DEPOSIT_PAID"), says_nothing(), waiting(1)).world
    given(paid, mode()).when(the_owner_looks()).then(says("payment_confirmation"))


@pytest.mark.domain("4.panic")
def test_reminders_are_not_sent_in_panic_mode() -> None:
    given(PANIC).when(time_passes(hours=20)).then(says_nothing())


@pytest.mark.domain("4.panic")
def test_the_artist_can_still_write_by_hand_in_panic_mode() -> None:
    given(PANIC).when(operator("ask", text="Our assistant is off today, I am here.")).then(says("ask"))


@pytest.mark.domain("4.panic")
def test_when_panic_ends_what_waited_is_judged() -> None:
    given(PANIC, she_says("fine line"), delivered(), mode()).when(the_owner_looks()).then(
        verdict("answer"), gate("step 3 → 4")
    )


@pytest.mark.domain("4.panic")
def test_when_panic_ends_a_new_message_does_not_overtake_the_ones_that_waited() -> None:
    given(PANIC, she_says("fine line"), delivered(), mode()).when(she_says("black only")).then(
        verdict("answer"), answer("style", "fine line"), waiting(1)
    )


@pytest.mark.domain("4.panic", "5.timers")
def test_silence_is_not_counted_while_a_timer_had_to_wait_for_the_end_of_panic() -> None:
    days_later = given(PANIC, time_passes(hours=60), mode()).world
    given(days_later).when(the_owner_looks(), time_passes(hours=11.9)).then(status("QUALIFYING"), says_nothing())
    given(days_later).when(the_owner_looks(), time_passes(hours=12.1)).then(status("QUALIFYING"), says("reminder_1"))


@pytest.mark.domain("4.pilot")
def test_in_pilot_mode_only_numbers_on_the_list_are_answered() -> None:
    given(mode(pilot=True)).when(she_says("hi")).then(says_nothing(), verdict("not_in_pilot"), no_gate())
    given(mode(pilot=True), studio=a_studio(allow=[PHONE])).when(she_says("hi")).then(says("welcome"))


@pytest.mark.domain("4.pilot")
def test_what_a_number_outside_of_the_pilot_writes_is_kept_and_never_answered() -> None:
    outside = given(mode(pilot=True), she_says("hi"), she_says("HUMAN")).then(
        verdict("not_in_pilot", "not_in_pilot"), waiting(0)
    )
    outside.when(mode(), the_owner_looks()).then(says_nothing()).when(she_says("hello?")).then(says("welcome"))


@pytest.mark.domain("4.pilot")
def test_somebody_without_a_number_is_outside_of_the_pilot_too() -> None:
    nameless = given(mode(pilot=True), studio=a_studio(allow=[PHONE]))
    nameless.when(she_says("hi", from_=None, user_id="GB.77")).then(says_nothing(), verdict("not_in_pilot"))


@pytest.mark.domain("4.pilot", "4.opt-out")
def test_stop_is_heard_in_pilot_mode_too() -> None:
    given(mode(pilot=True)).when(she_says("STOP")).then(opted_out(), says("opt_out_confirmation"))


@pytest.mark.domain("4.pilot")
def test_nobody_outside_of_the_pilot_is_reminded() -> None:
    given(a_lead_at("style"), mode(pilot=True)).when(time_passes(hours=50)).then(says_nothing(), status("QUALIFYING"))


def test_a_parked_conversation_waits_for_its_release() -> None:
    held = given(a_lead_at("style"), parked()).world
    given(held).when(she_says("fine line"), operator("ask", text="hello")).then(waiting(2), says_nothing())
    given(held, she_says("fine line")).when(operator("release")).then(verdict("answer"), waiting(0))


def test_release_is_refused_where_nothing_is_parked() -> None:
    given(a_lead_at("style")).when(operator("release")).then(refused())


def test_stop_money_and_deliveries_reach_a_parked_conversation() -> None:
    given(a_lead_in("AWAITING_DEPOSIT"), parked()).when(she_pays()).then(status("DEPOSIT_PAID"))
    given(ASKED, parked()).when(delivered()).then(step("style"))
    given(ASKED, parked()).when(she_says("STOP")).then(opted_out())


def test_an_event_of_a_restored_producer_is_judged_and_flagged() -> None:
    given(a_lead_at("style")).when(she_says("fine line", restored=True)).then(verdict("answer"), flag("restored"))
