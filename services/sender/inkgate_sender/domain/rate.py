"""Token buckets, as the generic cell rate algorithm words them: one number a bucket, the moment at which it is full again.

Limits: 80 messages/s a number unless raised; to one person 1 message per 6 s, with a burst of 45 that must be paid back
(WhatsApp Business Platform, 'Throughput' and 'Pair rate limits'; FACTS §2).
"""

from typing import NamedTuple

PAIR_INTERVAL_S = 6.0
PAIR_BURST = 45
# A number's bucket holds a quarter of a second: enough for a batch, too little to be noticed as a burst.
NUMBER_BURST_S = 0.25


class Take(NamedTuple):
    """`wait_s` 0: a token was taken, and `full_at` is the bucket now. Else when to ask again."""

    full_at: float
    wait_s: float


def take(full_at: float, now: float, interval_s: float, burst: float) -> Take:
    """Take one token. `full_at` and `now` in seconds of one monotonic clock; `interval_s` between tokens; `burst` tokens at
    most in the bucket. An interval of 0 is no limit."""
    if interval_s <= 0:
        return Take(now, 0.0)
    start = max(full_at, now)
    wait_s = start + interval_s - (now + interval_s * burst)
    # Rounding must not make somebody wait for a millionth of a second, again and again.
    return Take(start + interval_s, 0.0) if wait_s <= 1e-6 else Take(full_at, wait_s)


def number_interval_s(rate: float, replicas: int) -> float:
    """Seconds between two messages of one number in one of several equal replicas. `rate` 0: no limit."""
    return 0.0 if rate <= 0 else max(1, replicas) / rate


def number_burst(interval_s: float) -> float:
    """Tokens in a number's bucket."""
    return 1.0 if interval_s <= 0 else max(1.0, NUMBER_BURST_S / interval_s)


def pause_s(pauses: int, retry_after_s: float, *, base_s: float = 1.0, cap_s: float = 60.0) -> float:
    """How long a number rests after its `pauses`-th rate error in a row (the first is 1). Adaptive: each doubles it."""
    return max(retry_after_s, min(cap_s, base_s * 2.0 ** min(pauses - 1, 30)))


def pair_wait_s(strikes: int) -> float:
    """How long a recipient rests after the `strikes`-th pair-rate error in a row: 4^n s, about 17 minutes at most."""
    return 4.0 ** min(strikes, 5)
