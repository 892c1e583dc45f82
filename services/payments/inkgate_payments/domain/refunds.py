"""Money that goes back: what Stripe's events about refunds do, and which refunds a command needs. Pure.

Sources: https://docs.stripe.com/refunds (a refund may stay pending for days and can fail after it succeeded),
https://docs.stripe.com/api/events/types. Two streams tell of one refund: `refund.*` names it, `charge.refunded` names
the sum of its charge. They come in any order, so both are held against the sum that was told already
(`Payment.refunded_pence`): what is in it is never told twice, whichever came first.
"""

from uuid import UUID

import msgspec

from inkgate_common.contracts import payments
from inkgate_payments.domain.deposit import Deposit, Outcome, Payment, Refund, about, nothing
from inkgate_payments.domain.facts import ChargeFact, RefundFact

# A pending refund is on its way: charge.refunded counts it too. If it fails, that is told then.
_COUNTS = ("succeeded", "pending")
_FAILED = ("failed", "canceled")


def judge(deposit: Deposit, payment: Payment, fact: RefundFact | ChargeFact) -> Outcome:
    """The outcome of an event about a refund of `payment`."""
    if isinstance(fact, ChargeFact):
        return _charge_refunded(deposit, payment, fact)
    if fact.status in _FAILED:
        return _failed(deposit, payment, fact)
    if fact.status in _COUNTS:
        return _refunded(deposit, payment, fact)
    return nothing(deposit, f"a refund that is {fact.status} moves no money yet")


def _refunded(deposit: Deposit, payment: Payment, fact: RefundFact) -> Outcome:
    known = _find(deposit, fact.refund)
    if known is not None and known.state != "made":
        return nothing(deposit, f"this refund is {known.state} already")
    refund = Refund(id=fact.refund, reference=payment.reference, amount_pence=fact.amount_pence, state="told")
    after = deposit.with_refund(refund)
    named = _named(after, payment)
    if named <= payment.refunded_pence:
        return Outcome(deposit=after, note="this refund is in the sum that was told already")
    return _tell(after, payment, named, fact, fact.refund)


def _charge_refunded(deposit: Deposit, payment: Payment, fact: ChargeFact) -> Outcome:
    if payment.refund_failed_at is not None and fact.at <= payment.refund_failed_at:
        return nothing(deposit, "a sum from before a refund failed")
    more = fact.refunded_pence - payment.refunded_pence
    if more <= 0:
        return nothing(deposit, "this sum was told already")
    of_charge = [r for r in deposit.refunds if r.reference == payment.reference]
    made = next((r for r in of_charge if r.state == "made" and r.amount_pence == more), None)
    if made is None:
        # Its own event has not come: the charge stands for it, and when it comes it is in the sum.
        return _tell(deposit, payment, fact.refunded_pence, fact, fact.charge)
    after = deposit.with_refund(msgspec.structs.replace(made, state="told"))
    return _tell(after, payment, fact.refunded_pence, fact, made.id)


def _failed(deposit: Deposit, payment: Payment, fact: RefundFact) -> Outcome:
    known = _find(deposit, fact.refund)
    if known is not None and known.state == "failed":
        return nothing(deposit, "this refund has failed already")
    refund = Refund(id=fact.refund, reference=payment.reference, amount_pence=fact.amount_pence, state="failed")
    after = deposit.with_refund(refund)
    if known is not None and known.state == "told":
        left = payment.refunded_pence - known.amount_pence
    else:  # its success was never named; the charge's sum may hold it
        left = max(_named(after, payment), payment.refunded_pence - fact.amount_pence)
    last = max(fact.at, payment.refund_failed_at or fact.at)
    after = after.with_payment(
        msgspec.structs.replace(
            payment, refunded_pence=max(0, min(left, payment.refunded_pence)), refund_failed_at=last
        )
    )
    told = payments.DepositRefundFailed(
        **about(deposit, fact.at, stripe_event_id=fact.event_id, session=payment.session),
        refund=fact.refund,
        reason=fact.reason or fact.status,
    )
    return Outcome(deposit=after, note="refund failed", facts=(told,))


def _tell(deposit: Deposit, payment: Payment, refunded_pence: int, fact: RefundFact | ChargeFact, name: str) -> Outcome:
    after = deposit.with_payment(msgspec.structs.replace(payment, refunded_pence=refunded_pence))
    received = sum(each.amount_pence for each in after.payments)
    back = sum(each.refunded_pence for each in after.payments)
    told = payments.DepositRefunded(
        **about(deposit, fact.at, stripe_event_id=fact.event_id, session=payment.session),
        refund=name,
        amount_pence=refunded_pence - payment.refunded_pence,
        refunded_pence=back,
        currency=fact.currency,
        in_full=back >= received,
    )
    return Outcome(deposit=after, note="refunded", facts=(told,))


def _find(deposit: Deposit, refund: str) -> Refund | None:
    return next((each for each in deposit.refunds if each.id == refund), None)


def _named(deposit: Deposit, payment: Payment) -> int:
    """The sum of the refunds that were told by their own name."""
    return sum(r.amount_pence for r in deposit.refunds if r.reference == payment.reference and r.state == "told")


def plan(deposit: Deposit, amount_pence: int | None) -> list[tuple[Payment, int]] | str:
    """Which payments to refund, and how much of each: all that is left, or `amount_pence` from the newest backwards (money
    that came twice goes back first). A word for what is wrong where that cannot be done."""
    if not deposit.payments:
        return "not_paid"
    newest_first = sorted(deposit.payments, key=lambda payment: (payment.paid_at, payment.reference), reverse=True)
    left = [(payment, _left(deposit, payment)) for payment in newest_first]
    total = sum(pence for _, pence in left)
    if total == 0:
        return "nothing_left"
    wanted = total if amount_pence is None else amount_pence
    if wanted <= 0:
        return "amount_not_positive"
    if wanted > total:
        return "amount_too_large"
    chosen = []
    for payment, pence in left:
        part = min(pence, wanted)
        if part > 0:
            chosen.append((payment, part))
            wanted -= part
    return chosen


def _left(deposit: Deposit, payment: Payment) -> int:
    """What can still go back of a payment: not what was told, was made, or is being asked for.

    The sum that Stripe told may hold a refund of ours before we have recorded that it was made, so the two are held against
    each other and not added: added, "all that is left" would be too little. Stripe refuses what would be too much.
    """
    named = sum(r.amount_pence for r in deposit.refunds if r.reference == payment.reference and r.state != "failed")
    asked = sum(a.amount_pence for a in deposit.asked if a.reference == payment.reference)
    return max(0, payment.amount_pence - max(payment.refunded_pence, named + asked))


def metadata_of(deposit: Deposit, command_id: UUID) -> dict[str, str]:
    """What a refund carries: our ids, and the command that asked for it, by which it is looked up again."""
    return {
        "lead_id": str(deposit.lead_id),
        "command_id": str(deposit.id),
        "refund_command_id": str(command_id),
        **({"conversation_id": str(deposit.conversation_id)} if deposit.conversation_id else {}),
    }
