"""What is judged at the moment of sending: whether it expired, and the 24-hour window.

Outside of 24 h after the client's last message only templates go (WhatsApp Business Platform, 'Messages › customer service
windows'). Dialogue tells when the window ends as far as it knows; None means that it does not, and error 131047 decides.

The fallback template is chosen where an attempt is recorded, before its call (`shut`, `fallback_used`): a status that comes
back after a crash must find out what it was that went out, because a template that only invites her back gates nothing.
"""

from datetime import datetime

import msgspec

from inkgate_common.contracts.intents import Body, Template
from inkgate_sender.domain.outcome import Unsendable


class Choice(msgspec.Struct, frozen=True):
    """What to send now."""

    body: Body
    is_fallback: bool


def shut(window_expires_at: datetime | None, now: datetime) -> bool:
    """Whether the window is known to be shut. The artists' is as the clients'."""
    return window_expires_at is not None and window_expires_at <= now


def choose(
    *,
    body: Body,
    fallback: Template | None,
    fallback_used: bool,
    window_expires_at: datetime | None,
    expires_at: datetime | None,
    now: datetime,
) -> Choice | Unsendable:
    """The body to send at `now`, or why none can be. `fallback_used`: this attempt was recorded as
    the fallback's, or WhatsApp said that the window is shut."""
    if expires_at is not None and expires_at <= now:
        return Unsendable("expired", "It was not sent before it expired.")
    if isinstance(body, Template):
        return Choice(body, False)
    if not fallback_used and not shut(window_expires_at, now):
        return Choice(body, False)
    if fallback is None:
        return Unsendable("window", "The 24-hour window is shut and there is no template with this content.")
    return Choice(fallback, True)
