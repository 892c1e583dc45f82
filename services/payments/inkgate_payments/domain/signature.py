"""Is a webhook Stripe's? Pure: the time comes in as an argument.

Source: https://docs.stripe.com/webhooks#verify-manually. `Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>…]`,
HMAC-SHA256 of `<t>.<raw body>` with the endpoint's secret; several v1 while a secret is replaced at Stripe, several secrets
while it is replaced here. `stripe.WebhookSignature` does the same, but reads the clock itself and decodes the body first, so
that a body that is not UTF-8 breaks it; a test holds the two together.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from inkgate_payments.errors import BadSignature

TOLERANCE_S = 300
_SIGNATURES_MAX = 20


def verify(body: bytes, header: str | None, secrets: Sequence[str], now: datetime) -> None:
    """Raises BadSignature unless one of `secrets` signed exactly these bytes at most 300 s from `now`."""
    if not header:
        raise BadSignature("there is no Stripe-Signature header")
    times, signatures = [], []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            times.append(value)
        elif name == "v1":
            signatures.append(value)
    if len(times) != 1 or not times[0].isascii() or not times[0].isdigit() or len(times[0]) > 12:
        raise BadSignature("the Stripe-Signature header has no time")
    signed = times[0].encode() + b"." + body
    expected = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets]
    given = [signature.encode("utf-8", "replace") for signature in signatures[:_SIGNATURES_MAX]]
    if not any(hmac.compare_digest(one, other) for one in expected for other in given):
        raise BadSignature("no signature in the Stripe-Signature header fits this body")
    if abs(now.timestamp() - int(times[0])) > TOLERANCE_S:
        raise BadSignature(f"signed more than {TOLERANCE_S} s from now")
