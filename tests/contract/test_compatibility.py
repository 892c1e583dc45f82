"""What breaks a consumer, one kind of change at a time: given what it expects, when its producer writes otherwise, then this
is said. Old and new run side by side, so both directions count."""

from typing import Any

import pytest

from inkgate.contract.compatibility import Break, breaks
from inkgate.contract.releases import Expectation, Side, check

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NOTHING: Schema = {"anyOf": [{"type": "string"}, {"type": "null"}]}
KIND: Schema = {"enum": ["accepted", "status"]}


def an_object(required: str = "", reads: str | None = None, **properties: Schema) -> Schema:
    read = {} if reads is None else {"reads": reads.split()}
    return {"type": "object", "required": required.split(), **read, "properties": properties}


def told(found: list[Break]) -> list[tuple[str, str]]:
    return [(one.kind, one.says) for one in found]


# --- a new producer and an old consumer ---

EXPECTED = an_object(
    "id", "id text", id={"type": "string", "format": "uuid"}, text=TEXT_OR_NOTHING, age={"type": "integer"}
)
ID: Schema = {"type": "string", "format": "uuid"}


def test_what_is_written_as_expected_breaks_nobody() -> None:
    assert breaks(EXPECTED, EXPECTED) == []


def test_a_field_more_breaks_nobody() -> None:
    assert breaks(an_object("id more", id=ID, text=TEXT_OR_NOTHING, more=KIND), EXPECTED) == []


def test_a_field_that_is_read_is_dropped() -> None:
    assert told(breaks(an_object("id", id=ID), EXPECTED)) == [("dropped", "drops `text`")]


def test_a_field_that_nobody_reads_may_go() -> None:
    assert breaks(an_object("id", id=ID, text=TEXT_OR_NOTHING), EXPECTED) == []


def test_a_field_that_nobody_reads_may_not_go_where_the_decoder_asks_for_it() -> None:
    asks = an_object("id age", "id", id=ID, age={"type": "integer"})
    (found,) = breaks(an_object("id", id=ID), asks)
    assert (found.kind, found.read) == ("dropped", False)


def test_a_field_is_renamed() -> None:
    assert told(breaks(an_object("id", id=ID, body=TEXT_OR_NOTHING), EXPECTED)) == [
        ("renamed", "renames `text` to `body`")
    ]


def test_a_field_that_must_be_there_may_be_left_out() -> None:
    assert told(breaks(an_object("", id=ID, text=TEXT), EXPECTED)) == [("optional", "may leave out `id`")]


def test_a_field_that_may_be_missing_is_always_there() -> None:
    assert breaks(an_object("id text", id=ID, text=TEXT_OR_NOTHING), EXPECTED) == []


def test_null_may_be_written() -> None:
    assert told(breaks(TEXT_OR_NOTHING, TEXT)) == [("null", "may write null in ``")]
    assert breaks(TEXT, TEXT_OR_NOTHING) == []


@pytest.mark.parametrize(
    ("produced", "expected", "says"),
    [
        ({"type": "number"}, {"type": "integer"}, "makes `` number instead of integer"),
        ({"type": "integer"}, TEXT_OR_NOTHING, "makes `` integer instead of string"),
        (TEXT, ID, "makes `` string instead of uuid"),
        ({"type": "string", "format": "date"}, ID, "makes `` date instead of uuid"),
        ({}, TEXT, "makes `` anything instead of string"),
        ({"type": "array", "items": TEXT}, TEXT, "makes `` array instead of string"),
        ({"type": ["string", "boolean"]}, TEXT, "makes `` boolean instead of string"),
    ],
)  # fmt: skip
def test_a_type_is_changed(produced: Schema, expected: Schema, says: str) -> None:
    assert ("type", says) in told(breaks(produced, expected))


def test_whole_numbers_where_any_number_is_taken_break_nobody() -> None:
    assert breaks({"type": "integer"}, {"type": "number"}) == []


def test_a_consumer_that_takes_anything_is_never_broken() -> None:
    assert breaks(KIND, {}) == []


def test_a_value_that_a_closed_list_does_not_have_is_said() -> None:
    more = {"enum": ["accepted", "status", "guess"]}
    assert told(breaks(more, KIND)) == [("widened", "says 'guess' in ``, which is not known")]
    assert told(breaks(TEXT, KIND)) == [("widened", "says anything in `` where 'accepted', 'status' are known")]


def test_a_value_that_is_waited_for_is_said_no_longer() -> None:
    assert told(breaks({"const": "accepted"}, KIND)) == [("narrowed", "no longer says 'status' in ``")]
    assert told(breaks(KIND, TEXT)) == [("narrowed", "says only 'accepted', 'status' in ``")]


def test_what_is_decoded_but_not_read_may_be_narrowed_and_may_not_be_widened() -> None:
    expected = an_object("", "", kind=KIND)
    assert breaks(an_object("", kind={"enum": ["accepted"]}), expected) == []
    (found,) = breaks(an_object("", kind=TEXT), expected)
    assert (found.kind, found.read) == ("widened", False)


@pytest.mark.parametrize(
    ("produced", "expected", "found"),
    [
        ({"maxLength": 20}, {"maxLength": 10}, ("widened", "lifts maxLength of `` from 10 to 20")),
        ({}, {"maxLength": 10}, ("widened", "lifts maxLength of `` from 10 to None")),
        ({"minLength": 0}, {"minLength": 1}, ("widened", "lifts minLength of `` from 1 to 0")),
        ({"maxLength": 5}, {"maxLength": 10}, ("narrowed", "narrows `` to maxLength 5")),
        ({"maxLength": 5}, {}, ("narrowed", "narrows `` to maxLength 5")),
        ({}, {"pattern": "^a"}, ("widened", "writes `` by another pattern than ^a")),
        ({"pattern": "^a"}, {}, ("narrowed", "narrows `` to the pattern ^a")),
    ],
)
def test_a_limit_is_moved(produced: Schema, expected: Schema, found: tuple[str, str]) -> None:
    assert told(breaks({"type": "string", **produced}, {"type": "string", **expected})) == [found]


def tagged(kind: str, **properties: Schema) -> Schema:
    return an_object("kind", f"kind {' '.join(properties)}", kind={"enum": [kind]}, **properties)


def test_an_object_of_a_new_kind_is_written() -> None:
    expected = {"anyOf": [tagged("text", text=TEXT), tagged("list", rows=TEXT)]}
    more = {"anyOf": [*expected["anyOf"], tagged("flow", name=TEXT)]}
    assert told(breaks(more, expected)) == [("widened", "says kind 'flow' in ``, which is not known")]


def test_an_object_of_a_kind_that_is_waited_for_is_written_no_longer() -> None:
    expected = {"anyOf": [tagged("text", text=TEXT), tagged("list", rows=TEXT)]}
    assert told(breaks(tagged("text", text=TEXT), expected)) == [("narrowed", "no longer says kind 'list' in ``")]


def test_fields_are_compared_however_deep_they_stand() -> None:
    def body(title: Schema) -> Schema:
        rows = {"type": "array", "items": an_object("", "title", title=title)}
        return an_object("", "body", body={"anyOf": [tagged("list", rows=rows), {"type": "null"}]})

    (found,) = breaks(body({"type": "integer"}), body(TEXT))
    assert found.path == "body.rows[].title"
    by_key = [{"type": "object", "additionalProperties": one} for one in ({"type": "integer"}, TEXT)]
    assert [one.path for one in breaks(by_key[0], by_key[1])] == [".*"]


# --- an old producer and a new consumer ---


def test_a_new_field_that_the_consumer_can_do_without_may_be_missing_in_old_events() -> None:
    assert breaks(an_object("id", id=ID), EXPECTED, older=True) == []


def test_a_new_field_that_the_consumer_asks_for_is_missing_in_old_events() -> None:
    asks = an_object("id text", "id text", id=ID, text=TEXT)
    assert told(breaks(an_object("id", id=ID), asks, older=True)) == [("dropped", "does not write `text` yet")]


def test_a_new_value_that_the_consumer_knows_already_need_not_be_said_yet() -> None:
    assert breaks(KIND, {"enum": ["accepted", "status", "timeout"]}, older=True) == []
    assert breaks(KIND, TEXT, older=True) == []
    assert breaks({"type": "string", "maxLength": 5}, TEXT, older=True) == []


def test_a_value_that_the_consumer_forgot_is_still_in_old_events() -> None:
    assert [one.kind for one in breaks(KIND, {"enum": ["accepted"]}, older=True)] == ["widened"]


def test_null_that_the_consumer_takes_no_longer_is_still_in_old_events() -> None:
    assert [one.kind for one in breaks(TEXT_OR_NOTHING, TEXT, older=True)] == ["null"]


# --- what is said of it ---

RECEIVED = "inkgate.message.received"


def side(schema: Schema, expected: Schema, version: str | None = None) -> Side:
    return Side(
        version=version,
        schemas={RECEIVED: schema},
        expectations=[Expectation("dialogue", "inbound", {RECEIVED: expected})],
    )


OLD = side(an_object("text", text=TEXT), an_object("text", "text", text=TEXT), "0.1.0")


def test_producer_type_topic_and_consumer_are_named() -> None:
    assert check(OLD, side(an_object(""), EXPECTED)) == [
        "intake drops `text` of inkgate.message.received on inbound, which dialogue of 0.1.0 reads"
    ]


def test_a_type_that_is_written_no_longer_is_named() -> None:
    gone = Side(schemas={}, expectations=[])
    assert check(OLD, gone) == [
        "intake no longer writes inkgate.message.received on inbound, which dialogue of 0.1.0 reads"
    ]


def test_a_type_that_is_new_is_not_in_old_events() -> None:
    assert check(Side(schemas={}, expectations=[], version="0.1.0"), OLD, older=True) == []


def test_the_old_producer_is_named_too() -> None:
    asks = an_object("text more", "text more", text=TEXT, more=TEXT)
    assert check(OLD, side(OLD.schemas[RECEIVED], asks), older=True) == [
        "intake of 0.1.0 does not write `more` yet of inkgate.message.received on inbound, which dialogue reads"
    ]


def test_what_a_consumer_only_decodes_is_said_as_such() -> None:
    decoded = an_object("text", "", text=TEXT)
    assert check(side({}, decoded), side(an_object("", other=KIND), decoded)) == [
        "intake drops `text` of inkgate.message.received on inbound, "
        "which dialogue does not read but cannot decode otherwise"
    ]  # fmt: skip
