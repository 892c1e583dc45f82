"""The main job, end to end: a first message becomes a booked, paid appointment."""

import asyncio

import pytest

from inkgate import script
from inkgate.script import ANSWERS
from tests.e2e.stack import ARTIST, Client, Stack

pytestmark = pytest.mark.live


async def test_from_first_message_to_booked(clean_stack: Stack, client: Client) -> None:
    lead = await client.begin()
    assert (lead["status"], lead["step"], lead["question"]) == ("QUALIFYING", 0, "idea")

    asked = []
    while lead["status"] == "QUALIFYING":
        asked.append(lead["question"])
        lead = await client.turn(ANSWERS[lead["question"]])
    assert asked == list(ANSWERS)
    assert lead["status"] == "PENDING_APPROVAL"
    assert lead["values"]["dimensions"] == {"width_cm": 8.0, "height_cm": 12.0}
    assert (lead["values"]["budget"], lead["values"]["location_country"]) == (50_000, "GB")

    status, answer = await client.act("approve")
    assert (status, answer["intent_id"]) == (202, None), "the message waits for Stripe's link"
    lead = await client.until("AWAITING_DEPOSIT", lambda lead: lead["status"] == "AWAITING_DEPOSIT")
    assert lead["deposit"]["url"] in (await client.received())[-1]

    await client.pay()
    lead = await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    assert lead["deposit"]["paid_pence"] == lead["deposit"]["amount_pence"] == 15_000

    status, answer = await client.act("book", slot="Friday 4 June, 13:00")
    assert status == 202
    assert answer["intent_id"] is not None
    lead = await client.until("BOOKED", lambda lead: lead["status"] == "BOOKED")
    assert lead["slot"] == "Friday 4 June, 13:00"
    assert "Friday 4 June, 13:00" in (await client.received())[-1]

    changes = await client.timeline("status_changed", "step_advanced")
    facts = [item["to"] for item in changes if item["intent_id"] is None]
    assert facts == ["DEPOSIT_PAID"], "money is a fact; everything else waited for a message"
    sent = {item["intent_id"] for item in await client.timeline("message_sent")}
    assert {item["intent_id"] for item in changes if item["intent_id"]} <= sent
    report = await clean_stack.check()
    assert sum(finding.examined.get("gated changes", 0) for finding in report.findings) >= len(changes) - 1


async def test_one_turn_is_one_message(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    received, written = await client.received(), [m for m in await client.chat() if m["direction"] == "in"]
    assert len(received) == len(written) == 1 + len(ANSWERS)
    await clean_stack.check()


@pytest.mark.domain("4.artist", "3.13")
async def test_the_artist_is_told_once_the_change_is_committed(clean_stack: Stack, client: Client) -> None:
    artist = clean_stack.client(ARTIST)
    before = len(await artist.received())
    lead = await client.qualified()

    async def told() -> bool:
        return len(await artist.received()) > before

    await clean_stack.wait_for("the notice to the artist", told)
    await clean_stack.check()
    assert len(await artist.received()) == before + 1, "once per change"
    completed = await client.until_shown("the change", kind="status_changed", to="PENDING_APPROVAL")
    notice = [message for message in await artist.chat() if message["direction"] == "out"][-1]
    assert notice["at"] > completed["at"]
    assert lead["answers"]["idea"] in notice["text"] or client.wa_id in notice["text"]
    assert await artist.leads() == [], "an artist's number never becomes a lead"


@pytest.mark.domain("3.26", "2.returning")
async def test_a_message_after_booked_is_answered_from_the_booking(clean_stack: Stack, client: Client) -> None:
    await client.paid()
    await client.act("book", slot="Tuesday 11:00")
    booked = await client.until("BOOKED", lambda lead: lead["status"] == "BOOKED")
    after = await client.turn("See you then!")
    assert (after["id"], after["status"]) == (booked["id"], "BOOKED")
    assert len(await client.leads()) == 1
    await clean_stack.check()


@pytest.mark.domain("2.returning")
async def test_a_message_after_a_rejection_opens_a_new_enquiry(clean_stack: Stack, client: Client) -> None:
    first = await client.qualified()
    assert (await client.act("reject", reason="Not our style."))[0] == 202
    await client.until("REJECTED", lambda lead: lead["status"] == "REJECTED")
    assert "Not our style." in (await client.received())[-1]

    await client.say("And something smaller?")
    second = await client.until("a new enquiry", lambda lead: lead["id"] != first["id"] and lead["step"] == 0)
    assert second["conversation_id"] == first["conversation_id"]
    assert len(await client.leads()) == 2
    await clean_stack.check()


async def test_the_demos_first_conversation(clean_stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(script.first_conversation, clean_stack.around)
    shown = capsys.readouterr().out
    assert shown.count("she writes:") == 3
    for line in ("answered 200", "the gate ends: applied", "→ QUALIFYING", "→ step 1: placement", "✓ WhatsApp has it"):
        assert line in shown


async def test_the_demos_script_ends_booked_with_every_rule_held(
    clean_stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(script.full_script, clean_stack.around) == 0
    shown = capsys.readouterr().out
    assert "BOOKED: " in shown
    assert "status AWAITING_DEPOSIT → DEPOSIT_PAID, a fact" in shown
    assert "step 11 → 12, gated by “" in shown
    assert "every rule holds" in shown
