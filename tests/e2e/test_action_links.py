"""Links in the artist's notice: single-use, locked to a status, and a preview fires nothing (DOMAIN §5, Artist actions)."""

import re

import pytest

from tests.e2e.stack import ARTIST, Client, Stack

pytestmark = [pytest.mark.live, pytest.mark.domain("5.links")]


async def links(stack: Stack, name_or_number: str) -> dict[str, str]:
    """Label → path, of the newest notice about this client."""
    artist = stack.client(ARTIST)

    async def look() -> dict[str, str] | None:
        told = [text for text in await artist.received() if name_or_number in text and "/act/" in text]
        return dict(re.findall(r"^(.+): https?://[^/]+(/act/\S+)$", told[-1], re.MULTILINE)) if told else None

    found = await stack.wait_for("a notice with links", look)
    assert found is not None
    return found


async def visit(stack: Stack, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Open the link, or press its button."""
    url = stack.around.url("dialogue") + path
    async with stack.http.request("GET" if form is None else "POST", url, data=form) as response:
        return response.status, await response.text()


async def test_a_link_acts_by_its_button_alone_and_once(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    reject = (await links(clean_stack, client.wa_id))["Reject"]
    for _ in range(3):  # a preview, and a preview again
        status, page = await visit(clean_stack, reject)
        assert (status, "<form" in page) == (200, True)
    assert (await client.lead())["status"] == "PENDING_APPROVAL"
    status, page = await visit(clean_stack, reject, {"reason": "We are booked out."})
    assert (status, "Done" in page) == (200, True)
    await client.until("REJECTED", lambda lead: lead["status"] == "REJECTED")
    assert any("We are booked out." in text for text in await client.received())
    for form in (None, {"reason": "Again."}):
        status, page = await visit(clean_stack, reject, form)
        assert (status, "used already" in page) == (410, True)
    assert not any("Again." in text for text in await client.received())
    await clean_stack.check()


async def test_a_link_is_locked_to_the_status_in_which_it_was_sent(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    approve = (await links(clean_stack, client.wa_id))["Approve"]
    await client.act("reject")
    await client.until("REJECTED", lambda lead: lead["status"] == "REJECTED")
    for form in (None, {}):
        status, page = await visit(clean_stack, approve, form)
        assert (status, "moved on" in page) == (410, True)
    assert (await client.lead())["deposit"] is None
    await clean_stack.check()


async def test_a_link_that_is_not_ours_does_nothing(clean_stack: Stack) -> None:
    for form in (None, {}):
        status, page = await visit(clean_stack, "/act/AAAA.BBBB", form)
        assert (status, "not one of" in page) == (404, True)


async def test_the_artist_answers_a_notice_on_her_own_line(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    artist = clean_stack.client(ARTIST)
    lead = await client.lead()
    await links(clean_stack, client.wa_id)
    await artist.say(f"ask #{lead['id'][:4].upper()} Which kind of fern?")

    async def asked() -> bool:
        return any("Which kind of fern?" in text for text in await client.received())

    assert await clean_stack.wait_for("her question at the client", asked)

    async def done() -> bool:
        return any(text.startswith("✓ ask") for text in await artist.received())

    assert await clean_stack.wait_for("the answer on her line", done)
    await clean_stack.check()
