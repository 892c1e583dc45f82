"""`GET /api/events` against its OpenAPI description: what a follower of the live events may rely on. (What else it
refuses, and whom: test_openapi.py.)"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.contract.test_openapi import DOCUMENTS, of_document
from tests.e2e.stack import WITHIN_S, Client, Stack

pytestmark = pytest.mark.live

PATH = "/api/events"
DOCUMENT = DOCUMENTS["dialogue"]
ANSWER = DOCUMENT["paths"][PATH]["get"]["responses"]["200"]
Event = dict[str, str]


@asynccontextmanager
async def following(
    stack: Stack, query: str = "", headers: Mapping[str, str] | None = None
) -> AsyncIterator[AsyncIterator[Event]]:
    """The events as they come, read as a browser reads them, until the test hangs up."""
    url = stack.around.url("dialogue") + PATH + query
    endless = aiohttp.ClientTimeout(total=None)
    async with asyncio.timeout(2 * WITHIN_S), stack.http.get(url, headers=headers or {}, timeout=endless) as response:
        assert response.status == 200
        assert list(ANSWER["content"]) == [response.content_type]
        yield parsed(response.content)


async def parsed(content: aiohttp.StreamReader) -> AsyncIterator[Event]:
    """Server-sent events (WHATWG, HTML, 9.2.6): fields up to an empty line; a line that begins with a colon is a comment."""
    event: Event = {}
    async for raw in content:
        line = raw.decode().rstrip("\r\n")
        if line == "" and event:
            yield event
            event = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(":")
            event[name] = value.removeprefix(" ")


async def hers(events: AsyncIterator[Event], client: Client, until: str) -> list[Event]:
    """Those of her lead, up to the first item of that kind."""
    found = []
    async for event in events:
        item = json.loads(event["data"])
        if item["phone"] == client.wa_id:
            found.append(event)
            if item["kind"] == until:
                return found
    raise AssertionError("the stream has ended")


async def test_each_event_is_a_timeline_item_as_the_document_has_it(clean_stack: Stack, client: Client) -> None:
    item = of_document(DOCUMENT, {"$ref": "#/components/schemas/TimelineItem"})
    async with following(clean_stack) as events:
        await client.say("Hi, do you have time for a new piece?")
        heard = await hers(events, client, "step_advanced")
    for event in heard:
        assert (set(event), event["event"]) == ({"id", "event", "data"}, "timeline")
        data = json.loads(event["data"])
        assert [error.message for error in item.iter_errors(data)] == []
        assert event["id"] == data["id"]
    (example,) = (each["value"] for each in ANSWER["content"]["text/event-stream"]["examples"].values())
    assert {line.partition(":")[0] for line in example.splitlines() if line} == set(heard[0])


@pytest.mark.parametrize("by_header", [True, False])
async def test_it_goes_on_after_the_item_that_was_heard_last(
    by_header: bool, clean_stack: Stack, client: Client
) -> None:
    await client.begin()
    shown = [item["id"] for item in await client.timeline()]
    query, headers = f"?after={shown[2]}", {"Last-Event-ID": shown[2]} if by_header else {}
    async with following(clean_stack, "?after=0" if by_header else query, headers) as events:
        heard = await hers(events, client, "step_advanced")
    assert [event["id"] for event in heard] == shown[3 : 3 + len(heard)]
    assert json.loads(heard[-1]["data"])["kind"] == "step_advanced"


async def test_an_id_that_nobody_has_seen_yet_does_not_make_it_deaf(clean_stack: Stack, client: Client) -> None:
    """A restored database counts on from an older position."""
    async with following(clean_stack, headers={"Last-Event-ID": "9" * 18}) as events:
        await client.say("Hi, do you have time for a new piece?")
        assert await hers(events, client, "message_received")


@pytest.mark.parametrize("given", ["yesterday", "-1", "1.5", "9" * 19])
async def test_what_is_no_id_is_refused(given: str, clean_stack: Stack) -> None:
    answers: list[tuple[int, Any]] = [
        await clean_stack.call("dialogue", "GET", PATH, headers={"Last-Event-ID": given}),
        await clean_stack.call("dialogue", "GET", f"{PATH}?after={given}"),
    ]
    assert [(status, answer["title"]) for status, answer in answers] == [(400, "Bad Last-Event-ID")] * 2
