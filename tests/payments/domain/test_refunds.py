"""Given a payment, when Stripe tells of refunds and disputes, then the sums told are the sums that Stripe reports."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_common.contracts.payments import DepositRefunded, DepositRefundFailed
from inkgate_payments.domain.answers import MadeRefund, refund_made
from inkgate_payments.domain.commands import refund_requested
from inkgate_payments.domain.deposit import Call, Deposit
from inkgate_payments.domain.facts import AnyFact
from inkgate_payments.domain.judge import Parked, judge
from inkgate_payments.domain.refunds import plan
from tests.builders import deposits as build
from tests.builders.deposits import NOW, charge_fact, dispute_fact, opened, refund_fact, session_fact, told


def paid(**fields: Any) -> Deposit:
    """£150 came in under pi_1."""
    outcome = judge(opened(**fields), session_fact())
    assert not isinstance(outcome, Parked)
    return outcome.deposit


def after(deposit: Deposit, *facts: AnyFact) -> tuple[Deposit, list[Any]]:
    heard: list[Any] = []
    for fact in facts:
        outcome = judge(deposit, fact)
        assert not isinstance(outcome, Parked)
        deposit = outcome.deposit
        heard += outcome.facts
    return deposit, heard


def later(fact: Any, seconds: int = 1, **fields: Any) -> Any:
    return msgspec.structs.replace(fact, at=fact.at + timedelta(seconds=seconds), **fields)


def test_a_refund_is_told_once_whatever_speaks_of_it_and_in_whatever_order() -> None:
    facts: list[AnyFact] = [
        refund_fact(event_id="evt_1"),
        refund_fact(event_id="evt_2", status="pending"),
        refund_fact(event_id="evt_3"),
        charge_fact(event_id="evt_4"),
    ]
    for order in permutations(facts):
        deposit, heard = after(paid(), *order)
        assert [(fact.TYPE, fact.amount_pence, fact.refunded_pence, fact.in_full) for fact in heard] == [
            (DepositRefunded.TYPE, 15000, 15000, True)
        ]
        assert deposit.payments[0].refunded_pence == 15000


def test_part_refunds_add_up_and_the_last_one_says_in_full() -> None:
    _, heard = after(
        paid(),
        refund_fact("re_1", amount_pence=5000),
        charge_fact(5000),
        refund_fact("re_2", amount_pence=10000),
        charge_fact(15000),
    )
    assert [(fact.refund, fact.amount_pence, fact.refunded_pence, fact.in_full) for fact in heard] == [
        ("re_1", 5000, 5000, False),
        ("re_2", 10000, 15000, True),
    ]


def test_a_sum_without_a_name_stands_for_a_refund_that_has_not_been_named_yet() -> None:
    deposit, heard = after(paid(), charge_fact(5000))
    assert [(fact.refund, fact.amount_pence) for fact in heard] == [("ch_1", 5000)]
    assert after(deposit, refund_fact("re_1", amount_pence=5000))[1] == []


def test_a_sum_is_given_the_name_of_the_refund_that_we_made() -> None:
    call = Call.new(
        "refund", deposit_id=build.COMMAND, command_id=UUID(int=3), reference="pi_1", parameters={}, deadline=NOW
    )
    made = refund_made(paid(), call, MadeRefund(id="re_1", amount_pence=15000, status="succeeded"))
    assert told(made) == []
    deposit, heard = after(made.deposit, charge_fact())
    assert [fact.refund for fact in heard] == ["re_1"]
    assert after(deposit, refund_fact("re_1"))[1] == []


def test_a_refund_that_waits_for_the_client_moves_no_money() -> None:
    assert after(paid(), refund_fact(status="requires_action"))[1] == []


def test_a_refund_can_fail_later_and_the_sum_goes_down() -> None:
    gone = later(refund_fact(status="failed", event_id="evt_2", reason="lost_or_stolen_card"))
    deposit, heard = after(paid(), refund_fact(), gone, msgspec.structs.replace(gone, event_id="evt_3"))
    assert [fact.TYPE for fact in heard] == [DepositRefunded.TYPE, DepositRefundFailed.TYPE]
    assert (heard[1].refund, heard[1].reason) == ("re_1", "lost_or_stolen_card")
    assert deposit.payments[0].refunded_pence == 0
    assert plan(deposit, None) == [(deposit.payments[0], 15000)]


def test_what_was_said_before_a_refund_failed_does_not_bring_it_back() -> None:
    gone = later(refund_fact(status="failed", event_id="evt_2"), 60)
    deposit, heard = after(paid(), refund_fact(), gone, charge_fact(event_id="evt_3"), refund_fact(event_id="evt_4"))
    assert len(heard) == 2 and deposit.payments[0].refunded_pence == 0


def test_a_new_refund_after_a_failed_one_is_told() -> None:
    gone = later(refund_fact(status="canceled", event_id="evt_2"))
    again = later(refund_fact("re_2", event_id="evt_3"), 60)
    _, heard = after(paid(), refund_fact(), gone, again, later(charge_fact(), 60))
    assert [(fact.TYPE, fact.refund) for fact in heard] == [
        (DepositRefunded.TYPE, "re_1"),
        (DepositRefundFailed.TYPE, "re_1"),
        (DepositRefunded.TYPE, "re_2"),
    ]


def test_of_money_that_came_twice_one_refund_is_not_all() -> None:
    deposit, heard = after(
        paid(), session_fact(payment_intent="pi_2", event_id="evt_2"), refund_fact(payment_intent="pi_2")
    )
    assert [(fact.refunded_pence, fact.in_full) for fact in heard[1:]] == [(15000, False)]
    _, heard = after(deposit, refund_fact("re_2", payment_intent="pi_1"))
    assert [(fact.amount_pence, fact.refunded_pence, fact.in_full) for fact in heard] == [(15000, 30000, True)]


@given(
    amounts=st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    order=st.randoms(use_true_random=False),
    repeats=st.integers(1, 2),
)
def test_in_any_order_and_however_often_the_sum_told_is_the_sum_refunded(
    amounts: list[int], order: Any, repeats: int
) -> None:
    facts: list[AnyFact] = []
    for number, amount in enumerate(amounts):
        facts.append(refund_fact(f"re_{number}", amount_pence=amount))
        facts.append(charge_fact(sum(amounts[: number + 1])))
    facts *= repeats
    order.shuffle(facts)
    deposit, heard = after(paid(), *facts)
    assert sum(fact.amount_pence for fact in heard) == sum(amounts)
    assert heard[-1].refunded_pence == sum(amounts) == deposit.payments[0].refunded_pence


def test_what_speaks_of_a_payment_that_is_not_known_waits_for_it() -> None:
    for fact in (refund_fact(), charge_fact(), dispute_fact()):
        assert isinstance(judge(opened(), fact), Parked)
        assert isinstance(judge(paid(), msgspec.structs.replace(fact, payment_intent="pi_9")), Parked)


def test_a_dispute_is_told_once() -> None:
    deposit, heard = after(paid(), dispute_fact(), dispute_fact(event_id="evt_9"))
    assert [(fact.TYPE, fact.dispute, fact.amount_pence, fact.reason) for fact in heard] == [
        ("inkgate.deposit.disputed", "dp_1", 15000, "fraudulent")
    ]
    assert deposit.status == "paid"


def test_a_refund_command_gives_back_all_that_is_left() -> None:
    deposit, _ = after(paid(), refund_fact(amount_pence=5000))
    outcome = refund_requested(deposit, build.refund_requested(), NOW)
    (call,) = outcome.calls
    assert (call.kind, call.reference, call.parameters["amount"]) == ("refund", "pi_1", 10000)
    assert call.parameters["payment_intent"] == "pi_1"
    assert call.parameters["metadata"]["refund_command_id"] == str(UUID(int=3))


def test_all_that_is_left_is_right_when_the_charges_sum_comes_before_our_own_record_of_the_refund() -> None:
    asked = refund_requested(paid(), build.refund_requested(amount_pence=5000), NOW)
    told_first, _ = after(asked.deposit, charge_fact(5000))
    assert planned(told_first, None) == [("pi_1", 10000)]


def test_two_refund_commands_do_not_give_the_same_money_back_twice() -> None:
    first = refund_requested(paid(), build.refund_requested(), NOW)
    second = refund_requested(first.deposit, build.refund_requested(command_id=UUID(int=4)), NOW)
    assert second.calls == () and told(second) == ["refund_failed"]
    fact = second.facts[0]
    assert isinstance(fact, DepositRefundFailed) and fact.reason == "nothing_left"


def planned(deposit: Deposit, amount: int | None) -> list[tuple[str, int]]:
    parts = plan(deposit, amount)
    assert not isinstance(parts, str)
    return [(payment.reference, pence) for payment, pence in parts]


def test_money_that_came_twice_goes_back_newest_first() -> None:
    deposit, _ = after(paid(), later(session_fact(payment_intent="pi_2", event_id="evt_2")))
    assert planned(deposit, 15000) == [("pi_2", 15000)]
    assert planned(deposit, 20000) == [("pi_2", 15000), ("pi_1", 5000)]
    assert planned(deposit, None) == [("pi_2", 15000), ("pi_1", 15000)]


@pytest.mark.parametrize(
    ("deposit", "amount", "reason"),
    [
        (opened(), None, "not_paid"),
        (paid(), 15001, "amount_too_large"),
        (paid(), 0, "amount_not_positive"),
        (after(paid(), refund_fact())[0], None, "nothing_left"),
    ],
)
def test_a_refund_that_cannot_be_is_refused_with_the_reason(deposit: Deposit, amount: int | None, reason: str) -> None:
    outcome = refund_requested(deposit, build.refund_requested(amount_pence=amount), NOW)
    assert told(outcome) == ["refund_failed"] and outcome.calls == ()
    assert isinstance(outcome.facts[0], DepositRefundFailed) and outcome.facts[0].reason == reason
