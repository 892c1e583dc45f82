"""Reads a `POST /messages` body and refuses what the Graph API refuses. Pure.

Limits: WhatsApp Business Platform, 'Cloud API › Messages' reference and 'Interactive reply buttons / list messages'
(collected in FACTS §2).
"""

import re
from typing import Any

from inkgate.sandbox.graph_errors import GraphError

TEXT_CHARS_MAX = 4096
INTERACTIVE_CHARS_MAX = 1024
HEADER_CHARS_MAX = 60
BUTTONS_MAX = 3
BUTTON_TITLE_CHARS_MAX = 20
ID_CHARS_MAX = 256
ROWS_MAX = 10
ROW_TITLE_CHARS_MAX = 24
ROW_ID_CHARS_MAX = 200
ROW_DESCRIPTION_CHARS_MAX = 72
CALLBACK_CHARS_MAX = 512
CAPTION_CHARS_MAX = 1024

_NOT_DIGITS = re.compile(r"[+\s()-]")
_TEMPLATE_FORBIDDEN = re.compile(r"[\n\t]| {5,}")
_MEDIA = ("image", "video", "audio", "document", "sticker")


class Send:
    """A message that was found good: to whom, and what her phone shows."""

    __slots__ = ("asked_to", "buttons", "kind", "media", "options", "recipient", "reply_to", "text", "to", "tracker")

    def __init__(self, asked_to: str, to: str | None, recipient: str | None, kind: str) -> None:
        self.asked_to = asked_to
        self.to = to
        self.recipient = recipient
        self.kind = kind
        self.text = ""
        self.tracker: str | None = None
        self.buttons: list[dict[str, str]] | None = None
        self.options: dict[str, Any] | None = None
        self.media: dict[str, Any] | None = None
        self.reply_to: str | None = None


class Read:
    """A read mark for a message of the client's, with the typing indicator or without."""

    __slots__ = ("message_id", "typing")

    def __init__(self, message_id: str, typing: bool) -> None:
        self.message_id = message_id
        self.typing = typing


def check(body: object) -> Send | Read:
    """Read the decoded JSON of `POST /{version}/{phone_number_id}/messages`. Raises GraphError, as Meta would answer."""
    if not isinstance(body, dict):
        raise GraphError(100, "The request body must be a JSON object.")
    if body.get("messaging_product") != "whatsapp":
        raise GraphError(100, "The parameter messaging_product is required and must be 'whatsapp'.")
    if "status" in body:
        return _read(body)
    to, recipient = body.get("to"), body.get("recipient")
    if to is None and recipient is None:
        raise GraphError(131008, "The parameter to (or recipient) is required.")
    number = None
    if to is not None:
        number = _NOT_DIGITS.sub("", to) if isinstance(to, str) else ""
        if not number.isdigit() or not 5 <= len(number) <= 20:
            raise GraphError(131009, f"Param to: {to!r} is not a valid WhatsApp number.")
        recipient = None
    elif not isinstance(recipient, str) or not recipient:
        raise GraphError(131009, "Param recipient must be a business-scoped user id.")
    kind = body.get("type", "text")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise GraphError(100, f"Param type must be one of {{{', '.join(sorted(_READERS)).upper()}}} - got {kind!r}.")
    send = Send(to if to is not None else str(recipient), number, recipient, kind)
    part = body.get(kind)
    if not isinstance(part, dict):
        raise GraphError(131008, f"Parameter {kind} is required and must be an object.")
    reader(part, send)
    _common(body, send)
    return send


def _common(body: dict[str, Any], send: Send) -> None:
    tracker = body.get("biz_opaque_callback_data")
    if tracker is not None:
        send.tracker = _string(tracker, "biz_opaque_callback_data", CALLBACK_CHARS_MAX)
    context = body.get("context")
    if context is not None:
        if not isinstance(context, dict) or not isinstance(context.get("message_id"), str):
            raise GraphError(131009, "Param context['message_id'] must be a message id.")
        send.reply_to = context["message_id"]


def _read(body: dict[str, Any]) -> Read:
    if body["status"] != "read":
        raise GraphError(100, f"Param status must be 'read' - got {body['status']!r}.")
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        raise GraphError(131008, "The parameter message_id is required.")
    typing = body.get("typing_indicator")
    if typing is not None and typing != {"type": "text"}:
        raise GraphError(131009, "Param typing_indicator must be {'type': 'text'}.")
    return Read(message_id, typing is not None)


def _string(value: object, name: str, chars_max: int, chars_min: int = 1) -> str:
    if value is None:
        raise GraphError(131008, f"The parameter {name} is required.")
    if not isinstance(value, str):
        raise GraphError(100, f"Param {name} must be a string.")
    if len(value) < chars_min:
        raise GraphError(100, f"Param {name} must be at least {chars_min} characters long.")
    if len(value) > chars_max:
        raise GraphError(100, f"Param {name} must be at most {chars_max} characters long.")
    return value


def _text(part: dict[str, Any], send: Send) -> None:
    send.text = _string(part.get("body"), "text['body']", TEXT_CHARS_MAX)
    if not send.text.strip():
        raise GraphError(100, "Param text['body'] cannot be empty.")


def _interactive(part: dict[str, Any], send: Send) -> None:
    kind = part.get("type")
    body = part.get("body")
    action = part.get("action")
    if kind not in ("button", "list", "cta_url"):
        raise GraphError(131009, f"Param interactive['type'] must be button, list or cta_url here - got {kind!r}.")
    if not isinstance(body, dict):
        raise GraphError(131008, "The parameter interactive['body'] is required.")
    if not isinstance(action, dict):
        raise GraphError(131008, "The parameter interactive['action'] is required.")
    send.text = _string(body.get("text"), "interactive['body']['text']", INTERACTIVE_CHARS_MAX)
    header, footer = part.get("header"), part.get("footer")
    if isinstance(header, dict) and header.get("type") == "text":
        _string(header.get("text"), "interactive['header']['text']", HEADER_CHARS_MAX)
    if isinstance(footer, dict):
        _string(footer.get("text"), "interactive['footer']['text']", HEADER_CHARS_MAX)
    if kind == "button":
        _buttons(action, send)
    elif kind == "list":
        _rows(action, send)
    else:
        _link(action, send)


def _buttons(action: dict[str, Any], send: Send) -> None:
    buttons = action.get("buttons")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS_MAX:
        raise GraphError(131009, f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {BUTTONS_MAX}")
    shown: list[dict[str, str]] = []
    for button in buttons:
        reply = button.get("reply") if isinstance(button, dict) and button.get("type") == "reply" else None
        if not isinstance(reply, dict):
            raise GraphError(131009, "Each button must be {'type': 'reply', 'reply': {'id', 'title'}}.")
        title = reply.get("title")
        if not isinstance(title, str) or not 1 <= len(title) <= BUTTON_TITLE_CHARS_MAX:
            raise GraphError(
                131009, f"Button title length invalid. Min length: 1, Max length: {BUTTON_TITLE_CHARS_MAX}"
            )
        button_id = reply.get("id")
        if not isinstance(button_id, str) or not 1 <= len(button_id) <= ID_CHARS_MAX:
            raise GraphError(131009, f"Button reply id length invalid. Min length: 1, Max length: {ID_CHARS_MAX}")
        shown.append({"id": button_id, "title": title})
    _unique([button["title"] for button in shown], "button titles")
    _unique([button["id"] for button in shown], "button ids")
    send.buttons = shown


def _rows(action: dict[str, Any], send: Send) -> None:
    label = action.get("button")
    if not isinstance(label, str) or not 1 <= len(label) <= BUTTON_TITLE_CHARS_MAX:
        raise GraphError(131009, f"List button length invalid. Min length: 1, Max length: {BUTTON_TITLE_CHARS_MAX}")
    sections = action.get("sections")
    if not isinstance(sections, list) or not sections:
        raise GraphError(131008, "The parameter interactive['action']['sections'] is required.")
    shown: list[dict[str, str]] = []
    for section in sections:
        rows = section.get("rows") if isinstance(section, dict) else None
        if not isinstance(rows, list) or not rows:
            raise GraphError(131009, "Each section must have at least one row.")
        if len(sections) > 1:
            _string(section.get("title"), "section['title']", ROW_TITLE_CHARS_MAX)
        shown.extend(_row(row) for row in rows)
    if len(shown) > ROWS_MAX:
        raise GraphError(131009, f"Total row count exceed max allowed count: {ROWS_MAX}")
    _unique([row["id"] for row in shown], "row ids")
    send.options = {"button": label, "rows": shown}


def _row(row: object) -> dict[str, str]:
    if not isinstance(row, dict):
        raise GraphError(131009, "Each row must be an object with id and title.")
    shown = {
        "id": _string(row.get("id"), "row['id']", ROW_ID_CHARS_MAX),
        "title": _string(row.get("title"), "row['title']", ROW_TITLE_CHARS_MAX),
    }
    if row.get("description") is not None:
        shown["description"] = _string(row["description"], "row['description']", ROW_DESCRIPTION_CHARS_MAX, 0)
    return shown


def _link(action: dict[str, Any], send: Send) -> None:
    parameters = action.get("parameters")
    if not isinstance(parameters, dict):
        raise GraphError(131008, "The parameter interactive['action']['parameters'] is required.")
    label = _string(parameters.get("display_text"), "display_text", BUTTON_TITLE_CHARS_MAX)
    url = _string(parameters.get("url"), "url", 2000)
    send.text = f"{send.text}\n{label}: {url}"


def _unique(values: list[str], what: str) -> None:
    if len(set(values)) != len(values):
        raise GraphError(131009, f"Duplicated {what}: each must be unique.")


def _template(part: dict[str, Any], send: Send) -> None:
    name = _string(part.get("name"), "template['name']", 512)
    language = part.get("language")
    if not isinstance(language, dict) or not isinstance(language.get("code"), str):
        raise GraphError(131008, "The parameter template['language']['code'] is required.")
    components = part.get("components", [])
    if not isinstance(components, list):
        raise GraphError(100, "Param template['components'] must be an array.")
    values: list[str] = []
    for component in components:
        parameters = component.get("parameters", []) if isinstance(component, dict) else None
        if not isinstance(parameters, list):
            raise GraphError(100, "Each component must be an object with an array of parameters.")
        values.extend(_parameter(parameter) for parameter in parameters)
    send.text = f"[template {name}, {language['code']}]" + "".join(f"\n{value}" for value in values)


def _parameter(parameter: object) -> str:
    if not isinstance(parameter, dict):
        raise GraphError(100, "Each template parameter must be an object.")
    if parameter.get("type") != "text":
        return f"({parameter.get('type')})"
    value = parameter.get("text")
    if not isinstance(value, str) or not value:
        raise GraphError(131008, "Template text parameter is missing its text.")
    if _TEMPLATE_FORBIDDEN.search(value):
        raise GraphError(
            132018, "Param text cannot have new-line/tab characters or more than 4 consecutive spaces.", http_status=400
        )
    return value


def _media(part: dict[str, Any], send: Send) -> None:
    media_id, link = part.get("id"), part.get("link")
    if not isinstance(media_id, str) and not isinstance(link, str):
        raise GraphError(131008, f"The parameter {send.kind}['id'] or {send.kind}['link'] is required.")
    if part.get("caption") is not None:
        send.text = _string(part["caption"], f"{send.kind}['caption']", CAPTION_CHARS_MAX, 0)
    send.media = {"kind": send.kind, "id": media_id, "link": link, "filename": part.get("filename")}


def _reaction(part: dict[str, Any], send: Send) -> None:
    send.reply_to = _string(part.get("message_id"), "reaction['message_id']", 512)
    send.text = str(part.get("emoji", ""))


_READERS = {
    "text": _text,
    "interactive": _interactive,
    "template": _template,
    "reaction": _reaction,
    **dict.fromkeys(_MEDIA, _media),
}
