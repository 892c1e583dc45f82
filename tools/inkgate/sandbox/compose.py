"""Makes Meta's message object from what the control API was asked to send as a client. Pure but for the media store."""

import base64
import binascii
from typing import Any

import msgspec

from inkgate.sandbox.chats import Client, Message
from inkgate.sandbox.media import MEDIA_BYTES_MAX, MediaStore
from inkgate.sandbox.whatsapp import BUSINESS_NUMBER, new_wamid

_MEDIA_KINDS = {
    "image": "image/png",
    "video": "video/mp4",
    "audio": "audio/ogg; codecs=opus",
    "document": "application/pdf",
    "sticker": "image/webp",
}


class ComposeError(Exception):
    """The message asked for makes no sense; the text names what is wrong and what would be right."""


class Choice(msgspec.Struct, forbid_unknown_fields=True):
    """A tapped button or a picked row of a list."""

    id: str
    title: str
    description: str | None = None


class Media(msgspec.Struct, forbid_unknown_fields=True):
    """A picture or file. `data` is base64; without it the sandbox makes a small picture."""

    kind: str = "image"
    caption: str | None = None
    mime_type: str | None = None
    filename: str | None = None
    voice: bool = False
    data: str | None = None
    id: str | None = None


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /sandbox/clients/{wa_id}/messages`."""

    text: str | None = None
    media: Media | None = None
    button: Choice | None = None
    list: Choice | None = None
    raw: dict[str, Any] | None = None
    contact: dict[str, Any] | None = None
    message_id: str | None = None
    timestamp: int | None = None
    profile_name: str | None = None
    reply_to: str | None = None
    user_id: str | None = None


def compose(
    asked: Asked, client: Client, media: MediaStore, now_s: float
) -> tuple[Message, dict[str, Any], dict[str, Any] | None]:
    """The chat's message, Meta's message object, and the `contacts` entry. Raises ComposeError."""
    given = [name for name in ("text", "media", "button", "list") if getattr(asked, name) is not None]
    if len(given) > 1:
        raise ComposeError(f"{' and '.join(given)}: give one of text, media, button, list")
    if not given and asked.raw is None:
        raise ComposeError('nothing to send: give one of text, media, button, list, raw; such as {"text": "hello"}')
    timestamp = int(now_s) if asked.timestamp is None else asked.timestamp
    wamid = asked.message_id or new_wamid(client.key)
    wire: dict[str, Any] = {"from": client.wa_id or client.key, "id": wamid, "timestamp": str(timestamp)}
    if client.wa_id is None:
        del wire["from"]
    if client.user_id is not None:
        wire["from_user_id"] = client.user_id
    reply_to = asked.reply_to or _offer_of(client, asked)
    if reply_to is not None:
        wire["context"] = {"from": BUSINESS_NUMBER, "id": reply_to}
    shown_media = _fill(wire, asked, media)
    _merge(wire, asked.raw)
    kind, text = _shown(wire)
    message = Message(
        wamid=str(wire.get("id", wamid)), wa_id=client.key, direction="in", kind=kind, text=text, at=now_s
    )
    message.timestamp = int(wire["timestamp"]) if str(wire.get("timestamp", "")).isdigit() else timestamp
    message.media = shown_media
    message.reply_to = reply_to
    return message, wire, _contact(asked, client)


def _fill(wire: dict[str, Any], asked: Asked, media: MediaStore) -> dict[str, Any] | None:
    if asked.text is not None:
        wire["type"] = "text"
        wire["text"] = {"body": asked.text}
    elif asked.button is not None:
        wire["type"] = "interactive"
        wire["interactive"] = {
            "type": "button_reply",
            "button_reply": {"id": asked.button.id, "title": asked.button.title},
        }
    elif asked.list is not None:
        picked = {name: value for name, value in msgspec.to_builtins(asked.list).items() if value is not None}
        wire["type"] = "interactive"
        wire["interactive"] = {"type": "list_reply", "list_reply": picked}
    elif asked.media is not None:
        return _fill_media(wire, asked.media, media)
    return None


def _fill_media(wire: dict[str, Any], asked: Media, media: MediaStore) -> dict[str, Any]:
    if asked.kind not in _MEDIA_KINDS:
        raise ComposeError(f"media.kind: {asked.kind!r} is not one of {', '.join(_MEDIA_KINDS)}")
    data = None
    if asked.data is not None:
        try:
            data = base64.b64decode(asked.data, validate=True)
        except (binascii.Error, ValueError):
            raise ComposeError("media.data: not base64") from None
        if len(data) > MEDIA_BYTES_MAX:
            raise ComposeError(f"media.data: more than {MEDIA_BYTES_MAX} bytes")
    mime_type = asked.mime_type or (_MEDIA_KINDS[asked.kind] if data is not None else None)
    medium = media.add(mime_type, data, asked.id)
    part: dict[str, Any] = {"mime_type": medium.mime_type, "sha256": medium.sha256_base64, "id": medium.id}
    for name in ("caption", "filename"):
        if (value := getattr(asked, name)) is not None:
            part[name] = value
    if asked.kind == "audio":
        part["voice"] = asked.voice
    wire["type"] = asked.kind
    wire[asked.kind] = part
    return {"kind": asked.kind, "id": medium.id, "mime_type": medium.mime_type, "filename": asked.filename}


def _merge(target: dict[str, Any], extra: dict[str, Any] | None) -> None:
    for name, value in (extra or {}).items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value


def _offer_of(client: Client, asked: Asked) -> str | None:
    """The newest message of ours that offered what was tapped: WhatsApp puts it into `context`."""
    choice = asked.button or asked.list
    if choice is None:
        return None
    for message in reversed(client.messages):
        offered = message.buttons or (message.options or {}).get("rows", [])
        if any(row["id"] == choice.id for row in offered):
            return message.wamid
    return None


def _shown(wire: dict[str, Any]) -> tuple[str, str]:
    kind = str(wire.get("type", "unknown"))
    part = wire.get(kind)
    if not isinstance(part, dict):
        return kind, ""
    if kind == "interactive":
        reply = part.get("button_reply") or part.get("list_reply") or {}
        return kind, str(reply.get("title", "")) if isinstance(reply, dict) else ""
    return kind, str(part.get("body") or part.get("caption") or part.get("emoji") or part.get("name") or "")


def _contact(asked: Asked, client: Client) -> dict[str, Any] | None:
    if asked.raw is not None and asked.raw.get("type") == "system":
        return None
    contact: dict[str, Any] = {"profile": {"name": client.name or f"Client {client.key[-4:]}"}}
    if client.wa_id is not None:
        contact["wa_id"] = client.wa_id
    if client.user_id is not None:
        contact["user_id"] = client.user_id
    _merge(contact, asked.contact)
    return contact
