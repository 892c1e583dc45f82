"""W3C trace context, carried from the webhook through every event (https://www.w3.org/TR/trace-context/)."""

import re
import secrets

_FORM = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")


def new() -> str:
    """A `traceparent` that starts a trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def valid(traceparent: str | None) -> str | None:
    """The traceparent if it is well formed, else None (a stranger's header is never trusted to be)."""
    return traceparent if traceparent and _FORM.match(traceparent) else None


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hex digits that all logs and events of one turn share."""
    return traceparent[3:35] if valid(traceparent) and traceparent else None
