"""A webhook's body, read into items: `entry[]` → `changes[]` → `messages[] | statuses[] | message_echoes[] | …`.

One bad entry never harms its neighbours, and nothing is lost: what has no effect becomes an Unhandled with its reason.
No input makes this raise.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from inkgate_intake.domain.content import Object, list_of, object_of
from inkgate_intake.domain.items import Item, Link, Message, Person, Unhandled, key_of
from inkgate_intake.domain.message import Contacts, Unreadable, phone_of, read_echo, read_message, time_of
from inkgate_intake.domain.receipt import read_receipt
from inkgate_intake.domain.text import clean, person_identifier
from inkgate_intake.errors import NotAWebhook

EXCERPT_CHARS_MAX = 8_000
# Above this, what is left of a webhook is recorded as a count: a body of 3 MB could hold a million empty objects.
UNHANDLED_MAX = 200

_OBJECT = "whatsapp_business_account"


def parse(body: bytes) -> Object:
    """The JSON object in a body. Raises NotAWebhook, which says what is wrong.

    The fast parser refuses lone surrogates; the standard library's takes them, and they are replaced later.
    """
    try:
        payload = msgspec.json.decode(body)
    except RecursionError:
        raise NotAWebhook("the JSON is nested too deep") from None
    except ValueError:
        payload = _parse_anything(body)
    if not isinstance(payload, dict):
        raise NotAWebhook("the JSON is not an object")
    return payload


def _parse_anything(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except RecursionError:
        raise NotAWebhook("the JSON is nested too deep") from None
    except ValueError:
        raise NotAWebhook("the body is not JSON") from None


def read(payload: Object, received_at: datetime, ours: frozenset[str]) -> list[Item]:
    """Everything a webhook says; its messages in the order they were written. `ours`: our phone number ids."""
    items: list[Item] = []
    unhandled = 0
    for item in _items(payload, received_at, ours):
        if isinstance(item, Unhandled):
            unhandled += 1
            if unhandled > UNHANDLED_MAX:
                continue
        items.append(item)
    if unhandled > UNHANDLED_MAX:
        rest = unhandled - UNHANDLED_MAX
        items.append(_unhandled("too many to record", None, {"not_recorded": rest, "received_at": str(received_at)}))
    if len(items) > 1:
        _sort_messages(items)
    return items


def _sort_messages(items: list[Item]) -> None:
    """Messages by when they were written, in the places that messages have; equal times keep their order."""
    places = [index for index, item in enumerate(items) if isinstance(item, Message)]
    messages = [item for item in items if isinstance(item, Message)]
    messages.sort(key=lambda message: message.sent_at)
    for index, message in zip(places, messages, strict=True):
        items[index] = message


def _items(payload: Object, received_at: datetime, ours: frozenset[str]) -> Iterator[Item]:
    entries = payload.get("entry")
    if payload.get("object", _OBJECT) != _OBJECT or not isinstance(entries, list):
        yield _unhandled("unknown shape", None, payload)
        return
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, dict) else None
        if not isinstance(changes, list):
            yield _unhandled("unknown shape", None, entry)
            continue
        for change in changes:
            yield from _change(change, entry, received_at, ours)


def _change(change: Any, entry: Object, received_at: datetime, ours: frozenset[str]) -> Iterator[Item]:
    value = change.get("value") if isinstance(change, dict) else None
    if not isinstance(value, dict):
        yield _unhandled("unknown shape", None, change)
        return
    field = change.get("field")
    if field not in ("messages", "smb_message_echoes", "user_id_update"):
        name = clean(field[:64]) if isinstance(field, str) else "none"
        yield _unhandled(f"field {name}", None, change | {"entry": entry.get("id"), "time": entry.get("time")})
        return
    number = person_identifier(object_of(value.get("metadata")).get("phone_number_id"))
    if number is None:
        yield _unhandled("no phone number id", None, change)
        return
    if number not in ours:
        yield _unhandled("foreign number", number, change)
        return
    contacts = _contacts(value)
    found = False
    for name, reader in _PARTS:
        parts = value.get(name)
        if isinstance(parts, list):
            for part in parts:
                found = True
                yield _one(reader, part, value, contacts, number, received_at)
        elif parts is not None:
            found = True
            yield _unhandled("not a list", number, change)
    for error in list_of(value.get("errors")):
        found = True
        yield _unhandled("value error", number, {"error": error, "messages": _ids(value)})
    if not found:
        yield _unhandled("nothing in it", number, change)


def _contacts(value: Object) -> Contacts:
    things = sum(len(list_of(value.get(name))) for name in ("messages", "statuses"))
    return Contacts([contact for contact in list_of(value.get("contacts")) if isinstance(contact, dict)], things == 1)


Reader = Callable[[Any, Object, Contacts, str, datetime], Item]


def _one(
    reader: Reader, part: Any, value: Object, contacts: Contacts, phone_number_id: str, received_at: datetime
) -> Item:
    try:
        return reader(part, value, contacts, phone_number_id, received_at)
    except Unreadable as reason:
        return _unhandled(str(reason), phone_number_id, part)
    except Exception as error:  # a shape nobody thought of: recorded, and its neighbours go on
        return _unhandled(f"unreadable: {type(error).__name__}", phone_number_id, part)


def _message(part: Any, value: Object, contacts: Contacts, phone_number_id: str, received_at: datetime) -> Item:
    return read_message(part, contacts, phone_number_id, value.get("errors"), received_at)


def _status(part: Any, _: Object, contacts: Contacts, phone_number_id: str, received_at: datetime) -> Item:
    return read_receipt(part, contacts, phone_number_id, received_at)


def _echo(part: Any, _: Object, __: Contacts, phone_number_id: str, received_at: datetime) -> Item:
    return read_echo(part, phone_number_id, received_at)


def _link(part: Any, _: Object, __: Contacts, phone_number_id: str, received_at: datetime) -> Item:
    return _read_link(part, phone_number_id, received_at)


_PARTS: tuple[tuple[str, Reader], ...] = (
    ("messages", _message),
    ("statuses", _status),
    ("message_echoes", _echo),
    ("user_id_update", _link),
)


def _read_link(part: Any, number: str, received_at: datetime) -> Link:
    """An entry of `user_id_update[]` ('Business-scoped user IDs › user_id_update webhooks'). Raises Unreadable."""
    update = object_of(part)
    ids = object_of(update.get("user_id"))
    old, new = person_identifier(ids.get("previous")), person_identifier(ids.get("current"))
    phone = phone_of(update.get("wa_id"))
    if new is None or (old is None and phone is None):
        raise Unreadable("user id update without both ids")
    identifiers = (new,) if phone is None else (phone, new)
    previous = (old,) if old is not None and old != new else ()
    message_id = f"user_id_update/{old}/{new}/{str(update.get('timestamp'))[:20]}"
    return Link(
        key=key_of("link", message_id),
        person=Person(phone, new, identifiers, previous),
        phone_number_id=number,
        message_id=clean(message_id),
        sent_at=time_of(update.get("timestamp"), received_at) or received_at,
    )


def _ids(value: Object) -> list[Any]:
    return [object_of(message).get("id") for message in list_of(value.get("messages"))][:20]


def _unhandled(reason: str, phone_number_id: str | None, what: Any) -> Unhandled:
    text = excerpt(what)
    return Unhandled(
        key=key_of("unhandled", reason, phone_number_id or "", text),
        reason=reason,
        phone_number_id=phone_number_id,
        excerpt=text[:EXCERPT_CHARS_MAX],
    )


def unstorable(item: Item, error: str) -> Unhandled:
    """What is recorded in the place of an item that the database refuses. `error` is the name of the error's type."""
    number = item.phone_number_id
    about: Object = {"kind": type(item).__name__, "key": item.key.hex()}
    if not isinstance(item, Unhandled):
        about["id"] = getattr(item, "message_id", None) or getattr(item, "wamid", "")
    return Unhandled(
        key=key_of("unstorable", item.key.hex()), reason=f"not storable: {error}", phone_number_id=number,
        excerpt=json.dumps(about),
    )  # fmt: skip


def excerpt(value: Any) -> str:
    """Any JSON value as ASCII text (so that PostgreSQL takes it), or a note where it is nested too deep."""
    try:
        return json.dumps(value, separators=(",", ":"))
    except (RecursionError, ValueError):
        return '"nested too deep to show"'
