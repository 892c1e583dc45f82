"""What the artist does with an enquiry by hand (DOMAIN §2)."""

import pytest

from inkgate_common.contracts.payment_commands import DepositCancelled
from tests.builders.leads import ANSWERS
from tests.dialogue.checks import (
    asks_payments,
    flag,
    gate,
    lead_is,
    no_gate,
    refused,
    says,
    says_nothing,
    status,
    step,
    tells_the_artist,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, fails, operator, she_says

pytestmark = pytest.mark.domain("2.by-hand")


@pytest.mark.parametrize("where", ["PENDING_APPROVAL", "AWAITING_DEPOSIT", "BOOKING_PENDING"])
def test_that_she_will_follow_up_waits_for_its_message(where: str) -> None:
    at = (
        given(a_lead_in(where))
        .when(operator("follow_up"))
        .then(says("follow_up"), gate(f"{where} → NEEDS_FOLLOW_UP"), status(where))
    )
    given(at.world).when(fails()).then(status(where), flag("send_failed"), tells_the_artist("send_failed")).when(
        operator("resend"), delivered()
    ).then(status("NEEDS_FOLLOW_UP"))
    at.when(delivered()).then(status("NEEDS_FOLLOW_UP"))


def test_an_enquiry_that_leads_nowhere_is_closed_and_any_message_begins_anew() -> None:
    at = (
        given(a_lead_in("PENDING_APPROVAL"))
        .when(operator("close"))
        .then(says("closed"), gate("PENDING_APPROVAL → ABANDONED"), status("PENDING_APPROVAL"))
    )
    at.when(delivered()).then(status("ABANDONED")).when(she_says("hello"), delivered()).then(
        status("QUALIFYING"), step("idea")
    )


def test_where_that_message_fails_it_stays_open() -> None:
    given(a_lead_in("PENDING_APPROVAL"), operator("close")).when(fails()).then(
        status("PENDING_APPROVAL"), flag("send_failed")
    )


def test_an_open_link_is_expired_when_its_enquiry_is_closed() -> None:
    at = given(a_lead_in("AWAITING_DEPOSIT"), operator("follow_up"), delivered())
    at.when(operator("close")).then(asks_payments(DepositCancelled), gate("NEEDS_FOLLOW_UP → ABANDONED"))


def test_of_somebody_who_opted_out_it_is_closed_without_a_word() -> None:
    given(a_lead_in("NEEDS_FOLLOW_UP"), she_says("STOP")).when(operator("close"), delivered()).then(says_nothing())


def test_what_is_paid_is_not_closed() -> None:
    given(a_lead_in("BOOKING_PENDING"), operator("follow_up"), delivered()).when(operator("close")).then(
        refused("not possible in NEEDS_FOLLOW_UP", allowed="refund")
    )


def test_an_enquiry_that_needed_a_follow_up_is_taken_up_with_its_answers() -> None:
    at = (
        given(a_lead_in("AWAITING_DEPOSIT"), operator("follow_up"), delivered())
        .when(operator("resume"))
        .then(gate("NEEDS_FOLLOW_UP → PENDING_APPROVAL"))
    )
    at.when(delivered()).then(status("PENDING_APPROVAL"), lead_is(answers=dict(ANSWERS)))


def test_one_that_is_paid_goes_back_to_its_booking() -> None:
    given(a_lead_in("BOOKING_PENDING"), operator("follow_up"), delivered()).when(operator("resume")).then(
        gate("NEEDS_FOLLOW_UP → BOOKING_PENDING"), says("ask")
    ).when(delivered()).then(status("BOOKING_PENDING"), no_gate())


@pytest.mark.parametrize("action", ["follow_up", "close"])
def test_where_the_table_has_no_edge_it_is_refused(action: str) -> None:
    given(a_lead_in("BOOKED")).when(operator(action)).then(refused("not possible in BOOKED"))


def test_a_lead_that_is_being_asked_may_be_closed_too() -> None:
    given(a_lead_at("style")).when(operator("close"), delivered()).then(status("ABANDONED"))
