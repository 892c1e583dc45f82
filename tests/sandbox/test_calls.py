"""The stream of calls: one line for each message that was taken, and for each acknowledged status that was asked for."""

import asyncio
import json
from typing import Any

from tests.sandbox.conftest import CLIENT, Receiver, Sandbox


def text(words: str) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": CLIENT, "type": "text", "text": {"body": words}}


async def test_lines_tell_of_what_was_taken_and_of_the_status_asked_for(sandbox: Sandbox, receiver: Receiver) -> None:
    async with sandbox.http.get(f"{sandbox.url}/sandbox/stream/calls?status=sent") as stream, asyncio.timeout(20):
        assert json.loads(await stream.content.readline()) == {"what": "hello"}
        assert (await sandbox.send(text("")))[0] == 400
        assert (await sandbox.send(text("a question")))[0] == 200
        lines = [json.loads(await stream.content.readline()) for _ in range(2)]
    assert [(line["what"], line["wa_id"]) for line in lines] == [("call", CLIENT), ("sent", CLIENT)]
    assert lines[0]["at"] <= lines[1]["at"]


async def test_a_sandbox_that_stops_ends_the_stream(sandbox: Sandbox) -> None:
    async with sandbox.http.get(f"{sandbox.url}/sandbox/stream/calls") as stream, asyncio.timeout(20):
        await stream.content.readline()
        sandbox.parts.stopping()
        assert await stream.content.readline() == b""
