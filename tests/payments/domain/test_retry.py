"""Which failures of a call are tried again, and until when."""

from datetime import timedelta

import pytest

from inkgate_common.errors import InkgateError, PermanentError
from inkgate_payments.domain.retry import ACCOUNT_TRIES_MAX, CAP_S, Again, GiveUp, after, key_may_be_forgotten
from inkgate_payments.errors import AccountRefused, KeySpent, StripeRefused, StripeUnavailable
from tests.builders.deposits import NOW

LATER = NOW + timedelta(days=1)


def step(error: InkgateError, tries: int = 1, deadline_s: float = 86_400, chance: float = 0.5) -> Again | GiveUp:
    return after(error, tries=tries, deadline=NOW + timedelta(seconds=deadline_s), now=NOW, chance=chance)


def test_no_answer_is_tried_again_with_the_same_key() -> None:
    assert step(StripeUnavailable("connection")) == Again(NOW + timedelta(seconds=0.75), False, "connection")


def test_the_pauses_grow_to_a_limit() -> None:
    pauses = []
    for tries in range(1, 15):
        again = step(StripeUnavailable("rate_limit"), tries)
        assert isinstance(again, Again)
        pauses.append((again.at - NOW).total_seconds())
    assert pauses == sorted(pauses) and pauses[-1] <= CAP_S


def test_a_spent_key_is_looked_up_before_another_one_is_taken() -> None:
    again = step(KeySpent("http_500"))
    assert isinstance(again, Again) and again.look_up


def test_a_refusal_is_final() -> None:
    assert step(StripeRefused("amount_too_small", "too small")) == GiveUp("amount_too_small", "too small")


def test_a_wrong_key_of_ours_is_tried_a_few_times_then_told() -> None:
    assert isinstance(step(AccountRefused("account_401"), ACCOUNT_TRIES_MAX - 1), Again)
    last = step(AccountRefused("account_401"), ACCOUNT_TRIES_MAX)
    assert isinstance(last, GiveUp) and last.code == "account_401"


def test_after_its_deadline_a_call_is_given_up() -> None:
    assert isinstance(step(StripeUnavailable("http_503"), tries=8, deadline_s=30), GiveUp)


def test_an_error_that_nobody_expected_is_final() -> None:
    assert step(PermanentError("?")) == GiveUp("internal", "PermanentError")


@pytest.mark.parametrize(("hours", "forgotten"), [(1, False), (22, False), (23, True), (24, True)])
def test_stripe_may_have_forgotten_a_key_after_a_day(hours: int, forgotten: bool) -> None:
    assert key_may_be_forgotten(NOW, NOW + timedelta(hours=hours)) is forgotten
