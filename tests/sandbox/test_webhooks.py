"""Webhooks: Meta's shapes, the order of what one client writes, and delivery again until it is acknowledged."""

import hashlib
import hmac
import json
from typing import Any

from inkgate.local.ports import free_port
from tests.sandbox.conftest import (
    APP_SECRET,
    CLIENT,
    NUMBER_ID,
    Received,
    Receiver,
    Sandbox,
    running_receiver,
    running_sandbox,
    settings_for,
)


def value_of(received: Received) -> dict[str, Any]:
    body = json.loads(received.body)
    assert body["object"] == "whatsapp_business_account"
    change = body["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    value: dict[str, Any] = change["value"]
    return value


async def write(sandbox: Sandbox, body: dict[str, Any], client: str = CLIENT) -> dict[str, Any]:
    status, answer = await sandbox.json("POST", f"/sandbox/clients/{client}/messages", body)
    assert status == 202, answer
    written: dict[str, Any] = answer
    return written


async def test_a_text_has_metas_shape_and_signature(sandbox: Sandbox, receiver: Receiver) -> None:
    written = await write(sandbox, {"text": "grüße / 8×12 cm", "profile_name": "Ana"})
    webhook = await receiver.next("/webhooks/whatsapp")
    assert webhook.body.isascii()
    assert rb"\/" in webhook.body
    expected = "sha256=" + hmac.new(APP_SECRET.encode(), webhook.body, hashlib.sha256).hexdigest()
    assert webhook.headers["X-Hub-Signature-256"] == expected
    value = value_of(webhook)
    assert value["messaging_product"] == "whatsapp"
    assert value["metadata"]["phone_number_id"] == NUMBER_ID
    assert value["contacts"] == [{"profile": {"name": "Ana"}, "wa_id": CLIENT}]
    message = value["messages"][0]
    assert message["text"] == {"body": "grüße / 8×12 cm"}
    assert (message["type"], message["from"], message["id"]) == ("text", CLIENT, written["message_id"])
    assert message["timestamp"] == str(written["timestamp"])


async def test_id_time_reply_and_user_id_are_the_callers(sandbox: Sandbox, receiver: Receiver) -> None:
    body = {"text": "x", "message_id": "wamid.mine", "timestamp": 1700000000, "reply_to": "wamid.yours"}
    written = await write(sandbox, {**body, "user_id": "GB.9"})
    assert written == {"message_id": "wamid.mine", "timestamp": 1700000000}
    value = value_of(await receiver.next())
    message = value["messages"][0]
    assert (message["id"], message["timestamp"]) == ("wamid.mine", "1700000000")
    assert message["context"]["id"] == "wamid.yours"
    assert message["from_user_id"] == value["contacts"][0]["user_id"] == "GB.9"


async def test_a_tapped_button_points_back_to_its_message(sandbox: Sandbox, receiver: Receiver) -> None:
    action = {"buttons": [{"type": "reply", "reply": {"id": "yes", "title": "Yes"}}]}
    interactive = {"type": "button", "body": {"text": "Sure?"}, "action": action}
    sent = {"messaging_product": "whatsapp", "to": CLIENT, "type": "interactive", "interactive": interactive}
    _, answer = await sandbox.send(sent)
    await receiver.next()
    await write(sandbox, {"button": {"id": "yes", "title": "Yes"}})
    message = value_of(await receiver.next())["messages"][0]
    assert message["interactive"] == {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
    assert message["context"]["id"] == answer["messages"][0]["id"]


async def test_raw_is_merged_over_the_defaults_and_null_takes_away(sandbox: Sandbox, receiver: Receiver) -> None:
    raw = {"type": "location", "location": {"latitude": 51.5, "longitude": -0.1}, "from": None}
    await write(sandbox, {"raw": raw, "contact": {"wa_id": None, "user_id": "GB.5"}})
    value = value_of(await receiver.next())
    message = value["messages"][0]
    assert message["location"] == {"latitude": 51.5, "longitude": -0.1}
    assert "from" not in message
    assert message["id"].startswith("wamid.")
    assert "wa_id" not in value["contacts"][0]


async def test_any_body_can_be_sent_signed(sandbox: Sandbox, receiver: Receiver) -> None:
    async with sandbox.http.post(f"{sandbox.url}/sandbox/webhooks/whatsapp", data=b'{"object": 1}') as response:
        assert response.status == 202
    webhook = await receiver.next("/webhooks/whatsapp")
    assert webhook.body == b'{"object": 1}'


async def test_a_bad_request_says_what_would_be_right(sandbox: Sandbox) -> None:
    for body, word in [
        ({"texxt": "x"}, "texxt"),
        ({}, "give one of"),
        ({"text": "a", "button": {"id": "a", "title": "b"}}, "give one of"),
        ({"media": {"kind": "hologram"}}, "image"),
        ({"media": {"data": "%%%"}}, "base64"),
    ]:
        status, answer = await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", body)
        assert status == 400
        assert word in answer["detail"]


async def test_what_is_not_acknowledged_comes_again_and_the_next_one_waits(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    receiver.answers = [503, 503]
    await write(sandbox, {"text": "first"})
    await write(sandbox, {"text": "second"})
    bodies = [value_of(await receiver.next())["messages"][0]["text"]["body"] for _ in range(4)]
    assert bodies == ["first", "first", "first", "second"]


async def test_a_refused_one_does_not_hold_up_the_next_for_ever(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [400, 400, 400]
    await write(sandbox, {"text": "poison"})
    await write(sandbox, {"text": "good"})
    bodies = [value_of(await receiver.next())["messages"][0]["text"]["body"] for _ in range(5)]
    assert bodies[:4] == ["poison", "poison", "poison", "good"]
    assert bodies[4] == "poison"


async def test_nothing_is_lost_while_intake_is_down(receiver: Receiver) -> None:
    port = free_port()
    async with running_sandbox(settings_for(f"http://127.0.0.1:{port}", sandbox_statuses="")) as sandbox:
        for number in range(20):
            await write(sandbox, {"text": f"{number}"})
        async with running_receiver(receiver, port):
            bodies = [value_of(await receiver.next())["messages"][0]["text"]["body"] for _ in range(20)]
        assert bodies == [str(number) for number in range(20)]


async def test_the_log_tells_each_attempt_with_a_rising_number(sandbox: Sandbox, receiver: Receiver) -> None:
    receiver.answers = [500]
    written = await write(sandbox, {"text": "hello"})
    await receiver.next()
    await receiver.next()
    entries: list[dict[str, Any]] = []
    while len(entries) < 2:
        _, log = await sandbox.json("GET", "/sandbox/log?kind=webhook")
        entries = log["items"]
    assert [entry["response_status"] for entry in entries] == [500, 200]
    assert [entry["delivered_to_us"] for entry in entries] == [False, True]
    assert [entry["attempt"] for entry in entries] == [1, 2]
    assert entries[0]["n"] < entries[1]["n"]
    assert entries[1]["wamid"] == written["message_id"]
    assert entries[1]["request"]["text"] == {"body": "hello"}
    _, log = await sandbox.json("GET", f"/sandbox/log?since={entries[0]['n']}&limit=1")
    assert [entry["n"] for entry in log["items"]] == [entries[1]["n"]]
    _, cleared = await sandbox.json("DELETE", "/sandbox/log")
    assert cleared == {"cleared": 2}


async def test_the_chat_shows_both_sides_and_what_became_of_them(sandbox: Sandbox, receiver: Receiver) -> None:
    await write(sandbox, {"text": "hello", "profile_name": "Ana"})
    await receiver.next()
    await sandbox.send({"messaging_product": "whatsapp", "to": CLIENT, "type": "text", "text": {"body": "hi Ana"}})
    await receiver.next()
    _, chat = await sandbox.json("GET", f"/sandbox/clients/{CLIENT}/messages")
    theirs, ours = chat["items"]
    assert (theirs["direction"], theirs["text"]) == ("in", "hello")
    assert (ours["direction"], ours["text"], ours["status"]) == ("out", "hi Ana", "sent")
    _, clients = await sandbox.json("GET", "/sandbox/clients")
    assert clients["items"][0] | {"last_at": None} == {
        "wa_id": CLIENT,
        "name": "Ana",
        "user_id": None,
        "messages": 2,
        "last_at": None,
        "last_text": "hi Ana",
    }
    wamid = ours["wamid"]
    body = {"wamid": wamid, "status": "failed", "code": 131026}
    status, _ = await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/statuses", body)
    assert status == 202
    report = value_of(await receiver.next())["statuses"][0]
    assert (report["id"], report["status"], report["errors"][0]["code"]) == (wamid, "failed", 131026)
