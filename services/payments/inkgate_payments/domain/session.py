"""What a checkout session's event does to its deposit. Pure.

Sources: https://docs.stripe.com/checkout/fulfillment (a delayed method completes a session unpaid; the money, or its
failure, comes as async_payment_*), https://docs.stripe.com/webhooks#event-delivery-behaviors (no order, repeats, and two
event ids for one change). So every rule asks what is known already, never which event came last.
"""

import msgspec

from inkgate_common.contracts import payments
from inkgate_payments.domain.deposit import Deposit, Outcome, Payment, about, nothing
from inkgate_payments.domain.facts import SessionFact

# No link that could be paid was out when the money came.
_TAKEN_BACK = ("expired", "cancelled", "failed")


def judge(deposit: Deposit, fact: SessionFact) -> Outcome:
    """The outcome of a session's event for the deposit that it belongs to."""
    if fact.kind == "expired":
        return _expired(deposit, fact)
    if fact.kind == "async_failed":
        return _payment_failed(deposit, fact)
    if fact.kind == "completed" and fact.payment_status == "unpaid":
        return _completed_unpaid(deposit, fact)
    return _paid(deposit, fact)


def _paid(deposit: Deposit, fact: SessionFact) -> Outcome:
    reference = fact.payment_intent or fact.session
    if deposit.payment(reference) is not None:
        return nothing(deposit, "this payment is recorded already")
    mismatch = _mismatch(deposit, fact)
    payment = Payment(
        reference=reference,
        session=fact.session,
        amount_pence=fact.amount_pence if fact.amount_pence is not None else deposit.amount_pence or 0,
        currency=fact.currency or deposit.currency or "",
        paid_at=fact.at,
        stripe_event_id=fact.event_id,
        second=bool(deposit.payments),
        after_expiry=_after_expiry(deposit, fact),
        mismatch=mismatch,
    )
    told = payments.DepositPaid(
        **about(deposit, fact.at, stripe_event_id=fact.event_id, session=fact.session),
        amount_pence=payment.amount_pence,
        currency=payment.currency,
        payment_intent=fact.payment_intent,
        after_expiry=payment.after_expiry,
        second=payment.second,
        mismatch=mismatch,
    )
    after = msgspec.structs.replace(
        deposit,
        status="paid",
        session=deposit.session or fact.session,
        livemode=fact.livemode if deposit.livemode is None else deposit.livemode,
        payments=(*deposit.payments, payment),
    )
    note = "paid" + (" again" if payment.second else "") + (f", but {mismatch}" if mismatch else "")
    return Outcome(deposit=after, note=note, facts=(told,), drop_create=deposit.status == "waiting")


def _after_expiry(deposit: Deposit, fact: SessionFact) -> bool:
    if deposit.payments:
        return False
    late = fact.kind == "completed" and deposit.expires_at is not None and fact.at > deposit.expires_at
    return late or deposit.status in _TAKEN_BACK


def _mismatch(deposit: Deposit, fact: SessionFact) -> str | None:
    """How the money differs from what was asked for, in words for the operator; None where it does not."""
    found = []
    if fact.amount_pence is None:
        found.append("Stripe named no amount")
    elif deposit.amount_pence is None:
        found.append("no request of ours is known for it")
    elif fact.amount_pence != deposit.amount_pence:
        found.append(f"amount {fact.amount_pence} instead of {deposit.amount_pence}")
    if deposit.currency and fact.currency != deposit.currency:
        found.append(f"currency {fact.currency} instead of {deposit.currency}")
    if deposit.livemode is not None and fact.livemode != deposit.livemode:
        found.append("live money for a test link" if fact.livemode else "test money for a live link")
    if deposit.session is not None and fact.session != deposit.session:
        found.append("paid through another session than the one that was handed out")
    ours = fact.references
    if ours is None:
        found.append("metadata without our ids")
    elif (ours.command_id, ours.lead_id) != (deposit.id, deposit.lead_id):
        found.append("metadata of another deposit")
    return "; ".join(found) or None


def _expired(deposit: Deposit, fact: SessionFact) -> Outcome:
    if deposit.session not in (None, fact.session):
        return nothing(deposit, "another session than the one that was handed out expired")
    if deposit.status not in ("open", "unasked"):
        return nothing(deposit, f"an expiry changes nothing: {deposit.status}")
    told = payments.DepositExpired(
        **about(deposit, fact.at, stripe_event_id=fact.event_id, session=fact.session),
    )
    after = msgspec.structs.replace(deposit, status="expired", session=fact.session)
    return Outcome(deposit=after, note="expired", facts=(told,))


def _completed_unpaid(deposit: Deposit, fact: SessionFact) -> Outcome:
    if deposit.status == "paid":
        return nothing(deposit, "paid already")
    if deposit.status == "payment_failed" and deposit.pending_intent == fact.payment_intent:
        return nothing(deposit, "this payment has failed already")
    after = msgspec.structs.replace(
        deposit, status="pending", session=deposit.session or fact.session, pending_intent=fact.payment_intent
    )
    note = "completed, but not paid yet"
    return Outcome(deposit=after, note=note, drop_create=deposit.status == "waiting")


def _payment_failed(deposit: Deposit, fact: SessionFact) -> Outcome:
    if deposit.status == "paid":
        return nothing(deposit, "paid already")
    if deposit.status == "payment_failed" and deposit.pending_intent == fact.payment_intent:
        return nothing(deposit, "this payment has failed already")
    told = payments.DepositPaymentFailed(
        **about(deposit, fact.at, stripe_event_id=fact.event_id, session=fact.session), code="async_payment_failed"
    )
    after = msgspec.structs.replace(
        deposit,
        status="payment_failed",
        session=deposit.session or fact.session,
        pending_intent=fact.payment_intent,
    )
    return Outcome(deposit=after, note="payment failed", facts=(told,), drop_create=deposit.status == "waiting")
