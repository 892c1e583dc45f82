"""Topic `inbound`: what clients and artists wrote, in the order it reached us. Written by intake."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from inkgate_common.contracts.base import Data

Audience = Literal["client", "artist"]


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A picture, voice note, document or sticker as the webhook names it; the bytes stay at WhatsApp (7 days)."""

    id: str
    mime_type: str | None = None
    sha256: str | None = None
    filename: str | None = None
    voice: bool = False


class Inbound(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "inbound"

    phone_number_id: str
    sequence: int


class MessageReceived(Inbound, frozen=True, kw_only=True):
    """One message. `sent_at` is WhatsApp's clock (whole seconds), `received_at` ours.

    `kind` is text, button, list, image, video, audio, document, sticker, location, contacts, reaction, order, system,
    echo (the artist wrote from her own phone), edited, deleted, unsupported or unknown. `text` is the body, caption,
    button title, or None. `choice` is the id of a tapped button or list row. `details` holds what a kind has besides
    (a location's coordinates, a reaction's emoji and message).
    """

    TYPE: ClassVar[str] = "inkgate.message.received"

    message_id: str
    sent_at: datetime
    received_at: datetime
    from_: str | None = msgspec.field(name="from", default=None)
    user_id: str | None = None
    profile_name: str | None = None
    audience: Audience = "client"
    kind: str
    text: str | None = None
    choice: str | None = None
    media: Media | None = None
    reply_to: str | None = None
    opted_out_before: bool = False
    details: dict[str, Any] = {}


class IdentityLinked(Inbound, frozen=True, kw_only=True):
    """Identifiers turned out to be one person: said once on each conversation concerned.

    `closed_into` names the conversation that takes all that follows when this one is the younger of two; `took_over`
    the ones that this one replaces.
    """

    TYPE: ClassVar[str] = "inkgate.identity.linked"

    at: datetime
    from_: str | None = msgspec.field(name="from", default=None)
    user_id: str | None = None
    closed_into: UUID | None = None
    took_over: list[UUID] = []


TYPES: list[type[Data]] = [MessageReceived, IdentityLinked]
