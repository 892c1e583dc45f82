"""Topic `intents`: messages that dialogue wants delivered, and the ones it takes back. Read by the sender."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from inkgate_common.contracts.base import Data
from inkgate_common.contracts.inbound import Audience


class Text(msgspec.Struct, frozen=True, kw_only=True, tag="text", tag_field="kind"):
    """A plain text of at most 4,096 characters."""

    text: str


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A reply button (title ≤ 20 characters) or list row (title ≤ 24, description ≤ 72)."""

    id: str
    title: str
    description: str | None = None


class Buttons(msgspec.Struct, frozen=True, kw_only=True, tag="buttons", tag_field="kind"):
    """A text of at most 1,024 characters with one to three reply buttons."""

    text: str
    buttons: list[Choice]


class ListMenu(msgspec.Struct, frozen=True, kw_only=True, tag="list", tag_field="kind"):
    """A text of at most 1,024 characters with a list of at most ten rows."""

    text: str
    button: str
    rows: list[Choice]


class Template(msgspec.Struct, frozen=True, kw_only=True, tag="template", tag_field="kind"):
    """An approved template. `same_content` tells whether it says what the text would have said (then it gates like it)."""

    name: str
    language: str
    parameters: list[str] = []
    same_content: bool = False


Body = Text | Buttons | ListMenu | Template


class IntentEvent(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "intents"

    intent_id: UUID
    sequence: int
    phone_number_id: str


class IntentCreated(IntentEvent, frozen=True, kw_only=True):
    """One message to send. `to` is a phone number (digits), `recipient` a business-scoped user id; one of them is set.

    `queue` keeps what the business begins (`business`) from blocking replies. `window_expires_at` is the end of the
    24-hour window as dialogue knew it (None: never opened). `expires_at` None means the intent does not expire.
    """

    TYPE: ClassVar[str] = "inkgate.intent.created"

    lead_id: UUID | None = None
    audience: Audience = "client"
    to: str | None = None
    recipient: str | None = None
    body: Body
    fallback: Template | None = None
    gating: bool
    queue: Literal["reply", "business"] = "reply"
    opt_out_confirmation: bool = False
    window_expires_at: datetime | None = None
    expires_at: datetime | None = None
    retry_of: UUID | None = None


class IntentCancelled(IntentEvent, frozen=True, kw_only=True):
    """Take an intent back if it has not gone out. `opt_out`: an uncertain send of it is not repeated."""

    TYPE: ClassVar[str] = "inkgate.intent.cancelled"

    reason: str
    opt_out: bool = False


TYPES: list[type[Data]] = [IntentCreated, IntentCancelled]
