"""What is read of a record of the topic, and what is passed over."""

import inspect
import json
import re
from typing import Any

import msgspec
import pytest

from inkgate.analytics import fold
from inkgate.analytics.facts import Fact, read
from inkgate_common.contracts import leads
from inkgate_common.errors import MalformedEvent
from inkgate_dialogue.domain import events, publish

ID, LEAD = "6f1c9c3e-0000-4000-8000-000000000001", "6f1c9c3e-0000-4000-8000-000000000002"
GOOD = {
    "lead_id": LEAD,
    "epoch": 1,
    "version": 3,
    "at": "2026-11-26T08:00:00.5Z",
    "from_status": "NEW",
    "to_status": "QUALIFYING",
}


def record(data: Any, kind: str = "inkgate.lead.status_changed", event_id: str = ID) -> Fact | None:
    value = data if isinstance(data, bytes | None) else json.dumps(data).encode()
    return read([("ce_id", event_id.encode()), ("ce_type", kind.encode())], value)


def test_a_fact_is_read_with_its_number_and_its_moment() -> None:
    fact = record(GOOD)
    assert fact is not None
    assert (fact.type, fact.lead_id, fact.epoch, fact.version, fact.event_id) == ("status_changed", LEAD, 1, 3, ID)
    assert fact.at.isoformat() == "2026-11-26T08:00:00.500000+00:00"
    assert fact.data["to_status"] == "QUALIFYING"


def test_a_type_of_a_newer_release_is_kept_and_has_its_number() -> None:
    fact = record({**GOOD, "colour": "red"}, "inkgate.lead.painted")
    assert fact is not None and fact.raises and fact.data["colour"] == "red"


def test_what_is_no_fact_of_a_lead_is_left_alone() -> None:
    assert record(GOOD, "inkgate.message.received") is None


@pytest.mark.parametrize(
    ("data", "kind", "event_id"),
    [
        (b"not json", "inkgate.lead.created", ID),
        (None, "inkgate.lead.created", ID),
        ([], "inkgate.lead.created", ID),
        ({**GOOD, "lead_id": "x"}, "inkgate.lead.created", ID),
        ({**GOOD, "version": 0}, "inkgate.lead.created", ID),
        ({**GOOD, "version": 2**40}, "inkgate.lead.created", ID),
        ({**GOOD, "epoch": -1}, "inkgate.lead.created", ID),
        ({**GOOD, "at": "2026-11-26T08:00:00"}, "inkgate.lead.created", ID),
        ({**GOOD, "reason": "a\x00b"}, "inkgate.lead.created", ID),
        ({key: value for key, value in GOOD.items() if key != "epoch"}, "inkgate.lead.created", ID),
        (GOOD, "inkgate.lead.created", "no id"),
        (b"[" * 100_000, "inkgate.lead.created", ID),
    ],
)
def test_what_cannot_be_kept_is_told_and_passed_over(data: Any, kind: str, event_id: str) -> None:
    with pytest.raises(MalformedEvent, match=r"inkgate\.lead\.created"):
        record(data, kind, event_id)


def test_a_record_without_headers_is_no_event() -> None:
    with pytest.raises(MalformedEvent, match="CloudEvent"):
        read([], b"{}")


def test_only_the_types_about_messages_do_not_raise_and_their_names_say_so() -> None:
    """What docs/consuming.md tells readers in other languages to go by."""
    for struct in leads.TYPES:
        named = struct.TYPE.startswith("inkgate.lead.message_")
        assert issubclass(struct, leads.MessageFact) == named
    for fact in publish._WRITERS:
        assert fact.RAISES == issubclass(fact, events.LeadFact) == (not fact.KIND.startswith("message_"))


def test_every_field_that_is_read_is_one_that_dialogue_writes() -> None:
    """The fold reads plain JSON: a field that were renamed would only be missing."""
    written = {field.encode_name for struct in leads.TYPES for field in msgspec.structs.fields(struct)}
    code = inspect.getsource(fold)
    read_ = set(re.findall(r'data\.get\(\s*"(\w+)"', code))
    assert len(read_) > 15 and read_ <= written
    kinds = set(re.findall(r'^    "(\w+)": (?:_\w+|lambda)', code, re.MULTILINE))
    assert len(kinds) > 10 and kinds <= {struct.TYPE.removeprefix("inkgate.lead.") for struct in leads.TYPES}
