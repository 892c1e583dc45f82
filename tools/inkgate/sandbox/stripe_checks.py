"""Refuses the parameters that Stripe refuses. Pure.

Rules: Stripe API reference, 'Checkout Sessions › Create', 'Refunds › Create', 'Metadata'.
"""

from typing import Any

from inkgate.sandbox.stripe_errors import StripeError, missing_param

LIFE_S_MIN = 30 * 60
LIFE_S_MAX = 24 * 3600
AMOUNT_MIN = 30

_SESSION_PARAMS = frozenset(
    (
        "after_expiration",
        "allow_promotion_codes",
        "automatic_tax",
        "billing_address_collection",
        "cancel_url",
        "client_reference_id",
        "currency",
        "custom_text",
        "customer",
        "customer_creation",
        "customer_email",
        "expand",
        "expires_at",
        "line_items",
        "locale",
        "metadata",
        "mode",
        "payment_intent_data",
        "payment_method_types",
        "phone_number_collection",
        "submit_type",
        "success_url",
        "ui_mode",
    )
)
_REFUND_PARAMS = frozenset(("amount", "charge", "expand", "metadata", "payment_intent", "reason"))
_REFUND_REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def check_session(params: dict[str, Any], now: int) -> tuple[int, str, str, int]:
    """Amount, currency, the first line's product name, and when it expires. Raises StripeError."""
    _refuse_unknown(params, _SESSION_PARAMS)
    mode = params.get("mode")
    if mode is None:
        raise missing_param("mode")
    if mode != "payment":
        raise StripeError(400, f"Invalid mode: must be payment (this sandbox knows no {mode})", param="mode")
    if params.get("ui_mode", "hosted") in ("hosted", "hosted_page") and not params.get("success_url"):
        raise missing_param("success_url")
    amount, currency, name = _line_items(params.get("line_items"))
    if amount < AMOUNT_MIN:
        raise StripeError(
            400,
            "The Checkout Session's total amount due must add up to at least £0.30 gbp",
            code="amount_too_small",
            param="line_items",
        )
    _check_metadata(params.get("metadata"), "metadata")
    intent_data = params.get("payment_intent_data") or {}
    if not isinstance(intent_data, dict):
        raise StripeError(400, "Invalid hash", param="payment_intent_data")
    _check_metadata(intent_data.get("metadata"), "payment_intent_data[metadata]")
    return amount, currency, name, _expires_at(params.get("expires_at"), now)


def check_refund(params: dict[str, Any]) -> None:
    """What can be said of a refund's parameters without its charge. Raises StripeError."""
    _refuse_unknown(params, _REFUND_PARAMS)
    reason = params.get("reason")
    if reason is not None and reason not in _REFUND_REASONS:
        raise StripeError(400, f"Invalid reason: must be one of {', '.join(_REFUND_REASONS)}", param="reason")
    _check_metadata(params.get("metadata"), "metadata")


def _refuse_unknown(params: dict[str, Any], known: frozenset[str]) -> None:
    for name in params:
        if name not in known:
            raise StripeError(400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def integer(value: object, name: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`. Raises StripeError that names the parameter."""
    text = str(value)
    if not text.lstrip("-").isdigit():
        raise StripeError(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    number = int(text)
    if not low <= number <= high:
        bound = f"greater than or equal to {low}" if number < low else f"less than or equal to {high}"
        raise StripeError(400, f"This value must be {bound}.", code="parameter_invalid_integer", param=name)
    return number


def _check_metadata(metadata: object, name: str) -> None:
    if metadata is None:
        return
    if not isinstance(metadata, dict):
        raise StripeError(400, "Invalid hash", param=name)
    if len(metadata) > 50:
        raise StripeError(400, "Metadata can only have 50 keys", param=name)
    for key, value in metadata.items():
        if not isinstance(value, str) or len(value) > 500 or len(key) > 40:
            raise StripeError(
                400, "Metadata keys have up to 40 and values up to 500 characters", param=f"{name}[{key}]"
            )


def _expires_at(value: object, now: int) -> int:
    if value is None:
        return now + LIFE_S_MAX
    at = integer(value, "expires_at", 0, 10**11)
    if at - now < LIFE_S_MIN:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise StripeError(400, message, param="expires_at")
    if at - now > LIFE_S_MAX:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise StripeError(400, message, param="expires_at")
    return at


def _line_items(items: object) -> tuple[int, str, str]:
    if not isinstance(items, list) or not items:
        raise missing_param("line_items")
    total, currency, name = 0, "", ""
    for index, item in enumerate(items):
        where = f"line_items[{index}]"
        data = item.get("price_data") if isinstance(item, dict) else None
        if not isinstance(data, dict):
            raise StripeError(
                400, "This sandbox knows no stored prices: give price_data.", param=f"{where}[price_data]"
            )
        for needed in ("currency", "unit_amount"):
            if not data.get(needed):
                raise missing_param(f"{where}[price_data][{needed}]")
        product = data.get("product_data")
        if not isinstance(product, dict) or not product.get("name"):
            raise missing_param(f"{where}[price_data][product_data][name]")
        amount = integer(data["unit_amount"], f"{where}[price_data][unit_amount]", 0, 99_999_999)
        total += amount * integer(item.get("quantity", "1"), f"{where}[quantity]", 1, 999_999)
        if currency and data["currency"] != currency:
            raise StripeError(
                400, "All line items must have the same currency.", param=f"{where}[price_data][currency]"
            )
        currency = str(data["currency"])
        name = name or str(product["name"])
    return total, currency, name
