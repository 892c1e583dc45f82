"""She has paid, and waits for her date."""

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.quiet import QuietHours
from tests.builders.leads import a_studio
from tests.dialogue.checks import (
    nothing_changed,
    recorded,
    says,
    says_nothing,
    sending,
    status,
    tells_nobody,
    tells_the_artist,
)
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, is_refunded, operator, she_says, time_passes

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3b.time")]
PAID = a_lead_in("BOOKING_PENDING")


def test_the_artist_is_reminded_after_a_day_once() -> None:
    given(PAID).when(time_passes(hours=23.9)).then(tells_nobody())
    given(PAID).when(time_passes(hours=24.1)).then(
        tells_the_artist("booking_waiting"), says_nothing(), nothing_changed()
    )
    given(PAID, time_passes(hours=24.1)).when(time_passes(hours=47)).then(tells_nobody(), status("BOOKING_PENDING"))


def test_past_72_hours_it_needs_a_follow_up_a_fact_and_both_are_told() -> None:
    late = given(PAID, time_passes(hours=71.9)).when(time_passes(hours=0.2))
    late.then(
        status("NEEDS_FOLLOW_UP"),
        tells_the_artist("booking_overdue"),
        says("booking_late"),
        sending(gating=False),
        recorded(e.StatusChanged, reason="not_booked", intent_id=None),
    )


def test_a_date_that_was_settled_in_time_calls_for_nobody() -> None:
    booked = given(PAID, operator("book", slot="Sat 10 Jan, 11:00"), delivered()).world
    given(booked).when(time_passes(hours=100)).then(tells_nobody(), status("BOOKED"))
    given(PAID, is_refunded(), delivered()).when(time_passes(hours=100)).then(tells_nobody(), status("REFUNDED"))


def test_the_limit_falls_into_no_quiet_hours() -> None:
    asleep = PAID.fork()
    asleep.studio = a_studio(quiet_hours=QuietHours(begin="11:00", end="17:00"))
    given(asleep).when(time_passes(hours=76)).then(tells_the_artist("booking_waiting"), status("BOOKING_PENDING"))
    given(asleep, time_passes(hours=76)).when(time_passes(hours=1.5)).then(
        status("NEEDS_FOLLOW_UP"), tells_the_artist("booking_overdue"), says("booking_late")
    )


def test_a_client_who_opted_out_hears_nothing_and_the_artist_does() -> None:
    gone = given(PAID, she_says("STOP"), delivered()).world
    given(gone).when(time_passes(hours=73)).then(
        status("NEEDS_FOLLOW_UP"), says_nothing(), tells_the_artist("booking_waiting", "booking_overdue")
    )


def test_it_can_still_be_booked_afterwards() -> None:
    given(PAID, time_passes(hours=73), delivered()).when(operator("book", slot="Mon 11:00"), delivered()).then(
        status("BOOKED")
    )
