"""The date, end to end: slots on her phone, one chosen and held, booked, in her calendar, and free again."""

import icalendar
import pytest

from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live

REFUSED = 131026  # WhatsApp cannot deliver to her


async def offered(client: Client) -> dict[str, object]:
    """Paid, and the list is on her phone; its newest message there."""
    await client.paid()
    await client.until_shown("the slots", kind="slots_offered")
    return [message for message in await client.chat() if message["direction"] == "out"][-1]


async def ics(stack: Stack, url: str) -> icalendar.Event:
    async with stack.http.get(url) as response:
        assert response.status == 200
        assert response.headers["content-type"].startswith("text/calendar")
        return next(iter(icalendar.Calendar.from_ical(await response.read()).walk("VEVENT")))


@pytest.mark.domain("3.14b", "3.17", "3.20", "3.29")
async def test_from_the_list_to_the_calendar_and_back(clean_stack: Stack, client: Client) -> None:
    message = await offered(client)
    rows = message["list"]["rows"]  # type: ignore[index]
    assert 6 <= len(rows) <= 9
    assert rows[1]["title"][:4] == "2 · "

    picked = {"list": {"id": rows[1]["id"], "title": rows[1]["title"]}}
    await clean_stack.ok("sandbox", "POST", f"/sandbox/clients/{client.wa_id}/messages", picked)
    chosen = await client.until("her choice", lambda lead: lead["slot"])
    assert (chosen["status"], chosen["open_gate"]) == ("BOOKING_PENDING", None)
    assert chosen["slot"] in (await client.received())[-1]

    status, answer = await client.act("book")
    assert status == 202, answer
    await client.until("BOOKED", lambda lead: lead["status"] == "BOOKED")
    text = (await client.received())[-1]
    url = next(word for word in text.split() if word.endswith(".ics"))
    event = await ics(clean_stack, url)
    assert (str(event["STATUS"]), event.start.tzinfo is not None) == ("CONFIRMED", True)

    await client.act("cancel")
    await client.until("CANCELLED", lambda lead: lead["status"] == "CANCELLED")
    assert str((await ics(clean_stack, url))["STATUS"]) == "CANCELLED"
    await clean_stack.check()


@pytest.mark.domain("3.17", "5.slots")
async def test_a_confirmation_that_fails_goes_out_again_and_another_client_cannot_have_the_slot(
    clean_stack: Stack, client: Client
) -> None:
    await offered(client)
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=REFUSED)
    await client.say("the last one")
    failed = await client.until("the failed confirmation", lambda lead: "send_failed" in lead["flags"])
    assert failed["slot"] is None

    other = clean_stack.client()
    await offered(other)
    held = (await client.timeline("slot_held"))[-1]
    texts = (await other.received())[-1]
    assert held["appointment"]["label"] not in texts, "what is held is offered to nobody else"

    await client.say("did you get that?")
    chosen = await client.until("her slot", lambda lead: lead["slot"])
    assert chosen["slot"] == held["appointment"]["label"]
    await clean_stack.check()


@pytest.mark.domain("3.18", "3.19")
async def test_none_of_them_suits(clean_stack: Stack, client: Client) -> None:
    await offered(client)
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=REFUSED)
    await client.say("none of these")
    failed = await client.until("the failed question", lambda lead: "send_failed" in lead["flags"])
    assert failed["status"] == "BOOKING_PENDING"
    await client.say("hello?")
    await client.until("the question", lambda lead: lead["status"] == "COLLECTING_TIME_WINDOWS")

    await client.turn("Tuesday afternoons")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=REFUSED)
    await client.say("or the 20th in the morning")
    failed = await client.until("the failed thanks", lambda lead: "send_failed" in lead["flags"])
    assert failed["handover"] is None
    await client.say("Saturdays too")
    handed = await client.until("the handover", lambda lead: lead["handover"] is not None)
    assert handed["status"] == "COLLECTING_TIME_WINDOWS"
    assert handed["handover"]["reason"] == "time_windows"

    status, answer = await client.act("book", slot="Tuesday at three")
    assert status == 202, answer
    await client.until("BOOKED", lambda lead: lead["status"] == "BOOKED")
    await clean_stack.check()
