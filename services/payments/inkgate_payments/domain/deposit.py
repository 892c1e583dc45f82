"""What payments knows about one deposit, and what a judgement of it can bring about. Values only.

A deposit is named by the id of the `inkgate.deposit.requested` that asked for it. Its status says how the link stands; money
that came in stands beside it, because a session can be paid after it expired, or twice, and no payment is ever lost.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from inkgate_common import ids
from inkgate_common.contracts import Data

Status = Literal[
    "unasked",  # known by name only: its command has not come, or was lost with a database
    "waiting",  # the link is being made
    "open",  # the link can be paid
    "pending",  # completed with a delayed payment method that has not paid yet
    "paid",
    "payment_failed",  # a delayed payment method failed
    "expired",
    "failed",  # no link could be made
    "cancelled",  # taken back before there was a link
]
CallKind = Literal["create", "expire", "refund"]
RefundState = Literal["made", "told", "failed"]


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came in. `reference` is Stripe's payment intent (the session where there is none).

    `refunded_pence` is the sum that was told to be refunded; `refund_failed_at` tells a stale report from a new one.
    """

    reference: str
    session: str | None
    amount_pence: int
    currency: str
    paid_at: datetime
    stripe_event_id: str
    second: bool = False
    after_expiry: bool = False
    mismatch: str | None = None
    refunded_pence: int = 0
    refund_failed_at: datetime | None = None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that Stripe knows. `made`: its API said so, the webhook has not yet; `told`: `deposit.refunded` covers it."""

    id: str
    reference: str
    amount_pence: int
    state: RefundState


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    reference: str
    amount_pence: int
    currency: str
    at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A refund that we are asking Stripe for."""

    reference: str
    amount_pence: int


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """`pending_intent` is the payment intent of a session that completed unpaid. `conversation_id` goes with an erasure."""

    id: UUID
    lead_id: UUID
    conversation_id: UUID | None
    status: Status = "unasked"
    amount_pence: int | None = None
    currency: str | None = None
    expires_at: datetime | None = None
    session: str | None = None
    url: str | None = None
    livemode: bool | None = None
    pending_intent: str | None = None
    erased: bool = False
    traceparent: str | None = None
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    asked: tuple[Asked, ...] = ()

    @property
    def subject(self) -> str:
        """The key of its events: the conversation; after an erasure the lead, so that money is still told."""
        return str(self.conversation_id or self.lead_id)

    def payment(self, reference: str | None) -> Payment | None:
        """The money that came in under this payment intent."""
        return next((payment for payment in self.payments if payment.reference == reference), None)

    def with_payment(self, changed: Payment) -> "Deposit":
        """The same with one payment replaced."""
        payments = tuple(changed if payment.reference == changed.reference else payment for payment in self.payments)
        return msgspec.structs.replace(self, payments=payments)

    def with_refund(self, changed: Refund) -> "Deposit":
        """The same with one refund added or replaced."""
        others = tuple(refund for refund in self.refunds if refund.id != changed.id)
        return msgspec.structs.replace(self, refunds=(*others, changed))


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Something to ask of Stripe. `parameters` are frozen here: a repeated idempotency key demands equal ones.

    `command_id` is the command that wants it, `reference` what it is done to. After `deadline` it is given up.
    """

    id: UUID
    kind: CallKind
    deposit_id: UUID
    command_id: UUID
    reference: str
    parameters: Mapping[str, Any]
    deadline: datetime

    @classmethod
    def new(
        cls,
        kind: CallKind,
        *,
        deposit_id: UUID,
        command_id: UUID,
        reference: str,
        parameters: Mapping[str, Any],
        deadline: datetime,
    ) -> "Call":
        """A call whose id comes from its cause: asked for twice, it is one call."""
        return cls(
            id=ids.derive(command_id, f"stripe-{kind}", reference),
            kind=kind,
            deposit_id=deposit_id,
            command_id=command_id,
            reference=reference,
            parameters=parameters,
            deadline=deadline,
        )


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a judgement brings about: the deposit after it, facts to tell, calls to make, and why (for the record).

    `drop_create`: the link is no longer wanted; a call for it that has not been answered is taken back.
    """

    deposit: Deposit
    note: str
    facts: tuple[Data, ...] = ()
    calls: tuple[Call, ...] = ()
    drop_create: bool = False


def nothing(deposit: Deposit, note: str) -> Outcome:
    """A judgement without an effect; `note` says why."""
    return Outcome(deposit=deposit, note=note)


def about(
    deposit: Deposit, at: datetime, *, stripe_event_id: str | None = None, session: str | None = None
) -> dict[str, Any]:
    """The fields that every fact about money shares (contracts.payments.Payment)."""
    return {
        "lead_id": deposit.lead_id,
        "command_id": deposit.id,
        "session": session or deposit.session,
        "at": at,
        "stripe_event_id": stripe_event_id,
    }
