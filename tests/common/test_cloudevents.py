"""An event on Kafka: CloudEvents in binary mode, the same on the way out and in."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_common import ids, trace
from inkgate_common.cloudevents import SUBJECT_MAX, VALUE_BYTES_MAX, Event, decode, encode, new
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import Buttons, Choice, IntentCreated
from inkgate_common.errors import EventTooLarge, MalformedEvent

KEY = UUID("8a5f5c0e-3b52-4f7e-9f0f-2d7e1c0a4b11")
AT = datetime(2026, 5, 4, 12, 30, 15, 123456, tzinfo=UTC)


def message(**fields: object) -> MessageReceived:
    given: dict[str, object] = {
        "phone_number_id": "1", "sequence": 1, "message_id": "wamid.1", "sent_at": AT, "received_at": AT,
        "from_": "447700900123", "kind": "text", "text": "Grüße 🖋",
    }  # fmt: skip
    return MessageReceived(**(given | fields))  # type: ignore[arg-type]


def event(data: MessageReceived | None = None, **fields: object) -> Event:
    given: dict[str, object] = {"source": "intake", "subject": KEY, "time": AT, "cause": "wamid.1"}
    return new(data or message(), **(given | fields))  # type: ignore[arg-type]


def test_the_headers_are_those_of_the_kafka_binding() -> None:
    made = event(traceparent=trace.new())
    record = encode(made, "a.inkgate.inbound.v1")
    assert dict(record.headers) == {
        "ce_specversion": "1.0",
        "ce_id": str(made.id),
        "ce_type": "inkgate.message.received",
        "ce_source": "/inkgate/intake",
        "ce_time": "2026-05-04T12:30:15.123456Z",
        "ce_subject": str(KEY),
        "content-type": "application/json",
        "traceparent": made.traceparent,
    }
    assert (record.topic, record.key, record.id) == ("a.inkgate.inbound.v1", str(KEY), made.id)
    assert b'"from":"447700900123"' in record.value


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    sequence=st.integers(1, 2**63 - 1),
    at=st.datetimes(timezones=st.just(UTC)),
    details=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), st.integers(-(2**53), 2**53), max_size=3
    ),
    subject=st.uuids().map(str) | st.from_regex(r"[0-9]{1,20}", fullmatch=True),
)
def test_what_goes_out_comes_in(
    text: str, sequence: int, at: datetime, details: dict[str, object], subject: str
) -> None:
    data = message(text=text, sequence=sequence, sent_at=at, details=details)
    made = event(data, subject=subject, time=at, traceparent=trace.new())
    record = encode(made, "t")
    assert decode(record.headers, record.value) == made
    as_bytes = [(name, value.encode()) for name, value in record.headers]
    assert decode(as_bytes, record.value) == made


def test_a_body_comes_in_as_the_kind_it_was() -> None:
    body = Buttons(text="Which?", buttons=[Choice(id="a", title="This")])
    intent = IntentCreated(intent_id=KEY, sequence=1, phone_number_id="1", to="447700900123", body=body, gating=True)
    made = new(intent, source="dialogue", subject=KEY, time=AT, cause="x")
    record = encode(made, "t")
    assert decode(record.headers, record.value) == made


def test_another_zone_is_the_same_time() -> None:
    made = event(time=AT.astimezone(timezone(timedelta(hours=2))))
    record = encode(made, "t")
    decoded = decode(record.headers, record.value)
    assert decoded is not None and decoded.time == AT


def test_it_knows_its_topic_and_number() -> None:
    assert (event().topic, event().sequence) == ("inbound", 1)
    acted = OperatorActed(action_id=KEY, lead_id=KEY, action="approve", by="Zoë", at=AT)
    assert new(acted, source="dialogue", subject=KEY, time=AT, cause="x").sequence is None


def test_a_type_that_nobody_knows_yet_is_ignored() -> None:
    assert decode([("ce_type", "inkgate.message.telepathy"), ("ce_id", "whatever")], b"not even JSON") is None


def test_a_field_that_nobody_knows_yet_is_ignored() -> None:
    record = encode(event(), "t")
    assert decode(record.headers, record.value[:-1] + b',"mood":{"deep":[1]}}') == event()


def test_a_header_that_nobody_knows_is_ignored_also_an_empty_one() -> None:
    record = encode(event(), "t")
    assert decode([("stranger", None), *record.headers], record.value) == event()


def test_a_traceparent_that_is_none_is_dropped() -> None:
    record = encode(event(), "t")
    decoded = decode([*record.headers, ("traceparent", b"<script>")], record.value)
    assert decoded == event() and decoded.traceparent is None


SUBJECT, TIME, VALUE = "ce_subject", "ce_time", "value"


@pytest.mark.parametrize(
    ("part", "content", "named"),
    [
        ("ce_type", None, "not a CloudEvent"),
        ("ce_id", None, "not a CloudEvent"),
        ("ce_id", "wamid.1", "UUID"),
        (SUBJECT, None, "'ce_subject' is missing"),
        (SUBJECT, "a\x00b", "ce_subject is no id"),
        (SUBJECT, "s" * (SUBJECT_MAX + 1), "ce_subject is no id"),
        (TIME, None, "'ce_time' is missing"),
        (TIME, "yesterday", "yesterday"),
        (TIME, "2026-05-04T12:00:00", "no time zone"),
        (VALUE, None, "truncated"),
        (VALUE, "", "truncated"),
        (VALUE, "[]", "Expected `object`"),
        (VALUE, '{"sequence": "1"}', "Expected `int`, got `str` - at `\\$.sequence`"),
        (VALUE, '{"sequence": 1}', "missing required field"),
        (VALUE, '"\\ud800"', "inkgate.message.received: "),
        (VALUE, "x" * (VALUE_BYTES_MAX + 1), "more than any event has"),
        (VALUE, '{"new":' + "[" * 5000, "recursion"),
    ],
)
def test_what_is_wrong_with_a_record_is_named(part: str, content: str | None, named: str) -> None:
    record = encode(event(), "t")
    headers = [(name, content if name == part else text) for name, text in record.headers]
    value = None if content is None else content.encode()
    with pytest.raises(MalformedEvent, match=named):
        decode(headers, value if part == VALUE else record.value)


@pytest.mark.parametrize("sequence", [0, -1, 2**63, 10**40])
def test_a_number_that_no_table_takes_is_named(sequence: int) -> None:
    record = encode(event(), "t")
    value = record.value.replace(b'"sequence":1', b'"sequence":%d' % sequence)
    with pytest.raises(MalformedEvent, match="sequence"):
        decode(record.headers, value)


@given(
    st.binary(max_size=200), st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=20)), max_size=5)
)
def test_no_record_brings_down_who_reads_it(value: bytes, headers: list[tuple[str, bytes | None]]) -> None:
    known = [("ce_type", b"inkgate.message.received"), ("ce_id", str(KEY).encode()), ("ce_time", b"2026-05-04T12:00Z")]
    for found in (headers, [*known, ("ce_subject", b"s"), *headers]):
        with pytest.raises(MalformedEvent):
            decode(found, value)


def test_what_kafka_would_refuse_is_refused_when_it_is_written() -> None:
    with pytest.raises(EventTooLarge, match=r"inkgate\.message\.received .* has 9\d{5} bytes"):
        encode(event(message(text="x" * VALUE_BYTES_MAX)), "t")
    encode(event(message(text="x" * (VALUE_BYTES_MAX - 1_000))), "t")


# Ids.


def test_the_same_cause_gives_the_same_id_and_another_another() -> None:
    assert event().id == event().id == ids.derive("wamid.1", "inkgate.message.received")
    different = {
        event().id,
        event(cause="wamid.2").id,
        event(ordinal=1).id,
        event(ordinal="one").id,
        ids.derive("wamid.1", "inkgate.identity.linked"),
    }
    assert len(different) == 5


def test_an_id_does_not_depend_on_when_or_what() -> None:
    assert event(message(text="other"), time=AT + timedelta(days=3)).id == event().id


def test_an_id_is_what_it_has_always_been() -> None:
    """Ids that a new release derives otherwise would let every replay through twice."""
    assert ids.derive("cause", "kind", 3) == UUID("73c3e3d6-c0e3-5a5b-a120-b61b18d14a42")
    assert ids.artist_conversation("1", "447700900999") == UUID("d0c2b4d5-d792-5b82-9596-a3e572de0d40")
    assert ids.derive(KEY, "kind") == ids.derive(str(KEY), "kind")


@given(st.text(st.characters(exclude_categories=["Cs"])) | st.uuids(), st.text("abc.|"), st.integers() | st.text("ab"))
def test_an_id_is_a_uuid_of_version_5(cause: str | UUID, kind: str, ordinal: int | str) -> None:
    assert ids.derive(cause, kind, ordinal) == uuid.uuid5(ids._NAMESPACE, f"{cause}|{kind}|{ordinal}")


def test_a_random_id_is_fresh() -> None:
    assert ids.random_id() != ids.random_id()
