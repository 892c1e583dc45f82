"""An enquiry waits for the artist."""

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain import events as e
from tests.builders.leads import STUDIO, a_studio
from tests.dialogue.checks import (
    answer,
    gate,
    recorded,
    says,
    says_nothing,
    status,
    tells_nobody,
    tells_the_artist,
)
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, operator, she_says, time_passes

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3b.time")]
WAITS = a_lead_in("PENDING_APPROVAL")


def test_after_three_days_it_is_stale_a_fact_and_the_artist_is_told() -> None:
    given(WAITS).when(time_passes(hours=71.9)).then(status("PENDING_APPROVAL"), tells_the_artist("approval_waiting"))
    given(WAITS, time_passes(hours=71.9)).when(time_passes(hours=0.2)).then(
        status("STALE"),
        says_nothing(),
        tells_the_artist("stale"),
        recorded(e.StatusChanged, reason="not_approved", intent_id=None),
    )


def test_the_artist_is_reminded_a_day_before_once() -> None:
    given(WAITS).when(time_passes(hours=47.9)).then(tells_nobody())
    given(WAITS).when(time_passes(hours=48.1)).then(tells_the_artist("approval_waiting"), says_nothing())
    given(WAITS, time_passes(hours=48.1)).when(time_passes(hours=23)).then(tells_nobody())


def test_an_enquiry_that_was_answered_meanwhile_is_left_alone() -> None:
    given(WAITS, operator("reject"), delivered()).when(time_passes(hours=100)).then(status("REJECTED"), tells_nobody())


def test_a_status_reply_moves_nothing() -> None:
    """She asks where it stands: the artist still has not looked."""
    asked = given(WAITS, time_passes(hours=40), she_says("any news?"), delivered()).world
    given(asked).when(time_passes(hours=8.1)).then(tells_the_artist("approval_waiting"))
    given(asked).when(time_passes(hours=32.1)).then(status("STALE"))


def test_any_message_brings_a_stale_enquiry_back_with_its_answers_and_the_days_begin_anew() -> None:
    back = given(WAITS, time_passes(hours=73)).when(she_says("hello?"))
    back.then(says("ask"), gate("STALE → PENDING_APPROVAL"))
    back.when(delivered()).then(status("PENDING_APPROVAL"), answer("idea", "a fox asleep between ferns"))
    back.when(time_passes(hours=47)).then(tells_nobody())
    back.when(time_passes(hours=1.1)).then(tells_the_artist("approval_waiting"))
    back.when(time_passes(hours=24)).then(status("STALE"))


def test_a_studio_sets_its_own_times() -> None:
    own = WAITS.fork()
    own.studio = a_studio(timers=replace(STUDIO.file.timers, approval_reminders_s=(), approval_stale_s=7_200))
    # The timer that stands looks again when it fires; a new wait begins with the new times.
    again = given(own, she_says("HUMAN"), delivered(), operator("resume"), delivered()).world
    given(again).when(time_passes(hours=2.1)).then(status("STALE"), tells_the_artist("stale"))
