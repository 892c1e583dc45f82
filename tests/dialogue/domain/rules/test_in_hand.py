"""A client waits for the artist, and the bot is quiet."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.dialogue.checks import handover, recorded, says_nothing, status, tells_nobody, tells_the_artist
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, operator, she_says, time_passes

pytestmark = pytest.mark.domain("5.timers")
HERS = a_lead_in("NEEDS_ARTIST_REPLY")


def test_the_artist_is_reminded_after_4_hours_and_after_a_day_and_no_more() -> None:
    given(HERS).when(time_passes(hours=3.9)).then(tells_nobody())
    given(HERS).when(time_passes(hours=4.1)).then(tells_the_artist("handover_waiting"), says_nothing())
    given(HERS, time_passes(hours=4.1)).when(time_passes(days=3)).then(tells_the_artist("handover_waiting"))


def test_until_she_hands_her_back_or_ends_it() -> None:
    given(HERS, operator("resume"), delivered()).when(time_passes(hours=9)).then(tells_nobody(), handover(None))
    given(HERS, she_says("CONTINUE"), delivered()).when(time_passes(hours=9)).then(tells_nobody())
    given(HERS, operator("reject"), delivered()).when(time_passes(hours=30)).then(tells_nobody(), status("REJECTED"))


def test_a_second_handover_is_a_new_one() -> None:
    again = given(HERS, time_passes(hours=5), she_says("CONTINUE"), delivered(), she_says("HUMAN"), delivered()).world
    given(again).when(time_passes(hours=3.9)).then(tells_nobody())
    given(again).when(time_passes(hours=4.1)).then(tells_the_artist("handover_waiting"))


@pytest.mark.domain("3b.time")
def test_after_two_weeks_without_a_word_it_is_stale_a_fact_and_the_artist_is_told() -> None:
    given(HERS, time_passes(days=13.9)).when(time_passes(days=0.2)).then(
        status("STALE"),
        says_nothing(),
        tells_the_artist("stale"),
        recorded(e.StatusChanged, reason="silence", intent_id=None),
    )


@pytest.mark.domain("3b.time")
def test_every_message_of_hers_begins_the_two_weeks_anew() -> None:
    wrote = given(HERS, time_passes(days=10), she_says("hello?"), delivered()).world
    given(wrote).when(time_passes(days=13.9)).then(status("NEEDS_ARTIST_REPLY"))
    given(wrote, time_passes(days=13.9)).when(time_passes(days=0.2)).then(status("STALE"))


@pytest.mark.domain("3b.time")
def test_a_follow_up_too() -> None:
    given(a_lead_in("NEEDS_FOLLOW_UP"), time_passes(days=13.9)).when(time_passes(days=0.2)).then(
        status("STALE"), tells_the_artist("stale")
    )


@pytest.mark.domain("3b.time")
def test_a_lead_that_is_paid_is_never_stale() -> None:
    paid = given(a_lead_in("BOOKING_PENDING"), time_passes(hours=73), delivered()).world
    given(paid).when(time_passes(days=30)).then(status("NEEDS_FOLLOW_UP"), tells_nobody())
