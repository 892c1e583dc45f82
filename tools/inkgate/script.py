"""The scripted client of `inkgate demo`: the first messages of a conversation, or the whole way to BOOKED.

She writes through the sandbox, reads what arrives on her phone, and pays at the sandbox's checkout; the artist acts by
dialogue's API. What is printed comes from the phone (the sandbox's chat) and from the lead's timeline.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import aiohttp

from inkgate.local.environment import Surroundings
from inkgate.local.errors import LocalError

Item = dict[str, Any]
Printer = Callable[[str], None]

HELLO = "Hi! I would love a tattoo"
# A village that no data of cities knows: so she is asked for her country too.
ANSWERS = {
    "idea": "A fox asleep in a ring of ferns",
    "placement": "Left forearm",
    "dimensions": "8 x 12 cm",
    "style": "Fine line",
    "complexity": "2",
    "coverup": "No",
    "reference_images": "no",
    "budget": "£500",
    "location_city": "Little Snoring",
    "location_country": "United Kingdom",
    "instagram_handle": "@ana.draws",
    "travel_city": "same",
    "timing": "flexible",
}
SLOT = "Friday 4 June, 13:00"
FIRST_MESSAGES = 3
STEP_WITHIN_S = 20.0
LOOK_EVERY_S = 0.02


def first_conversation(around: Surroundings) -> None:
    """Play a client's first messages and print one line per event of each turn. Raises LocalError where a turn does not
    come to its end."""
    asyncio.run(_first_conversation(around, _print))


def full_script(around: Surroundings) -> int:
    """Play a client from first message to BOOKED, print her timeline with what gated each step, and check every rule. 0 only
    if she is booked and all rules hold."""
    return asyncio.run(_full_script(around, _print))


def _print(line: str) -> None:
    print(line, flush=True)


class Play:
    """One client, played through the sandbox, and her lead as dialogue shows it."""

    def __init__(self, session: aiohttp.ClientSession, around: Surroundings, wa_id: str) -> None:
        self._session = session
        self._sandbox, self._dialogue = around.url("sandbox"), around.url("dialogue")
        self.wa_id = wa_id

    async def _json(self, method: str, url: str, body: Any = None) -> tuple[int, Any]:
        async with self._session.request(method, url, json=body) as response:
            return response.status, await response.json(content_type=None)

    async def say(self, text: str) -> str:
        """Write as the client; the message's id."""
        body = {"text": text, "profile_name": "Ana"}
        status, answer = await self._json("POST", f"{self._sandbox}/sandbox/clients/{self.wa_id}/messages", body)
        if status != 202:
            raise LocalError(f"the sandbox answered {status}: {answer.get('detail')}")
        return str(answer["message_id"])

    async def chat(self) -> list[Item]:
        """What is on her phone, oldest first."""
        _, answer = await self._json("GET", f"{self._sandbox}/sandbox/clients/{self.wa_id}/messages")
        items: list[Item] = answer["items"]
        return items

    async def lead(self) -> Item | None:
        """Her newest enquiry; None while there is none."""
        _, answer = await self._json("GET", f"{self._dialogue}/api/leads?phone={self.wa_id}&limit=1")
        found: list[Item] = answer["items"]
        return found[0] if found else None

    async def timeline(self) -> list[Item]:
        """Her enquiry's timeline, oldest first."""
        lead = await self.lead()
        if lead is None:
            return []
        _, answer = await self._json("GET", f"{self._dialogue}/api/leads/{lead['id']}/timeline")
        items: list[Item] = answer["items"]
        return items

    async def act(self, action: str, **arguments: Any) -> Item:
        """An action of the artist. Raises LocalError where it is refused."""
        lead = await self.lead()
        assert lead is not None
        status, answer = await self._json(
            "POST", f"{self._dialogue}/api/leads/{lead['id']}/actions", {"action": action, "by": "demo", **arguments}
        )
        if status != 202:
            raise LocalError(f"'{action}' was refused: {answer.get('detail')}")
        result: Item = answer
        return result

    async def pay(self) -> None:
        """Pay the open link at the sandbox's checkout."""
        lead = await self.lead()
        session = lead["deposit"]["session"] if lead and lead["deposit"] else None
        status, answer = await self._json("POST", f"{self._sandbox}/sandbox/checkout/{session}/pay")
        if status != 200:
            raise LocalError(f"the checkout answered {status}: {answer.get('detail')}")

    async def until(self, what: str, condition: Callable[[Item], bool]) -> Item:
        """The lead once `condition` holds of it. LocalError, naming `what`, where it does not come to that."""
        deadline = time.monotonic() + STEP_WITHIN_S
        while True:
            lead = await self.lead()
            if lead is not None and condition(lead):
                return lead
            if time.monotonic() > deadline:
                stands = f"{lead['status']}, step {lead['step']}, flags {lead['flags']}" if lead else "no lead"
                raise LocalError(f"waited {STEP_WITHIN_S:.0f} s for {what}; the lead: {stands}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def answer(self, text: str, *, after: Item | None) -> Item:
        """Say it, and return when the turn is over: her message judged, ours delivered, nothing open."""
        version = after["version"] if after else -1
        await self.say(text)
        return await self.until(
            f"the answer to {text!r}",
            lambda lead: bool(lead["version"] > version and lead["open_gate"] is None and not lead["mailbox"]),
        )


async def _open(around: Surroundings, play: Callable[[Play], Awaitable[int]]) -> int:
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        return await play(Play(session, around, await _new_number(session, around)))


async def _new_number(session: aiohttp.ClientSession, around: Surroundings) -> str:
    """A number that never wrote here: Ofcom's range for drama first, then any that looks like one."""
    for tries in range(200):
        digits = f"447700900{1 + secrets.randbelow(999):03d}" if tries < 100 else f"4477{secrets.randbelow(10**8):08d}"
        async with session.get(f"{around.url('dialogue')}/api/leads?phone={digits}&limit=1") as response:
            if not (await response.json())["items"]:
                return digits
    raise LocalError("no number is left that never wrote here; start afresh: make demo ARGS=--fresh")


# --- a first conversation -----------------------------------------------------------------------------------------------


async def _first_conversation(around: Surroundings, printer: Printer) -> None:
    async def play(client: Play) -> int:
        printer(f"A first conversation, as +{client.wa_id}:")
        lead = await _shown_turn(client, HELLO, None, printer)
        while lead["question"] in ANSWERS and lead["step"] < FIRST_MESSAGES - 1:
            lead = await _shown_turn(client, ANSWERS[lead["question"]], lead, printer)
        printer(f"\nNow it is your turn: open the phone, choose +{client.wa_id}, and answer the open question.")
        return 0

    await _open(around, play)


async def _shown_turn(client: Play, text: str, lead: Item | None, printer: Printer) -> Item:
    shown = {item["id"] for item in await client.timeline()}
    on_phone = {item["wamid"] for item in await client.chat()}
    after = await client.answer(text, after=lead)
    chat = [item for item in await client.chat() if item["wamid"] not in on_phone]
    items = [item for item in await client.timeline() if item["id"] not in shown]
    began = next(_at(message["at"]) for message in chat if message["direction"] == "in")
    printer(f"\n  she writes: {text}")
    lines = [*_phone_lines(chat), *_timeline_lines(items)]
    for at, _, line in sorted(lines, key=lambda entry: entry[:2]):
        printer(f"  {(at - began).total_seconds() * 1000:6.0f} ms  {line}")
    return after


# Things of one moment are shown in the order in which they follow from each other.
_RANKS = ("acked", "message_received", "answer_recorded", "message_created", "taken", "message_sent", "gate_closed",
          "status_changed", "step_advanced")  # fmt: skip


def _phone_lines(chat: list[Item]) -> list[tuple[datetime, int, str]]:
    lines = []
    for message in chat:
        if message["direction"] == "in" and message["acked_at"]:
            lines.append((_at(message["acked_at"]), 0, "intake has stored it and answered 200"))
        elif message["direction"] == "out":
            lines.append((_at(message["at"]), _RANKS.index("taken"), f"✓ WhatsApp has it: {_short(message['text'])}"))
    return lines


def _timeline_lines(items: list[Item]) -> list[tuple[datetime, int, str]]:
    lines = []
    for item in items:
        said = _WORDS.get(item["kind"])
        if said is not None and item["kind"] in _RANKS:
            lines.append((_at(item["at"]), _RANKS.index(item["kind"]), said(item)))
    return lines


def _created(item: Item) -> str:
    waits = f", and beside it waits: {item['change']}" if item.get("change") not in (None, "none") else ""
    return f"the message is in the outbox{waits}"


_WORDS: dict[str, Callable[[Item], str]] = {
    "message_received": lambda item: f"dialogue judges it: {item['verdict'].replace('_', ' ')}",
    "answer_recorded": lambda item: f"the answer to '{item['key']}' is recorded",
    "message_created": _created,
    "message_sent": lambda item: f"dialogue hears that it was delivered ({item['basis']})",
    "gate_closed": lambda item: f"the gate ends: {item['how']}",
    "status_changed": lambda item: f"→ {item['to']}",
    "step_advanced": lambda item: f"→ step {item['to']}: {item['key']}",
}


# --- the whole way ------------------------------------------------------------------------------------------------------


async def _full_script(around: Surroundings, printer: Printer) -> int:
    async def play(client: Play) -> int:
        printer(f"A client from first message to BOOKED, as +{client.wa_id}:\n")
        lead = await to_booked(client)
        _print_timeline(await client.timeline(), printer)
        printer(f"\n{lead['status']}: {lead['slot']}, deposit £{lead['deposit']['paid_pence'] / 100:.0f}\n")
        return 0

    await _open(around, play)
    # Loaded here: it brings the services' own types along.
    from inkgate.invariants.report import examine

    report = await examine(around, around.url("sandbox"))
    printer("\n".join(report.lines()))
    return 0 if report.holds else 1


async def to_booked(client: Play) -> Item:
    """The whole way; the lead as it stands at the end. Raises LocalError where it stops."""
    lead = await client.answer(HELLO, after=None)
    while lead["status"] == "QUALIFYING":
        lead = await client.answer(ANSWERS[lead["question"]], after=lead)
    if lead["status"] != "PENDING_APPROVAL":
        raise LocalError(f"the questions ended in {lead['status']}, not in PENDING_APPROVAL")
    await client.act("approve")
    await client.until("the deposit link", lambda lead: bool(lead["status"] == "AWAITING_DEPOSIT"))
    await client.pay()
    await client.until("the payment's confirmation", lambda lead: bool(lead["status"] == "BOOKING_PENDING"))
    await client.act("book", slot=SLOT)
    return await client.until("the booking", lambda lead: bool(lead["status"] == "BOOKED"))


def _print_timeline(items: list[Item], printer: Printer) -> None:
    """Each message in and out, and each change with the message that gated it."""
    began = _at(items[0]["at"])
    messages = {item["intent_id"]: item for item in items if item["kind"] == "message_created"}
    bases = {item["intent_id"]: item.get("basis") for item in items if item["kind"] == "gate_closed"}
    for item in items:
        ms = (_at(item["at"]) - began).total_seconds() * 1000
        match item["kind"]:
            case "message_received":
                printer(f"  {ms:7.0f} ms  her: {_short(item.get('text') or '')}")
            case "message_created":
                printer(f"  {ms:7.0f} ms       us: {_short(item['text'])}")
            case "action_taken":
                printer(f"  {ms:7.0f} ms       the artist: {item['action']}")
            case "deposit_recorded":
                printer(f"  {ms:7.0f} ms       deposit: {item['event'].replace('_', ' ')}, a fact")
            case "status_changed" | "step_advanced":
                name = "step" if item["kind"] == "step_advanced" else "status"
                gated = messages.get(item["intent_id"])
                why = f"gated by “{_short(gated['text'])}” ({bases.get(item['intent_id'])})" if gated else "a fact"
                printer(f"  {ms:7.0f} ms            {name} {item['from']} → {item['to']}, {why}")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _short(text: str, limit: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
