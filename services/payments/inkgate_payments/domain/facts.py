"""What a Stripe event says, as far as it concerns us: values without anything personal (no name, no address, no card)."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

SessionKind = Literal["completed", "async_succeeded", "async_failed", "expired"]


class References(msgspec.Struct, frozen=True, kw_only=True):
    """Our own ids, as we put them into Stripe's metadata."""

    lead_id: UUID
    command_id: UUID
    conversation_id: UUID | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="fact"):
    """`at` is when Stripe made the event."""

    event_id: str
    at: datetime
    payment_intent: str | None = None
    references: References | None = None


class SessionFact(Fact, frozen=True, kw_only=True, tag="session"):
    """A checkout session changed. `amount_pence` is its total."""

    kind: SessionKind
    session: str
    payment_status: str
    amount_pence: int | None
    currency: str | None
    livemode: bool


class RefundFact(Fact, frozen=True, kw_only=True, tag="refund"):
    """A refund was made or changed. `status` is pending, requires_action, succeeded, failed or canceled."""

    refund: str
    amount_pence: int
    currency: str
    status: str
    reason: str | None = None


class ChargeFact(Fact, frozen=True, kw_only=True, tag="charge"):
    """The sum refunded of a charge, without saying by which refund (charge.refunded, since API version 2022-11-15)."""

    charge: str
    refunded_pence: int
    currency: str


class DisputeFact(Fact, frozen=True, kw_only=True, tag="dispute"):
    """A client's bank asks for the money back."""

    dispute: str
    amount_pence: int
    currency: str
    reason: str | None = None
    status: str | None = None


AnyFact = SessionFact | RefundFact | ChargeFact | DisputeFact
