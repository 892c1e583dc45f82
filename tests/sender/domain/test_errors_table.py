"""Every code of FACTS §2 is in its class."""

import pytest

from inkgate_sender.domain.errors_table import classify

CLASSES = {
    "transient": [1, 2, 131000, 131016, 131057, 133004, 135000],
    "rate_number": [130429, 4, 80007],
    "rate_pair": [131056],
    "hold": [0, 190, 3, 10, 200, 250, 299, 131005, 33, 368, 131031, 131042, 131045, 131037, 133000, 133010, 133015],
    "hold_business": [131048, 131064],
    "permanent": [
        100, 131008, 131009, 131021, 131026, 131030, 131051, 130472, 130497, 131050, 137000, 131062,
    ],
    "window": [131047],
    "template": [132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 131063, 132068],
    "later": [131049],
    "media": [131052, 131053],
}  # fmt: skip
CODES = [(kind, code) for kind, codes in CLASSES.items() for code in codes]


@pytest.mark.parametrize(("kind", "code"), CODES)
@pytest.mark.parametrize("http_status", [400, 403, 500, 503])
def test_the_code_decides_whatever_the_http_status(kind: str, code: int, http_status: int) -> None:
    assert classify(code, http_status).kind == kind


def test_an_exact_code_beats_a_range() -> None:
    assert classify(133004, 503).kind == "transient"
    assert classify(133005, 503).kind == "hold"


def test_an_unknown_4xx_is_permanent() -> None:
    assert classify(999_999, 400).kind == "permanent"
    assert classify(None, 404).kind == "permanent"


def test_an_unknown_5xx_is_uncertain() -> None:
    assert classify(999_999, 500).kind == "uncertain"
    assert classify(None, 502).kind == "uncertain"


def test_a_429_of_something_before_the_api_slows_the_number_down() -> None:
    assert classify(None, 429).kind == "rate_number"


def test_131057_waits_a_minute_at_least() -> None:
    assert classify(131057, 500).wait_s_min == 60


@pytest.mark.parametrize("code", [1, 135000])
def test_codes_that_say_nothing_get_a_few_tries_only(code: int) -> None:
    assert classify(code, 500).tries_max == 3
