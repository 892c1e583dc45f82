"""Facts about messages: in, out, and what became of them."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from inkgate_dialogue.domain.events.fact import Fact
from inkgate_dialogue.domain.lead import Gate, Sending


class MessageReceived(Fact, frozen=True, kw_only=True):
    """A message of the client (or artist) and what was made of it. Said when it is judged, or recorded unjudged.

    `judged` False: kept and shown, not marked as judged (out of order, written before a STOP, …). `ahead`: a word of command
    that was judged before messages that were written earlier and still wait; it makes none of them late."""

    KIND: ClassVar[str] = "message_received"
    message_id: str
    message_kind: str
    text: str | None
    sent_at: datetime
    verdict: str
    judged: bool = True
    ahead: bool = False
    question: str | None = None
    details: dict[str, Any] = {}


class MessageCreated(Fact, frozen=True, kw_only=True):
    """An intent went to the outbox; with `gate`, the change waits beside it. `sort` is `gate`, `opt_out`, `reminder`, `note`
    (a message that gates nothing) or `notice` (to the artist, `about` a lead)."""

    KIND: ClassVar[str] = "message_created"
    sending: Sending
    sort: str
    sequence: int
    text: str
    change: str | None
    gate: Gate | None
    retry_of: UUID | None = None
    answer: bool = False
    about: UUID | None = None


class MessageSent(Fact, frozen=True, kw_only=True):
    """`fallback`: the template went out in its place. `waited_s`: how long what it answers had been here by then."""

    KIND: ClassVar[str] = "message_sent"
    intent_id: UUID
    basis: str
    accepted_at: datetime | None = None
    fallback: bool = False
    waited_s: float | None = None


class MessageAccepted(Fact, frozen=True, kw_only=True):
    """WhatsApp took it; the gate waits for more (`gate_on` delivered)."""

    KIND: ClassVar[str] = "message_accepted"
    intent_id: UUID
    accepted_at: datetime | None = None
    began_at: datetime | None = None
    fallback: bool = False


class MessageSeen(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "message_seen"
    intent_id: UUID
    status: str


class MessageFailed(Fact, frozen=True, kw_only=True):
    """`retry` is what can be sent again."""

    KIND: ClassVar[str] = "message_failed"
    intent_id: UUID
    code: str
    title: str | None = None
    late: bool = False
    retry: Sending | None = None


class MessageCancelled(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "message_cancelled"
    intent_id: UUID
    reason: str | None = None


class CancellationAsked(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "cancellation_asked"
    intent_id: UUID
    reason: str
    sequence: int


class GateSuperseded(Fact, frozen=True, kw_only=True):
    """The open gate will change nothing any more; it ends when its message does."""

    KIND: ClassVar[str] = "gate_superseded"
    intent_id: UUID
    by: UUID


class RetryForgotten(Fact, frozen=True, kw_only=True):
    """The failed message will not go out again: something else took its place."""

    KIND: ClassVar[str] = "retry_forgotten"
    intent_id: UUID
