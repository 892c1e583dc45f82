"""Reminders of an open deposit link."""

import pytest

from tests.dialogue.checks import says, says_nothing, sending, status, text
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import (
    delivered,
    fails,
    link_expires,
    link_is_created,
    operator,
    payment_fails,
    she_pays,
    she_says,
    time_passes,
)

pytestmark = [pytest.mark.domain("5.timers"), pytest.mark.domain("3.27")]
LINK = a_lead_in("AWAITING_DEPOSIT")


def test_she_is_reminded_6_hours_after_the_link_and_again_after_20() -> None:
    given(LINK).when(time_passes(hours=5.9)).then(says_nothing())
    given(LINK).when(time_passes(hours=6.1)).then(says("deposit_reminder_1"), text("£150", "https://pay.example/cs_1"))
    given(LINK).when(time_passes(hours=19.9)).then(says("deposit_reminder_1"))
    given(LINK).when(time_passes(hours=23)).then(says("deposit_reminder_1", "deposit_reminder_2"))


def test_outside_her_window_the_template_goes_with_the_same_link() -> None:
    late = given(a_lead_in("PENDING_APPROVAL"), time_passes(hours=30), operator("approve"), link_is_created()).world
    reminded = given(late, delivered()).when(time_passes(hours=6.1)).world
    (intent,) = list(reminded.intents(since=reminded.mark_emitted))
    assert intent.fallback is not None and intent.fallback.same_content
    assert intent.fallback.parameters == ["£150", "https://pay.example/cs_1"]


def test_who_paid_is_not_reminded() -> None:
    given(LINK, she_pays(), delivered()).when(time_passes(hours=21)).then(says_nothing())


def test_nor_whose_link_expired_or_was_never_delivered() -> None:
    given(LINK, time_passes(hours=1), link_expires(), delivered()).when(time_passes(hours=21)).then(says_nothing())
    unheard = given(a_lead_in("PENDING_APPROVAL"), operator("approve"), link_is_created(), fails()).world
    given(unheard).when(time_passes(hours=21)).then(says_nothing(), status("PENDING_APPROVAL"))


def test_a_payment_that_failed_leaves_the_link_to_be_remembered() -> None:
    given(LINK, payment_fails(), delivered()).when(time_passes(hours=6.1)).then(says("deposit_reminder_1"))


def test_a_new_link_is_remembered_from_its_own_beginning() -> None:
    renewed = given(LINK, time_passes(hours=7), operator("send_deposit"), link_is_created("https://pay.example/cs_2"))
    again = given(renewed.world, delivered("deposit_link"), delivered()).world
    given(again).when(time_passes(hours=5.5)).then(says_nothing())
    given(again).when(time_passes(hours=6.1)).then(says("deposit_reminder_1"), text("https://pay.example/cs_2"))


def test_while_the_artist_has_her_nobody_is_reminded_and_afterwards_as_planned() -> None:
    with_her = given(LINK, time_passes(hours=1), she_says("HUMAN"), delivered()).world
    given(with_her).when(time_passes(hours=8)).then(says_nothing())
    back = given(with_her, time_passes(hours=8), operator("resume"), delivered()).world
    given(back).when(time_passes(hours=8)).then(says_nothing())
    given(back).when(time_passes(hours=11.5)).then(says("deposit_reminder_2"))


def test_a_reminder_does_not_outlive_the_link() -> None:
    reminded = given(LINK, time_passes(hours=6.1), delivered()).when(time_passes(hours=14))
    lead = reminded.world.lead
    assert lead.deposit is not None and lead.deposit.expires_at is not None
    reminded.then(says("deposit_reminder_2"))
    (intent,) = list(reminded.world.intents(since=reminded.world.mark_emitted))
    assert intent.expires_at is not None and intent.expires_at < lead.deposit.expires_at
    reminded.then(sending(gating=False))
