"""What is read out of Stripe's events, and what becomes of those that cannot be read."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_payments.domain.events import READERS, read, references
from inkgate_payments.domain.facts import ChargeFact, DisputeFact, RefundFact, SessionFact
from inkgate_payments.errors import NotAnEvent
from tests.builders import stripe

MAKE: dict[str, Any] = {
    "checkout.session": stripe.session,
    "refund": stripe.refund,
    "charge.refund": stripe.refund,
    "charge": stripe.charge,
    "charge.dispute": stripe.dispute,
}


def of(kind: str, **fields: Any) -> Any:
    family = next(name for name in sorted(MAKE, key=len, reverse=True) if kind.startswith(name + "."))
    if kind == "charge.refunded":
        family = "charge"
    return read(stripe.body(stripe.event(kind, MAKE[family](**fields)))).fact


def test_a_completed_session_says_what_was_paid_and_for_which_command() -> None:
    lead, command, conversation = uuid4(), uuid4(), uuid4()
    fact = of(
        "checkout.session.completed",
        id="cs_7",
        payment_intent="pi_7",
        amount_total=20000,
        currency="GBP",
        metadata=stripe.metadata(lead, command, conversation),
    )
    assert isinstance(fact, SessionFact)
    assert (fact.kind, fact.session, fact.payment_intent) == ("completed", "cs_7", "pi_7")
    assert (fact.amount_pence, fact.currency, fact.payment_status, fact.livemode) == (20000, "gbp", "paid", False)
    assert fact.at == datetime.fromtimestamp(stripe.CREATED, UTC)
    assert fact.references is not None
    assert (fact.references.lead_id, fact.references.command_id) == (lead, command)
    assert fact.references.conversation_id == conversation


def test_nothing_personal_is_read() -> None:
    fact = of("checkout.session.completed")
    assert "example.com" not in repr(fact) and "Some One" not in repr(fact)


@pytest.mark.parametrize("kind", sorted(READERS))
def test_every_type_that_concerns_us_is_read(kind: str) -> None:
    expected = {"session": SessionFact, "dispute": DisputeFact, "refunded": ChargeFact}
    fact = of(kind)
    assert type(fact) is next((struct for word, struct in expected.items() if f".{word}" in kind), RefundFact)


def test_an_expanded_payment_intent_is_read_like_its_id() -> None:
    assert of("refund.created", payment_intent={"id": "pi_9", "object": "payment_intent"}).payment_intent == "pi_9"


def test_another_type_is_recorded_and_not_read() -> None:
    event = read(stripe.body(stripe.event("plan.created", {"id": "price_1"})))
    assert (event.fact, event.note) == (None, "a type that does not concern us")


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "cs_\x00"},
        {"id": "x" * 5000},
        {"id": None},
        {"amount_total": 1e30},
        {"amount_total": -5},
        {"currency": "pounds"},
        {"currency": "g\x00p"},
        {"payment_status": None},
        {"livemode": "no"},
        {"metadata": []},
    ],
)
def test_an_event_that_cannot_be_read_is_recorded_with_the_reason(broken: dict[str, Any]) -> None:
    event = read(stripe.body(stripe.event("checkout.session.completed", stripe.session(**broken))))
    assert event.fact is None and event.note.startswith("unreadable: ")
    assert event.note.isprintable() and len(event.note) < 400


@pytest.mark.parametrize("envelope", [{"created": "now"}, {"created": 1e40}, {"data": None}, {"data": {}}])
def test_so_is_one_whose_envelope_is_strange(envelope: dict[str, Any]) -> None:
    event = read(stripe.body(stripe.event("refund.created", stripe.refund(), **envelope)))
    assert event.fact is None and event.note.startswith("unreadable: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b'"text"',
        b"{}",
        b'{"id": 5, "type": "x"}',
        b'{"id": "evt_1"}',
        b'{"id": "evt_\\u0000", "type": "x"}',
        b'{"id": "", "type": "x"}',
        b"\xff\xfe",
        b'{"id": "evt_1", "type": "\xff"}',
        b"[" * 100_000,
        b'{"id": "evt_1", "type": "x", "data": ' + b"[" * 100_000,
        b'{"id": "' + b"x" * 5000 + b'", "type": "x"}',
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(NotAnEvent):
        read(body)


@given(body=st.binary() | st.text().map(str.encode))
def test_nothing_else_comes_out_of_any_bytes(body: bytes) -> None:
    with pytest.raises(NotAnEvent):
        read(body)


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"lead_id": "x", "command_id": "y"}, {"lead_id": str(uuid4())}, {"lead_id": 5, "command_id": []}],
)
def test_metadata_without_our_ids_is_not_ours(metadata: dict[str, Any] | None) -> None:
    assert references(metadata) is None
