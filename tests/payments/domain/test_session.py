"""Given a deposit, when a session's event comes, then this is told. (DOMAIN §4 Stripe; FACTS §3)"""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import msgspec
import pytest

from inkgate_common.contracts.payments import DepositPaid
from inkgate_payments.domain.deposit import Deposit, Outcome
from inkgate_payments.domain.facts import References, SessionFact
from inkgate_payments.domain.session import judge
from tests.builders.deposits import COMMAND, EXPIRES, LEAD, NOW, opened, session_fact, told, unasked


def after(deposit: Deposit, *facts: SessionFact) -> tuple[Deposit, list[Any]]:
    """Judge these in turn: the deposit in the end, and everything that was told."""
    heard: list[Any] = []
    for fact in facts:
        outcome = judge(deposit, fact)
        deposit = outcome.deposit
        heard += outcome.facts
    return deposit, heard


def paid(outcome: Outcome) -> DepositPaid:
    fact = outcome.facts[0]
    assert isinstance(fact, DepositPaid)
    return fact


def test_a_completed_session_that_is_paid_is_told_once_with_what_stripe_reports() -> None:
    outcome = judge(opened(), session_fact(event_id="evt_7"))
    assert told(outcome) == ["paid"]
    fact = paid(outcome)
    assert (fact.amount_pence, fact.currency, fact.payment_intent, fact.session) == (15000, "gbp", "pi_1", "cs_1")
    assert (fact.lead_id, fact.command_id, fact.stripe_event_id, fact.at) == (LEAD, COMMAND, "evt_7", NOW)
    assert (fact.second, fact.after_expiry, fact.mismatch) == (False, False, None)
    assert outcome.deposit.status == "paid"


def test_two_event_ids_for_one_payment_have_one_effect() -> None:
    _, heard = after(opened(), session_fact(event_id="evt_1"), session_fact(event_id="evt_2"))
    assert len(heard) == 1


def test_a_completed_session_that_is_unpaid_waits_for_the_money() -> None:
    unpaid = session_fact(payment_status="unpaid")
    deposit, heard = after(opened(), unpaid)
    assert (deposit.status, heard) == ("pending", [])
    deposit, heard = after(deposit, session_fact("async_succeeded"))
    assert deposit.status == "paid"
    assert [fact.TYPE for fact in heard] == [DepositPaid.TYPE]


def test_money_that_comes_days_after_the_session_was_completed_is_not_late() -> None:
    deposit, _ = after(opened(), session_fact(payment_status="unpaid"))
    outcome = judge(deposit, session_fact("async_succeeded", at=EXPIRES + timedelta(days=3)))
    assert not paid(outcome).after_expiry


def test_a_delayed_payment_that_fails_is_told_once() -> None:
    failed = session_fact("async_failed", payment_status="unpaid")
    deposit, heard = after(opened(), session_fact(payment_status="unpaid"), failed, failed)
    assert deposit.status == "payment_failed"
    assert [fact.TYPE for fact in heard] == ["inkgate.deposit.payment_failed"]


def test_a_completion_that_is_late_does_not_take_a_failure_back() -> None:
    unpaid = session_fact(payment_status="unpaid")
    deposit, heard = after(opened(), session_fact("async_failed", payment_status="unpaid"), unpaid)
    assert (deposit.status, len(heard)) == ("payment_failed", 1)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_delayed_payment_comes_out_paid_in_whatever_order_its_events_come(order: tuple[int, ...]) -> None:
    facts = [
        session_fact(payment_status="unpaid", event_id="evt_1"),
        session_fact("async_succeeded", event_id="evt_2"),
        session_fact("async_succeeded", event_id="evt_3"),
    ]
    deposit, heard = after(opened(), *(facts[number] for number in order))
    assert deposit.status == "paid"
    assert [fact.TYPE for fact in heard] == [DepositPaid.TYPE]


def test_an_expiry_is_told_once() -> None:
    expiry = session_fact("expired", payment_status="unpaid", payment_intent=None)
    deposit, heard = after(opened(), expiry, msgspec.structs.replace(expiry, event_id="evt_2"))
    assert deposit.status == "expired"
    assert [fact.TYPE for fact in heard] == ["inkgate.deposit.expired"]


def test_a_paid_session_stays_paid_when_it_expires() -> None:
    deposit, heard = after(opened(), session_fact(), session_fact("expired", payment_status="unpaid"))
    assert (deposit.status, len(heard)) == ("paid", 1)


@pytest.mark.parametrize("status", ["expired", "cancelled", "failed"])
def test_a_payment_after_the_link_was_over_is_told_as_such(status: Any) -> None:
    outcome = judge(opened(status=status), session_fact())
    assert paid(outcome).after_expiry and outcome.deposit.status == "paid"


def test_so_is_one_whose_expiry_has_not_been_reported_yet() -> None:
    assert paid(judge(opened(), session_fact(at=EXPIRES + timedelta(seconds=1)))).after_expiry


def test_a_session_paid_twice_is_told_twice_and_marked() -> None:
    deposit, heard = after(opened(), session_fact(), session_fact(payment_intent="pi_2", event_id="evt_2"))
    assert [(fact.payment_intent, fact.second) for fact in heard] == [("pi_1", False), ("pi_2", True)]
    assert sum(payment.amount_pence for payment in deposit.payments) == 30000


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"amount_pence": 14999}, "amount 14999 instead of 15000"),
        ({"amount_pence": None}, "no amount"),
        ({"currency": "eur"}, "currency eur instead of gbp"),
        ({"livemode": True}, "live money for a test link"),
        ({"session": "cs_2"}, "another session"),
        ({"references": None}, "metadata without our ids"),
        ({"references": References(lead_id=LEAD, command_id=UUID(int=9))}, "metadata of another deposit"),
        ({"references": References(lead_id=UUID(int=9), command_id=COMMAND)}, "metadata of another deposit"),
    ],
)
def test_money_that_differs_from_what_was_asked_for_is_recorded_with_the_difference(
    fields: dict[str, Any], word: str
) -> None:
    outcome = judge(opened(), session_fact(**fields))
    assert told(outcome) == ["paid"]
    assert word in (paid(outcome).mismatch or "")
    assert outcome.deposit.payments[0].mismatch == paid(outcome).mismatch


def test_test_money_for_a_live_link_is_a_mismatch() -> None:
    assert "test money" in (paid(judge(opened(livemode=True), session_fact())).mismatch or "")


def test_money_for_a_command_that_this_database_does_not_know_is_recorded() -> None:
    outcome = judge(unasked(), session_fact())
    assert paid(outcome).mismatch == "no request of ours is known for it"
    assert (outcome.deposit.status, outcome.deposit.session) == ("paid", "cs_1")


def test_money_that_overtakes_the_answer_to_our_call_takes_the_call_back() -> None:
    outcome = judge(opened(status="waiting", session=None, livemode=None), session_fact())
    assert told(outcome) == ["paid"] and outcome.drop_create and paid(outcome).mismatch is None


def test_the_expiry_of_a_session_that_nobody_was_given_is_not_told() -> None:
    expiry = session_fact("expired", session="cs_other")
    assert told(judge(opened(), expiry)) == []
    assert told(judge(opened(status="waiting", session=None), expiry)) == []


def test_a_session_without_a_payment_is_known_by_its_own_id() -> None:
    free = session_fact(payment_intent=None, amount_pence=0, payment_status="no_payment_required")
    deposit, heard = after(opened(), free, free)
    assert len(heard) == 1 and deposit.payments[0].reference == "cs_1"
    assert "amount 0" in (heard[0].mismatch or "")
