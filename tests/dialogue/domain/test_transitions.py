"""DOMAIN §2, said again as data: the table of the page and the table of the product agree."""

import pytest

from inkgate_dialogue.domain.transitions import STATUSES, TERMINAL, TRANSITIONS, allowed

# As the page has it, line by line; 'the status it was opened from' is a case of its own below.
PAGE = """
NEW -> QUALIFYING, OPTOUT
QUALIFYING -> PENDING_APPROVAL, NEEDS_ARTIST_REPLY, NEEDS_FOLLOW_UP, REJECTED, TOUR_CONVERSION_OFFERED, WAITLISTED, ABANDONED, STALE, OPTOUT
PENDING_APPROVAL -> AWAITING_DEPOSIT, REJECTED, NEEDS_ARTIST_REPLY, NEEDS_FOLLOW_UP, STALE, ABANDONED, OPTOUT
AWAITING_DEPOSIT -> DEPOSIT_PAID, DEPOSIT_EXPIRED, COLLECTING_TIME_WINDOWS, REJECTED, NEEDS_ARTIST_REPLY, NEEDS_FOLLOW_UP, STALE, OPTOUT
DEPOSIT_EXPIRED -> AWAITING_DEPOSIT, DEPOSIT_PAID, NEEDS_ARTIST_REPLY, REJECTED, OPTOUT
DEPOSIT_PAID -> BOOKING_PENDING, NEEDS_FOLLOW_UP, REFUNDED, CANCELLED
BOOKING_PENDING -> BOOKED, COLLECTING_TIME_WINDOWS, NEEDS_FOLLOW_UP, REFUNDED, CANCELLED
COLLECTING_TIME_WINDOWS -> NEEDS_ARTIST_REPLY, BOOKING_PENDING, AWAITING_DEPOSIT, REFUNDED, CANCELLED, OPTOUT
NEEDS_ARTIST_REPLY -> QUALIFYING, PENDING_APPROVAL, AWAITING_DEPOSIT, DEPOSIT_PAID, BOOKING_PENDING, BOOKED, REJECTED, REFUNDED, CANCELLED, ABANDONED, STALE, OPTOUT
NEEDS_FOLLOW_UP -> PENDING_APPROVAL, AWAITING_DEPOSIT, DEPOSIT_PAID, BOOKING_PENDING, BOOKED, NEEDS_ARTIST_REPLY, REJECTED, REFUNDED, CANCELLED, ABANDONED, STALE, OPTOUT
TOUR_CONVERSION_OFFERED -> QUALIFYING, PENDING_APPROVAL, WAITLISTED, NEEDS_ARTIST_REPLY, REJECTED, ABANDONED, STALE, OPTOUT
WAITLISTED -> TOUR_CONVERSION_OFFERED, QUALIFYING, OPTOUT
OPTOUT -> QUALIFYING, DEPOSIT_PAID
ABANDONED -> QUALIFYING, DEPOSIT_PAID
STALE -> QUALIFYING, PENDING_APPROVAL, DEPOSIT_PAID
BOOKED -> REFUNDED, CANCELLED, COMPLETED, NO_SHOW
REJECTED ->
REFUNDED ->
CANCELLED ->
COMPLETED ->
NO_SHOW ->
"""  # noqa: E501
TABLE = {
    line.split(" ->")[0]: {name.strip() for name in line.split("->")[1].split(",") if name.strip()}
    for line in PAGE.strip().splitlines()
}


@pytest.mark.parametrize("status", TABLE)
def test_a_status_leads_where_the_page_says_and_nowhere_else(status: str) -> None:
    assert TRANSITIONS[status] == TABLE[status]  # type: ignore[index]


def test_every_status_has_a_line() -> None:
    assert set(TABLE) == set(STATUSES)


def test_the_terminal_ones_lead_nowhere() -> None:
    assert set(TERMINAL) == {status for status, targets in TABLE.items() if not targets}


@pytest.mark.parametrize("opened_from", sorted(set(STATUSES) - TABLE["NEEDS_ARTIST_REPLY"]))
def test_a_handover_goes_back_to_where_it_was_opened_from(opened_from: str) -> None:
    assert not allowed("NEEDS_ARTIST_REPLY", opened_from)  # type: ignore[arg-type]
    assert allowed("NEEDS_ARTIST_REPLY", opened_from, opened_from=opened_from)  # type: ignore[arg-type]


def test_no_other_status_goes_back_by_where_a_handover_was_opened_from() -> None:
    assert not allowed("PENDING_APPROVAL", "QUALIFYING", opened_from="QUALIFYING")
