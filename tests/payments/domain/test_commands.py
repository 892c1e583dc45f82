"""Given a deposit, when dialogue commands, Stripe answers or a person is erased, then this is told and asked."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from inkgate_common.contracts.payments import DepositLinkCreated, DepositRefundFailed, DepositRequestFailed
from inkgate_payments.domain.answers import Closed, MadeSession, answered, link_created, refused
from inkgate_payments.domain.checkout import create, idempotency_key
from inkgate_payments.domain.commands import cancelled, erased, refund_requested, requested
from inkgate_payments.domain.deposit import Call, Outcome
from inkgate_payments.domain.session import judge
from tests.builders import deposits as build
from tests.builders.deposits import COMMAND, CONVERSATION, EXPIRES, LEAD, NOW, SHOP, opened, told, unasked

MADE = MadeSession(id="cs_1", url="https://checkout.example/cs_1", expires_at=EXPIRES, livemode=False)
WAITING = opened(status="waiting", session=None, url=None, livemode=None)


def failure(outcome: Outcome) -> str:
    (fact,) = outcome.facts
    assert isinstance(fact, DepositRequestFailed)
    return fact.code


def test_a_request_asks_stripe_for_a_link_with_everything_frozen() -> None:
    outcome = requested(unasked(), build.requested(currency="GBP"), SHOP, NOW)
    assert outcome.deposit.status == "waiting" and told(outcome) == []
    (call,) = outcome.calls
    ids = {"lead_id": str(LEAD), "command_id": str(COMMAND), "conversation_id": str(CONVERSATION)}
    assert call.kind == "create" and call.deadline < EXPIRES - timedelta(minutes=30)
    assert call.parameters["expires_at"] == int(EXPIRES.timestamp())
    assert call.parameters["metadata"] == call.parameters["payment_intent_data"]["metadata"] == ids
    assert call.parameters["line_items"][0]["price_data"]["unit_amount"] == 15000
    assert call.parameters["line_items"][0]["price_data"]["currency"] == "gbp"
    assert call.parameters["success_url"].startswith(SHOP.public_url)


def test_the_same_request_again_changes_nothing() -> None:
    once = requested(unasked(), build.requested(), SHOP, NOW)
    again = requested(once.deposit, build.requested(), SHOP, NOW)
    assert (again.deposit, again.facts, again.calls) == (once.deposit, (), ())


def test_the_same_request_makes_the_same_call_and_the_same_key() -> None:
    first, second = (requested(unasked(), build.requested(), SHOP, NOW).calls[0] for _ in range(2))
    assert first == second
    assert idempotency_key("create", COMMAND, str(COMMAND), 1) == idempotency_key("create", COMMAND, str(COMMAND), 1)
    assert len(idempotency_key("refund", COMMAND, "p" * 120, 10**6)) <= 255


def test_a_link_that_stripe_would_not_make_any_more_is_not_asked_for() -> None:
    outcome = requested(unasked(), build.requested(expires_at=NOW + timedelta(minutes=30)), SHOP, NOW)
    assert failure(outcome) == "too_late" and outcome.calls == ()


def test_a_request_that_comes_after_its_payment_only_fills_in_what_was_asked() -> None:
    paid = judge(unasked(), build.session_fact()).deposit
    outcome = requested(paid, build.requested(), SHOP, NOW)
    assert (told(outcome), outcome.calls) == ([], ())
    assert (outcome.deposit.status, outcome.deposit.amount_pence) == ("paid", 15000)


def test_the_link_is_told_when_it_is_there() -> None:
    outcome = link_created(WAITING, MADE, NOW)
    (fact,) = outcome.facts
    assert isinstance(fact, DepositLinkCreated)
    assert (fact.url, fact.session, fact.expires_at) == (MADE.url, "cs_1", EXPIRES)
    assert (fact.amount_pence, fact.currency, fact.command_id, fact.lead_id) == (15000, "gbp", COMMAND, LEAD)
    assert outcome.deposit.status == "open"


def test_the_same_answer_twice_is_told_once() -> None:
    assert told(link_created(link_created(WAITING, MADE, NOW).deposit, MADE, NOW)) == []


def test_a_cancellation_closes_an_open_link_once() -> None:
    first = cancelled(opened(), build.cancelled(), NOW)
    second = cancelled(opened(), build.cancelled(command_id=UUID(int=8)), NOW + timedelta(minutes=1))
    assert told(first) == [] and first.deposit.status == "open"  # Stripe's event says when it is closed
    assert [call.kind for call in first.calls] == ["expire"] and first.calls[0].reference == "cs_1"
    assert first.calls[0].id == second.calls[0].id


def test_a_cancellation_before_the_link_is_made_takes_the_request_back() -> None:
    outcome = cancelled(WAITING, build.cancelled(), NOW)
    assert failure(outcome) == "cancelled" and outcome.drop_create


def test_a_link_that_is_made_all_the_same_is_closed_and_not_told() -> None:
    taken_back = cancelled(WAITING, build.cancelled(), NOW).deposit
    outcome = link_created(taken_back, MADE, NOW)
    assert told(outcome) == [] and [call.kind for call in outcome.calls] == ["expire"]


def test_a_cancellation_that_comes_before_its_request_is_kept() -> None:
    taken_back = cancelled(unasked(), build.cancelled(), NOW)
    assert told(taken_back) == []
    outcome = requested(taken_back.deposit, build.requested(), SHOP, NOW)
    assert failure(outcome) == "cancelled" and outcome.calls == ()


@pytest.mark.parametrize("status", ["paid", "pending", "expired", "payment_failed", "failed", "cancelled"])
def test_a_cancellation_that_lost_the_race_does_nothing(status: Any) -> None:
    outcome = cancelled(opened(status=status), build.cancelled(), NOW)
    assert (told(outcome), outcome.calls, outcome.deposit.status) == ([], (), status)


def test_a_link_that_stripe_refuses_is_told_as_failed_once() -> None:
    call = create(WAITING, SHOP)
    outcome = refused(WAITING, call, "amount_too_small", "It must be at least £0.30", NOW)
    assert failure(outcome) == "amount_too_small"
    assert told(refused(outcome.deposit, call, "amount_too_small", "", NOW)) == []


def test_a_refund_that_stripe_refuses_is_told_as_failed() -> None:
    paid = judge(opened(), build.session_fact()).deposit
    (call,) = refund_requested(paid, build.refund_requested(), NOW).calls
    outcome = refused(paid, call, "charge_disputed", "…", NOW)
    assert told(outcome) == ["refund_failed"]
    assert isinstance(outcome.facts[0], DepositRefundFailed) and outcome.facts[0].reason == "charge_disputed"


def test_a_link_that_could_not_be_closed_is_nobodys_business() -> None:
    call = Call.new("expire", deposit_id=COMMAND, command_id=COMMAND, reference="cs_1", parameters={}, deadline=EXPIRES)
    assert told(refused(opened(), call, "connection", "", NOW)) == []
    assert told(answered(opened(), call, Closed(), NOW)) == []


def test_an_erased_person_loses_conversation_and_link_and_keeps_the_money() -> None:
    paid = judge(opened(), build.session_fact()).deposit
    outcome = erased(paid, NOW)
    assert (outcome.deposit.conversation_id, outcome.deposit.url, outcome.deposit.erased) == (None, None, True)
    assert outcome.deposit.payments == paid.payments and outcome.calls == ()
    assert outcome.deposit.subject == str(LEAD)  # what happens to the money later is still told


def test_an_erasure_closes_what_is_open_and_takes_back_what_is_under_way() -> None:
    assert [call.kind for call in erased(opened(), NOW).calls] == ["expire"]
    under_way = erased(WAITING, NOW)
    assert under_way.drop_create and under_way.deposit.status == "cancelled"
    assert [call.kind for call in link_created(under_way.deposit, MADE, NOW).calls] == ["expire"]


def test_nothing_is_asked_for_an_erased_person() -> None:
    outcome = requested(msgspec.structs.replace(unasked(), erased=True), build.requested(), SHOP, NOW)
    assert failure(outcome) == "erased" and outcome.calls == ()
