"""A fact from Stripe → what it does. The table of contents of everything that a webhook can bring about. Pure."""

import msgspec

from inkgate_common.contracts import payments
from inkgate_payments.domain import refunds, session
from inkgate_payments.domain.deposit import Deposit, Dispute, Outcome, about, nothing
from inkgate_payments.domain.facts import AnyFact, DisputeFact, SessionFact


class Parked(msgspec.Struct, frozen=True):
    """The fact speaks of a payment that is not known yet: keep it until the payment is."""

    note: str = "waits for the payment that it speaks of"


def judge(deposit: Deposit, fact: AnyFact) -> Outcome | Parked:
    """What `fact` does to the deposit that it belongs to."""
    if isinstance(fact, SessionFact):
        return session.judge(deposit, fact)
    payment = deposit.payment(fact.payment_intent)
    if payment is None:
        return Parked()
    if isinstance(fact, DisputeFact):
        return _disputed(deposit, fact, payment.session)
    return refunds.judge(deposit, payment, fact)


def _disputed(deposit: Deposit, fact: DisputeFact, session_id: str | None) -> Outcome:
    if any(dispute.id == fact.dispute for dispute in deposit.disputes):
        return nothing(deposit, "this dispute is recorded already")
    dispute = Dispute(
        id=fact.dispute,
        reference=fact.payment_intent or "",
        amount_pence=fact.amount_pence,
        currency=fact.currency,
        at=fact.at,
    )
    told = payments.DepositDisputed(
        **about(deposit, fact.at, stripe_event_id=fact.event_id, session=session_id),
        dispute=fact.dispute,
        amount_pence=fact.amount_pence,
        currency=fact.currency,
        reason=fact.reason,
        status=fact.status,
    )
    after = msgspec.structs.replace(deposit, disputes=(*deposit.disputes, dispute))
    return Outcome(deposit=after, note="disputed", facts=(told,))
