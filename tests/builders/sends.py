"""Sends as the sender knows them, at any point of their life; the outcomes of calls and the statuses of copies."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from inkgate_common.contracts.intents import IntentCreated, Template, Text
from inkgate_common.contracts.receipts import GraphError
from inkgate_sender.domain.outcome import Accepted, Refused
from inkgate_sender.domain.receipts import Receipt
from inkgate_sender.domain.send import Copy, Send
from inkgate_sender.domain.verdict import Policy

NOW = datetime(2026, 11, 2, 10, 0, 5, 250_000, tzinfo=UTC)
BEGAN = NOW - timedelta(seconds=1)
INTENT = UUID("11111111-1111-4111-8111-111111111111")
LEAD = UUID("22222222-2222-4222-8222-222222222222")
CONVERSATION = UUID("33333333-3333-4333-8333-333333333333")
OWNER = UUID("44444444-4444-4444-8444-444444444444")
NUMBER = "106540352242922"
WAMID = "wamid.HBgMNDQ3NzAwOTAwMTIz"
ON_ACCEPTED = Policy()
ON_DELIVERED = Policy(gate_on="delivered")
FALLBACK = Template(name="carry_on", language="en_GB", same_content=True)


def waiting(**fields: Any) -> Send:
    """One that waits for its turn and was never tried."""
    return Send(
        **{
            "intent_id": INTENT,
            "conversation_id": CONVERSATION,
            "sequence": 3,
            "queue": "reply",
            "phone_number_id": NUMBER,
            "due_at": NOW,
            "lead_id": LEAD,
            **fields,
        }
    )


def sending(attempt: int = 1, **fields: Any) -> Send:
    """One whose call is under way."""
    return waiting(**{"state": "sending", "attempt": attempt, "owner": OWNER, "began_at": BEGAN, **fields})


def uncertain(attempt: int = 1, **fields: Any) -> Send:
    """One of which nobody knows whether it went out."""
    copies = fields.pop("copies", (unknown(attempt),))
    return waiting(
        **{"state": "uncertain", "attempt": attempt, "began_at": BEGAN, "strikes": 1, "strikes_since": NOW, **fields},
        copies=copies,
    )


def delivered(**fields: Any) -> Send:
    """One that WhatsApp accepted at the first attempt."""
    return waiting(**{"state": "delivered", "attempt": 1, "began_at": BEGAN, "copies": (taken(),), **fields})


def failed(**fields: Any) -> Send:
    """One that failed at the first attempt."""
    return waiting(**{"state": "failed", "attempt": 1, "code": "131026", "copies": (refused(),), **fields})


def taken(attempt: int = 1, **fields: Any) -> Copy:
    """A copy that WhatsApp accepted."""
    accepted_at = NOW.replace(microsecond=0)
    return Copy(**{"attempt": attempt, "outcome": "accepted", "began_at": BEGAN, "accepted_at": accepted_at, **fields})


def unknown(attempt: int = 1, **fields: Any) -> Copy:
    """A copy whose answer was lost."""
    return Copy(**{"attempt": attempt, "outcome": "unknown", "began_at": BEGAN, **fields})


def refused(attempt: int = 1, **fields: Any) -> Copy:
    """A copy that WhatsApp refused."""
    return Copy(**{"attempt": attempt, "outcome": "refused", "began_at": BEGAN, **fields})


def yes(at: datetime | None = None) -> Accepted:
    """The API's answer to a message that it takes."""
    return Accepted(WAMID, at or NOW.replace(microsecond=0))


def no(code: int | None, http_status: int = 400, retry_after_s: float = 0.0) -> Refused:
    """The API's answer to a message that it does not take."""
    return Refused(code, "as the Graph API words it", http_status, retry_after_s)


def status(name: str, attempt: int | None = 1, *, code: int | None = None, at: datetime | None = None) -> Receipt:
    """A status webhook of one copy."""
    errors = () if code is None else (GraphError(code=code, title="as the webhook words it"),)
    return Receipt(attempt, WAMID, name, at or NOW.replace(microsecond=0), errors)


def intent(**fields: Any) -> IntentCreated:
    """A text for a client, as dialogue wants it delivered."""
    return IntentCreated(
        **{
            "intent_id": INTENT,
            "sequence": 3,
            "phone_number_id": NUMBER,
            "lead_id": LEAD,
            "to": "447700900123",
            "body": Text(text="How big should it be?"),
            "gating": True,
            **fields,
        }
    )
