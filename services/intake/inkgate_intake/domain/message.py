"""One entry of `messages[]` or `message_echoes[]`, read into a Message: who, when, what.

Identifiers: `from` and `contacts[].wa_id` are digits, `from_user_id` and `contacts[].user_id` business-scoped; either
kind may be absent (WhatsApp Business Platform, 'Business-scoped user IDs').
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from inkgate_intake.domain.content import Content, Object, content_of, list_of, object_of
from inkgate_intake.domain.items import Message, Person, key_of
from inkgate_intake.domain.text import bounded_details, identifier, person_identifier, short

FUTURE_MAX = timedelta(minutes=5)

# Meta writes this sentence; the profile name in it is hers to choose, so only its end is believed.
_CHANGED_USER_ID = re.compile(r"changed from ([A-Z]{2}\.[A-Za-z0-9.]{1,120}) to ([A-Z]{2}\.[A-Za-z0-9.]{1,120})\s*$")


class Unreadable(ValueError):
    """This entry cannot be a message or status; the text is the reason that is recorded."""


def read_message(entry: Any, contacts: "Contacts", pn_id: str, errors: Any, received_at: datetime) -> Message:
    """A client's message. `contacts` and `errors` are the value's. Raises Unreadable."""
    entry, message_id = _checked(entry)
    content = content_of(entry)
    contact = contacts.of(phone_of(entry.get("from")), person_identifier(entry.get("from_user_id")))
    changed = object_of(entry.get("system")) if content.kind == "system" else None
    person = _sender(entry, contact) if changed is None else _changed_person(entry, changed)
    if not person.identifiers:
        raise Unreadable("no sender")
    details = content.details | _circumstances(entry)
    if content.kind == "unsupported" and "errors" not in details and list_of(errors):
        details["errors"] = errors
    profile = object_of(contact.get("profile"))
    if profile.get("username"):
        details["username"] = profile["username"]
    if content.kind == "system" and person.previous:
        details["previous"] = list(person.previous)
    return _message(entry, message_id, pn_id, person, content, details, short(profile.get("name"), 256), received_at)


def read_echo(entry: Any, pn_id: str, received_at: datetime) -> Message:
    """What the artist wrote on her own phone, in the conversation of the client she wrote to. Raises Unreadable.

    `from` of the event is the client, as in everything else of that conversation; `details` has the type and sender.
    """
    entry, message_id = _checked(entry)
    person = person_of(phone_of(entry.get("to")), person_identifier(entry.get("to_user_id")))
    if not person.identifiers:
        raise Unreadable("no recipient of an echo")
    said = content_of(entry)
    details = said.details | {"type": entry.get("type"), "from": entry.get("from")} | _circumstances(entry)
    content = Content("echo", said.text, said.choice, said.media)
    return _message(entry, message_id, pn_id, person, content, details, None, received_at)


def _checked(entry: Any) -> tuple[Object, str]:
    if not isinstance(entry, dict):
        raise Unreadable("malformed message")
    message_id = identifier(entry.get("id"))
    if message_id is None:
        raise Unreadable("message without an id")
    if entry.get("group_id"):
        raise Unreadable("group message")
    return entry, message_id


def _message(
    entry: Object,
    message_id: str,
    pn_id: str,
    person: Person,
    content: Content,
    details: Object,
    profile_name: str | None,
    received_at: datetime,
) -> Message:
    sent_at = time_of(entry.get("timestamp"), received_at)
    if sent_at is None:
        sent_at, details["timestamp"] = received_at, entry.get("timestamp")
    return Message(
        key=key_of("message", message_id),
        person=person,
        phone_number_id=pn_id,
        message_id=message_id,
        sent_at=sent_at,
        kind=content.kind,
        text=content.text,
        choice=content.choice,
        media=content.media,
        reply_to=identifier(object_of(entry.get("context")).get("id")),
        profile_name=profile_name,
        details=bounded_details(details),
    )


def _circumstances(entry: Object) -> Object:
    """What any kind of message may have besides."""
    found: Object = {}
    context = entry.get("context")
    if isinstance(context, dict):
        for name in ("forwarded", "frequently_forwarded"):
            if context.get(name) is True:
                found[name] = True
        if context.get("referred_product"):
            found["referred_product"] = context["referred_product"]
    for name in ("referral", "errors"):
        if entry.get(name):
            found[name] = entry[name]
    return found


def time_of(raw: Any, received_at: datetime) -> datetime | None:
    """WhatsApp's timestamp (seconds since 1970, mostly as a string), or None where it is not one: not a number, negative,
    or more than five minutes after we received it."""
    seconds: float
    if isinstance(raw, str) and raw.isascii() and raw.isdigit() and len(raw) <= 12:
        seconds = int(raw)
    elif isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw < 10**12:
        seconds = raw
    else:
        return None
    if seconds >= 253_402_300_800:  # the year 10000
        return None
    at = datetime.fromtimestamp(seconds, UTC)
    return None if at > received_at + FUTURE_MAX else at


def phone_of(value: Any) -> str | None:
    """A phone number as in `wa_id`: some senders write a plus sign before it."""
    found = person_identifier(value)
    return found[1:] or None if found and found[0] == "+" else found


def person_of(phone: str | None, user_id: str | None, others: Iterable[str | None] = ()) -> Person:
    """A person by all the identifiers that a payload gives her."""
    identifiers: list[str] = []
    for found in (phone, *others, user_id):
        if found is not None and found not in identifiers:
            identifiers.append(found)
    return Person(phone, user_id, tuple(identifiers))


class Contacts(msgspec.Struct, frozen=True):
    """A value's `contacts[]`. `alone`: the value speaks of one message or status, so the only contact is its person even
    where the numbers are written differently (`from` and `wa_id` may differ: Brazil, Mexico, Argentina)."""

    entries: list[Object]
    alone: bool

    def of(self, phone: str | None, user_id: str | None) -> Object:
        """The contact of this sender or recipient, or an empty one: linking two people would be worse than no link."""
        if self.alone and len(self.entries) == 1:
            return self.entries[0]
        for contact in self.entries:
            if phone is not None and contact.get("wa_id") == phone:
                return contact
            if user_id is not None and contact.get("user_id") == user_id:
                return contact
        return {}


def _sender(entry: Object, contact: Object) -> Person:
    wa_id = phone_of(contact.get("wa_id"))
    phone = phone_of(entry.get("from")) or wa_id
    user_id = person_identifier(entry.get("from_user_id")) or person_identifier(contact.get("user_id"))
    return person_of(phone, user_id, (wa_id,))


def _changed_person(entry: Object, system: Object) -> Person:
    """Who a system message speaks of: `from` is the old number, `system.wa_id` and `system.user_id` are the new ones; the
    old user id stands in the sentence alone ('System messages webhooks')."""
    old_phone, old_user = phone_of(entry.get("from")), person_identifier(entry.get("from_user_id"))
    phone, user_id = phone_of(system.get("wa_id")), person_identifier(system.get("user_id"))
    sentence = system.get("body")
    match = _CHANGED_USER_ID.search(sentence[-400:]) if isinstance(sentence, str) else None
    if match and user_id in (None, match[2]):
        old_user, user_id = old_user or match[1], match[2]
    if phone is None and user_id is None:
        return person_of(old_phone, old_user)
    now = person_of(phone, user_id)
    gone = (old for old in (old_phone, old_user) if old is not None and old not in now.identifiers)
    return Person(phone, user_id, now.identifiers, tuple(gone))
