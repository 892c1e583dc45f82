"""The way back from an expired link."""

import pytest

from inkgate_common.contracts.payment_commands import DepositRequested
from inkgate_dialogue.domain import events as e
from tests.builders.messages import picture
from tests.dialogue.checks import (
    asks_for,
    asks_payments,
    deposit,
    flag,
    gate,
    handover,
    recorded,
    says,
    says_nothing,
    status,
    tells_the_artist,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_in, given, slots
from tests.dialogue.steps import delivered, fails, link_expires, link_is_created, she_says


@pytest.mark.domain("3.30")
def test_when_her_link_expires_she_is_told_of_the_way_back() -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(link_expires()).then(
        status("DEPOSIT_EXPIRED"), says("link_expired"), text("Write to us here")
    )


@pytest.mark.domain("3.30", "3.26")
def test_a_message_then_gets_her_a_new_link() -> None:
    given(a_lead_in("DEPOSIT_EXPIRED")).when(she_says("sorry, I was away")).then(
        says("ask"),
        text("on its way"),
        gate("none"),
        asks_payments(DepositRequested),
        asks_for(15_000),
        verdict("new_link"),
    ).when(delivered(), link_is_created("https://pay.example/cs_2")).then(
        says("deposit_link"), text("cs_2"), gate("DEPOSIT_EXPIRED → AWAITING_DEPOSIT"), status("DEPOSIT_EXPIRED")
    ).when(delivered()).then(status("AWAITING_DEPOSIT"), deposit("link_created"))


@pytest.mark.domain("3.30", "3.14")
def test_where_the_new_link_cannot_be_sent_nothing_has_changed_and_it_can_be_sent_again() -> None:
    given(a_lead_in("DEPOSIT_EXPIRED"), she_says("hi"), delivered(), link_is_created()).when(fails()).then(
        status("DEPOSIT_EXPIRED"), flag("send_failed"), tells_the_artist("send_failed")
    ).when(she_says("hello?")).then(says("deposit_link"), gate("DEPOSIT_EXPIRED → AWAITING_DEPOSIT"))


@pytest.mark.domain("3.30")
def test_while_the_new_link_is_being_made_no_other_is_asked_for() -> None:
    given(a_lead_in("DEPOSIT_EXPIRED"), she_says("hi"), delivered()).when(she_says("thanks")).then(
        asks_payments(), says("ask"), verdict("status_reply")
    )


@pytest.mark.domain("3.30")
def test_a_link_that_is_made_before_the_word_about_it_is_delivered_waits_for_it() -> None:
    given(a_lead_in("DEPOSIT_EXPIRED"), she_says("hi")).when(link_is_created()).then(says_nothing()).when(
        delivered()
    ).then(says("deposit_link"))


@pytest.mark.domain("3.30")
def test_a_plain_no_is_left_to_the_artist() -> None:
    given(a_lead_in("DEPOSIT_EXPIRED")).when(she_says("no thanks")).then(
        asks_payments(), gate("DEPOSIT_EXPIRED → NEEDS_ARTIST_REPLY"), says("handover")
    ).when(delivered()).then(handover("does not want a new link"), recorded(e.StatusChanged))


@pytest.mark.domain("3.30", "5.slots")
def test_where_a_slot_comes_before_the_deposit_the_slots_are_offered_anew() -> None:
    expired = given(slots("before_deposit", "chosen"), link_expires(), delivered())
    for message in (she_says("what now?"), she_says(None, **picture())):
        given(expired.world).when(message).then(says("slots_offered"), asks_payments(), status("DEPOSIT_EXPIRED")).when(
            delivered(), she_says("2")
        ).then(status("AWAITING_DEPOSIT"), asks_payments(DepositRequested))
