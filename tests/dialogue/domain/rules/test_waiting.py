"""DOMAIN §3 row 26: a message while we wait for somebody else gets the status reply, and changes nothing."""

import pytest

from tests.dialogue.checks import gate, nothing_changed, says, status, verdict
from tests.dialogue.language import a_lead_in, given
from tests.dialogue.steps import delivered, she_says, stands_in

WAITS = ["PENDING_APPROVAL", "AWAITING_DEPOSIT", "DEPOSIT_EXPIRED", "BOOKING_PENDING", "BOOKED", "NEEDS_FOLLOW_UP"]


@pytest.mark.parametrize("where", WAITS)
def test_a_message_while_we_wait_gets_the_status_reply_and_changes_nothing(where: str) -> None:
    given(a_lead_in(where)).when(she_says("any news?")).then(says("ask"), gate("none"), verdict("status_reply"))
    given(a_lead_in(where), she_says("any news?")).when(delivered()).then(nothing_changed(), status(where))


@pytest.mark.parametrize("where", ["COLLECTING_TIME_WINDOWS", "TOUR_CONVERSION_OFFERED", "WAITLISTED"])
def test_so_it_does_in_statuses_that_nothing_leads_to_yet(where: str) -> None:
    given(a_lead_in("PENDING_APPROVAL"), stands_in(where)).when(she_says("any news?")).then(says("ask"), status(where))
