"""When a call to Stripe that brought no answer is made again. Pure: chance comes in as an argument.

Source: https://docs.stripe.com/error-low-level (a connection error or a 500 says nothing about the effect: repeat with the
same key; a stored 500 is repeated for the same key; keys may be forgotten after 24 hours).
"""

from datetime import datetime, timedelta

import msgspec

from inkgate_common import backoff
from inkgate_common.errors import InkgateError
from inkgate_payments.errors import AccountRefused, KeySpent, StripeRefused, StripeUnavailable

BASE_S, CAP_S = 1.0, 300.0
# Our key is wrong: somebody may be mending it this minute, but the artist should hear of it soon.
ACCOUNT_TRIES_MAX = 5
# With an hour in hand: Stripe keeps keys "at least 24 hours".
KEY_KEPT = timedelta(hours=23)


class Again(msgspec.Struct, frozen=True):
    """Try at `at`; `look_up` first what there is, and then take a new key."""

    at: datetime
    look_up: bool
    code: str


class GiveUp(msgspec.Struct, frozen=True):
    code: str
    message: str


def after(error: InkgateError, *, tries: int, deadline: datetime, now: datetime, chance: float) -> Again | GiveUp:
    """What follows when try number `tries` (from 1) ended in `error`."""
    if isinstance(error, StripeRefused):
        return GiveUp(error.code, error.message)
    if not isinstance(error, AccountRefused | KeySpent | StripeUnavailable):
        return GiveUp("internal", type(error).__name__)
    if isinstance(error, AccountRefused) and tries >= ACCOUNT_TRIES_MAX:
        return GiveUp(error.code, "Stripe does not accept our API key for this")
    at = now + timedelta(seconds=backoff.delay_s(tries, chance, base_s=BASE_S, cap_s=CAP_S))
    if at >= deadline:
        return GiveUp(error.code, "Stripe did not answer in time")
    return Again(at, isinstance(error, KeySpent), error.code)


def key_may_be_forgotten(first_tried_at: datetime, now: datetime) -> bool:
    """Whether repeating with the same key might do it twice, so that one has to look up first."""
    return now - first_tried_at >= KEY_KEPT
