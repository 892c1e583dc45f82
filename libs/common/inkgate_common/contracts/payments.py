"""Topic `payments`: facts about money as Stripe reports them, each Stripe event once. `command_id` is the
`inkgate.deposit.requested` they answer (None for money that no command of ours explains)."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from inkgate_common.contracts.base import Data


class Payment(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "payments"

    lead_id: UUID
    command_id: UUID | None = None
    session: str | None = None
    at: datetime
    stripe_event_id: str | None = None


class DepositLinkCreated(Payment, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.link_created"

    url: str
    expires_at: datetime
    amount_pence: int
    currency: str


class DepositRequestFailed(Payment, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.request_failed"

    code: str
    message: str


class DepositPaid(Payment, frozen=True, kw_only=True):
    """`second` tells that this session (or lead's command) had been paid before: kept, shown, never doubled."""

    TYPE: ClassVar[str] = "inkgate.deposit.paid"

    amount_pence: int
    currency: str
    payment_intent: str | None = None
    after_expiry: bool = False
    second: bool = False
    mismatch: str | None = None


class DepositPaymentFailed(Payment, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.payment_failed"

    code: str | None = None
    message: str | None = None


class DepositExpired(Payment, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.expired"


class DepositRefunded(Payment, frozen=True, kw_only=True):
    """`amount_pence` is this refund, `refunded_pence` the sum refunded so far; `in_full` when nothing is left."""

    TYPE: ClassVar[str] = "inkgate.deposit.refunded"

    refund: str
    amount_pence: int
    refunded_pence: int
    currency: str
    in_full: bool


class DepositRefundFailed(Payment, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.refund_failed"

    refund: str | None = None
    reason: str | None = None


class DepositDisputed(Payment, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.disputed"

    dispute: str
    amount_pence: int
    currency: str
    reason: str | None = None
    status: str | None = None


TYPES: list[type[Data]] = [
    DepositLinkCreated,
    DepositRequestFailed,
    DepositPaid,
    DepositPaymentFailed,
    DepositExpired,
    DepositRefunded,
    DepositRefundFailed,
    DepositDisputed,
]
