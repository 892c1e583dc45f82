"""Armed faults: each has its effect, as often as asked, and for whom."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.sandbox.conftest import ACCESS_TOKEN, CLIENT, NUMBER_ID, Receiver, Sandbox
from tests.sandbox.test_graph import text

OTHER = "447700900456"


async def arm(sandbox: Sandbox, **fault: Any) -> dict[str, Any]:
    status, answer = await sandbox.json("POST", "/sandbox/faults", fault)
    assert status == 201, answer
    made: dict[str, Any] = answer
    return made


async def statuses(receiver: Receiver, count: int) -> list[tuple[str, str | None]]:
    found = []
    for _ in range(count):
        received = await receiver.next("/webhooks/whatsapp")
        status = json.loads(received.body)["entry"][0]["changes"][0]["value"]["statuses"][0]
        found.append((status["status"], status.get("biz_opaque_callback_data")))
    return found


async def test_a_code_fails_as_often_as_asked_and_for_that_client_only(sandbox: Sandbox) -> None:
    await arm(sandbox, on="whatsapp", wa_id=CLIENT, code=131026, times=2)
    assert (await sandbox.send(text(to=OTHER)))[0] == 200
    answers = [await sandbox.send(text()) for _ in range(3)]
    assert [status for status, _ in answers] == [400, 400, 200]
    assert answers[0][1]["error"]["code"] == 131026
    _, left = await sandbox.json("GET", "/sandbox/faults")
    assert left["items"] == []


async def test_a_status_without_a_code_has_no_graph_error(sandbox: Sandbox) -> None:
    await arm(sandbox, on="whatsapp", status=503)
    headers = {"Authorization": f"Bearer {ACCESS_TOKEN}"}
    url = f"{sandbox.url}/v26.0/{NUMBER_ID}/messages"
    async with sandbox.http.post(url, json=text(), headers=headers) as response:
        assert response.status == 503
        assert b"error" not in await response.read()


async def test_a_status_and_a_code_go_together(sandbox: Sandbox) -> None:
    await arm(sandbox, on="whatsapp", status=500, code=131000)
    status, answer = await sandbox.send(text())
    assert (status, answer["error"]["code"]) == (500, 131000)


async def test_zero_times_lasts_until_it_is_cleared(sandbox: Sandbox) -> None:
    made = await arm(sandbox, on="whatsapp", status=500, times=0)
    assert made["times"] is None
    assert [(await sandbox.send(text()))[0] for _ in range(3)] == [500, 500, 500]
    _, cleared = await sandbox.json("DELETE", "/sandbox/faults")
    assert cleared == {"cleared": 1}
    assert (await sandbox.send(text()))[0] == 200


async def test_a_lost_answer_was_accepted_and_its_status_comes(sandbox: Sandbox, receiver: Receiver) -> None:
    await arm(sandbox, on="whatsapp", drop_response=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await sandbox.send(text(biz_opaque_callback_data="intent:1"))
    assert await statuses(receiver, 1) == [("sent", "intent:1")]
    _, chat = await sandbox.json("GET", f"/sandbox/clients/{CLIENT}/messages")
    assert [message["text"] for message in chat["items"]] == ["hello"]
    _, log = await sandbox.json("GET", "/sandbox/log?kind=graph_call")
    entry = log["items"][0]
    assert (entry["outcome"], entry["accepted"], entry["response_status"]) == ("dropped", True, None)
    assert entry["answered_at"] is None


async def test_a_hanging_call_was_not_accepted(sandbox: Sandbox, receiver: Receiver) -> None:
    await arm(sandbox, on="whatsapp", hang=True)
    call = asyncio.create_task(sandbox.send(text()))
    entries: list[dict[str, Any]] = []
    while not entries:
        _, log = await sandbox.json("GET", "/sandbox/log?kind=graph_call")
        entries = log["items"]
    assert not call.done()
    call.cancel()
    assert (entries[0]["outcome"], entries[0]["accepted"]) == ("hung", False)
    _, chat = await sandbox.json("GET", f"/sandbox/clients/{CLIENT}/messages")
    assert chat["items"] == []


async def test_an_error_can_be_a_lie(sandbox: Sandbox, receiver: Receiver) -> None:
    await arm(sandbox, on="whatsapp", status=500, accepted=True)
    assert (await sandbox.send(text(biz_opaque_callback_data="intent:1")))[0] == 500
    assert await statuses(receiver, 1) == [("sent", "intent:1")]


async def test_statuses_can_be_chosen_left_out_or_end_in_failure(sandbox: Sandbox, receiver: Receiver) -> None:
    await arm(sandbox, on="whatsapp", statuses=["sent"])
    await arm(sandbox, on="whatsapp", no_status=True)
    await arm(sandbox, on="whatsapp", late_failure=131026)
    for number in range(3):
        assert (await sandbox.send(text(biz_opaque_callback_data=f"{number}")))[0] == 200
    assert sorted(await statuses(receiver, 2)) == [("failed", "2"), ("sent", "0")]
    _, chat = await sandbox.json("GET", f"/sandbox/clients/{CLIENT}/messages")
    assert [message["status"] for message in chat["items"]] == ["sent", "accepted", "failed"]
    assert chat["items"][2]["error"]["code"] == 131026


async def test_webhooks_come_twice_or_not_at_all(sandbox: Sandbox, receiver: Receiver) -> None:
    await arm(sandbox, on="webhooks", wa_id=CLIENT, duplicate=True)
    await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"text": "twice"})
    assert (await receiver.next()).body == (await receiver.next()).body
    await arm(sandbox, on="webhooks", drop=True, only="statuses")
    await sandbox.send(text(biz_opaque_callback_data="lost"))
    await sandbox.send(text(biz_opaque_callback_data="seen"))
    assert await statuses(receiver, 1) == [("sent", "seen")]


async def test_shuffled_webhooks_all_arrive(sandbox: Sandbox, receiver: Receiver) -> None:
    await arm(sandbox, on="webhooks", shuffle=True)
    for number in range(20):
        await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"text": f"{number}"})
    bodies = []
    for _ in range(20):
        value = json.loads((await receiver.next()).body)["entry"][0]["changes"][0]["value"]
        bodies.append(value["messages"][0]["text"]["body"])
    assert sorted(bodies, key=int) == [f"{number}" for number in range(20)]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, ["on", "whatsapp"]),
        ({"on": "facebook", "status": 500}, ["facebook", "stripe"]),
        ({"on": "whatsapp"}, ["nothing would go wrong", "status"]),
        ({"on": "whatsapp", "shuffle": True}, ["shuffle", "webhooks"]),
        ({"on": "whatsapp", "explode": True}, ["explode", "drop_response"]),
        ({"on": "whatsapp", "status": 200}, ["status", "400"]),
        ({"on": "whatsapp", "status": 500, "times": -1}, ["times", "0 or null"]),
        ({"on": "whatsapp", "status": 500, "times": True}, ["times"]),
        ({"on": "whatsapp", "delay_s": "long"}, ["delay_s", "seconds"]),
        ({"on": "whatsapp", "hang": "yes"}, ["hang", "true or false"]),
        ({"on": "whatsapp", "hang": True, "status": 500}, ["hang", "leave one out"]),
        ({"on": "whatsapp", "status": 500, "no_status": True}, ["accepted"]),
        ({"on": "whatsapp", "statuses": ["seen"]}, ["statuses", "delivered"]),
        ({"on": "stripe", "wa_id": CLIENT, "status": 500}, ["wa_id", "whatsapp"]),
        ({"on": "stripe", "code": 429}, ["code", "rate_limit"]),
        ({"on": "webhooks", "duplicate": True, "only": "letters"}, ["only", "messages"]),
    ],
)
async def test_a_fault_that_makes_no_sense_is_refused_with_words(
    sandbox: Sandbox, fault: dict[str, Any], words: list[str]
) -> None:
    status, answer = await sandbox.json("POST", "/sandbox/faults", fault)
    assert status == 400
    for word in words:
        assert word in answer["detail"]
