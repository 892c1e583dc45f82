"""An example of every event: one enquiry, from the first message to the appointment, as it would stand on Kafka."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common import cloudevents
from inkgate_common.contracts import TYPES, Data

AT = datetime(2026, 5, 4, 12, 0, 7, 250_000, tzinfo=UTC)
NUMBER = "106540352242922"
CONVERSATION = UUID("5d3c1f0e-8a54-5b1c-9a55-0c6f5a2d7e11")
_LEAD = "0b6c2f8e-61b0-5c8e-8d1c-3d5f0a7c9b42"
_INTENT = "9a1e7c34-2f6d-5b0a-9c8e-7d4b1f3a6e05"
_COMMAND = "c4f8a2d6-93b1-5e7c-8a20-6b5d9e1f4c73"
_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
_WAMID = "wamid.HBgMNDQ3NzAwOTAwMTIzFQIAERgSMEE3RjMyQjE5QzREOEU2NUY3AA=="
_AT = "2026-05-04T12:00:07.250000Z"
_LATER = "2026-05-05T12:00:06Z"

# What a field says wherever it stands.
FIELDS: dict[str, Any] = {
    "accepted_at": "2026-05-04T12:00:07Z", "accepted": True, "action": "approve", "arguments": {}, "after_expiry": False,
    "action_id": "e7b9d0c2-5a41-4f3e-9d68-2c1b7a8f6054", "all_failed": False, "amount_pence": 10_000, "at": _AT,
    "attempt": 1, "attempts": 1, "audience": "client", "basis": "accepted", "began_at": "2026-05-04T12:00:06.980000Z",
    "by": "api", "choice": None, "city": "Glasgow", "closed_into": None, "command_id": _COMMAND,
    "conversation_id": str(CONVERSATION), "correction": False, "country": "GB", "currency": "GBP",
    "deposit_command_id": _COMMAND, "details": {}, "digest": "3f8a1c5e", "dispute": "dp_1ExampleOnly00000000",
    "due_at": _LATER, "ends": "2026-06-14", "ends_at": "2026-06-12T14:00:00Z", "epoch": 1, "errors": [],
    "expires_at": _LATER, "fallback": False, "flag": "send_failed", "from": "447700900123", "from_status": "QUALIFYING",
    "from_step": 2, "gating": True, "how": "applied", "in_full": True, "in_status": None, "intent_id": _INTENT,
    "key": "budget", "lead_id": _LEAD, "makes_delivered": False, "mark": "artist_notified", "media": None,
    "message_id": _WAMID, "mismatch": None, "notice": "completed", "on": True, "opt_out": True,
    "opt_out_confirmation": False, "opted_out": False, "opted_out_before": False, "panic": True,
    "payment_intent": "pi_3ExampleOnly00000000", "permanent": True, "phone_number_id": NUMBER, "pilot": False,
    "previous_lead_id": None, "profile_name": "Rosa", "question": "placement",
    "questions": ["idea", "placement", "dimensions"], "queue": "reply", "received_at": "2026-05-04T12:00:06.420000Z",
    "recipient": None, "refund": "re_3ExampleOnly00000000", "refunded_pence": 10_000, "reply_to": None, "retry_of": None,
    "scope": "all", "second": False, "sent_at": "2026-05-04T12:00:06Z", "sequence": 3,
    "session": "cs_test_ExampleOnly00000000", "slot": "2026-06-12T10:00:00Z", "starts": "2026-06-12",
    "starts_at": "2026-06-12T10:00:00Z", "status": "delivered", "step": 1, "strikes": 1,
    "stripe_event_id": "evt_1ExampleOnly00000000", "text": "A fern on my forearm, about 12 cm", "timer": "silence",
    "timer_id": "1c9e4b7a-0d52-5f86-9a3b-8e6f7d2c5b10", "to": "447700900123", "to_status": "PENDING_APPROVAL", "to_step": 3,
    "took_over": [], "url": "https://checkout.stripe.com/c/pay/cs_test_ExampleOnly00000000", "user_id": "GB.1234567890",
    "value": 50_000, "version": 12, "wamid": _WAMID, "window_expires_at": _LATER,
    "withdrawn": False, "late": False, "waited_s": 1.4,
}  # fmt: skip

_GRAPH_ERROR = {"code": 131026, "title": "Message undeliverable", "details": None}
# What the fields of one type say, where that is something else.
OWN: dict[str, dict[str, Any]] = {
    "inkgate.message.received": {"kind": "text"},
    "inkgate.receipt.received": {"recipient": "447700900123"},
    "inkgate.operator.acted": {"by": "artist"},
    "inkgate.notice.requested": {
        "text": "Rosa's enquiry waits for your approval: a fern, 12 cm, forearm, £500, Glasgow.",
        "to": "447700900999",
    },
    "inkgate.intent.created": {
        "body": {
            "kind": "buttons",
            "text": "Is this a cover-up of an older tattoo?",
            "buttons": [{"id": "coverup:yes", "title": "Yes"}, {"id": "coverup:no", "title": "No"}],
        },
        "fallback": {
            "kind": "template", "name": "inkgate_invitation", "language": "en_GB", "parameters": ["Fern Studio"],
            "same_content": False,
        },
        "expires_at": None,
    },
    "inkgate.intent.cancelled": {"reason": "opt_out"},
    "inkgate.message.failed": {"code": "131026", "title": "Message undeliverable"},
    "inkgate.message.cancelled": {"reason": "opt_out"},
    "inkgate.message.status": {"status": "failed", "errors": [_GRAPH_ERROR], "all_failed": True},
    "inkgate.deposit.cancelled": {"command_id": "2e6a9c1d-7b40-5d38-8f15-4a3c6e9b7d02", "reason": "opt_out"},
    "inkgate.refund.requested": {
        "command_id": "7f1b3d5e-8c26-5a94-9e07-5d2c4b6a8f13", "amount_pence": None, "reason": "the artist cancelled",
    },
    "inkgate.deposit.link_created": {"stripe_event_id": None},
    "inkgate.deposit.request_failed": {
        "session": None, "stripe_event_id": None, "code": "too_late",
        "message": "Stripe makes no link that expires in less than 30 minutes",
    },
    "inkgate.deposit.payment_failed": {"code": "card_declined", "message": "Your card was declined."},
    "inkgate.deposit.refund_failed": {"reason": "lost_or_stolen_card"},
    "inkgate.deposit.disputed": {"reason": "fraudulent", "status": "needs_response"},
    "inkgate.lead.strike_recorded": {"key": "dimensions", "reason": "no size"},
    "inkgate.lead.status_changed": {"reason": "completed"},
    "inkgate.lead.change_reverted": {"status": "QUALIFYING"},
    "inkgate.lead.gate_closed": {"reason": None},
    "inkgate.lead.deposit_recorded": {"kind": "paid"},
    "inkgate.lead.handover_opened": {"reason": "human"},
    "inkgate.lead.handover_closed": {"reason": "resumed"},
    "inkgate.lead.slots_offered": {"starts": ["2026-06-12T10:00:00Z", "2026-06-13T10:00:00Z"]},
    "inkgate.lead.message_failed": {"code": "131026"},
    "inkgate.lead.slot_released": {"reason": "expired"},
    "inkgate.sender.held": {"code": 190, "title": "Access token has expired"},
    "inkgate.sender.released": {"by": "operator"},
}  # fmt: skip


def example(struct: type[Data], source: str) -> dict[str, Any]:
    """Headers and payload of a record of that type, as AsyncAPI writes an example. Raises KeyError for a field that the
    story says nothing of, msgspec.ValidationError where it says something else than the contract."""
    own = OWN.get(struct.TYPE, {})
    names = [field.encode_name for field in msgspec.structs.fields(struct)]
    data = msgspec.convert({name: own[name] if name in own else FIELDS[name] for name in names}, struct)
    personal = struct.TOPIC != "control" or "conversation_id" in names
    event = cloudevents.new(
        data,
        source=source,
        subject=CONVERSATION if personal else NUMBER,
        time=AT,
        cause="an example",
        traceparent=_TRACE,
    )
    record = cloudevents.encode(event, struct.TOPIC)
    return {"headers": dict(record.headers), "payload": json.loads(record.value)}


def unused() -> list[str]:
    """What the story says and no type asks for."""
    fields = {name: [field.encode_name for field in msgspec.structs.fields(struct)] for name, struct in TYPES.items()}
    everywhere = {name for names in fields.values() for name in names}
    stray = [f"{kind}.{name}" for kind, own in OWN.items() for name in own if name not in fields.get(kind, ())]
    return sorted({*stray, *(FIELDS.keys() - everywhere)})
