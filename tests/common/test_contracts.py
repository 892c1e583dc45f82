"""Every contract: what it needs, what its schema says, and that it comes back as it was written."""

import typing
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Literal
from uuid import UUID

import msgspec
import pytest

from inkgate.documents import schemas
from inkgate_common.cloudevents import decode, encode, new
from inkgate_common.contracts import TOPICS, TYPES, Data

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = UUID(int=5)
NUMBERED = {"inbound", "intents", "deliveries"}


def example(kind: Any) -> Any:
    """A value of a field's type."""
    plain: dict[Any, Any] = {
        str: "x", int: 1, float: 0.5, bool: True, datetime: AT, date: AT.date(), UUID: KEY, Any: {"a": [1]}
    }  # fmt: skip
    if kind in plain:
        return plain[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Literal:
        return arguments[0]
    if origin in (typing.Union, UnionType):
        return example(arguments[0])
    if origin is list:
        return [example(arguments[0])]
    if origin is dict:
        return {"k": example(arguments[1])}
    return full(kind)


def full(struct: Any, *, only_required: bool = False) -> Any:
    """An instance with every field set, or with those only that must be."""
    hints = typing.get_type_hints(struct)
    fields = [field for field in msgspec.structs.fields(struct) if field.required or not only_required]
    return struct(**{field.name: example(hints[field.name]) for field in fields})


@pytest.mark.parametrize("name", sorted(TYPES))
@pytest.mark.parametrize("only_required", [False, True])
def test_it_comes_back_as_it_was_written(name: str, only_required: bool) -> None:
    event = new(full(TYPES[name], only_required=only_required), source="test", subject=KEY, time=AT, cause="x")
    record = encode(event, "t")
    assert decode(record.headers, record.value) == event


@pytest.mark.parametrize("name", sorted(TYPES))
def test_its_schema_knows_the_names_that_are_written_and_the_ones_that_must_be(name: str) -> None:
    schema = schemas.schema(TYPES[name])
    assert set(msgspec.to_builtins(full(TYPES[name]))) == set(schema["properties"])
    required = {field.encode_name for field in msgspec.structs.fields(TYPES[name]) if field.required}
    assert set(schema.get("required", ())) == required


@pytest.mark.parametrize("name", sorted(TYPES))
def test_what_it_must_have_is_asked_for(name: str) -> None:
    written = msgspec.to_builtins(full(TYPES[name]))
    for field in msgspec.structs.fields(TYPES[name]):
        if field.required:
            without = {key: value for key, value in written.items() if key != field.encode_name}
            with pytest.raises(msgspec.ValidationError, match=field.encode_name):
                msgspec.convert(without, TYPES[name])


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_the_topics_that_are_taken_in_order_carry_a_number_and_no_others(topic: str) -> None:
    """PROTOCOL §2, Order."""
    for struct in TOPICS[topic]:
        assert topic == struct.TOPIC
        assert ("sequence" in struct.__struct_fields__) == (topic in NUMBERED), struct.TYPE


def test_the_topics_are_those_of_the_protocol() -> None:
    assert sorted(TOPICS) == [
        "commands", "control", "deliveries", "inbound", "intents", "leads", "payment-commands", "payments", "receipts",
    ]  # fmt: skip
    assert len(TYPES) == sum(len(structs) for structs in TOPICS.values())  # no type stands on two topics


# PROTOCOL §3: at least these types, with at least these fields.
PROMISED: dict[str, str] = {
    "inkgate.message.received": "phone_number_id message_id sequence sent_at received_at from user_id profile_name kind "
    "text media reply_to opted_out_before",
    "inkgate.identity.linked": "sequence",
    "inkgate.receipt.received": "phone_number_id wamid status intent_id attempt at errors",
    "inkgate.operator.acted": "action_id lead_id action arguments by",
    "inkgate.timer.fired": "",
    "inkgate.notice.requested": "",
    "inkgate.intent.created": "intent_id sequence phone_number_id lead_id audience to body fallback gating "
    "window_expires_at expires_at retry_of",
    "inkgate.intent.cancelled": "intent_id sequence",
    "inkgate.message.delivered": "sequence intent_id wamid attempts basis accepted_at at",
    "inkgate.message.failed": "sequence intent_id code title permanent",
    "inkgate.message.cancelled": "sequence intent_id",
    "inkgate.message.status": "sequence intent_id",
    "inkgate.deposit.requested": "command_id lead_id amount_pence currency slot expires_at",
    "inkgate.deposit.cancelled": "",
    "inkgate.refund.requested": "",
    "inkgate.deposit.link_created": "url session expires_at",
    "inkgate.deposit.request_failed": "",
    "inkgate.deposit.paid": "",
    "inkgate.deposit.payment_failed": "",
    "inkgate.deposit.expired": "",
    "inkgate.deposit.refunded": "",
    "inkgate.deposit.refund_failed": "",
    "inkgate.deposit.disputed": "",
    "inkgate.lead.created": "lead_id epoch version",
    "inkgate.lead.answer_recorded": "lead_id epoch version key value",
    "inkgate.lead.step_advanced": "lead_id epoch version",
    "inkgate.lead.status_changed": "lead_id epoch version reason intent_id",
    "inkgate.lead.change_reverted": "lead_id epoch version",
    "inkgate.lead.gate_closed": "lead_id epoch version how",
    "inkgate.lead.message_sent": "lead_id epoch version",
    "inkgate.lead.message_seen": "lead_id epoch version",
    "inkgate.lead.message_failed": "lead_id epoch version intent_id code late",
    "inkgate.lead.deposit_recorded": "lead_id epoch version",
    "inkgate.lead.handover_opened": "lead_id epoch version",
    "inkgate.lead.handover_closed": "lead_id epoch version",
    "inkgate.lead.opted_out": "lead_id epoch version",
    "inkgate.lead.erased": "lead_id epoch version",
    "inkgate.person.erased": "",
    "inkgate.mode.changed": "panic pilot",
    "inkgate.sender.held": "",
    "inkgate.sender.released": "",
    "inkgate.studio.changed": "",
}


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_it_has_at_least_the_fields_of_the_protocol(name: str) -> None:
    struct: type[Data] = TYPES[name]
    assert set(PROMISED[name].split()) <= {field.encode_name for field in msgspec.structs.fields(struct)}
