"""Every row of the gated sends (DOMAIN §3), end to end: the send fails → nothing has changed, and the same message can be
sent again; it is delivered → the change, its fact on the topic, then the artist's notice, once."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inkgate_dialogue.studio_file import HERE
from tests.e2e.stack import ARTIST, Client, Item, Stack, running, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live

Step = Callable[[Client], Awaitable[Any]]


class Something:
    """Equal to whatever there is."""

    def __eq__(self, other: object) -> bool:
        return other is not None

    __hash__ = None  # type: ignore[assignment]


SET: Any = Something()


@dataclass(frozen=True)
class Row:
    """`given`: how she comes to it. `when`: what brings the message about. `says`: words of it. `then`: how her lead stands
    once it is delivered; None where nothing waits for it. `notice`: words of what the artist is told after that."""

    given: Step
    when: Step
    says: str
    then: dict[str, Any] | None
    notice: str | None = None


def says(text: str) -> Step:
    async def step(client: Client) -> None:
        await client.judged_first(await client.say(text))

    return step


def acts(action: str, **arguments: Any) -> Step:
    async def step(client: Client) -> None:
        status, answer = await client.act(action, **arguments)
        assert status == 202, answer

    return step


def at(question: str | None, *steps: Step) -> Step:
    """Answered until this question is open (None: all of them), then the steps; each turn is whole before the next."""

    async def given(client: Client) -> None:
        await client.answer_until(question)
        for step in steps:
            await step(client)
            await client.until("the end of a turn", lambda lead: lead["open_gate"] is None and lead["mailbox"] == 0)

    return given


async def nothing(client: Client) -> None:
    """She has never written."""


async def pays(client: Client) -> None:
    await client.pay()
    await client.until("the payment", lambda lead: lead["deposit"]["paid_pence"] > 0)


async def starts_again(client: Client) -> None:
    """START in a later second: in the same one STOP would win."""
    await client.in_a_later_second()
    await says("START")(client)


async def paid(client: Client) -> None:
    """Paid, and the slots that come after it are on offer."""
    await client.paid()

    async def offered() -> bool:
        return any("These are the times" in text for text in await client.received())

    await client.stack.wait_for("the slots", offered)
    await client.until("the end of a turn", lambda lead: lead["open_gate"] is None)


async def with_link(client: Client) -> None:
    await client.with_link()


async def none_suits(client: Client) -> None:
    await paid(client)
    await says("none")(client)
    await client.until("windows", lambda lead: lead["status"] == "COLLECTING_TIME_WINDOWS")


async def booked(client: Client) -> None:
    await paid(client)
    await acts("book", slot="Friday 4 June, 13:00")(client)
    await client.until("BOOKED", lambda lead: lead["status"] == "BOOKED")


ROWS: dict[str, Row] = {
    "3.1": Row(nothing, says("Hi!"), "A few short questions", {"status": "QUALIFYING", "step": 0}),
    "3.2": Row(at("placement"), says("Left forearm"), "How big", {"question": "dimensions", "step": 2}),
    "3.3": Row(at("location_city"), says("Leeds"), "£500", {"question": "instagram_handle"}),
    "3.4": Row(at("dimensions"), says("dunno"), "How big", None),
    "3.5": Row(
        at("complexity"), says("3"), "planned by the artist", {"status": "NEEDS_ARTIST_REPLY"}, "A client needs you"
    ),
    "3.6": Row(at("coverup"), says("Yes"), "Cover-ups", {"status": "NEEDS_ARTIST_REPLY"}, "A client needs you"),
    "3.7": Row(
        at("budget", says("£100")), says("Leeds"), "start at £400", {"status": "NEEDS_FOLLOW_UP"}, "below the minimum"
    ),
    "3.13": Row(
        at("timing"), says("flexible"), "That is everything", {"status": "PENDING_APPROVAL"}, "enquiry is complete"
    ),
    "3.14": Row(at(None), acts("approve"), "A deposit of £150", {"status": "AWAITING_DEPOSIT"}),
    "3.15": Row(at(None), acts("reject", reason="No time."), "cannot take this one on", {"status": "REJECTED"}),
    "3.16": Row(
        with_link, pays, "has arrived", {"status": "BOOKING_PENDING"}, "The deposit has been paid"
    ),
    "3.14b": Row(paid, acts("offer_slots"), "These are the times", {"status": "BOOKING_PENDING", "slot": None}),
    "3.17": Row(paid, says("1"), "Noted:", {"status": "BOOKING_PENDING", "slot": SET}, "has chosen her time"),
    "3.18": Row(paid, says("none"), "Which two or three", {"status": "COLLECTING_TIME_WINDOWS"}),
    "3.19": Row(
        none_suits, says("Tuesday afternoon, or Saturday morning"), "that helps", {"handover": SET}, "free times suited"
    ),
    "3.20": Row(paid, acts("book", slot="Friday 4 June, 13:00"), "You are booked", {"status": "BOOKED"}),
    "3.22": Row(
        at("style", says("STOP")), starts_again, "Welcome back", {"status": "QUALIFYING", "step": 0, "answers": {}}
    ),
    "3.23": Row(at("style", says("HUMAN")), says("CONTINUE"), "let us go on", {"status": "QUALIFYING", "step": 3}),
    "3.24": Row(at("style", says("HUMAN")), says("Are you there?"), "The artist has your message", None),
    "3.25": Row(
        at("style"), says("HUMAN"), "write to you here herself", {"status": "NEEDS_ARTIST_REPLY"}, "A client needs you"
    ),
    "3.26": Row(at(None), says("Any news?"), "is looking at your idea", None),
    "3.29": Row(booked, acts("cancel", reason="We are closed."), "has been cancelled", {"status": "CANCELLED"}),
}  # fmt: skip

ABROAD: dict[str, Row] = {
    "3.8": Row(
        at("location_city"), says("Munich"), "Berlin", {"status": "TOUR_CONVERSION_OFFERED"}
    ),
    "3.10": Row(at("location_city", says("Munich")), says("Yes please"), "Berlin", {"status": "QUALIFYING"}),
    "3.11": Row(at("location_city", says("Munich")), says("no"), "waiting list", {"status": "WAITLISTED"}),
    "3.12": Row(at("location_city", says("Munich")), says("what would that cost"), "Berlin", None),
    "3.31": Row(at("age"), says("no"), "stop here", {"status": "REJECTED"}),
}  # fmt: skip


def stands(lead: Item) -> Item:
    """What a send that failed must not have moved."""
    return {name: lead[name] for name in ("status", "step", "question", "handover", "slot")}


async def told(client: Client, words: str) -> int:
    """How often the artist was told this of her."""
    artist = client.stack.client(ARTIST)
    return sum(words in text and client.wa_id in text for text in await artist.received())


async def row_holds(stack: Stack, client: Client, row: Row) -> None:
    await row.given(client)
    before = stands(await client.lead()) if await client.leads() else {"status": "NEW", "step": -1}
    await stack.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
    known = sum(row.says in text for text in await client.received())
    await row.when(client)
    failed = await client.until("the failed send", lambda lead: "send_failed" in lead["flags"])
    if row.when is pays:  # money is a fact; what waits for its confirmation waits
        before |= {"status": "DEPOSIT_PAID"}
    if row.when is starts_again:  # that she is back is a fact; where she stands is not
        assert failed["opted_out"] is False
    assert {name: failed[name] for name in before} == before
    assert sum(row.says in text for text in await client.received()) == known
    assert row.notice is None or await told(client, row.notice) == 0

    status, answer = await client.act("resend")
    assert status == 202, answer
    await client.until("the message", lambda lead: lead["open_gate"] is None and "send_failed" not in lead["flags"])
    assert sum(row.says in text for text in await client.received()) == known + 1, (await client.received())[-2:]
    lead = await client.lead()
    if row.then is None:
        assert {name: lead[name] for name in before} == before
    else:
        assert {name: lead[name] for name in row.then} == row.then
        again = await client.until_shown("the second intent", kind="message_created", intent_id=answer["intent_id"])
        assert again["retry_of"] is not None and again["gating"]
        closed = [item for item in await client.timeline("gate_closed") if item["intent_id"] == answer["intent_id"]]
        assert [item["how"] for item in closed] == ["applied"], "the change is the gate's of this message"
    if row.notice is not None:

        async def once() -> bool:
            return await told(client, row.notice or "") >= 1

        await stack.wait_for(f"the notice '{row.notice}'", once)
        assert await told(client, row.notice) == 1


def _params(rows: dict[str, Row]) -> list[Any]:
    return [pytest.param(row, id=number) for number, row in rows.items()]


@pytest.mark.domain(
    "3.1", "3.2", "3.3", "3.4", "3.5", "3.6", "3.7", "3.13", "3.14", "3.14b", "3.15", "3.16", "3.17", "3.18", "3.19",
    "3.20", "3.22", "3.23", "3.24", "3.25",
    "3.26", "3.29", "4.restart", "5.actions", "5.slots",
)  # fmt: skip
@pytest.mark.parametrize("row", _params(ROWS))
async def test_a_send_that_fails_changes_nothing_and_one_that_arrives_does(
    clean_stack: Stack, client: Client, row: Row
) -> None:
    await row_holds(clean_stack, client, row)


# --- a studio that travels and asks for consent -------------------------------------------------------------------------


def travelling_studio(folder: Path) -> Path:
    """The touring studio with one consent question and no quiet hours."""
    text = (HERE / "touring" / "studio.toml").read_text()
    text = text.replace('[[consent]]\nkey = "data_use"\n', "")
    quiet = '[quiet_hours]\nbegin = "09:00"\nend = "09:00"\n'
    text = re.sub(r"\[quiet_hours\][^\[]*", quiet, text) if "[quiet_hours]" in text else f"{text}\n{quiet}"
    path = folder / "travelling" / "studio.toml"
    path.parent.mkdir()
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
async def travelling(servers: LiveServers) -> AsyncIterator[Stack]:
    """The product for a studio that travels."""
    with tempfile.TemporaryDirectory(prefix="inkgate-e2e-") as folder:
        around = surroundings(servers, Path(folder), INKGATE_STUDIO=str(travelling_studio(Path(folder))))
        async with running(around, Path(folder) / "logs") as stack:
            yield stack


@pytest.mark.domain("3.8", "3.10", "3.11", "3.12", "3.31", "4.consent")
@pytest.mark.parametrize("row", _params(ABROAD))
async def test_so_do_the_rows_of_a_studio_that_travels(travelling: Stack, row: Row) -> None:
    await row_holds(travelling, travelling.client(), row)


@pytest.mark.domain("3.9", "3.28")
async def test_a_client_on_the_waiting_list_is_offered_the_stop_that_opens_in_her_city(travelling: Stack) -> None:
    file = Path(travelling.around.of("dialogue")["INKGATE_STUDIO"])
    text, client = file.read_text(), travelling.client()  # noqa: ASYNC240

    async def studio(changed: str) -> None:
        before = (await travelling.ok("dialogue", "GET", "/api/studio"))["digest"]
        file.write_text(changed)  # noqa: ASYNC240

        async def taken_up() -> bool:
            return bool((await travelling.ok("dialogue", "GET", "/api/studio"))["digest"] != before)

        await travelling.wait_for("the changed studio", taken_up)

    try:
        await studio(re.sub(r"\[\[tour\.stops\]\]\n(?:.+\n)+", "", text))
        waits = {"status": "WAITLISTED"}
        await row_holds(travelling, client, Row(at("budget", says("£900")), says("Tokyo"), "waiting list", waits))
        stop = '[[tour.stops]]\ncity = "Tokyo"\ncountry = "JP"\nfrom = 2030-03-04\nto = 2030-03-08\n'
        await travelling.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
        await studio(text.replace("[[tour.stops]]", f"{stop}\n[[tour.stops]]", 1))
        failed = await client.until("the failed offer", lambda lead: "send_failed" in lead["flags"])
        assert failed["status"] == "WAITLISTED"
        status, _ = await client.act("resend")
        assert status == 202
        await client.until("the offer", lambda lead: lead["status"] == "TOUR_CONVERSION_OFFERED")
        assert sum("we are coming to Tokyo" in said for said in await client.received()) == 1
    finally:
        await studio(text)


# --- rows that are facts, or concern everybody ---------------------------------------------------------------------------


@pytest.mark.domain("3.30", "3b.money")
async def test_an_expired_link_and_a_refund_are_recorded_at_once_and_said(clean_stack: Stack, client: Client) -> None:
    await client.with_link()
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
    await client.pay("expire")
    await client.until("DEPOSIT_EXPIRED", lambda lead: lead["status"] == "DEPOSIT_EXPIRED")
    await client.until_shown("the note that failed", kind="message_failed")
    assert (await client.lead())["status"] == "DEPOSIT_EXPIRED", "a fact does not wait for its note"
    other = clean_stack.client()
    await other.paid()
    status, _ = await other.act("refund")
    assert status == 202
    await other.until("REFUNDED", lambda lead: lead["status"] == "REFUNDED")

    async def said() -> bool:
        return any("Your refund of £150" in text for text in await other.received())

    await clean_stack.wait_for("the note about it", said)
    await clean_stack.check()


@pytest.mark.domain("3.32", "4.panic")
async def test_panic_holds_tells_the_artist_and_moves_nothing(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.ok("dialogue", "PUT", "/api/mode", {"panic": True})
    try:
        await client.say("Left forearm")

        async def held() -> bool:
            return any("little slower than usual" in text for text in await client.received())

        await clean_stack.wait_for("the holding message", held)

        async def known() -> bool:
            return await told(client, "while the bot is paused") == 1

        await clean_stack.wait_for("the notice", known)
        assert (await client.lead())["question"] == "placement"
    finally:
        await clean_stack.ok("dialogue", "PUT", "/api/mode", {"panic": False})
    await client.until("what waited", lambda lead: lead["question"] == "dimensions")
    await clean_stack.check()
