"""docs/asyncapi.yaml is a valid AsyncAPI 3 document, and what it gives as examples are events that its own schemas, and the
services' own decoder, take."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from inkgate import docs
from inkgate.contract import published
from inkgate.documents import examples
from inkgate_common import cloudevents
from inkgate_common.contracts import TOPICS, TYPES

DOCUMENT: dict[str, Any] = yaml.safe_load((docs.ROOT / docs.ASYNCAPI).read_text("utf-8"))
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    try:
        return published.asyncapi_schema(DOCUMENT["asyncapi"])
    except published.NotHad as reason:
        pytest.skip(f"the official AsyncAPI schema is not here: {reason}")


def complaints(document: Any, official: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft7Validator(official)
    best = (jsonschema.exceptions.best_match([error]) for error in validator.iter_errors(document))
    return [f"{error.json_path}: {error.message[:200]}" for error in best if error is not None]


def test_it_is_valid_by_the_published_schema(official: dict[str, Any]) -> None:
    assert complaints(DOCUMENT, official) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": {"inbound": {"address": 7}}},
        {"operations": {"read": {"action": "subscribe", "channel": {"$ref": "#/channels/inbound"}}}},
        {"operations": {"read": {"action": "receive"}}},
    ],
)
def test_one_that_is_not_valid_is_seen(official: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert complaints(DOCUMENT | wrong, official)


def schema_of(part: Any) -> Draft202012Validator:
    """A validator of a part of the document, whose references lead into the document."""
    here = Resource.from_contents(DOCUMENT | {"$schema": "https://json-schema.org/draft/2020-12/schema"})
    registry: Registry[Any] = Registry().with_resource("urn:asyncapi", here)
    pointed = json.loads(json.dumps(part).replace('"#/', '"urn:asyncapi#/'))
    return Draft202012Validator(pointed, registry=registry, format_checker=FormatChecker())


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_example_of_a_message_is_one(name: str) -> None:
    message = MESSAGES[name]
    payload = json.loads((docs.ROOT / docs.ASYNCAPI.parent / message["payload"]["$ref"]).read_text("utf-8"))
    taken_by = Draft202012Validator(payload, format_checker=FormatChecker())
    assert message["examples"]
    for example in message["examples"]:
        assert [error.message for error in taken_by.iter_errors(example["payload"])] == []
        assert [error.message for error in schema_of(message["headers"]).iter_errors(example["headers"])] == []
        headers = [(key, str(value).encode()) for key, value in example["headers"].items()]
        event = cloudevents.decode(headers, json.dumps(example["payload"]).encode())
        assert event is not None and event.type == name


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_example_of_a_message_is_not_one_of_another(name: str) -> None:
    """The headers' schema names type and source, so a wrong example cannot pass unseen."""
    other = next(each for each in TYPES if each != name)
    validator = schema_of(MESSAGES[name]["headers"])
    assert not validator.is_valid(MESSAGES[other]["examples"][0]["headers"])


def test_every_time_and_id_in_a_schema_is_checked_by_its_format() -> None:
    assert {"date-time", "uuid", "date"} <= set(FormatChecker().checkers)


def test_the_story_of_the_examples_says_nothing_that_no_type_asks_for() -> None:
    assert examples.unused() == []


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_channel_says_where_how_long_and_by_which_key(topic: str) -> None:
    channel = DOCUMENT["channels"][topic]
    kafka = channel["bindings"]["kafka"]
    assert kafka["topic"] == channel["address"] == f"inkgate.{topic}.v1"
    assert kafka["partitions"] == 24 and kafka["replicas"] == 3
    assert kafka["topicConfiguration"]["retention.ms"] == channel["x-retention-days"] * 86_400_000
    assert all(MESSAGES[name]["bindings"]["kafka"]["key"]["description"] for name in channel["messages"])


def test_every_operation_says_whose_it_is_and_every_topic_is_written_and_read() -> None:
    operations = DOCUMENT["operations"]
    for name, operation in operations.items():
        service, action, topic = name.split(".")
        assert operation["action"] == action and operation["tags"] == [{"name": service}]
        assert operation["channel"]["$ref"] == f"#/channels/{topic}"
    assert {name.split(".")[2] for name in operations if ".send." in name} == set(TOPICS)
    assert {name.split(".")[2] for name in operations if ".receive." in name} == set(TOPICS)


def test_what_cannot_be_had_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(published.NotHad, match="npm is not installed"):
        published.asyncapi_schema("3.0.0", tmp_path)
    npm = tmp_path / "npm"
    npm.write_text('#!/bin/sh\necho no >"$4/x.tgz"\n')
    npm.chmod(0o755)
    with pytest.raises(published.NotHad, match="has the checksum"):
        published.asyncapi_schema("3.0.0", tmp_path)
    npm.write_text("#!/bin/sh\necho no network >&2\nexit 1\n")
    with pytest.raises(published.NotHad, match="no network"):
        published.asyncapi_schema("3.0.0", tmp_path)
