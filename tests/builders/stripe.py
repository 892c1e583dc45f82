"""Stripe's events, in the shapes that Stripe publishes for its objects (docs.stripe.com/api), and their signatures."""

import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

SECRET = "whsec_not_a_real_secret"
CREATED = 1_790_000_000

_numbers = count(1)


def stripe_id(prefix: str) -> str:
    """An id that no other object has."""
    return f"{prefix}_{next(_numbers):06d}{'Ab3dE' * 3}"


def metadata(lead_id: UUID, command_id: UUID, conversation_id: UUID | None = None) -> dict[str, str]:
    """Our ids, as payments gives them to Stripe."""
    found = {"lead_id": str(lead_id), "command_id": str(command_id)}
    return found | ({"conversation_id": str(conversation_id)} if conversation_id else {})


def session(**fields: Any) -> dict[str, Any]:
    """A checkout session that was completed and paid with £150."""
    return {
        "id": stripe_id("cs_test"),
        "object": "checkout.session",
        "amount_subtotal": 15000,
        "amount_total": 15000,
        "client_reference_id": None,
        "created": CREATED,
        "currency": "gbp",
        "customer_details": {"email": "someone@example.com", "name": "Some One", "phone": None},
        "expires_at": CREATED + 86_000,
        "livemode": False,
        "metadata": {},
        "mode": "payment",
        "payment_intent": stripe_id("pi"),
        "payment_status": "paid",
        "status": "complete",
        "url": None,
        **fields,
    }


def refund(**fields: Any) -> dict[str, Any]:
    """A refund of £150 that went through."""
    return {
        "id": stripe_id("re"),
        "object": "refund",
        "amount": 15000,
        "charge": stripe_id("ch"),
        "created": CREATED,
        "currency": "gbp",
        "metadata": {},
        "payment_intent": stripe_id("pi"),
        "reason": None,
        "status": "succeeded",
        **fields,
    }


def charge(**fields: Any) -> dict[str, Any]:
    """A charge of £150 that was refunded in full."""
    return {
        "id": stripe_id("ch"),
        "object": "charge",
        "amount": 15000,
        "amount_captured": 15000,
        "amount_refunded": 15000,
        "billing_details": {"email": "someone@example.com", "name": "Some One", "phone": None},
        "created": CREATED,
        "currency": "gbp",
        "disputed": False,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": stripe_id("pi"),
        "refunded": True,
        "status": "succeeded",
        **fields,
    }


def dispute(**fields: Any) -> dict[str, Any]:
    """A dispute of £150."""
    return {
        "id": stripe_id("dp"),
        "object": "dispute",
        "amount": 15000,
        "charge": stripe_id("ch"),
        "created": CREATED,
        "currency": "gbp",
        "livemode": False,
        "metadata": {},
        "payment_intent": stripe_id("pi"),
        "reason": "fraudulent",
        "status": "needs_response",
        **fields,
    }


def event(kind: str, thing: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """An event about `thing`."""
    return {
        "id": stripe_id("evt"),
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": CREATED,
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
        **fields,
    }


def body(of: Any) -> bytes:
    """As Stripe writes it: indented JSON."""
    return json.dumps(of, indent=2).encode()


def signature(raw: bytes, *, secrets: Sequence[str] = (SECRET,), at: int | None = None) -> str:
    """The `Stripe-Signature` header of these bytes."""
    at = int(time.time()) if at is None else at
    proofs = [hmac.new(secret.encode(), b"%d." % at + raw, hashlib.sha256).hexdigest() for secret in secrets]
    return ",".join([f"t={at}", *(f"v1={proof}" for proof in proofs)])
