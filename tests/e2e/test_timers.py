"""Timers on the real stack: rows that fire once across replicas and a crash, holds, and the closed window (DOMAIN §3 row 27,
§4 '24-hour window', §5). Hours last seconds here."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inkgate.local.ports import free_port
from tests.e2e.stack import Client, Item, Stack, argv, running, studio_file, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live

SECOND = "dialogue-2"
A_DAY_S = 86_400


@pytest.fixture(scope="module")
async def quick(servers: LiveServers) -> AsyncIterator[Stack]:
    """A stack of its own with two replicas of dialogue, and a studio that loses patience within seconds."""
    with tempfile.TemporaryDirectory(prefix="inkgate-timers-") as folder:
        (Path(folder) / "studio").mkdir()
        studio = studio_file(
            Path(folder) / "studio",
            reminders_s=[3, 8],
            abandoned_s=13,
            deposit_reminders_s=[2, 80_000],
            approval_reminders_s=[],
            approval_stale_s=20,
        )
        around = surroundings(servers, Path(folder), INKGATE_STUDIO=str(studio), INKGATE_SEND_TIMEOUT="1.5")
        async with running(around, Path(folder) / "logs") as stack:
            port = free_port(frozenset(around.ports.values()))
            stack.add(SECOND, argv("dialogue"), {**around.of("dialogue"), "INKGATE_HTTP_PORT": str(port)})
            await stack.start_again(SECOND)
            yield stack


async def outcomes(client: Client, timer: str) -> list[str]:
    return [item["outcome"] for item in await client.timeline("timer_fired") if item["timer"] == timer]


@pytest.mark.domain("3.27", "5.timers", "3b.time")
async def test_each_reminder_goes_out_once_across_replicas_and_a_crash(quick: Stack) -> None:
    client = quick.client()
    await client.begin()
    await client.until_shown("the first reminder", kind="message_created", copy="reminder_1")
    await asyncio.to_thread(quick.kill, SECOND)
    lead = await client.until("ABANDONED", lambda lead: lead["status"] == "ABANDONED", within_s=40)
    await quick.start_again(SECOND)
    texts = await client.received()
    assert sum("Still thinking about your tattoo?" in text for text in texts) == 1
    assert sum("Your enquiry is still open" in text for text in texts) == 1
    assert lead["timers"] == []
    [change] = [item for item in await client.timeline("status_changed") if item["to"] == "ABANDONED"]
    assert change["reason"] == "silence" and change["intent_id"] is None
    await quick.check()


@pytest.mark.domain("3.27", "5.timers")
async def test_a_link_is_remembered_until_it_is_paid(quick: Stack) -> None:
    client = quick.client()
    lead = await client.with_link()
    assert "deposit" in [timer["timer"] for timer in lead["timers"]]
    await client.until_shown("the reminder", kind="message_created", copy="deposit_reminder_1")
    await client.pay()
    paid = await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    assert [timer["timer"] for timer in paid["timers"]] == ["booking"]
    assert sum("Your place is still held" in text for text in await client.received()) <= 1
    await quick.check()


@pytest.mark.domain("4.window")
async def test_what_could_only_be_announced_goes_out_when_she_writes(quick: Stack) -> None:
    """Her first message reaches us a day late: WhatsApp takes no text any more."""
    client = quick.client()
    await client.say("Hi!", timestamp=int(time.time()) - A_DAY_S - 60)
    await client.until("the invitation", lambda lead: "invited" in lead["flags"])
    [first] = await client.received()
    assert first.startswith("[template inkgate_invitation, en_GB]")
    assert (await client.lead())["status"] == "NEW"
    await client.say("Yes, what is it?")
    lead = await client.until("the first question", lambda lead: lead["step"] == 0)
    assert "invited" not in lead["flags"] and lead["answers"] == {}
    assert [item["code"] for item in await client.timeline("message_failed")] == ["invited"]
    await quick.check()


@pytest.mark.domain("5.timers")
async def test_while_the_sender_is_held_no_timer_fires_and_nobody_is_silent(quick: Stack) -> None:
    client, other = quick.client(), quick.client()
    await client.begin()
    fault = await quick.fault(on="whatsapp", wa_id=other.wa_id, code=190, times=1)
    assert fault
    await other.say("Hi")
    await quick.wait_for("the hold", lambda: holds(quick))
    await client.until_shown("a timer that waits", kind="timer_fired", timer="silence", outcome="held")
    assert (await client.lead())["status"] == "QUALIFYING"
    assert set(await outcomes(client, "silence")) <= {"held", "not_yet", "reminded"}
    number = (await holds(quick))[0]["phone_number_id"]
    await quick.mend()
    await quick.ok("sender", "POST", f"/api/holds/{number}/release")
    await other.until("the welcome", lambda lead: lead["step"] == 0)
    await quick.check()


async def holds(stack: Stack) -> list[Item]:
    return list((await stack.ok("sender", "GET", "/api/holds"))["items"])
