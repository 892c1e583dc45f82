"""A dispute at the bank freezes the booking."""

import pytest

from tests.dialogue.checks import (
    deposit,
    flag,
    gate,
    handover,
    lead_is,
    no_flag,
    no_gate,
    refused,
    says,
    says_nothing,
    status,
    tells_the_artist,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, is_disputed, operator, she_says

PENDING = given(a_lead_in("BOOKING_PENDING"), is_disputed()).world
BOOKED = given(a_lead_in("BOOKED"), is_disputed()).world


@pytest.mark.domain("3.30", "3b.money")
@pytest.mark.parametrize("where", ["AWAITING_DEPOSIT", "BOOKING_PENDING", "BOOKED", "COMPLETED"])
def test_a_dispute_is_recorded_at_once_flags_the_lead_tells_the_artist_and_moves_nothing(where: str) -> None:
    given(a_lead_in(where)).when(is_disputed()).then(
        flag("disputed"), tells_the_artist("disputed"), status(where), says_nothing(), no_gate()
    )


@pytest.mark.domain("3.30")
@pytest.mark.parametrize(
    ("action", "arguments"), [("book", {"slot": "Sat 11:00"}), ("refund", {}), ("approve", {}), ("send_deposit", {})]
)
def test_while_it_is_open_nothing_goes_on_with_the_booking(action: str, arguments: dict[str, str]) -> None:
    given(PENDING).when(operator(action, **arguments)).then(
        refused("the deposit is disputed", allowed="settle"), status("BOOKING_PENDING"), says_nothing()
    )


@pytest.mark.domain("3.30")
def test_what_was_booked_and_paid_stays_as_it_is() -> None:
    given(BOOKED).then(status("BOOKED"), lead_is(slot="Sat 10 Jan, 11:00"), deposit("paid", paid=15_000))


@pytest.mark.domain("3.30", "3.26")
def test_a_message_of_hers_gets_a_word_of_it() -> None:
    given(BOOKED).when(she_says("see you on Saturday")).then(
        says("ask"), text("on hold"), gate("none"), verdict("status_reply")
    )


@pytest.mark.domain("3.30", "3.25")
def test_she_can_still_ask_for_a_person() -> None:
    given(BOOKED).when(she_says("HUMAN")).then(says("human")).when(delivered()).then(handover("asked for the artist"))


@pytest.mark.domain("3.30")
def test_the_artist_can_write_and_cancel_meanwhile() -> None:
    given(BOOKED).when(operator("ask", text="What happened?")).then(says("ask"))
    given(BOOKED).when(operator("cancel")).then(gate("BOOKED → CANCELLED"))


@pytest.mark.domain("3.30")
def test_when_it_is_settled_the_booking_goes_on() -> None:
    given(PENDING).when(operator("settle")).then(no_flag("disputed")).when(operator("book", slot="Sat 11:00")).then(
        gate("BOOKING_PENDING → BOOKED, slot Sat 11:00")
    )


@pytest.mark.domain("3.30")
def test_there_is_nothing_to_settle_without_a_dispute() -> None:
    given(a_lead_in("BOOKED")).when(operator("settle")).then(refused("not possible in BOOKED"))
