"""An amount of at least £50, in one figure (DOMAIN §1)."""

import pytest

from tests.dialogue.domain.questions.tables import read, refuses

READ = {
    "£400": 40_000,
    "£ 400": 40_000,
    "400": 40_000,
    "400 gbp": 40_000,
    "GBP400": 40_000,
    "400 pounds": 40_000,
    "400 quid": 40_000,
    "400£": 40_000,
    "1.2k": 120_000,
    "£1k": 100_000,
    "2K": 200_000,
    "£1,200": 120_000,
    "1 200": 120_000,
    "£1,200.50": 120_050,
    "450.75": 45_075,
    "around 500 I think": 50_000,
    "my budget is 600": 60_000,
    "Budget - £400": 40_000,
    "up to 800!": 80_000,
    "٤٠٠": 40_000,
    "४०० pounds": 40_000,
    "４００": 40_000,
    "£50": 5_000,
    "£4\u200b00": 40_000,
}
REFUSED = {
    "€500": "other_currency",
    "500 euros": "other_currency",
    "$500": "other_currency",
    "400-600": "several_figures",
    "400 to 600": "several_figures",
    "-5": "negative",
    "-£400": "negative",
    "£49.99": "below_minimum",
    "5": "below_minimum",
    "cheap": "no_figure",
    "447700900123": "no_figure",
    "£1000000": "too_much",
    "👍": "no_figure",
    "k": "no_figure",
}


@pytest.mark.parametrize(("written", "pence"), READ.items())
def test_an_amount_is_read_in_pence(written: str, pence: int) -> None:
    assert read("budget", written) == pence


@pytest.mark.parametrize(("written", "reason"), REFUSED.items())
def test_what_is_no_single_amount_is_refused(written: str, reason: str) -> None:
    assert refuses("budget", written) == reason
