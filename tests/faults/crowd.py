"""Many clients who answer as soon as the question is on their phone, whatever becomes of our services meanwhile."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import msgspec

from inkgate.script import ANSWERS
from inkgate_dialogue import studio_file
from tests.e2e.stack import Client, Stack

_COPY = studio_file.read(None).copy
QUESTIONS = {_COPY.question(key): key for key in ANSWERS}
_LINK = re.compile(r"/sandbox/pay/(cs_\w+)")
LAST_WORDS = _COPY.text("completion")


class Phones:
    """What arrives on every phone, as it arrives: one stream of the sandbox's for all of them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._inboxes: dict[str, asyncio.Queue[str]] = {}
        self._listening = asyncio.Event()
        self._written = asyncio.Event()

    async def somebody_writes(self, within_s: float) -> bool:
        """Return when the next client's message leaves her phone: a turn begins. False where none does in time."""
        self._written.clear()
        try:
            await asyncio.wait_for(self._written.wait(), within_s)
        except TimeoutError:
            return False
        return True

    def of(self, client: Client) -> asyncio.Queue[str]:
        """The texts that reach this client from now on."""
        return self._inboxes.setdefault(client.wa_id, asyncio.Queue())

    async def listen(self) -> None:
        """Until cancelled."""
        url = self._stack.around.url("sandbox") + "/sandbox/events"
        async with self._stack.http.get(url, timeout=aiohttp.ClientTimeout(total=None)) as response:
            name = b""
            async for line in response.content:
                if line.startswith(b"event: "):
                    name = line[7:].strip()
                    if name == b"hello":
                        self._listening.set()
                elif line.startswith(b"data: ") and name == b"chat":
                    told: dict[str, Any] = msgspec.json.decode(line[6:])
                    if told["message"]["direction"] == "in":
                        self._written.set()
                    elif told["wa_id"] in self._inboxes:
                        self._inboxes[told["wa_id"]].put_nowait(told["message"]["text"])

    async def ready(self) -> None:
        """Return when nothing that arrives from now on is missed."""
        await asyncio.wait_for(self._listening.wait(), 20)


@asynccontextmanager
async def phones(stack: Stack) -> AsyncIterator[Phones]:
    """Phones that listen for the length of the block."""
    listening = Phones(stack)
    task = asyncio.create_task(listening.listen())
    try:
        await listening.ready()
        yield listening
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def play(client: Client, inbox: asyncio.Queue[str], chance: random.Random, within_s: float) -> None:
    """One client, from the first message until all questions are answered. A question that comes twice is answered once, as
    people do. Fails where nothing comes for `within_s`."""
    await client.say("Hi, do you have time for a new piece?")
    answered: set[str] = set()
    while True:
        text = await asyncio.wait_for(inbox.get(), within_s)
        if text == LAST_WORDS:
            return
        key = next((key for question, key in QUESTIONS.items() if text.endswith(question)), None)
        if key is None or key in answered:
            continue
        answered.add(key)
        await asyncio.sleep(chance.uniform(0.02, 0.3))  # she reads and types
        await client.say(ANSWERS[key])


async def pay(client: Client, inbox: asyncio.Queue[str], within_s: float) -> None:
    """Approved by the artist, she pays as soon as the link is on her phone, and is told that it arrived. Services may be
    away at any moment: the artist's key makes it safe to ask again."""
    stack = client.stack

    async def approved() -> bool:
        status, answer = await client.act("approve", {"Idempotency-Key": f"approve {client.wa_id}"})
        return status == 202 or (status == 409 and "approve" not in answer["allowed"])

    await client.until("PENDING_APPROVAL", lambda lead: lead["status"] != "QUALIFYING", within_s)
    await stack.wait_for("an approval", approved, within_s)
    paid = False
    while True:
        text = await asyncio.wait_for(inbox.get(), within_s)
        link = _LINK.search(text)
        if link and not paid:
            await stack.ok("sandbox", "POST", f"/sandbox/checkout/{link[1]}/pay")
            paid = True
        if paid and "has arrived" in text:
            return


async def crowd(stack: Stack, listening: Phones, number: int, seed: int, within_s: float = 60.0) -> list[Client]:
    """`number` clients at once; all of them have answered everything when this returns."""
    clients = [stack.client() for _ in range(number)]
    await asyncio.gather(
        *(
            play(client, listening.of(client), random.Random(f"{seed}/{index}"), within_s)
            for index, client in enumerate(clients)
        )
    )
    return clients


async def stream(
    stack: Stack, listening: Phones, at_a_time: int, seed: int, over: asyncio.Event, within_s: float = 60.0
) -> list[Client]:
    """So many clients at a time, one after the other, until `over`; all that began have answered everything and paid at the
    end."""
    played: list[Client] = []

    async def place(index: int) -> None:
        chance = random.Random(f"{seed}/{index}")
        while not over.is_set():
            client = stack.client()
            played.append(client)
            await play(client, listening.of(client), chance, within_s)
            await pay(client, listening.of(client), within_s)

    await asyncio.gather(*(place(index) for index in range(at_a_time)))
    return played
