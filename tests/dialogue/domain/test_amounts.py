"""Amounts as they are written for people, and as the artist writes them."""

import pytest

from inkgate_dialogue.domain.amounts import amount, pence
from tests.builders.leads import a_studio
from tests.dialogue.checks import text
from tests.dialogue.language import given
from tests.dialogue.steps import delivered, link_is_created, operator, she_says

EUROS = a_studio(currency="EUR", questions=["idea"])


@pytest.mark.parametrize(
    ("sum_pence", "code", "shown"),
    [(40_000, "GBP", "£400"), (15_050, "GBP", "£150.50"), (120_050, "GBP", "£1,200.50"), (40_000, "EUR", "€400"),
     (500, "CHF", "CHF 5"), (1, "XYZ", "XYZ 0.01")],
)  # fmt: skip
def test_an_amount_is_shown_as_people_write_it(sum_pence: int, code: str, shown: str) -> None:
    assert amount(sum_pence, code) == shown


@pytest.mark.parametrize(
    ("written", "code", "meant"),
    [("150", "GBP", 15_000), ("£1,200", "GBP", 120_000), ("€ 99.50", "EUR", 9_950), ("80 €", "EUR", 8_000),
     ("CHF 80", "CHF", 8_000), ("", "GBP", None), ("some", "GBP", None), ("€80", "GBP", None), ("-5", "GBP", None),
     ("1234567890", "GBP", None), (".", "GBP", None), ("٣", "GBP", None)],
)  # fmt: skip
def test_a_sum_that_the_artist_writes(written: str, code: str, meant: int | None) -> None:
    assert pence(written, code) == meant


def test_the_deposit_is_named_in_the_studios_currency() -> None:
    done = given(she_says("hi"), delivered(), she_says("a fern"), delivered(), studio=EUROS)
    given(done.world, operator("approve")).when(link_is_created()).then(text("€"))
