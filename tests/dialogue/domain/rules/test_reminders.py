"""Silence (DOMAIN §3 row 27, §3b, §5): reminders at 12 h and 36 h, ABANDONED at 48 h, each once."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.pauses import begin
from inkgate_dialogue.domain.quiet import QuietHours
from inkgate_dialogue.domain.run import Mode
from tests.builders.conversations import Conversing
from tests.builders.leads import STUDIO, a_studio
from tests.dialogue.checks import (
    calls_off,
    lead_is,
    no_flag,
    no_gate,
    nothing_changed,
    recorded,
    same_version,
    says,
    says_nothing,
    sending,
    status,
    step,
    tells_nobody,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import (
    delivered,
    fails,
    is_cancelled,
    mode,
    operator,
    sender_is_held,
    sender_is_released,
    she_says,
    the_owner_looks,
    time_passes,
)

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3.27"), pytest.mark.domain("3b.time")]
QUIET = a_lead_at("style")


def test_she_is_reminded_after_12_hours_and_again_after_36() -> None:
    given(QUIET).when(time_passes(hours=11.9)).then(says_nothing())
    given(QUIET).when(time_passes(hours=12.1)).then(says("reminder_1"))
    given(QUIET).when(time_passes(hours=35.9)).then(says("reminder_1"))
    given(QUIET).when(time_passes(hours=36.1)).then(says("reminder_1", "reminder_2"))


def test_after_48_hours_the_lead_is_abandoned_and_no_message_says_so() -> None:
    given(QUIET).when(time_passes(hours=48.1)).then(
        status("ABANDONED"),
        says("reminder_1", "reminder_2"),
        recorded(e.StatusChanged, reason="silence", intent_id=None),
    )


def test_a_reminder_opens_no_gate_and_changes_no_step() -> None:
    given(QUIET).when(time_passes(hours=13)).then(no_gate(), step("style"), sending(gating=False, queue="business"))


def test_a_reminder_expires() -> None:
    reminded = given(QUIET).when(time_passes(hours=13)).world
    assert next(iter(reminded.intents(since=reminded.mark_emitted))).expires_at is not None


def test_its_delivery_is_marked() -> None:
    given(QUIET, time_passes(hours=13)).when(delivered("reminder_1")).then(recorded(e.Marked, mark="reminder_sent"))


def test_a_reminder_that_fails_is_not_sent_again_and_flags_nothing() -> None:
    failed = given(QUIET, time_passes(hours=13)).when(fails("reminder_1"))
    failed.then(no_flag("send_failed"), tells_nobody())
    failed.when(she_says("fine line")).then(says("ask"), verdict("answer"))


def test_a_message_from_her_calls_off_a_reminder_that_was_not_handed_over() -> None:
    given(QUIET, time_passes(hours=13)).when(she_says("fine line")).then(calls_off("reminder_1"), says("ask"))


def test_it_is_called_off_once() -> None:
    late = given(QUIET, time_passes(hours=13), she_says("👍"), delivered("ask")).world
    given(late).when(she_says("2")).then(calls_off())


def test_a_reminder_that_went_out_is_not_called_off() -> None:
    given(QUIET, time_passes(hours=13), delivered("reminder_1")).when(she_says("fine line")).then(calls_off())
    given(QUIET, time_passes(hours=13), is_cancelled("reminder_1")).when(she_says("fine line")).then(calls_off())


def test_silence_is_counted_from_the_delivery_of_our_last_question() -> None:
    given(QUIET, time_passes(hours=11), she_says("fine line"), delivered()).when(time_passes(hours=11)).then(
        says_nothing()
    )
    given(QUIET, time_passes(hours=11), she_says("fine line"), delivered()).when(time_passes(hours=12.1)).then(
        says("reminder_1")
    )


def test_a_question_that_is_asked_again_counts_as_asked() -> None:
    repaired = given(a_lead_at("dimensions"), time_passes(hours=11), she_says("big"), delivered()).world
    given(repaired).when(time_passes(hours=49)).then(says("reminder_1", "reminder_2"), status("ABANDONED"))


def test_after_a_message_of_hers_reminders_begin_anew() -> None:
    back = given(QUIET, time_passes(hours=37), she_says("fine line"), delivered("ask")).world
    given(back).when(time_passes(hours=12.1)).then(says("reminder_1"), status("QUALIFYING"))


def test_silence_is_not_counted_while_our_question_is_on_its_way() -> None:
    given(QUIET, she_says("fine line")).when(time_passes(hours=50)).then(says_nothing(), status("QUALIFYING"))


def test_nor_when_it_had_failed() -> None:
    given(QUIET, she_says("fine line"), fails()).when(time_passes(hours=50)).then(says_nothing(), status("QUALIFYING"))


def test_the_timer_looks_again_when_it_fires_so_that_a_turn_moves_none() -> None:
    asked = given(QUIET, she_says("fine line")).when(delivered())
    asked.then(recorded(e.TimerSet, times=0))
    assert asked.world.state.timers == QUIET.state.timers


def test_looking_again_raises_no_version() -> None:
    later = given(QUIET, time_passes(hours=6), she_says("fine line"), delivered()).world
    given(later).when(time_passes(hours=6.5)).then(nothing_changed(), same_version(later))


def test_a_firing_that_another_one_has_overtaken_does_nothing() -> None:
    def stale(world: Conversing) -> None:
        world.fire("silence", QUIET.now)

    given(QUIET).when(stale, stale).then(says_nothing(), recorded(e.TimerFired, times=0))


def test_a_firing_that_comes_twice_counts_once() -> None:
    due = QUIET.state.timers["silence"]
    again = TimerFired(timer_id=QUIET.id, lead_id=QUIET.lead.id, timer="silence", due_at=due)
    given(QUIET, time_passes(hours=12.1)).when(lambda world: world.happens(again)).then(says_nothing())


def test_a_late_reminder_is_not_followed_at_once_by_the_next_one() -> None:
    """The service was away for a day and a half."""

    def wakes_up(world: Conversing) -> None:
        world.now += timedelta(hours=37)
        world.fire("silence")

    given(QUIET).when(wakes_up, time_passes(minutes=30)).then(says("reminder_1"))


def test_a_studio_without_reminders_abandons_all_the_same() -> None:
    silent = a_studio(timers=replace(STUDIO.file.timers, reminders_s=[], abandoned_s=3_600))
    given(she_says("hi"), delivered(), studio=silent).when(time_passes(hours=2)).then(
        status("ABANDONED"), says_nothing()
    )


def test_a_lead_that_waits_for_the_artist_is_not_abandoned() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(time_passes(hours=60)).then(status("PENDING_APPROVAL"), says_nothing())


def test_a_new_lead_whose_welcome_never_arrived_is_not_reminded() -> None:
    given(she_says("hi"), fails()).when(time_passes(hours=60)).then(status("NEW"), says_nothing())


def test_while_an_operators_message_is_on_its_way_the_timer_waits_and_its_time_does_not_count() -> None:
    asked = given(QUIET, operator("ask", text="hello"), time_passes(hours=30)).world
    given(asked).when(delivered("ask")).then(says_nothing(), status("QUALIFYING"), lead_is(reminders=0))


# --- what is nobody's silence -----------------------------------------------------------------------------------------


def test_panic_and_holds_of_the_sender_are_not_counted_as_silence() -> None:
    for begins, ends in ((sender_is_held(), sender_is_released()), (mode(panic=True), mode())):
        paused = given(QUIET, time_passes(hours=6), begins, time_passes(hours=30), ends, the_owner_looks()).world
        given(paused).when(time_passes(hours=5.9)).then(says_nothing(), status("QUALIFYING"))
        given(paused).when(time_passes(hours=6.5)).then(says("reminder_1"))
        given(paused, time_passes(hours=6.5)).when(time_passes(hours=36)).then(status("ABANDONED"))


def test_a_hold_of_another_number_is_none_of_hers() -> None:
    def another_number_is_held(world: Conversing) -> None:
        world.mode = Mode(pauses=begin((), "999", world.now))

    given(QUIET).when(another_number_is_held, time_passes(hours=12.1)).then(says("reminder_1"))


def test_the_time_in_which_a_message_of_ours_was_on_its_way_and_failed_is_not_counted() -> None:
    """The artist's question took ten hours to fail: no timer had fired meanwhile."""
    failed = given(QUIET, time_passes(hours=1), operator("ask", text="hello"), time_passes(hours=10), fails()).world
    given(failed).when(time_passes(hours=10.9)).then(says_nothing())
    given(failed).when(time_passes(hours=11.1)).then(says("reminder_1"))


# --- quiet hours ------------------------------------------------------------------------------------------------------


@pytest.mark.domain("5.quiet-hours")
def test_in_quiet_hours_a_reminder_waits_until_they_end() -> None:
    """She was asked at noon: twelve hours later it is night."""
    night = QUIET.fork()
    night.studio = a_studio(quiet_hours=QuietHours(begin="21:00", end="09:00"))
    given(night).when(time_passes(hours=20.9)).then(says_nothing())
    morning = given(night).when(time_passes(hours=21.1))
    morning.then(says("reminder_1"), lead_is(reminders=1))
    # Thirty-six hours after noon it is night again.
    morning.when(delivered(), time_passes(hours=23.5)).then(says_nothing())
    morning.when(time_passes(hours=1)).then(says("reminder_2"))


@pytest.mark.domain("5.quiet-hours")
def test_a_reminder_that_was_put_off_past_the_next_one_does_not_double() -> None:
    short = QUIET.fork()
    timers = replace(STUDIO.file.timers, reminders_s=[43_200, 50_000])
    short.studio = a_studio(timers=timers, quiet_hours=QuietHours(begin="21:00", end="09:00"))
    given(short).when(time_passes(hours=30)).then(says("reminder_1"), lead_is(reminders=2))


@pytest.mark.domain("5.quiet-hours")
def test_what_time_alone_brings_about_waits_for_no_morning() -> None:
    """Two days after two in the morning it is two in the morning: nothing is said, so nobody is woken."""
    owl = given(QUIET, time_passes(hours=14), she_says("fine line"), delivered("ask")).world
    owl.studio = a_studio(quiet_hours=QuietHours(begin="21:00", end="09:00"))
    given(owl).when(time_passes(hours=48.1)).then(status("ABANDONED"))
