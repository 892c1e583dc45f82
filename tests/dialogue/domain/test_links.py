"""Links in an artist's notice (DOMAIN §5, Artist actions): what they carry, and that nobody else can make one."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from inkgate_dialogue.domain.links import Links

pytestmark = pytest.mark.domain("5.links")
LEAD = UUID("0a0b0c0d-1111-4222-8333-444455556666")
UNTIL = datetime(2026, 2, 1, 12, 0, tzinfo=UTC)
LINKS = Links("https://studio.example/", "a secret that is not one")


def token(action: str = "approve") -> str:
    return LINKS.url(LEAD, action, "PENDING_APPROVAL", UNTIL).rsplit("/", 1)[1]


def test_a_link_says_one_action_on_one_lead_in_one_status_until_a_time() -> None:
    assert LINKS.url(LEAD, "approve", "PENDING_APPROVAL", UNTIL).startswith("https://studio.example/act/")
    ticket = LINKS.read(token())
    assert ticket is not None
    assert (ticket.lead_id, ticket.action, ticket.status, ticket.expires_at) == (
        LEAD, "approve", "PENDING_APPROVAL", UNTIL,
    )  # fmt: skip


def test_links_of_different_actions_are_used_up_apart() -> None:
    first, second = LINKS.read(token("approve")), LINKS.read(token("reject"))
    assert first is not None and second is not None and first.key != second.key


def test_a_link_signed_with_another_secret_is_none_of_ours() -> None:
    assert Links("https://studio.example", "another").read(token()) is None


@pytest.mark.parametrize("at", [0, 10, 40, -1])
def test_a_link_that_was_changed_anywhere_is_none_of_ours(at: int) -> None:
    whole = list(token())
    whole[at] = "A" if whole[at] != "A" else "B"
    assert LINKS.read("".join(whole)) is None


@pytest.mark.parametrize("text", ["", ".", "abc", "é.é", "a" * 5_000, "AAAA.AAAA", "%00.%00"])
def test_what_is_no_token_is_none_of_ours(text: str) -> None:
    assert LINKS.read(text) is None
