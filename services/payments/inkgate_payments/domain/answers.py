"""What Stripe's answer to a call of ours does. Pure. Whether to call again is decided in `retry`."""

from datetime import datetime

import msgspec

from inkgate_common.contracts import payments
from inkgate_payments.domain import checkout
from inkgate_payments.domain.commands import request_failed
from inkgate_payments.domain.deposit import Call, Deposit, Outcome, Refund, about, nothing


class MadeSession(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout session as Stripe's API answered it. `url` is None when it is not open any more."""

    id: str
    url: str | None
    expires_at: datetime
    livemode: bool


class MadeRefund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    amount_pence: int
    status: str


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """The session is closed, or could not be because it was not open; its own event says which."""


Answer = MadeSession | MadeRefund | Closed


def link_created(deposit: Deposit, session: MadeSession, now: datetime) -> Outcome:
    """The link is there: tell it, unless it was taken back meanwhile (then close it; nobody has seen it)."""
    if deposit.status == "waiting" and session.url is None:
        return request_failed(
            msgspec.structs.replace(deposit, session=session.id), "not_open", "Stripe closed the session at once", now
        )
    if deposit.status == "waiting":
        after = msgspec.structs.replace(
            deposit, status="open", session=session.id, url=session.url, livemode=session.livemode
        )
        assert session.url is not None and deposit.amount_pence is not None and deposit.currency is not None
        told = payments.DepositLinkCreated(
            **about(after, now),
            url=session.url,
            expires_at=session.expires_at,
            amount_pence=deposit.amount_pence,
            currency=deposit.currency,
        )
        return Outcome(deposit=after, note="link created", facts=(told,))
    if deposit.status in ("cancelled", "failed"):
        after = msgspec.structs.replace(deposit, session=deposit.session or session.id, livemode=session.livemode)
        calls = (checkout.expire(deposit, session.id, now),) if session.url is not None else ()
        return Outcome(deposit=after, note="link created too late, to be closed", calls=calls)
    return nothing(deposit, f"the link changes nothing: {deposit.status}")


def refund_made(deposit: Deposit, call: Call, refund: MadeRefund) -> Outcome:
    """Stripe has taken the refund. The fact comes with its event; what is kept here keeps us from giving it twice."""
    if any(known.id == refund.id for known in deposit.refunds):
        return nothing(deposit, "this refund is known already")
    made = Refund(id=refund.id, reference=call.reference, amount_pence=refund.amount_pence, state="made")
    return Outcome(deposit=deposit.with_refund(made), note="refund made")


def refused(deposit: Deposit, call: Call, code: str, message: str, now: datetime) -> Outcome:
    """Stripe will not do it, or we stopped asking."""
    if call.kind == "refund":
        told = payments.DepositRefundFailed(**about(deposit, now), refund=None, reason=code)
        return Outcome(deposit=deposit, note=f"refund refused: {code}", facts=(told,))
    if call.kind == "create" and deposit.status == "waiting":
        return request_failed(deposit, code, message, now)
    return nothing(deposit, f"{call.kind} refused: {code}")


def answered(deposit: Deposit, call: Call, answer: Answer, now: datetime) -> Outcome:
    """The outcome of an answer to `call`."""
    match answer:
        case MadeSession():
            return link_created(deposit, answer, now)
        case MadeRefund():
            return refund_made(deposit, call, answer)
        case Closed():
            return nothing(deposit, "closed, or not open; its event says which")
