"""The body of a Stripe webhook → what it says. Pure.

Sources: https://docs.stripe.com/api/events/object, …/checkout/sessions/object, …/refunds/object, …/charges/object,
…/disputes/object. Only the fields that we judge by are read; everything else, and every type that is not in the table, may
change without asking us. An event that we cannot read is recorded with the reason rather than refused: refusing would only
make Stripe repeat it for three days, and the event itself can be read again from Stripe by its id.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from inkgate_payments.domain.facts import (
    AnyFact,
    ChargeFact,
    DisputeFact,
    References,
    RefundFact,
    SessionFact,
    SessionKind,
)
from inkgate_payments.errors import NotAnEvent

# Printable ASCII: what PostgreSQL can keep and an index can hold.
_Id = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+\Z")]
_Word = Annotated[str, Meta(max_length=100, pattern=r"^[\x20-\x7e]*\Z")]
_Currency = Annotated[str, Meta(pattern=r"^[A-Za-z]{3}\Z")]
_Pence = Annotated[int, Meta(ge=0, le=10**12)]
_Seconds = Annotated[int, Meta(ge=0, le=10**10)]
_NOTE_CHARS_MAX = 300


class StripeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """`fact` is None for what does not concern us or cannot be read; then `note` says why."""

    id: str
    type: str
    fact: AnyFact | None
    note: str = ""


class _Head(msgspec.Struct):
    id: _Id
    type: _Word


class _Holder(msgspec.Struct):
    object: msgspec.Raw


class _Envelope(msgspec.Struct):
    created: _Seconds
    data: _Holder
    livemode: bool = False


class _Expanded(msgspec.Struct):
    id: _Id


_Link = _Id | _Expanded | None


class _Session(msgspec.Struct):
    id: _Id
    payment_status: _Word
    livemode: bool
    payment_intent: _Link = None
    amount_total: _Pence | None = None
    currency: _Currency | None = None
    metadata: dict[str, Any] | None = None


class _Refund(msgspec.Struct):
    id: _Id
    amount: _Pence
    currency: _Currency
    status: _Word | None = None
    payment_intent: _Link = None
    failure_reason: _Word | None = None
    metadata: dict[str, Any] | None = None


class _Charge(msgspec.Struct):
    id: _Id
    amount_refunded: _Pence
    currency: _Currency
    payment_intent: _Link = None
    metadata: dict[str, Any] | None = None


class _Dispute(msgspec.Struct):
    id: _Id
    amount: _Pence
    currency: _Currency
    reason: _Word | None = None
    status: _Word | None = None
    payment_intent: _Link = None
    metadata: dict[str, Any] | None = None


def _session(kind: SessionKind) -> Callable[[str, datetime, msgspec.Raw], AnyFact]:
    def read_session(event_id: str, at: datetime, raw: msgspec.Raw) -> AnyFact:
        session = msgspec.json.decode(raw, type=_Session)
        return SessionFact(
            event_id=event_id,
            at=at,
            payment_intent=_id(session.payment_intent),
            references=references(session.metadata),
            kind=kind,
            session=session.id,
            payment_status=session.payment_status,
            amount_pence=session.amount_total,
            currency=_lower(session.currency),
            livemode=session.livemode,
        )

    return read_session


def _refund(event_id: str, at: datetime, raw: msgspec.Raw) -> AnyFact:
    refund = msgspec.json.decode(raw, type=_Refund)
    return RefundFact(
        event_id=event_id,
        at=at,
        payment_intent=_id(refund.payment_intent),
        references=references(refund.metadata),
        refund=refund.id,
        amount_pence=refund.amount,
        currency=refund.currency.lower(),
        status=refund.status or "unknown",
        reason=refund.failure_reason,
    )


def _charge(event_id: str, at: datetime, raw: msgspec.Raw) -> AnyFact:
    charge = msgspec.json.decode(raw, type=_Charge)
    return ChargeFact(
        event_id=event_id,
        at=at,
        payment_intent=_id(charge.payment_intent),
        references=references(charge.metadata),
        charge=charge.id,
        refunded_pence=charge.amount_refunded,
        currency=charge.currency.lower(),
    )


def _dispute(event_id: str, at: datetime, raw: msgspec.Raw) -> AnyFact:
    dispute = msgspec.json.decode(raw, type=_Dispute)
    return DisputeFact(
        event_id=event_id,
        at=at,
        payment_intent=_id(dispute.payment_intent),
        references=references(dispute.metadata),
        dispute=dispute.id,
        amount_pence=dispute.amount,
        currency=dispute.currency.lower(),
        reason=dispute.reason,
        status=dispute.status,
    )


# The types that the webhook endpoint at Stripe should be subscribed to.
READERS: dict[str, Callable[[str, datetime, msgspec.Raw], AnyFact]] = {
    "checkout.session.completed": _session("completed"),
    "checkout.session.async_payment_succeeded": _session("async_succeeded"),
    "checkout.session.async_payment_failed": _session("async_failed"),
    "checkout.session.expired": _session("expired"),
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.refund.updated": _refund,  # the older name of refund.updated
    "charge.refunded": _charge,
    "charge.dispute.created": _dispute,
}


def read(body: bytes) -> StripeEvent:
    """What this body says. Raises NotAnEvent where it is no JSON object with an id and a type."""
    try:
        head = msgspec.json.decode(body, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotAnEvent(f"the body is not a Stripe event: {_short(error)}") from None
    reader = READERS.get(head.type)
    if reader is None:
        return StripeEvent(id=head.id, type=head.type, fact=None, note="a type that does not concern us")
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        at = datetime.fromtimestamp(envelope.created, UTC)
        return StripeEvent(id=head.id, type=head.type, fact=reader(head.id, at, envelope.data.object))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return StripeEvent(id=head.id, type=head.type, fact=None, note=f"unreadable: {_short(error)}")


def references(metadata: dict[str, Any] | None) -> References | None:
    """Our ids in an object's metadata, or None where it is not ours."""
    try:
        conversation = (metadata or {}).get("conversation_id")
        return References(
            lead_id=UUID(str((metadata or {})["lead_id"])),
            command_id=UUID(str((metadata or {})["command_id"])),
            conversation_id=UUID(str(conversation)) if conversation else None,
        )
    except (KeyError, ValueError):
        return None


def _id(link: str | _Expanded | None) -> str | None:
    return link.id if isinstance(link, _Expanded) else link


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _short(error: Exception) -> str:
    # msgspec quotes a field name at most, never a value; the printable form keeps NUL and surrogates out of the database.
    return ascii(str(error))[1:-1][:_NOTE_CHARS_MAX]
