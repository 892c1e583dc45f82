"""`gate_on = delivered`: acceptance is not enough; a status, her reply or time opens the gate, and the basis is recorded."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.e2e.stack import Client, Stack, argv

pytestmark = pytest.mark.live

# Longer than a reply takes on a busy machine; the sender counts a message as under way for as long, so not much longer.
PATIENT = {"INKGATE_GATE_ON": "delivered", "INKGATE_GATE_TIMEOUT": "8"}
HASTY = {**PATIENT, "INKGATE_GATE_TIMEOUT": "0.5"}


async def other_sender(stack: Stack, **settings: str) -> None:
    """The session's stack with a sender that has these settings besides."""
    await asyncio.to_thread(stack.stop, "sender")
    stack.add("sender", argv("sender"), {**stack.around.of("sender"), **settings})
    await stack.start_again("sender")


@pytest.fixture(scope="module")
async def strict(stack: Stack) -> AsyncIterator[Stack]:
    """With a sender that waits for the delivery; the usual one comes back at the end."""
    await other_sender(stack, **PATIENT)
    yield stack
    await stack.mend()
    await other_sender(stack)


@pytest.fixture(scope="module")
async def hasty(strict: Stack) -> Stack:
    """With one that waits hardly at all, from here on: for what comes last."""
    await other_sender(strict, **HASTY)
    return strict


async def last_basis(client: Client) -> str:
    return str((await client.timeline("gate_closed"))[-1]["basis"])


async def test_the_status_delivered_opens_the_gate(strict: Stack) -> None:
    client = strict.client()
    await client.begin()
    assert await last_basis(client) == "status"
    await strict.check()


async def test_her_reply_opens_the_gate_when_the_status_is_lost(strict: Stack) -> None:
    client = strict.client()
    await client.begin()
    await strict.fault(on="whatsapp", wa_id=client.wa_id, no_status=True)
    await client.say("A fox")
    await client.until_shown("the acceptance", kind="message_accepted")
    assert (await client.lead())["question"] == "idea", "accepted is not delivered"
    await client.in_a_later_second()
    await client.say("Left forearm")
    lead = await client.until("the question after", lambda lead: lead["question"] == "dimensions")
    assert (lead["answers"]["idea"], lead["answers"]["placement"]) == ("A fox", "Left forearm")
    assert "reply" in [item["basis"] for item in await client.timeline("gate_closed")]
    await strict.check()


async def test_a_failure_by_status_leaves_the_gate_shut(strict: Stack) -> None:
    client = strict.client()
    await client.begin()
    await strict.fault(on="whatsapp", wa_id=client.wa_id, late_failure=131026)
    await client.say("A fox")
    failed = await client.until("the failed send", lambda lead: "send_failed" in lead["flags"])
    assert failed["question"] == "idea", "it had been accepted, and nothing moved"
    await strict.check()


async def test_time_opens_the_gate_when_nothing_else_does(hasty: Stack) -> None:
    client = hasty.client()
    await client.begin()
    await hasty.fault(on="whatsapp", wa_id=client.wa_id, no_status=True)
    await client.say("A fox")
    await client.until("the next question", lambda lead: lead["question"] == "placement")
    assert await last_basis(client) == "timeout"
    await hasty.check()
