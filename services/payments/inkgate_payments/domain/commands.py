"""What dialogue's commands, and an erasure, do to a deposit. Pure.

Commands carry no sequence and may be repeated or change places (a relay publishes at least once, in any order), so each rule
asks what is known: a cancellation that comes before its request is kept, and the request then fails.
"""

from datetime import datetime

import msgspec

from inkgate_common.contracts import payments
from inkgate_common.contracts.payment_commands import DepositCancelled, DepositRequested, RefundRequested
from inkgate_payments.domain import checkout, refunds
from inkgate_payments.domain.checkout import Shop
from inkgate_payments.domain.deposit import Asked, Deposit, Outcome, about, nothing


def requested(deposit: Deposit, command: DepositRequested, shop: Shop, now: datetime) -> Outcome:
    """A link is wanted: ask Stripe for it, unless it was taken back, paid or erased meanwhile, or is too late."""
    if deposit.amount_pence is not None:
        return nothing(deposit, "asked for already")
    known = msgspec.structs.replace(
        deposit, amount_pence=command.amount_pence, currency=command.currency.lower(), expires_at=command.expires_at
    )
    if known.status == "cancelled":
        return request_failed(known, "cancelled", "taken back before it was asked for", now)
    if known.status != "unasked" or known.session is not None:
        return Outcome(deposit=known, note="Stripe knows it already")
    if known.erased:
        return request_failed(known, "erased", "the person was erased", now)
    if now >= checkout.make_link_until(command.expires_at):
        return request_failed(known, "too_late", "Stripe makes no link that expires in less than 30 minutes", now)
    waiting = msgspec.structs.replace(known, status="waiting")
    return Outcome(deposit=waiting, note="asked for", calls=(checkout.create(waiting, shop),))


def cancelled(deposit: Deposit, command: DepositCancelled, now: datetime) -> Outcome:
    """The link is not wanted any more. A payment may win the race; then nothing happens."""
    if deposit.status in ("open", "unasked") and deposit.session is not None:
        call = checkout.expire(deposit, deposit.session, now)
        return Outcome(deposit=deposit, note=f"to be closed: {command.reason}", calls=(call,))
    if deposit.status == "unasked":
        after = msgspec.structs.replace(deposit, status="cancelled")
        return Outcome(deposit=after, note="taken back before it was asked for")
    if deposit.status == "waiting":
        return request_failed(deposit, "cancelled", "taken back before the link was made", now)
    return nothing(deposit, f"nothing to take back: {deposit.status}")


def refund_requested(deposit: Deposit, command: RefundRequested, now: datetime) -> Outcome:
    """Money is to go back: one call for each payment concerned, or the reason why not."""
    planned = refunds.plan(deposit, command.amount_pence)
    if isinstance(planned, str):
        told = payments.DepositRefundFailed(**about(deposit, now), refund=None, reason=planned)
        return Outcome(deposit=deposit, note=f"no refund: {planned}", facts=(told,))
    metadata = refunds.metadata_of(deposit, command.command_id)
    calls = tuple(
        checkout.refund(deposit, command.command_id, payment.reference, pence, metadata, now)
        for payment, pence in planned
    )
    asked = tuple(Asked(reference=payment.reference, amount_pence=pence) for payment, pence in planned)
    after = msgspec.structs.replace(deposit, asked=(*deposit.asked, *asked))
    return Outcome(deposit=after, note="refund asked for", calls=calls)


def erased(deposit: Deposit, now: datetime) -> Outcome:
    """The person is forgotten: the money stays on record, her conversation and her link do not; an open link is closed."""
    outcome = nothing(deposit, "erased")
    if deposit.status == "waiting":
        after = msgspec.structs.replace(deposit, status="cancelled")
        outcome = Outcome(deposit=after, note="erased before the link was made", drop_create=True)
    elif deposit.status == "open" and deposit.session is not None:
        call = checkout.expire(deposit, deposit.session, now)
        outcome = Outcome(deposit=deposit, note="erased, to be closed", calls=(call,))
    forgotten = msgspec.structs.replace(outcome.deposit, conversation_id=None, url=None, erased=True)
    return msgspec.structs.replace(outcome, deposit=forgotten)


def request_failed(deposit: Deposit, code: str, message: str, now: datetime) -> Outcome:
    """No link will come of this request."""
    told = payments.DepositRequestFailed(**about(deposit, now), code=code, message=message)
    status = "cancelled" if code == "cancelled" else "failed"
    after = msgspec.structs.replace(deposit, status=status)
    return Outcome(deposit=after, note=f"no link: {code}", facts=(told,), drop_create=deposit.status == "waiting")
