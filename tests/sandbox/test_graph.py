"""The Graph API's side: what it takes, what it refuses, and the statuses that follow."""

import hashlib
import hmac
import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.sandbox.conftest import ACCESS_TOKEN, APP_SECRET, CLIENT, NUMBER_ID, Receiver, Sandbox


def text(body: str = "hello", **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": CLIENT, "type": "text", "text": {"body": body}, **more}


def buttons(*titles: str, body: str = "pick") -> dict[str, Any]:
    rows = [{"type": "reply", "reply": {"id": f"b{index}", "title": title}} for index, title in enumerate(titles)]
    interactive = {"type": "button", "body": {"text": body}, "action": {"buttons": rows}}
    return {"messaging_product": "whatsapp", "to": CLIENT, "type": "interactive", "interactive": interactive}


def rows(count: int, **row: Any) -> dict[str, Any]:
    listed = [{"id": f"r{index}", "title": f"row {index}", **row} for index in range(count)]
    action = {"button": "Choose", "sections": [{"rows": listed}]}
    interactive = {"type": "list", "body": {"text": "pick"}, "action": action}
    return {"messaging_product": "whatsapp", "to": CLIENT, "type": "interactive", "interactive": interactive}


def template(parameter: str) -> dict[str, Any]:
    body = [{"type": "body", "parameters": [{"type": "text", "text": parameter}]}]
    part = {"name": "deposit", "language": {"code": "en_GB"}, "components": body}
    return {"messaging_product": "whatsapp", "to": CLIENT, "type": "template", "template": part}


async def test_an_accepted_message_answers_a_wamid_and_a_date(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/v26.0/{NUMBER_ID}/messages"
    before = int(time.time())
    async with sandbox.http.post(url, json=text(), headers={"Authorization": f"Bearer {ACCESS_TOKEN}"}) as response:
        answer = await response.json()
        said = parsedate_to_datetime(response.headers["Date"]).timestamp()
    assert response.status == 200
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"] == [{"input": CLIENT, "wa_id": CLIENT}]
    assert answer["messages"][0]["id"].startswith("wamid.")
    assert before <= said <= time.time()


async def test_a_status_follows_signed_over_the_raw_bytes_with_the_tracker(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    _, answer = await sandbox.send(text(biz_opaque_callback_data="intent:1"))
    webhook = await receiver.next("/webhooks/whatsapp")
    expected = "sha256=" + hmac.new(APP_SECRET.encode(), webhook.body, hashlib.sha256).hexdigest()
    assert webhook.headers["X-Hub-Signature-256"] == expected
    change = json.loads(webhook.body)["entry"][0]["changes"][0]
    assert change["field"] == "messages"
    assert change["value"]["metadata"]["phone_number_id"] == NUMBER_ID
    status = change["value"]["statuses"][0]
    assert status["id"] == answer["messages"][0]["id"]
    assert (status["status"], status["recipient_id"]) == ("sent", CLIENT)
    assert status["biz_opaque_callback_data"] == "intent:1"
    assert status["timestamp"].isdigit()
    assert status["conversation"]["origin"] == {"type": "service"}
    assert status["pricing"]["category"] == "service"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 100),
        ({"messaging_product": "sms", "to": CLIENT}, 100),
        ({"messaging_product": "whatsapp", "type": "text", "text": {"body": "x"}}, 131008),
        (text(to="not a number"), 131009),
        (text(""), 100),
        (text("x" * 4097), 100),
        (text(type="carrier-pigeon"), 100),
        (text(biz_opaque_callback_data="x" * 513), 100),
        (buttons(), 131009),
        (buttons("a", "b", "c", "d"), 131009),
        (buttons("same", "same"), 131009),
        (buttons("x" * 21), 131009),
        (buttons("ok", body="x" * 1025), 100),
        (rows(11), 131009),
        (rows(1, title="x" * 25), 100),
        (rows(1, description="x" * 73), 100),
        (template("two\nlines"), 132018),
        (template("five     spaces"), 132018),
        ({"messaging_product": "whatsapp", "to": CLIENT, "type": "image", "image": {}}, 131008),
    ],
)
async def test_what_meta_refuses_is_refused(sandbox: Sandbox, body: dict[str, Any], code: int) -> None:
    status, answer = await sandbox.send(body)
    assert status == 400
    assert answer["error"]["code"] == code
    assert answer["error"]["type"] == "OAuthException"
    assert answer["error"]["error_data"]["details"]
    assert answer["error"]["fbtrace_id"]


@pytest.mark.parametrize("body", [text("x" * 4096), buttons("a", "b", "c"), rows(10), template("a    b")])
async def test_what_is_just_within_the_limits_is_taken(sandbox: Sandbox, body: dict[str, Any]) -> None:
    status, _ = await sandbox.send(body)
    assert status == 200


async def test_a_wrong_token_is_190_and_another_number_does_not_exist(sandbox: Sandbox) -> None:
    status, answer = await sandbox.send(text(), token="another")
    assert (status, answer["error"]["code"]) == (401, 190)
    status, answer = await sandbox.send(text(), number="1")
    assert (status, answer["error"]["code"], answer["error"]["error_subcode"]) == (400, 100, 33)


async def test_a_body_that_is_not_json_is_a_graph_error(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Bearer {ACCESS_TOKEN}"}
    async with sandbox.http.post(f"{sandbox.url}/v26.0/{NUMBER_ID}/messages", data=b"{", headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == 100


async def test_a_read_mark_with_typing_is_taken(sandbox: Sandbox) -> None:
    _, written = await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"text": "hi"})
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": written["message_id"]}
    status, answer = await sandbox.send({**body, "typing_indicator": {"type": "text"}})
    assert (status, answer) == (200, {"success": True})
    _, chat = await sandbox.json("GET", f"/sandbox/clients/{CLIENT}/messages")
    assert chat["items"][0]["status"] == "read"


async def test_outside_the_window_only_a_template_is_taken(sandbox: Sandbox) -> None:
    day_ago = int(time.time()) - 24 * 3600 - 1
    await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"text": "hi", "timestamp": day_ago})
    status, answer = await sandbox.send(text())
    assert (status, answer["error"]["code"]) == (400, 131047)
    status, _ = await sandbox.send(template("still open"))
    assert status == 200
    await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"text": "back"})
    status, _ = await sandbox.send(text())
    assert status == 200


async def test_one_who_never_wrote_is_reached_all_the_same(sandbox: Sandbox) -> None:
    status, _ = await sandbox.send(text(to="447700900999"))
    assert status == 200


async def test_a_user_id_is_a_recipient_and_to_wins_over_it(sandbox: Sandbox) -> None:
    await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"text": "hi", "user_id": "GB.123"})
    body = text(recipient="GB.123")
    del body["to"]
    status, answer = await sandbox.send(body)
    assert status == 200
    assert answer["contacts"][0]["user_id"] == "GB.123"
    _, chat = await sandbox.json("GET", f"/sandbox/clients/{CLIENT}/messages")
    assert [message["direction"] for message in chat["items"]] == ["in", "out"]
    _, answer = await sandbox.send(text(to="447700900888", recipient="GB.123"))
    assert answer["contacts"][0]["wa_id"] == "447700900888"


async def test_media_are_described_and_downloaded_with_the_token(sandbox: Sandbox, receiver: Receiver) -> None:
    await sandbox.json("POST", f"/sandbox/clients/{CLIENT}/messages", {"media": {"kind": "image", "caption": "ribs"}})
    webhook = await receiver.next("/webhooks/whatsapp")
    image = json.loads(webhook.body)["entry"][0]["changes"][0]["value"]["messages"][0]["image"]
    assert image["caption"] == "ribs"
    headers = {"Authorization": f"Bearer {ACCESS_TOKEN}"}
    status, _ = await sandbox.json("GET", f"/v26.0/{image['id']}")
    assert status == 401
    status, described = await sandbox.json("GET", f"/v26.0/{image['id']}", headers=headers)
    assert status == 200
    async with sandbox.http.get(described["url"], headers=headers) as response:
        data = await response.read()
    assert data.startswith(b"\x89PNG")
    assert hashlib.sha256(data).hexdigest() == described["sha256"]
    assert (described["mime_type"], described["file_size"]) == ("image/png", len(data))
    status, answer = await sandbox.json("GET", "/v26.0/404404", headers=headers)
    assert (status, answer["error"]["code"]) == (400, 100)
