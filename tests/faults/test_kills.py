"""kill -9 of each service between its durable steps, then a restart: nothing is lost, nothing doubled, and the order holds.

The moments that can be reached from outside are aimed at, one by one; the others are met at random, under load. The seed of
the random ones is fixed: what is random then is only how far each process had come.
"""

import asyncio
import random

import pytest

from inkgate.local.environment import SERVICES
from tests.e2e.stack import Client, Stack
from tests.faults.crowd import crowd, phones, stream

pytestmark = pytest.mark.live

SEED = 20_260_401
KILLS_A_SERVICE = 3
CLIENTS_AT_A_TIME = 12
# About as long as a turn takes from her message to the moved step, all its durable steps included.
A_TURN_S = 0.12


async def hung(client: Client, outcome: str = "hung") -> None:
    """Return when a call for her hangs at WhatsApp (or was cut)."""

    async def look() -> bool:
        return any(call["outcome"] == outcome for call in await client.calls())

    await client.stack.wait_for(f"the call of {client.wa_id} that {outcome}", look)


async def crash(stack: Stack, *names: str) -> None:
    """kill -9, then start again and wait until ready."""
    for name in names:
        stack.kill(name)
    await stack.start_again(*names)


async def test_kills_at_random_moments_under_load(clean_stack: Stack) -> None:
    """Three times each service, in an order drawn by lot, somewhere within the turn that somebody has just begun."""
    chance = random.Random(SEED)
    in_the_middle = 0
    async with phones(clean_stack) as listening:
        over = asyncio.Event()
        playing = asyncio.create_task(stream(clean_stack, listening, CLIENTS_AT_A_TIME, SEED, over))
        for _ in range(KILLS_A_SERVICE):
            starting = []
            for name in chance.sample(SERVICES, len(SERVICES)):
                in_the_middle += await listening.somebody_writes(within_s=12)
                await asyncio.sleep(chance.uniform(0, A_TURN_S))  # the moment of a crash is nobody's event
                clean_stack.kill(name)
                starting.append(asyncio.create_task(clean_stack.start_again(name)))
            await asyncio.gather(*starting)
        over.set()
        clients = await playing
    assert in_the_middle >= KILLS_A_SERVICE * len(SERVICES) // 2, "most kills must meet a turn that is under way"
    for client in clients:
        lead = await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING", within_s=60)
        assert (lead["step"], lead["deposit"]["paid_pence"]) == (12, 15_000)
    await clean_stack.check(settle_s=60)


async def test_everything_is_killed_at_once(clean_stack: Stack) -> None:
    async with phones(clean_stack) as listening:
        playing = asyncio.create_task(crowd(clean_stack, listening, 12, SEED + 2))
        await asyncio.sleep(1.0)
        await crash(clean_stack, *SERVICES)
        clients = await playing
    for client in clients:
        await client.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL", within_s=60)
    await clean_stack.check(settle_s=60)


async def test_the_sender_dies_while_whatsapp_holds_its_calls(clean_stack: Stack) -> None:
    """Three calls are under way: one that WhatsApp never takes; one that it takes after the crash, and says so by a status;
    one that it takes and says nothing about. Only the last is sent twice, and that is counted."""
    never, told, silent = clients = [clean_stack.client() for _ in range(3)]
    before = (await clean_stack.check()).duplicates if await has_history(clean_stack) else 0
    await asyncio.gather(*(client.answer_until("placement") for client in clients))
    await clean_stack.fault(on="whatsapp", wa_id=never.wa_id, hang=True)
    await clean_stack.fault(on="whatsapp", wa_id=told.wa_id, hang=True, accepted=True)
    await clean_stack.fault(on="whatsapp", wa_id=silent.wa_id, hang=True, accepted=True, no_status=True)
    await asyncio.gather(*(client.say("Left forearm") for client in clients))
    await asyncio.gather(*(hung(client) for client in clients))
    await crash(clean_stack, "sender")
    for client in clients:
        await client.until("the next question", lambda lead: lead["question"] == "dimensions", within_s=45)
    copies = [sum("How big" in text for text in await client.received()) for client in clients]
    assert copies == [1, 1, 2]
    assert (await clean_stack.check(settle_s=60)).duplicates == before + 1


async def has_history(stack: Stack) -> bool:
    """Whether anybody wrote yet: a check of nothing fails."""
    return bool((await stack.ok("dialogue", "GET", "/api/leads?limit=1"))["items"])


async def test_dialogue_dies_while_deliveries_wait_for_it(clean_stack: Stack) -> None:
    """It is killed with its gates open; the messages go out meanwhile; what it finds when it is back opens them."""
    clients = [clean_stack.client() for _ in range(4)]
    await asyncio.gather(*(client.answer_until("placement") for client in clients))
    for client in clients:
        await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, delay_s=1.0)
    await asyncio.gather(*(client.say("Left forearm") for client in clients))
    for client in clients:
        await client.until("an open gate", lambda lead: lead["open_gate"] is not None)
    clean_stack.kill("dialogue")

    async def gone_out() -> bool:
        return all([any("How big" in text for text in await client.received()) for client in clients])

    await clean_stack.wait_for("the messages, without dialogue", gone_out)
    for client in clients:  # and she answers, quicker than we come back
        await client.say("8x12cm")
    await clean_stack.start_again("dialogue")
    for client in clients:
        lead = await client.until("the question after", lambda lead: lead["question"] == "style", within_s=45)
        assert lead["answers"]["dimensions"] == "8x12cm"
    await clean_stack.check(settle_s=60)


async def test_intake_dies_right_after_its_200(clean_stack: Stack) -> None:
    """What was answered 200 is durable: it is published by the next process that starts."""
    clients = [clean_stack.client() for _ in range(3)]
    for client in clients:
        message_id = await client.say("Hi!")

        async def acknowledged(client: Client = client, message_id: str = message_id) -> bool:
            return any(message["wamid"] == message_id and message["acked_at"] for message in await client.chat())

        await clean_stack.wait_for("the 200", acknowledged)
        await crash(clean_stack, "intake")
    for client in clients:
        await client.until("the welcome", lambda lead: lead["step"] == 0, within_s=45)
        assert len(await client.received()) == 1
    await clean_stack.check(settle_s=60)


async def test_payments_dies_while_stripe_holds_its_call(clean_stack: Stack) -> None:
    """Once before Stripe carries it out, once after: each lead has one session, and one link."""
    lost, made = clients = [clean_stack.client(), clean_stack.client()]
    await asyncio.gather(*(client.qualified() for client in clients))
    for client, fault in ((lost, {"hang": True}), (made, {"hang": True, "drop_response": True})):
        await clean_stack.fault(on="stripe", **fault)
        before = len(await clean_stack.log_entries("stripe_call"))
        await client.act("approve")

        async def held(before: int = before) -> bool:
            calls = await clean_stack.log_entries("stripe_call")
            return any(call["outcome"] != "answered" for call in calls[before:])

        await clean_stack.wait_for("the call that hangs", held)
        await crash(clean_stack, "payments")
        await client.until("AWAITING_DEPOSIT", lambda lead: lead["status"] == "AWAITING_DEPOSIT", within_s=90)
    sessions = (await clean_stack.ok("sandbox", "GET", "/sandbox/checkout"))["items"]
    for client in clients:
        lead = await client.lead()
        assert sum(session["metadata"].get("lead_id") == lead["id"] for session in sessions) == 1
        await client.pay()
        await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING", within_s=45)
    await clean_stack.check(settle_s=60)


async def test_payments_dies_while_reports_of_money_come_in(clean_stack: Stack) -> None:
    clients = [clean_stack.client() for _ in range(3)]
    await asyncio.gather(*(client.with_link() for client in clients))
    clean_stack.kill("payments")
    await asyncio.gather(*(client.pay() for client in clients))
    await clean_stack.start_again("payments")
    for client in clients:
        paid = await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING", within_s=45)
        assert paid["deposit"]["paid_pence"] == 15_000
    await clean_stack.check(settle_s=60)


async def test_dialogue_dies_with_an_action_taken_in(clean_stack: Stack, client: Client) -> None:
    """202 means taken in: it is carried out once, by whoever comes back."""
    await client.qualified()
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, delay_s=0.7)
    await client.say("Any news?")
    await client.until("an open gate", lambda lead: lead["open_gate"] is not None)
    status, taken = await client.act("ask", {"Idempotency-Key": "once"}, text="Which fern?")
    assert status == 202
    await crash(clean_stack, "dialogue")

    async def done() -> bool:
        answer = await clean_stack.ok("dialogue", "GET", f"/api/actions/{taken['action_id']}")
        return bool(answer["state"] == "done")

    await clean_stack.wait_for("the action", done, within_s=45)
    status, again = await client.act("ask", {"Idempotency-Key": "once"}, text="Which fern?")
    assert again["action_id"] == taken["action_id"]
    await clean_stack.check(settle_s=60)
    assert sum("Which fern?" in text for text in await client.received()) == 1


async def test_a_stop_while_the_sender_is_dead(clean_stack: Stack, client: Client) -> None:
    """A call under way is cut by the crash, and before the sender is back she writes STOP: it is not repeated."""
    await client.answer_until("dimensions")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, hang=True)
    await client.say("8x12cm")
    await hung(client)
    clean_stack.kill("sender")
    await client.say("STOP")
    await client.until("opted out", lambda lead: lead["opted_out"])
    await clean_stack.start_again("sender")
    await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT", within_s=45)
    await clean_stack.check(settle_s=60)
    received = await client.received()
    assert not any("Which style" in text for text in received)
    assert "no more messages" in received[-1]
