"""That her link expired is said when quiet hours are over."""

import pytest

from inkgate_dialogue.domain.quiet import QuietHours
from tests.builders.leads import a_studio
from tests.dialogue.checks import says, says_nothing, status
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, link_expires, link_is_created, operator, she_pays, she_says, time_passes

pytestmark = [pytest.mark.domain("3.30"), pytest.mark.domain("5.quiet-hours")]

ASLEEP = a_lead_in("AWAITING_DEPOSIT").fork()
ASLEEP.studio = a_studio(quiet_hours=QuietHours(begin="11:00", end="15:00"))


def test_it_is_recorded_at_once_and_said_when_they_are_over() -> None:
    expired = given(ASLEEP).when(link_expires(), time_passes(hours=2.5))
    expired.then(status("DEPOSIT_EXPIRED"), says_nothing())
    expired.when(time_passes(hours=1)).then(says("link_expired"))


def test_outside_of_them_it_is_said_at_once() -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(link_expires()).then(says("link_expired"))


def test_it_is_not_said_any_more_when_a_new_link_is_there_or_she_has_paid() -> None:
    renewed = given(ASLEEP, link_expires(), operator("send_deposit"), link_is_created(), delivered()).world
    given(renewed).when(time_passes(hours=3)).then(says_nothing(), status("AWAITING_DEPOSIT"))
    given(ASLEEP, link_expires(), she_pays(), delivered()).when(time_passes(hours=3)).then(says_nothing())


def test_nor_to_somebody_who_opted_out() -> None:
    given(ASLEEP, link_expires(), she_says("STOP"), delivered()).when(time_passes(hours=3)).then(says_nothing())
