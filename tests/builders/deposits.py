"""Deposits as payments knows them, at any point of their life."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.contracts.payment_commands import DepositCancelled, DepositRequested, RefundRequested
from inkgate_payments.domain.checkout import Shop
from inkgate_payments.domain.deposit import Deposit, Outcome
from inkgate_payments.domain.facts import ChargeFact, DisputeFact, References, RefundFact, SessionFact

NOW = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
COMMAND = UUID("11111111-1111-4111-8111-111111111111")
LEAD = UUID("22222222-2222-4222-8222-222222222222")
CONVERSATION = UUID("33333333-3333-4333-8333-333333333333")
SHOP = Shop(public_url="https://studio.example", product_name="Tattoo deposit")
EXPIRES = NOW + timedelta(hours=23, minutes=55)
OURS = References(lead_id=LEAD, command_id=COMMAND, conversation_id=CONVERSATION)


def unasked(**fields: Any) -> Deposit:
    """A deposit that is known by name only."""
    return msgspec.structs.replace(Deposit(id=COMMAND, lead_id=LEAD, conversation_id=CONVERSATION), **fields)


def opened(**fields: Any) -> Deposit:
    """A deposit of £150 whose link is out."""
    return unasked(
        **{
            "status": "open",
            "amount_pence": 15000,
            "currency": "gbp",
            "expires_at": EXPIRES,
            "session": "cs_1",
            "url": "https://checkout.example/cs_1",
            "livemode": False,
            **fields,
        }
    )


def requested(**fields: Any) -> DepositRequested:
    """£150 are wanted."""
    told: dict[str, Any] = {
        "command_id": COMMAND,
        "lead_id": LEAD,
        "amount_pence": 15000,
        "currency": "gbp",
        "expires_at": EXPIRES,
    }
    return DepositRequested(**(told | fields))


def cancelled(**fields: Any) -> DepositCancelled:
    """The link is not wanted any more."""
    told: dict[str, Any] = {
        "command_id": UUID(int=2),
        "lead_id": LEAD,
        "deposit_command_id": COMMAND,
        "reason": "opted_out",
    }
    return DepositCancelled(**(told | fields))


def refund_requested(**fields: Any) -> RefundRequested:
    """The deposit is to go back."""
    return RefundRequested(**({"command_id": UUID(int=3), "lead_id": LEAD, "deposit_command_id": COMMAND} | fields))


def _fact(fields: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    return {"event_id": "evt_1", "at": NOW, "payment_intent": "pi_1", "references": OURS} | defaults | fields


def session_fact(kind: str = "completed", **fields: Any) -> SessionFact:
    """The session of `opened` was completed and paid."""
    paid = {
        "kind": kind,
        "session": "cs_1",
        "payment_status": "paid",
        "amount_pence": 15000,
        "currency": "gbp",
        "livemode": False,
    }
    return SessionFact(**_fact(fields, **paid))


def refund_fact(refund: str = "re_1", **fields: Any) -> RefundFact:
    """A refund of all of it."""
    return RefundFact(**_fact(fields, refund=refund, amount_pence=15000, currency="gbp", status="succeeded"))


def charge_fact(refunded_pence: int = 15000, **fields: Any) -> ChargeFact:
    """The sum refunded of the charge."""
    return ChargeFact(**_fact(fields, charge="ch_1", refunded_pence=refunded_pence, currency="gbp"))


def dispute_fact(dispute: str = "dp_1", **fields: Any) -> DisputeFact:
    """The bank asks for all of it."""
    return DisputeFact(
        **_fact(fields, dispute=dispute, amount_pence=15000, currency="gbp", reason="fraudulent", references=None)
    )


def told(outcome: Outcome) -> list[str]:
    """The types of the facts that a judgement tells, without their common beginning."""
    return [fact.TYPE.removeprefix("inkgate.deposit.") for fact in outcome.facts]
