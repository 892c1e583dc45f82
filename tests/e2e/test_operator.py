"""What an operator may do, and how a refusal says what would be right (PROTOCOL §4)."""

import asyncio

import pytest

from tests.e2e.stack import Client, Stack

pytestmark = [pytest.mark.live, pytest.mark.domain("5.actions")]


async def test_an_idempotency_key_makes_an_action_safe_to_repeat(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    key = {"Idempotency-Key": "ask-once"}
    answers = await asyncio.gather(*(client.act("ask", key, text="Which fern?") for _ in range(4)))
    assert {status for status, _ in answers} == {202}
    assert len({answer["action_id"] for _, answer in answers}) == 1
    await clean_stack.check()
    assert sum("Which fern?" in text for text in await client.received()) == 1
    status, problem = await client.act("reject", key)
    assert (status, problem["title"]) == (422, "Idempotency-Key was used")


async def test_a_stale_version_is_refused(clean_stack: Stack, client: Client) -> None:
    lead = await client.qualified()
    status, problem = await client.act("approve", {"If-Match": str(lead["version"] - 1)})
    assert (status, problem["version"]) == (412, lead["version"])
    assert "approve" in problem["allowed"]
    status, _ = await client.act("approve", {"If-Match": f'"{lead["version"]}"'})
    assert status == 202
    await client.until("AWAITING_DEPOSIT", lambda lead: lead["status"] == "AWAITING_DEPOSIT")
    await clean_stack.check()


async def test_a_forbidden_action_says_what_is_allowed(clean_stack: Stack, client: Client) -> None:
    await client.begin()
    status, problem = await client.act("book", slot="Monday")
    assert (status, problem["lead_status"]) == (409, "QUALIFYING")
    assert "reject" in problem["allowed"]
    assert "book" not in problem["allowed"]
    await clean_stack.check()


async def test_an_unknown_action_and_bad_arguments(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    status, problem = await client.act("tattoo")
    assert status == 400
    assert "approve" in problem["allowed"]
    for arguments in ({}, {"text": 7}, {"text": " "}, {"text": "x", "colour": "red"}):
        status, problem = await client.act("ask", **arguments)
        assert (status, problem["status"]) == (400, 400)
    missing = "/api/leads/00000000-0000-0000-0000-000000000000/actions"
    status, _ = await clean_stack.call("dialogue", "POST", missing, {"action": "approve"})
    assert status == 404


async def test_an_action_waits_while_a_gate_is_open(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, delay_s=1)
    await client.say("Any news?")
    await client.until("an open gate", lambda lead: lead["open_gate"] is not None)
    status, taken = await client.act("ask", text="Which fern?")
    assert status == 202

    async def done() -> bool:
        answer = await clean_stack.ok("dialogue", "GET", f"/api/actions/{taken['action_id']}")
        return bool(answer["state"] == "done")

    await clean_stack.wait_for("the action", done)
    await clean_stack.check()
    assert (await client.received())[-1] == "Which fern?"


@pytest.mark.domain("4.panic")
async def test_panic_keeps_messages_and_judges_them_when_it_ends(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.ok("dialogue", "PUT", "/api/mode", {"panic": True})
    try:
        await client.say("Left forearm")
        await client.until("the mailbox", lambda lead: lead["mailbox"] == 1)
        await client.until("the holding message", lambda lead: lead["open_gate"] is None)
        said = (await client.received())[-1]
        assert "We are a little slower than usual" in said
        assert (await client.lead())["question"] == "placement"
        await client.say("STOP", timestamp=max(m["timestamp"] for m in await client.chat()) - 30)
        await client.until("STOP, in panic too", lambda lead: lead["opted_out"])
    finally:
        await clean_stack.ok("dialogue", "PUT", "/api/mode", {"panic": False})
    await client.until("an empty mailbox", lambda lead: lead["mailbox"] == 0)
    await clean_stack.check()
    assert (await clean_stack.ok("dialogue", "GET", "/api/mode")) == {"panic": False, "pilot": False}


@pytest.mark.domain("4.order")
async def test_an_out_of_order_message_is_judged_when_the_operator_says_so(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("style")
    written = max(message["timestamp"] for message in await client.chat())
    late = await client.say("fine line", timestamp=written - 60)
    assert (await client.judged(late))["verdict"] == "out_of_order"
    status, _ = await client.act("judge", message_id=late)
    assert status == 202

    async def judged() -> bool:
        items = [item for item in await client.timeline("message_received") if item["message_id"] == late]
        return any(item["judged"] for item in items)

    await clean_stack.wait_for("the judgement by hand", judged)
    await clean_stack.check()


async def test_a_yes_that_arrives_late_is_out_of_order_like_any_answer(clean_stack: Stack, client: Client) -> None:
    """'yes' is a word of command only for somebody who opted out."""
    await client.answer_until("coverup")
    written = max(message["timestamp"] for message in await client.chat())
    late = await client.judged(await client.say("yes", timestamp=written - 60))
    assert late["verdict"] == "out_of_order"
    await clean_stack.check()


async def test_live_events_show_a_turn(clean_stack: Stack, client: Client) -> None:
    kinds: list[str] = []

    async def listen() -> None:
        url = clean_stack.around.url("dialogue") + "/api/events"
        async with clean_stack.http.get(url) as response:
            async for line in response.content:
                if line.startswith(b"data:") and client.wa_id.encode() in line:
                    kinds.append(line.decode())
                    if "step_advanced" in kinds[-1]:
                        return

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.3)  # the stream begins with what comes after it was asked for
    await client.begin()
    await asyncio.wait_for(listening, 20)
    assert any("message_created" in line for line in kinds)
