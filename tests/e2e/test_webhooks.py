"""Webhooks as they come: twice, in any order, several at once, or not for us."""

import asyncio
import hmac
import json
import time

import aiohttp
import pytest

from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live


@pytest.mark.domain("4.duplicates")
async def test_every_webhook_twice(clean_stack: Stack, client: Client) -> None:
    await clean_stack.fault(on="webhooks", wa_id=client.wa_id, duplicate=True, times=0)
    lead = await client.answer_until("complexity")
    assert lead["step"] == 4
    await clean_stack.check()
    assert len(await client.received()) == 5
    assert len(await client.timeline("message_received")) == 5


@pytest.mark.domain("4.order")
async def test_messages_that_arrive_shuffled_are_judged_as_written(clean_stack: Stack, client: Client) -> None:
    """Five lines of one idea, written in five seconds and delivered in any order: none is lost and none is judged before
    one that was written earlier."""
    await client.begin()
    written = max(message["timestamp"] for message in await client.chat())
    await clean_stack.fault(on="webhooks", wa_id=client.wa_id, only="messages", shuffle=True)
    lines = ["a fox", "asleep", "between ferns", "with a moon", "and stars"]
    sent = [await client.say(line, timestamp=written + number) for number, line in enumerate(lines, 1)]
    verdicts = [(await client.judged(message_id))["verdict"] for message_id in sent]
    assert "answer" in verdicts
    await clean_stack.check()
    judged = [item for item in await client.timeline("message_received") if item["judged"]]
    assert [item["sent_at"] for item in judged] == sorted(item["sent_at"] for item in judged)
    kept = [item for item in await client.timeline("message_received") if item["message_id"] in sent]
    assert {item["message_id"] for item in kept} == set(sent), "late ones are kept and shown"


async def test_she_writes_while_a_gate_is_open(clean_stack: Stack, client: Client) -> None:
    """What arrives before the next question is out waits in the mailbox, and belongs to the question before."""
    await client.answer_until("idea")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, delay_s=1)
    await client.say("A fox")
    await client.until("an open gate", lambda lead: lead["open_gate"] is not None)
    more = await client.say("asleep in a ring of ferns")
    await client.until("the mailbox", lambda lead: lead["mailbox"] == 1)
    waiting = [item for item in await client.timeline("message_received") if item["verdict"] == "waiting"]
    assert [item["message_id"] for item in waiting] == [more]

    lead = await client.until("the next question", lambda lead: lead["question"] == "placement")
    judged = await client.judged(more)
    assert judged["verdict"] in ("added", "answer")
    await clean_stack.check()
    lead = await client.lead()
    if judged["verdict"] == "added":
        assert lead["answers"]["idea"] == "A fox\nasleep in a ring of ferns"
        assert lead["question"] == "placement"


async def test_many_people_at_once(clean_stack: Stack) -> None:
    clients = [clean_stack.client() for _ in range(20)]
    leads = await asyncio.gather(*(client.answer_until("style") for client in clients))
    assert {lead["step"] for lead in leads} == {3}
    assert len({lead["conversation_id"] for lead in leads}) == len(clients)
    await clean_stack.check()


async def test_a_wrong_signature_stores_nothing(clean_stack: Stack) -> None:
    body = json.dumps({"object": "whatsapp_business_account", "entry": []}).encode()
    headers = {"X-Hub-Signature-256": "sha256=" + hmac.digest(b"not the secret", body, "sha256").hex()}
    url = clean_stack.around.url("intake") + "/webhooks/whatsapp"
    async with clean_stack.http.post(url, data=body, headers=headers) as response:
        assert response.status == 401
    await clean_stack.check()


async def test_bad_neighbours_harm_nobody(clean_stack: Stack, client: Client) -> None:
    """One POST with garbage beside a good message: the message is answered."""
    wa_id, message_id = client.wa_id, "wamid.GOODNEIGHBOUR" + client.wa_id
    lead_in = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "106540352242922"}}
    good = {"from": wa_id, "id": message_id, "timestamp": str(int(time.time())), "type": "text", "text": {"body": "Hi"}}
    foreign = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "999"}, "messages": [good]}
    values = [{**lead_in, "messages": [{"id": 7}, None, good, {"nested": [[[[]]]]}]}, foreign, {"metadata": "?"}]
    entries = [{"id": "1", "changes": [{"field": "messages", "value": value} for value in values]}, None, {"id": []}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entries}).encode()
    url = clean_stack.around.url("sandbox") + "/sandbox/webhooks/whatsapp"
    async with clean_stack.http.post(url, data=body) as response:
        assert response.status == 202
    lead = await client.until("the welcome", lambda lead: lead["step"] == 0)
    assert lead["status"] == "QUALIFYING"
    await clean_stack.check()


async def test_a_body_that_is_no_webhook_is_a_clear_4xx(clean_stack: Stack) -> None:
    secret = clean_stack.around.secrets.whatsapp_app_secret.encode()
    url = clean_stack.around.url("intake") + "/webhooks/whatsapp"
    for body in (b"not json", b"[]", b"{" * 5_000, b"\xff\xfe"):
        headers = {"X-Hub-Signature-256": "sha256=" + hmac.digest(secret, body, "sha256").hex()}
        async with clean_stack.http.post(url, data=body, headers=headers) as response:
            assert 400 <= response.status < 500
            assert response.content_type == "application/problem+json"


async def test_the_verify_challenge(clean_stack: Stack) -> None:
    async with aiohttp.ClientSession(clean_stack.around.url("intake"), trust_env=False) as session:
        token = clean_stack.around.secrets.whatsapp_verify_token
        query = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
        async with session.get("/webhooks/whatsapp", params=query) as response:
            assert (response.status, await response.text()) == (200, "1158201444")
        async with session.get("/webhooks/whatsapp", params={**query, "hub.verify_token": "guess"}) as response:
            assert response.status == 403
