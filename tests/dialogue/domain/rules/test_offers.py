"""We asked her something and she is silent: a stop of the tour, or times that suit her."""

import pytest

from tests.builders.conversations import Conversing
from tests.dialogue.checks import says, says_nothing, status, tells_nobody, tells_the_artist
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import begins_in, time_passes

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3.27")]


def offered(which: str) -> Conversing:
    return given(a_lead_in("PENDING_APPROVAL"), begins_in(which)).world


def test_a_tour_offer_is_remembered_after_two_days_once() -> None:
    tour = offered("TOUR_CONVERSION_OFFERED")
    given(tour).when(time_passes(hours=47.9)).then(says_nothing())
    given(tour).when(time_passes(hours=48.1)).then(says("tour_reminder"), status("TOUR_CONVERSION_OFFERED"))
    given(tour, time_passes(hours=48.1)).when(time_passes(days=5)).then(says_nothing())


def test_asked_for_her_times_she_is_reminded_after_a_day_and_the_artist_told_after_three() -> None:
    asked = offered("COLLECTING_TIME_WINDOWS")
    given(asked).when(time_passes(hours=24.1)).then(says("windows_reminder"), tells_nobody())
    given(asked, time_passes(hours=71)).when(time_passes(hours=2)).then(
        says_nothing(), tells_the_artist("windows_waiting"), status("COLLECTING_TIME_WINDOWS")
    )
