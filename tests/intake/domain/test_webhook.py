"""The envelope: nothing raises, nothing is lost, no neighbour is harmed."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_intake.domain.items import Message, Receipt, Unhandled
from inkgate_intake.domain.webhook import EXCERPT_CHARS_MAX, UNHANDLED_MAX, parse, read
from inkgate_intake.errors import NotAWebhook
from tests.builders import whatsapp

OURS = frozenset({whatsapp.NUMBER_ID})


def reasons(payload: dict[str, Any]) -> list[str]:
    return [item.reason for item in read(payload, whatsapp.RECEIVED_AT, OURS) if isinstance(item, Unhandled)]


def test_many_entries_changes_and_kinds_in_one_webhook() -> None:
    first = whatsapp.change(whatsapp.value(messages=[whatsapp.text()], statuses=[whatsapp.status()]))
    second = whatsapp.change(whatsapp.value(statuses=[whatsapp.status("read"), whatsapp.status("failed")]))
    payload = whatsapp.webhook(first, second)
    payload["entry"] += whatsapp.webhook(first)["entry"]
    found = read(payload, whatsapp.RECEIVED_AT, OURS)
    assert [type(item) for item in found] == [Message, Receipt, Receipt, Receipt, Message, Receipt]


def test_a_number_that_is_not_ours_is_recorded_whole() -> None:
    payload = whatsapp.webhook(whatsapp.change(whatsapp.value("999", messages=[whatsapp.text("for them")])))
    (item,) = read(payload, whatsapp.RECEIVED_AT, OURS)
    assert isinstance(item, Unhandled)
    assert (item.reason, item.phone_number_id) == ("foreign number", "999")
    assert "for them" in item.excerpt


@pytest.mark.parametrize("field", ["account_update", "message_template_status_update", "history", None, 7, "a\x00b"])
def test_fields_that_are_not_for_us_are_recorded(field: Any) -> None:
    (reason,) = reasons(whatsapp.webhook(whatsapp.change({"event": "X"}, field)))
    assert reason.startswith("field ")


def test_errors_of_the_account_are_recorded() -> None:
    payload = whatsapp.webhook(whatsapp.change(whatsapp.value(errors=[whatsapp.error(130429), whatsapp.error(1)])))
    assert reasons(payload) == ["value error", "value error"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({}, "unknown shape"),
        ({"object": "page", "entry": []}, "unknown shape"),
        ({"entry": [5]}, "unknown shape"),
        ({"entry": [{"changes": 5}]}, "unknown shape"),
        ({"entry": [{"changes": [5]}]}, "unknown shape"),
        ({"entry": [{"changes": [{"value": [], "field": "messages"}]}]}, "unknown shape"),
        (whatsapp.webhook(whatsapp.change({"messages": [whatsapp.text()]})), "no phone number id"),
        (whatsapp.webhook(whatsapp.change(whatsapp.value())), "nothing in it"),
        (whatsapp.webhook(whatsapp.change(whatsapp.value(messages="x"))), "not a list"),
    ],
)
def test_shapes_that_we_do_not_know_are_recorded(payload: dict[str, Any], reason: str) -> None:
    assert reasons(payload) == [reason]


def test_a_bad_entry_does_not_harm_the_others() -> None:
    payload = whatsapp.of_messages(whatsapp.text("good"))
    payload["entry"] = [None, *payload["entry"], {"changes": [None, *payload["entry"][0]["changes"]]}]
    found = read(payload, whatsapp.RECEIVED_AT, OURS)
    assert [getattr(item, "text", item.reason if isinstance(item, Unhandled) else "") for item in found] == [
        "unknown shape", "good", "unknown shape", "good",
    ]  # fmt: skip


def test_what_is_recorded_is_bounded_in_length_and_number() -> None:
    long = whatsapp.webhook(whatsapp.change({"x": "y" * 100_000}, "history"))
    (item,) = read(long, whatsapp.RECEIVED_AT, OURS)
    assert isinstance(item, Unhandled) and len(item.excerpt) == EXCERPT_CHARS_MAX
    many = reasons(whatsapp.of_messages(*[{"no": index} for index in range(1_000)]))
    assert len(many) == UNHANDLED_MAX + 1 and many[-1] == "too many to record"


def test_the_same_thing_has_the_same_key() -> None:
    payload = whatsapp.webhook(whatsapp.change({"event": "X"}, "account_update"))
    first, second = (read(payload, whatsapp.RECEIVED_AT, OURS)[0] for _ in range(2))
    assert first.key == second.key


def test_ids_of_five_thousand_characters_stay_different() -> None:
    one, two = (
        read(whatsapp.of_messages(whatsapp.text(id="w" * 5_000 + end)), whatsapp.RECEIVED_AT, OURS)[0] for end in "12"
    )
    assert isinstance(one, Message) and isinstance(two, Message)
    assert len(one.message_id) <= 512 and one.message_id != two.message_id and one.key != two.key


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"a":' + b"1" * 5_000 + b"}", "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b'"\\ud800"', "not an object"),
        (b"[" * 5_000 + b"]" * 5_000, "nested too deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, "nested too deep"),
        (b'{"s":"\\ud800","a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "nested too deep"),
    ],
)
def test_a_body_that_is_no_webhook_says_why(body: bytes, wrong: str) -> None:
    with pytest.raises(NotAWebhook, match=wrong):
        parse(body)


def test_lone_surrogates_and_nul_in_a_body_are_mended() -> None:
    raw = whatsapp.body(whatsapp.of_messages(whatsapp.text("dr\ud83dagon\x00")))
    (item,) = read(parse(raw), whatsapp.RECEIVED_AT, OURS)
    assert isinstance(item, Message) and item.text == "dr\ufffdagon"


def test_json_as_deep_as_can_be_parsed_is_recorded() -> None:
    deep: Any = 1
    for _ in range(800):
        deep = {"a": deep}
    assert reasons(whatsapp.webhook(whatsapp.change(deep, "history"))) == ["field history"]
    assert reasons(whatsapp.of_messages({"id": "x", "from": "1", "type": "new", "new": deep})) == []


_NAMES = st.sampled_from(
    ["object", "entry", "changes", "field", "value", "metadata", "phone_number_id", "messages", "statuses", "contacts",
     "errors", "message_echoes", "user_id_update", "id", "from", "to", "type", "timestamp", "text", "body", "image",
     "interactive", "button_reply", "list_reply", "context", "wa_id", "user_id", "profile", "system", "edit", "message",
     "status", "recipient_id", "code", "error_data", "biz_opaque_callback_data", "previous", "current", "reaction"]
)  # fmt: skip
_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=8),
    _NAMES,
    st.sampled_from([whatsapp.NUMBER_ID, "whatsapp_business_account", "\ud800", "\x00", "edit", "smb_message_echoes"]),
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=6)),
    max_leaves=25,
)


@given(st.dictionaries(_NAMES, _JSON, max_size=4))
def test_no_json_object_makes_it_raise(payload: dict[str, Any]) -> None:
    for item in read(payload, whatsapp.RECEIVED_AT, OURS):
        assert len(item.key) == 16


@given(_JSON, st.sampled_from(["messages", "statuses", "message_echoes", "user_id_update", "contacts"]))
def test_no_json_inside_a_value_makes_it_raise(part: Any, name: str) -> None:
    parts: dict[str, Any] = {"messages": [whatsapp.text("good")]}
    parts[name] = [*parts[name], part] if name == "messages" else [part]
    found = read(whatsapp.webhook(whatsapp.change(whatsapp.value(**parts))), whatsapp.RECEIVED_AT, OURS)
    assert "good" in [item.text for item in found if isinstance(item, Message)]


@given(st.dictionaries(_NAMES, _JSON, max_size=8))
def test_no_message_makes_it_raise_or_cannot_be_published(entry: dict[str, Any]) -> None:
    found = read(whatsapp.of_messages({"id": "w", "from": "1"} | entry), whatsapp.RECEIVED_AT, OURS)
    for item in found:
        if isinstance(item, Message):
            json.dumps(item.details, allow_nan=False).encode()
            for text in (item.text, item.message_id, item.choice, item.profile_name, item.reply_to):
                assert text is None or "\x00" not in text.encode().decode()


@given(st.binary(max_size=60))
def test_no_bytes_make_parsing_raise_anything_else(body: bytes) -> None:
    with contextlib.suppress(NotAWebhook):
        assert isinstance(parse(body), dict)
