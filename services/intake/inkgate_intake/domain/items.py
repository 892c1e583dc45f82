"""What a webhook holds, once it is read: values without a conversation or a sequence yet."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.contracts.inbound import Media
from inkgate_common.contracts.receipts import GraphError

Key = bytes
"""What marks a thing as seen: 16 bytes of a SHA-256. Short, of one length, and free of the phone number that every
WhatsApp message id carries in base64."""


def key_of(*parts: str) -> Key:
    """The key of a message ("message", id), of a status ("status", id, status) and so on."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).digest()[:16]


class Person(msgspec.Struct, frozen=True):
    """Whom a thing concerns. `identifiers` are hers now, phone number first; `previous` those she has given up."""

    phone: str | None
    user_id: str | None
    identifiers: tuple[str, ...]
    previous: tuple[str, ...] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a client or an artist wrote (`kind` as in contracts/inbound.py)."""

    key: Key
    person: Person
    phone_number_id: str
    message_id: str
    sent_at: datetime
    kind: str
    text: str | None
    choice: str | None
    media: Media | None
    reply_to: str | None
    profile_name: str | None
    details: dict[str, Any]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A status of a message that we, or somebody else with the same number, sent."""

    key: Key
    person: Person
    phone_number_id: str
    wamid: str
    status: str
    intent_id: UUID | None
    attempt: int | None
    at: datetime
    errors: list[GraphError]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Word that a person's user id changed, without a message."""

    key: Key
    person: Person
    phone_number_id: str
    message_id: str
    sent_at: datetime


class Unhandled(msgspec.Struct, frozen=True, kw_only=True):
    """What has no effect, and why. `excerpt` is JSON, cut where it is long."""

    key: Key
    reason: str
    phone_number_id: str | None
    excerpt: str


Item = Message | Receipt | Link | Unhandled
Placed = Message | Receipt | Link
