"""Stripe's request bodies: form-encoded with brackets (`line_items[0][price_data][currency]=gbp`). Pure.

Source: Stripe API reference, 'Introduction' (form-encoded requests), and what the `stripe` library sends.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from inkgate.sandbox.stripe_errors import StripeError

FIELDS_MAX = 1000
DEPTH_MAX = 8
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_form(body: bytes) -> dict[str, Any]:
    """The nested parameters of a form body or query. Numeric brackets become lists. Raises StripeError (400)."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS_MAX, strict_parsing=bool(body)
        )
    except ValueError as error:
        raise StripeError(400, f"Invalid request body: {error}") from None
    root: dict[str, Any] = {}
    for name, value in pairs:
        path = _path(name)
        node = root
        for part in path[:-1]:
            below = node.setdefault(part, {})
            if not isinstance(below, dict):
                raise StripeError(400, f"Invalid parameter: {name}", param=name)
            node = below
        last = path[-1] or str(len(node))
        node[last] = value
    return {name: _lists(value) for name, value in root.items()}


def _path(name: str) -> list[str]:
    head, bracket, _ = name.partition("[")
    parts = [head, *_PART.findall(name[len(head) :])]
    rebuilt = head + "".join(f"[{part}]" for part in parts[1:])
    if not head or (bracket and rebuilt != name) or len(parts) > DEPTH_MAX:
        raise StripeError(400, f"Invalid parameter name: {name}", param=name)
    return parts


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _lists(below) for key, below in value.items()}
