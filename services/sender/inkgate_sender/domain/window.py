"""What is judged at the moment of sending: whether it expired, and the 24-hour window.

Outside of 24 h after the client's last message only templates go (WhatsApp Business Platform, 'Messages › customer service
windows'). Dialogue tells when the window ends as far as it knows; None means that it does not, and error 131047 decides.
"""

from datetime import datetime

import msgspec

from inkgate_common.contracts.intents import Body, Template
from inkgate_sender.domain.outcome import Unsendable


class Choice(msgspec.Struct, frozen=True):
    """What to send now."""

    body: Body
    is_fallback: bool


def choose(
    *,
    audience: str,
    body: Body,
    fallback: Template | None,
    fallback_used: bool,
    window_expires_at: datetime | None,
    expires_at: datetime | None,
    now: datetime,
) -> Choice | Unsendable:
    """The body to send at `now`, or why none can be. `fallback_used`: WhatsApp said that the window is shut."""
    if expires_at is not None and expires_at <= now:
        return Unsendable("expired", "It was not sent before it expired.")
    if isinstance(body, Template):
        return Choice(body, False)
    shut = audience == "client" and window_expires_at is not None and window_expires_at <= now
    if not shut and not fallback_used:
        return Choice(body, False)
    if fallback is None:
        return Unsendable("window", "The 24-hour window is shut and there is no template with this content.")
    return Choice(fallback, True)
