"""The Graph API's error codes, each with what the sender does about it. Data; `classify` looks up.

Sources: WhatsApp Business Platform, 'Cloud API › Error codes' and the Graph API's 'Handling errors', collected in FACTS §2.
`error.code` decides, never the title or the HTTP status (most rate limits come as HTTP 400); an exact code beats a range.
"""

from typing import Literal

import msgspec

Kind = Literal[
    "transient",  # back-off with jitter, inside the budget
    "rate_number",  # this number is too fast: slow it down, no strike
    "rate_pair",  # too much for this recipient: slow her down, no strike
    "hold",  # nothing of this number can go out: stop, tell the operator once, keep everything
    "hold_business",  # the same for what the business begins; replies go on
    "permanent",  # this message, or this person: fail at once
    "window",  # the 24-hour window is shut: the template, else fail
    "template",  # the template is at fault: fail, and mark it
    "later",  # WhatsApp chose not to deliver now: once more after 24 h
    "media",  # the medium could not be fetched or uploaded
    "uncertain",  # it may have gone out
]


class Rule(msgspec.Struct, frozen=True):
    """What to do about a code. `tries_max` None: the policy's; `wait_s_min` is the least wait before the next try."""

    kind: Kind
    tries_max: int | None = None
    wait_s_min: float = 0.0


_TRANSIENT = Rule("transient")
_A_FEW_TRIES = Rule("transient", tries_max=3)
_RATE_NUMBER = Rule("rate_number")
_HOLD = Rule("hold")
_PERMANENT = Rule("permanent")
_TEMPLATE = Rule("template")
_UNCERTAIN = Rule("uncertain")

EXACT: dict[int, Rule] = {
    1: _A_FEW_TRIES,
    2: _TRANSIENT,
    131000: _TRANSIENT,
    131016: _TRANSIENT,
    131057: Rule("transient", wait_s_min=60.0),
    133004: _TRANSIENT,
    135000: _A_FEW_TRIES,
    130429: _RATE_NUMBER,
    4: _RATE_NUMBER,
    80007: _RATE_NUMBER,
    131056: Rule("rate_pair"),
    **dict.fromkeys((0, 190, 3, 10, 131005, 33, 368, 131031, 131042, 131045, 131037), _HOLD),
    131048: Rule("hold_business"),
    131064: Rule("hold_business"),
    # 131050 is an opt-out of marketing.
    **dict.fromkeys((100, 131008, 131009, 131021, 131026, 131030, 131051, 130472, 130497), _PERMANENT),
    **dict.fromkeys((131050, 137000, 131062), _PERMANENT),
    131047: Rule("window"),
    **dict.fromkeys((132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 131063, 132068), _TEMPLATE),
    131049: Rule("later"),
    131052: Rule("media", tries_max=1),
    131053: Rule("media", tries_max=2),
}

# From, to (both included). An exact code above beats these.
RANGES: tuple[tuple[int, int, Rule], ...] = (
    (200, 299, _HOLD),
    (133000, 133015, _HOLD),
)


def classify(code: int | None, http_status: int) -> Rule:
    """What to do about an answer. `code` None: it held no Graph error (a proxy's page, say)."""
    if code is not None:
        rule = EXACT.get(code)
        if rule is not None:
            return rule
        for low, high, ranged in RANGES:
            if low <= code <= high:
                return ranged
    if http_status >= 500:
        return _UNCERTAIN
    return _RATE_NUMBER if http_status == 429 and code is None else _PERMANENT
