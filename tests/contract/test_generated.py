"""The generated documents say what the code says. A stale one fails here: run `make docs`."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from inkgate import docs
from inkgate.documents import asyncapi, schemas, settings
from inkgate_common.contracts import TOPICS, TYPES, Data

SERVICES = sorted(settings.SERVICES)
Files = dict[Path, str]


# Fixtures, since they take seconds: who runs other tests does not wait for them.
@pytest.fixture(scope="module")
def files() -> Files:
    return docs.generate()


@pytest.fixture(scope="module")
def document(files: Files) -> dict[str, Any]:
    return dict(yaml.safe_load(files[docs.ASYNCAPI]))


def test_every_generated_file_is_up_to_date(files: Files) -> None:
    found = docs.stale(files)
    assert not found, "run make docs: " + "; ".join(found)


def test_it_comes_out_the_same_every_time(files: Files) -> None:
    assert docs.generate() == files


def test_a_stale_a_missing_and_a_superfluous_file_are_found_and_mended(files: Files, tmp_path: Path) -> None:
    assert len(docs.stale(files, tmp_path)) == len(files)
    docs.write(files, tmp_path)
    assert docs.stale(files, tmp_path) == []
    (tmp_path / docs.SETTINGS).write_text("old")
    (tmp_path / docs.ASYNCAPI).unlink()
    (tmp_path / docs.SCHEMAS / "inkgate.gone.json").write_text("{}")
    assert [line.split(" ", 1)[1] for line in docs.stale(files, tmp_path)] == [
        "is missing",
        "is stale",
        "describes what is gone",
    ]
    docs.write(files, tmp_path)
    assert docs.stale(files, tmp_path) == []


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_type_has_a_schema_of_its_own(files: Files, name: str) -> None:
    schema = json.loads(files[docs.SCHEMAS / f"{name}.json"])
    assert schema["$id"] == f"{name}.json" and schema["type"] == "object"
    assert "additionalProperties" not in schema  # a producer may add a field
    unresolved = [ref for ref in references(schema) if ref.removeprefix("#/$defs/") not in schema.get("$defs", {})]
    assert unresolved == []


def test_times_and_ids_say_what_they_are() -> None:
    fields = schemas.schema(TYPES["inkgate.message.delivered"])["properties"]
    assert fields["accepted_at"]["format"] == "date-time" and fields["intent_id"]["format"] == "uuid"
    fields = schemas.schema(TYPES["inkgate.intent.created"])["properties"]
    assert {"type": "string", "format": "date-time"} in fields["window_expires_at"]["anyOf"]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for each in value.values() for ref in references(each)]
    return [ref for each in value for ref in references(each)] if isinstance(value, list) else []


def test_every_reference_in_the_asyncapi_document_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        if not reference.startswith("#/"):
            assert (docs.ROOT / docs.ASYNCAPI.parent / reference).is_file(), reference
            continue
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_it_lists_every_topic_and_type(document: dict[str, Any]) -> None:
    assert document["asyncapi"] == "3.0.0"
    assert {topic: list(channel["messages"]) for topic, channel in document["channels"].items()} == {
        topic: [struct.TYPE for struct in structs] for topic, structs in TOPICS.items()
    }
    assert document["channels"]["leads"]["address"] == "inkgate.leads.v1"
    days = {topic: channel["x-retention-days"] for topic, channel in document["channels"].items()}
    assert days == dict.fromkeys(TOPICS, 7) | {"leads": 90}


@pytest.mark.parametrize("service", SERVICES)
def test_the_flows_are_those_of_the_services(service: str) -> None:
    app = importlib.import_module(f"inkgate_{service}.app")
    assert sorted(asyncapi.SENDS[service]) == sorted(app.TOPICS_WRITTEN)
    read = getattr(app, "TOPICS_READ", None) or importlib.import_module(f"inkgate_{service}.consumer").TOPICS
    assert sorted(asyncapi.RECEIVES[service]) == sorted(read)


def test_every_type_has_a_sender_and_no_flow_names_a_type_of_another_topic() -> None:
    sent: set[type[Data]] = set()
    for flows in (asyncapi.SENDS, asyncapi.RECEIVES):
        for topics in flows.values():
            for topic in topics:
                structs = asyncapi.types_of(topics, topic)
                assert set(structs) <= set(TOPICS[topic])
                if flows is asyncapi.SENDS:
                    sent.update(structs)
    assert sent == set(TYPES.values())


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_listed_with_a_meaning_and_secrets_as_such(files: Files, service: str) -> None:
    text = files[docs.SETTINGS]
    shared, own = text.split("## Every service")[1], text.split(f"## {service}\n")[1].split("\n## ")[0]
    for name in settings.SERVICES[service].model_fields:
        line = next((row for row in (own + shared).splitlines() if row.startswith(f"| `INKGATE_{name.upper()}` |")), "")
        _, _, _, secret, meaning, _ = line.split("|")
        assert meaning.strip(), f"{service}: {name} has no description"
        looks_secret = name.endswith(("_key", "_secret", "_token", "_password", "_headers")) or name == "database_url"
        assert (secret.strip() == "secret") == looks_secret, f"{service}: {name}"
