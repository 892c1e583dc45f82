"""Topic `payment-commands`: what dialogue asks of payments. `expires_at` is frozen here because Stripe demands equal
parameters for a repeated idempotency key."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from inkgate_common.contracts.base import Data


class PaymentCommand(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "payment-commands"

    command_id: UUID
    lead_id: UUID


class DepositRequested(PaymentCommand, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.deposit.requested"

    amount_pence: int
    currency: str
    slot: str | None = None
    expires_at: datetime


class DepositCancelled(PaymentCommand, frozen=True, kw_only=True):
    """Expire the open link that `deposit_command_id` made (STOP, restart, a new link)."""

    TYPE: ClassVar[str] = "inkgate.deposit.cancelled"

    deposit_command_id: UUID
    reason: str


class RefundRequested(PaymentCommand, frozen=True, kw_only=True):
    """Give back the deposit that `deposit_command_id` brought in; `amount_pence` None means all of what is left."""

    TYPE: ClassVar[str] = "inkgate.refund.requested"

    deposit_command_id: UUID
    amount_pence: int | None = None
    reason: str | None = None


TYPES: list[type[Data]] = [DepositRequested, DepositCancelled, RefundRequested]
