"""Webhooks of the WhatsApp Business Account, in the shapes that Meta documents and pywa publishes.

Everything has a default, so that a test names only what it is about.
"""

import hmac
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

NUMBER_ID = "106540352242922"
NUMBER = "447700900000"
CLIENT = "447700900123"
USER_ID = "GB.13491208655302741918"
SECRET = "an app secret of a test"
SENT_AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
RECEIVED_AT = datetime(2026, 11, 2, 10, 0, 2, 500_000, tzinfo=UTC)


def wamid() -> str:
    """A message id that nobody had before."""
    return f"wamid.HBgM{uuid4().hex.upper()}"


def number() -> str:
    """A client's number that no other test uses (and nobody has)."""
    return f"4477{uuid4().int % 10**8:08d}"


def user_id() -> str:
    """A business-scoped user id that no other test uses."""
    return f"GB.{uuid4().int % 10**20:020d}"


def stamp(at: datetime) -> str:
    """WhatsApp's way to write a time."""
    return str(int(at.timestamp()))


def contact(wa_id: str | None = CLIENT, user: str | None = None, name: str = "Ann Lee", **more: Any) -> dict[str, Any]:
    """An entry of `contacts[]`."""
    found: dict[str, Any] = {"profile": {"name": name}}
    if wa_id is not None:
        found["wa_id"] = wa_id
    if user is not None:
        found["user_id"] = user
    return found | more


def message(kind: str = "text", content: Any = None, **more: Any) -> dict[str, Any]:
    """An entry of `messages[]`; keys given as None are left out."""
    if kind == "text" and content is None:
        content = {"body": "A dragon on my forearm"}
    found: dict[str, Any] = {"from": CLIENT, "id": wamid(), "timestamp": stamp(SENT_AT), "type": kind}
    if content is not None:
        found[kind] = content
    return {key: value for key, value in (found | more).items() if value is not None}


def text(body: str = "A dragon on my forearm", **more: Any) -> dict[str, Any]:
    return message("text", {"body": body}, **more)


def status(name: str = "delivered", **more: Any) -> dict[str, Any]:
    """An entry of `statuses[]`."""
    found: dict[str, Any] = {
        "id": wamid(),
        "status": name,
        "timestamp": stamp(SENT_AT),
        "recipient_id": CLIENT,
        "conversation": {"id": "5a1f0c", "origin": {"type": "service"}},
        "pricing": {"billable": True, "pricing_model": "PMP", "category": "service"},
    }
    return {key: value for key, value in (found | more).items() if value is not None}


def echo(**more: Any) -> dict[str, Any]:
    """An entry of `message_echoes[]`: what the artist wrote on her own phone."""
    found = text("See you on Friday", **{"from": NUMBER, "to": CLIENT})
    return {key: value for key, value in (found | more).items() if value is not None}


def changed_number(old: str, new: str, **more: Any) -> dict[str, Any]:
    """The system message about a changed number; it comes without `contacts`."""
    system = {"type": "user_changed_number", "wa_id": new, "body": f"User Ann changed from {old} to {new}"}
    return message("system", system | more, **{"from": old})


def error(code: int = 131026, title: str = "Message undeliverable") -> dict[str, Any]:
    return {"code": code, "title": title, "message": title, "error_data": {"details": f"{title}, they say."}}


def value(number_id: str = NUMBER_ID, **parts: Any) -> dict[str, Any]:
    """A change's value: `messages=[…]`, `statuses=[…]`, `contacts=[…]`, `errors=[…]`."""
    metadata = {"display_phone_number": NUMBER, "phone_number_id": number_id}
    return {"messaging_product": "whatsapp", "metadata": metadata} | parts


def change(content: dict[str, Any], field: str = "messages") -> dict[str, Any]:
    return {"value": content, "field": field}


def webhook(*changes: dict[str, Any]) -> dict[str, Any]:
    """A whole body."""
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": list(changes)}]}


def of_messages(*messages: dict[str, Any], contacts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A webhook with these messages of our number."""
    parts: dict[str, Any] = {"messages": list(messages)}
    if contacts is not None:
        parts["contacts"] = contacts
    return webhook(change(value(**parts)))


def of_statuses(*statuses: dict[str, Any], contacts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    parts: dict[str, Any] = {"statuses": list(statuses)}
    if contacts is not None:
        parts["contacts"] = contacts
    return webhook(change(value(**parts)))


def of_echoes(*echoes: dict[str, Any]) -> dict[str, Any]:
    return webhook(change(value(message_echoes=list(echoes)), "smb_message_echoes"))


def body(payload: Any) -> bytes:
    """JSON as Meta sends it: without spaces, ASCII only, slashes escaped."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def signature(raw: bytes, secret: str = SECRET) -> str:
    """The value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.digest(secret.encode(), raw, "sha256").hex()
