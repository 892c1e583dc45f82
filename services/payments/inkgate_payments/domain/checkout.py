"""What is asked of Stripe for a deposit link: parameters, idempotency keys, and until when it makes sense to ask. Pure.

Sources: https://docs.stripe.com/api/checkout/sessions/create (`expires_at` 30 minutes to 24 hours from creation),
https://docs.stripe.com/api/idempotent_requests (keys of up to 255 characters, kept at least 24 hours, equal parameters).
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from inkgate_payments.domain.deposit import Call, Deposit

LINK_LIFE_MIN = timedelta(minutes=30)
# Stripe judges by its own clock and after the request's way.
_MARGIN = timedelta(seconds=20)
REFUND_TRIED_FOR = timedelta(days=3)


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """What the studio says on the checkout page, and where the client goes from there."""

    public_url: str
    product_name: str


def make_link_until(expires_at: datetime) -> datetime:
    """The last moment at which Stripe would still make a link that expires then."""
    return expires_at - LINK_LIFE_MIN - _MARGIN


def create(deposit: Deposit, shop: Shop) -> Call:
    """The call that makes the link. The deposit has amount, currency and expiry."""
    assert deposit.amount_pence is not None and deposit.currency is not None and deposit.expires_at is not None
    metadata = {
        "lead_id": str(deposit.lead_id),
        "command_id": str(deposit.id),
        **({"conversation_id": str(deposit.conversation_id)} if deposit.conversation_id else {}),
    }
    parameters: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": deposit.currency,
                    "unit_amount": deposit.amount_pence,
                    "product_data": {"name": shop.product_name},
                },
            }
        ],
        "client_reference_id": str(deposit.lead_id),
        "expires_at": int(deposit.expires_at.timestamp()),
        "success_url": f"{shop.public_url}/pay/thanks",
        "cancel_url": f"{shop.public_url}/pay/back",
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
    }
    return Call.new(
        "create",
        deposit_id=deposit.id,
        command_id=deposit.id,
        reference=str(deposit.id),
        parameters=parameters,
        deadline=make_link_until(deposit.expires_at),
    )


def expire(deposit: Deposit, session: str, now: datetime) -> Call:
    """The call that closes a link, once a session. It closes by itself when its time is over."""
    return Call.new(
        "expire",
        deposit_id=deposit.id,
        command_id=deposit.id,
        reference=session,
        parameters={},
        deadline=deposit.expires_at or now + timedelta(days=1),
    )


def refund(
    deposit: Deposit, command_id: UUID, intent: str, pence: int, metadata: dict[str, str], now: datetime
) -> Call:
    """The call that gives `pence` of one payment back."""
    return Call.new(
        "refund",
        deposit_id=deposit.id,
        command_id=command_id,
        reference=intent,
        parameters={
            "payment_intent": intent,
            "amount": pence,
            "reason": "requested_by_customer",
            "metadata": metadata,
        },
        deadline=now + REFUND_TRIED_FOR,
    )


def idempotency_key(kind: str, command_id: UUID, reference: str, number: int) -> str:
    """The key of a call: the same for every try, until it is spent (`number` counts the keys)."""
    return f"inkgate-{kind}-{command_id}-{reference}-{number}"
