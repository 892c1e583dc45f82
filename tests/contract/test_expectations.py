"""Nobody breaks a consumer: what is written now is held against what every consumer reads, now and in every release that is
kept, and what releases wrote against what is read now. What a change breaks is named with the consumer it breaks.

To go on: docs/contracts.md.
"""

import json
from pathlib import Path

import pytest

from inkgate.contract import expectations, reads, releases
from inkgate.documents import asyncapi
from inkgate_common.contracts import TYPES, leads
from inkgate_dialogue.domain import inputs
from inkgate_intake import consumer as intake
from inkgate_payments import consumer as payments
from inkgate_sender import consumer as sender

NOW = releases.now()
RELEASED = releases.released()
VERSIONS = [str(side.version) for side in RELEASED]

# A break that is meant, as the test tells it → why nobody is hurt by it. It goes with the release that it speaks of.
ACCEPTED: dict[str, str] = {}


def found() -> list[str]:
    """Every break, whichever way."""
    both = [line for old in RELEASED for line in (*releases.check(old, NOW), *releases.check(old, NOW, older=True))]
    return [*releases.check(NOW, NOW), *both]


def test_what_is_written_now_is_what_every_consumer_reads() -> None:
    assert releases.check(NOW, NOW) == []


@pytest.mark.parametrize("old", RELEASED, ids=VERSIONS)
def test_a_consumer_of_that_release_can_read_what_is_written_now(old: releases.Side) -> None:
    assert [line for line in releases.check(old, NOW) if line not in ACCEPTED] == []


@pytest.mark.parametrize("old", RELEASED, ids=VERSIONS)
def test_what_that_release_wrote_can_be_read_now(old: releases.Side) -> None:
    assert [line for line in releases.check(old, NOW, older=True) if line not in ACCEPTED] == []


def test_no_break_is_accepted_that_there_is_not() -> None:
    assert sorted(set(ACCEPTED) - set(found())) == []


def test_a_release_is_kept_and_is_not_written_again(tmp_path: Path) -> None:
    assert RELEASED
    assert releases.freeze("1.2.3", tmp_path).is_file()
    with pytest.raises(FileExistsError, match=r"releases/1\.2\.3\.json"):
        releases.freeze("1.2.3", tmp_path)
    (again,) = releases.released(tmp_path)
    assert again.schemas == NOW.schemas and again.version == "1.2.3"


def test_a_consumer_elsewhere_is_held_by_the_file_it_leaves_here(tmp_path: Path) -> None:
    folder = tmp_path / expectations.FOLDER / "elsewhere"
    folder.mkdir(parents=True)
    asks = {"type": "object", "required": ["mood"], "reads": ["mood"], "properties": {"mood": {"type": "string"}}}
    expected = {"consumer": "newsletter", "topic": "leads", "types": {"inkgate.lead.erased": asks}}
    (folder / "newsletter.leads.json").write_text(json.dumps(expected))
    there = releases.now(tmp_path)
    assert releases.check(there, there) == [
        "dialogue drops `mood` of inkgate.lead.erased on leads, which newsletter reads"
    ]


def received(service: str) -> set[str]:
    topics = asyncapi.RECEIVES[service]
    return {struct.TYPE for topic in topics for struct in asyncapi.types_of(topics, topic)}


def test_what_is_expected_is_what_the_consumers_hand_to_a_rule() -> None:
    assert received("intake") == set(intake._USE_CASES)
    assert received("sender") == set(sender.RULES)
    assert received("payments") == {*payments.RULES, "inkgate.person.erased"}
    judged = {struct.TYPE for struct in inputs.JUDGES if struct in TYPES.values()}
    assert received("analytics") == {struct.TYPE for struct in leads.TYPES}
    assert received("dialogue") == judged | {"inkgate.sender.held", "inkgate.sender.released"}


# --- reading the code of a consumer ---

CODE = """
from typing import Any

import msgspec

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.deliveries import Delivery, MessageDelivered, MessageStatus
from inkgate_common.contracts.intents import Body, Buttons


def typed(data: MessageStatus) -> str:
    return data.status


def base(data: Delivery) -> object:
    return data.intent_id


def narrowed(event: Event) -> object:
    return event.data.basis if isinstance(event.data, MessageDelivered) else None


def either(body: Body) -> str:
    match body:
        case Buttons(buttons=buttons):
            return buttons[0].title
    return ""


def untyped(event: Event) -> object:
    return event.data.wamid


def in_a_variable(events: list[Event]) -> object:
    first, rest = events[0].data, [event.data for event in events[1:]]
    return [first.at, *(one.fallback for one in rest)]


def by_name(anything: Any) -> object:
    return getattr(anything, "attempt", None)


def by_key(event: Event) -> object:
    data = event.data
    return data["all_failed"] or data.get("makes_delivered")


class View(msgspec.Struct):
    sequence: int
    reason: str


decoder = msgspec.json.Decoder(View)


def of_something_else(row: Any) -> object:
    return row.errors or row["title"]
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> reads.Reads:
    package = tmp_path_factory.mktemp("code") / "some_consumer"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rules.py").write_text(CODE)
    return reads.of({"some": package}, expectations.COMMON)["some"]


def test_an_attribute_counts_for_the_type_that_it_is_read_of(read: reads.Reads) -> None:
    assert read["MessageStatus"] == {"status"}
    assert read["MessageDelivered"] == {"basis"}
    assert read["Delivery"] == {"intent_id"}
    assert read["Buttons"] == {"buttons"} and read["Choice"] == {"title"}


def test_without_a_type_it_counts_for_every_type(read: reads.Reads) -> None:
    assert {"wamid", "at", "fallback", "attempt"} <= read[reads.ANYTHING]
    assert {"all_failed", "makes_delivered"} <= read[reads.ANYTHING]
    assert not {"errors", "title"} & read[reads.ANYTHING]


def test_a_struct_of_the_consumers_own_that_it_decodes_reads_its_fields(read: reads.Reads) -> None:
    assert "reason" in read[reads.ANYTHING]


def test_the_number_by_which_the_library_keeps_order_is_read_by_everybody(read: reads.Reads) -> None:
    assert "sequence" in read[reads.ANYTHING]


def test_a_field_is_read_by_its_name_in_json_and_a_kind_by_its_tag() -> None:
    schema = expectations.accepted(TYPES["inkgate.identity.linked"], {"IdentityLinked": {"from_"}})
    assert schema["reads"] == ["from"]
    body = expectations.accepted(TYPES["inkgate.intent.created"], {"Text": {"text"}})["properties"]["body"]["anyOf"][0]
    assert body["reads"] == ["kind", "text"]
