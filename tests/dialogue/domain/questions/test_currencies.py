"""Which currency is meant, and what becomes of an amount in another one."""

import pytest

from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.questions import QUESTIONS, Refused, Reply, Setting, Understood
from inkgate_dialogue.domain.questions import currencies as c

EUROS = Setting(currency="EUR", rates={"GBP": 1.16, "USD": 0.92, "CAD": 0.66})


def budget(text: str, setting: Setting = EUROS) -> Understood | Refused:
    return QUESTIONS["budget"](Reply(text, setting=setting))


@pytest.mark.parametrize(
    ("word", "code"),
    [("£", "GBP"), ("€", "EUR"), ("$", "USD"), ("gbp", "GBP"), ("euros", "EUR"), ("libras", "GBP"), ("dolares", "USD"),
     ("quid", "GBP"), ("libras esterlinas", "GBP"), ("us dollars", "USD"), ("francos", "CHF"), ("zloty", "PLN"), 
     ("pesos", "MXN")],
)  # fmt: skip
def test_signs_codes_and_names_are_known(word: str, code: str) -> None:
    assert code in c.meant(word, "")


@pytest.mark.parametrize("word", ["fox", "about", "all", "try", "cup", "k", "", "max"])
def test_words_are_no_currencies(word: str) -> None:
    assert c.meant(word, word) == frozenset()


def test_a_code_that_is_a_word_counts_in_capitals() -> None:
    assert c.meant("try", "3000 TRY") == {"TRY"}
    assert c.meant("try", "400 try me") == frozenset()


@pytest.mark.parametrize(("word", "code"), [("eruos", "EUR"), ("dollers", "USD"), ("ponds", "GBP"), ("dolers", "USD")])
def test_a_name_may_be_a_letter_or_two_off(word: str, code: str) -> None:
    assert code in c.misspelt(word)


def test_of_several_the_studios_own_is_meant_then_one_with_a_rate() -> None:
    dollars = c.meant("$", "")
    assert c.chosen(dollars, "CAD", {}) == "CAD"
    assert c.chosen(dollars, "GBP", {"AUD": 0.5}) == "AUD"
    assert c.chosen(dollars, "GBP", {"AUD": 0.5, "USD": 0.8}) == "USD"


@pytest.mark.domain("1.other-currency")
@pytest.mark.parametrize(
    ("text", "cents", "said"),
    [
        ("£100", 11_600, "£100"),
        ("100 pounds", 11_600, "100 pounds"),
        ("$200", 18_400, "$200"),
        ("CA$100", 6_600, "CA$100"),
    ],
)
def test_it_is_converted_where_there_is_a_rate_and_that_is_told(text: str, cents: int, said: str) -> None:
    read = budget(text)
    assert isinstance(read, Understood)
    assert (read.value, read.assumed, read.words["said"]) == (cents, "converted", said)
    assert read.words["amount"] == amount(cents, "EUR")


@pytest.mark.domain("1.other-currency")
@pytest.mark.parametrize("text", ["CHF 300", "5000 kr", "¥50000", "300 francos"])
def test_it_is_refused_where_there_is_none(text: str) -> None:
    read = budget(text)
    assert isinstance(read, Refused)
    assert read.reason == "other_currency"
    assert read.words["currency"] == "EUR"


@pytest.mark.domain("1.other-currency")
def test_the_studios_own_currency_needs_no_rate() -> None:
    for text in ("€400", "400", "400 euros", "400 eur"):
        read = budget(text)
        assert isinstance(read, Understood)
        assert (read.value, read.assumed) == (40_000, None)


def test_the_least_budget_is_the_studios() -> None:
    read = budget("80", Setting(currency="EUR", budget_minimum_pence=10_000))
    assert read == Refused("below_minimum", {"said": "€80", "minimum": "€100"})


def test_a_conversion_is_judged_by_what_it_comes_to() -> None:
    assert budget("$54", EUROS) == Refused("below_minimum", {"said": "€49.68", "minimum": "€50"})
