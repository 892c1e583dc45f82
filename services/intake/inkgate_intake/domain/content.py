"""What one message says, by its type (WhatsApp Business Platform, 'Webhooks › messages'; the payloads published with
pywa). Nothing here raises: what a type should have and has not is left out.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from inkgate_common.contracts.inbound import Media
from inkgate_intake.domain.text import clean, identifier, short

# WhatsApp's own limit is 4,096; more is kept so that nothing is lost, up to a bound.
TEXT_CHARS_MAX = 65_536

Object = dict[str, Any]


class Content(msgspec.Struct, frozen=True):
    """A message without its sender."""

    kind: str
    text: str | None = None
    choice: str | None = None
    media: Media | None = None
    details: Object = {}


def object_of(value: Any) -> Object:
    """A JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: Any) -> list[Any]:
    """A JSON array, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def content_of(message: Object) -> Content:
    """What the message says. A type that we do not know is `unknown`, with everything it brought in `details`."""
    kind = message.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None or not isinstance(kind, str):
        known = {"from", "from_user_id", "from_parent_user_id", "id", "timestamp", "context", "errors"}
        return Content("unknown", details={name: value for name, value in message.items() if name not in known})
    return reader(object_of(message.get(kind)), message)


def body_of(value: Any) -> tuple[str | None, Object]:
    """A text within its bounds, and what to say of it in `details`."""
    if not isinstance(value, str):
        return None, {}
    if len(value) <= TEXT_CHARS_MAX:
        return clean(value), {}
    return clean(value[:TEXT_CHARS_MAX]), {"text_chars": len(value)}


def _text(part: Object, _: Object) -> Content:
    text, details = body_of(part.get("body"))
    return Content("text", text, details=details)


def _media(kind: str) -> Callable[[Object, Object], Content]:
    def read(part: Object, _: Object) -> Content:
        text, details = body_of(part.get("caption"))
        if part.get("animated"):
            details = details | {"animated": True}
        return Content(kind, text, media=media_of(part), details=details)

    return read


def media_of(part: Object) -> Media | None:
    """The media that a part names; its short-lived address is left out, it needs our token anyway."""
    media_id = identifier(part.get("id"))
    if media_id is None:
        return None
    return Media(
        id=media_id,
        mime_type=short(part.get("mime_type"), 128),
        sha256=short(part.get("sha256"), 128),
        filename=short(part.get("filename"), 512),
        voice=part.get("voice") is True,
    )


def _interactive(part: Object, message: Object) -> Content:
    kind = part.get("type")
    if kind == "button_reply":
        return _chosen("button", object_of(part.get("button_reply")))
    if kind == "list_reply":
        return _chosen("list", object_of(part.get("list_reply")))
    if not part:
        # Seen in the wild: an interactive message without a content, the error stands in `value.errors`.
        return Content("unsupported", details={"type": "interactive"})
    return Content("unknown", details={"type": "interactive", "interactive": part})


def _chosen(kind: str, reply: Object) -> Content:
    text, details = body_of(reply.get("title"))
    description = short(reply.get("description"), 256)
    if description:
        details = details | {"description": description}
    return Content(kind, text, choice=short(reply.get("id"), 512), details=details)


def _button(part: Object, _: Object) -> Content:
    """The quick reply button of a template."""
    text, details = body_of(part.get("text"))
    return Content("button", text, choice=short(part.get("payload"), 512), details=details)


def _location(part: Object, _: Object) -> Content:
    names = ("latitude", "longitude", "name", "address", "url")
    return Content("location", details={name: part[name] for name in names if name in part})


def _contacts(_: Object, message: Object) -> Content:
    details: Object = {name: message[name] for name in ("contacts", "origin") if name in message}
    return Content("contacts", details=details)


def _reaction(part: Object, _: Object) -> Content:
    """An empty or missing emoji takes the reaction back."""
    return Content("reaction", details={"emoji": part.get("emoji"), "message_id": identifier(part.get("message_id"))})


def _order(part: Object, _: Object) -> Content:
    text, details = body_of(part.get("text"))
    return Content("order", text, details=details | {name: part[name] for name in part if name != "text"})


def _system(part: Object, _: Object) -> Content:
    text, details = body_of(part.get("body"))
    return Content("system", text, details=details | {name: part[name] for name in part if name != "body"})


def _unsupported(part: Object, _: Object) -> Content:
    return Content("unsupported", details=part)


def _edit(part: Object, _: Object) -> Content:
    """The text or caption as it is now; `details` names the message that it replaces."""
    inner = object_of(part.get("message"))
    now = Content("unknown") if inner.get("type") == "edit" else content_of(inner)
    original = identifier(part.get("original_message_id"))
    details = now.details | {"original_message_id": original, "type": inner.get("type")}
    return Content("edited", now.text, now.choice, now.media, details)


def _revoke(part: Object, _: Object) -> Content:
    return Content("deleted", details={"original_message_id": identifier(part.get("original_message_id"))})


_READERS: dict[str, Callable[[Object, Object], Content]] = {
    "text": _text,
    "interactive": _interactive,
    "button": _button,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "voice": _media("audio"),
    "document": _media("document"),
    "sticker": _media("sticker"),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
}
