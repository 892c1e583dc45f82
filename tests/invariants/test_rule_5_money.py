"""Rule 5: one Stripe event, one effect, and the sums agree."""

from inkgate.invariants import rule_5_money
from inkgate.invariants.snapshot import PaidRow, Webhook
from inkgate_common.contracts.payments import DepositPaid
from tests.invariants.history import LEAD, History, healthy, words


def paid(history: History, name: str, stripe_event: str) -> None:
    data = DepositPaid(
        lead_id=LEAD,
        command_id=LEAD,
        session="cs_1",
        at=history.now,
        stripe_event_id=stripe_event,
        amount_pence=15_000,
        currency="gbp",
        payment_intent="pi_1",
    )
    history.publish(data, name, "dialogue")
    history.made.stripe_events[stripe_event] = (DepositPaid.TYPE,)


def test_5_one_payment_that_was_told_twice() -> None:
    history = healthy()
    paid(history, "a", "evt_1")
    paid(history, "b", "evt_2")
    assert "told twice" in words(rule_5_money.check(history.snapshot()))


def test_5_sums_that_differ() -> None:
    history = healthy()
    paid(history, "a", "evt_1")
    history.made.paid.append(PaidRow(LEAD, "cs_1", "pi_1", 15_000, "evt_1"))
    assert "lead 0p" in words(rule_5_money.check(history.snapshot()))


def test_5_what_stripe_reported_is_not_what_is_recorded() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    session = {"id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 15_000}
    event = {"data": {"object": session}}
    history.made.sandbox.stripe.append(Webhook(9, "checkout.session.completed", event_id="evt_1", body=event))
    assert "Stripe reported 15000p" in words(rule_5_money.check(history.snapshot()))
