"""The day before, and the day after."""

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.quiet import QuietHours
from tests.builders.leads import a_studio
from tests.dialogue.checks import had, no_gate, nothing_changed, recorded, says, says_nothing, sending, status, text
from tests.dialogue.language import a_lead_in, given, slots
from tests.dialogue.steps import delivered, fails_late, is_disputed, operator, she_says, time_passes

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3b.time")]

# Booked on Monday the 5th, a little after noon, for Wednesday the 7th, 13:30 to 16:30.
BOOKED = slots("after_deposit", "booked")


@pytest.mark.domain("3.27")
def test_she_is_reminded_the_day_before_once_and_it_gates_nothing() -> None:
    given(BOOKED).when(time_passes(hours=25)).then(says_nothing())
    given(BOOKED).when(time_passes(hours=26)).then(
        says("appointment_reminder"),
        text("Wednesday 7 January, 13:30"),
        sending(gating=False, queue="business"),
        no_gate(),
        nothing_changed(),
    )
    given(BOOKED, time_passes(hours=26), delivered()).when(time_passes(hours=20)).then(says_nothing(), status("BOOKED"))


@pytest.mark.domain("3.27")
def test_somebody_who_is_booked_for_tomorrow_has_just_been_told() -> None:
    soon = given(a_lead_in("BOOKING_PENDING"), operator("book", slot="2026-01-06T11:00"), delivered()).world
    given(soon).when(time_passes(hours=22)).then(says_nothing())


@pytest.mark.domain("3.27")
def test_nobody_is_reminded_of_what_is_cancelled_frozen_or_over() -> None:
    given(BOOKED, operator("cancel"), delivered()).when(time_passes(days=4)).then(says_nothing(), status("CANCELLED"))
    given(BOOKED, is_disputed()).when(time_passes(hours=30)).then(says_nothing())
    given(BOOKED, she_says("STOP"), delivered()).when(time_passes(hours=30)).then(says_nothing())


@pytest.mark.domain("3.27")
def test_the_reminder_waits_for_the_end_of_her_quiet_hours() -> None:
    world = BOOKED.fork()
    world.studio = a_studio(slots="after_deposit", quiet_hours=QuietHours(begin="12:00", end="20:00"))
    given(world).when(time_passes(hours=26)).then(says_nothing())
    given(world).when(time_passes(hours=33)).then(says("appointment_reminder"))


def test_the_day_after_it_is_completed_a_fact() -> None:
    given(BOOKED, time_passes(hours=26), delivered()).when(time_passes(hours=50)).then(status("BOOKED"))
    given(BOOKED, time_passes(hours=26), delivered()).when(time_passes(hours=51)).then(
        status("COMPLETED"),
        recorded(e.StatusChanged, to_status="COMPLETED", intent_id=None),
        says_nothing(),
        had("booked"),
    )


def test_unless_the_artist_says_that_she_did_not_come() -> None:
    given(BOOKED, time_passes(days=3), operator("no_show")).when(time_passes(days=3)).then(status("NO_SHOW"))


def test_a_booking_in_words_has_no_time_so_the_artist_completes_it() -> None:
    given(a_lead_in("BOOKED")).when(time_passes(days=60)).then(status("BOOKED"), says_nothing())


def test_a_booking_that_is_taken_back_is_not_completed() -> None:
    given(BOOKED, fails_late("booking_confirmation")).when(time_passes(days=2)).then(
        says_nothing(), status("BOOKING_PENDING")
    )
