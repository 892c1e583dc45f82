"""docs/contract-coverage.md: every contract, who writes it, who reads how much of it, and what holds them to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inkgate.contract.expectations import FOLDER, ROOT
from inkgate.documents import asyncapi, openapi
from inkgate_common.contracts import TOPICS, Data
from inkgate_common.migrate import retention_days

_HEAD = """<!-- Generated from the contracts, the consumers' code and the routes by `make docs`. Do not edit. -->
# Coverage of the contracts by service
How to change one without breaking anybody: [contracts.md](contracts.md).

## Topics
Types that a service writes; types that it reads, with how many of their fields its code really looks at (the rest it decodes
only).

"""
_EVENTS = """
What holds each of them:

| | |
|---|---|
| the schema says what is written | `tests/common/test_contracts.py` |
| an example of it is taken by schema and decoder; AsyncAPI is valid | `tests/contract/test_asyncapi.py` |
| what is written is what each consumer reads, across the releases that are kept | `tests/contract/test_expectations.py` |
| what is recorded is what the code says | `tests/contract/test_generated.py` |

## Types
"""
_HTTP = """
## HTTP
Each service's document is valid, says what is answered when it is not well too, and its examples fit
(`tests/contract/test_openapi.py`). schemathesis sends every operation of the running services what fits and what does not,
and holds each answer against the document (`tests/e2e/test_openapi.py`). Of `GET /api/events`, which has no end, it
reads the head; `tests/e2e/test_events.py` reads the events.

| service | document | operations | with the API key | problems documented |
|---|---|---|---|---|
"""
_THIRD = """
## WhatsApp and Stripe
What is asked is recorded as it goes over the wire, and held against the published limits
(`tests/contract/test_third_parties.py`); so is every text and template that comes with Inkgate, in both languages.

| service | asks | recorded |
|---|---|---|
"""
_ASKS = (("sender", "WhatsApp, Graph API", "whatsapp.json"), ("payments", "Stripe", "stripe.json"))
_REQUESTS = "tests/contract/requests"


def text(expectations: Mapping[str, Mapping[str, Any]]) -> str:
    """The page. `expectations`: each recorded file's name → its content."""
    services = list(dict.fromkeys((*asyncapi.SENDS, *asyncapi.RECEIVES)))
    parts = [_HEAD, _table(["topic", *services], _summary(services, expectations)), _EVENTS]
    for topic, structs in TOPICS.items():
        parts.append(f"\n### {topic}\nKept {retention_days(topic)} days. {_files(topic, expectations)}\n\n")
        parts.append(_table(["type", "fields", *services], _rows(topic, structs, services, expectations)))
    return "".join([*parts, _HTTP, *_http(), _THIRD, *_asks()])


def _summary(services: Sequence[str], expectations: Mapping[str, Any]) -> Iterator[list[str]]:
    for topic, structs in TOPICS.items():
        cells = []
        for service in services:
            written = asyncapi.types_of(asyncapi.SENDS.get(service, {}), topic)
            said = [f"writes {_of(len(written), len(structs))}"] if written else []
            read = expectations.get(f"{service}.{topic}.json", {}).get("types", {})
            if read:
                fields = sum(len(one["reads"]) for one in read.values())
                has = sum(len(one["properties"]) for one in read.values())
                said.append(f"reads {_of(len(read), len(structs))}, {fields} of {has} fields")
            cells.append("; ".join(said))
        yield [f"`{topic}`", *cells]


def _of(count: int, whole: int) -> str:
    return f"{count} types" if count == whole > 1 else "its type" if whole == 1 else f"{count} of {whole} types"


def _files(topic: str, expectations: Mapping[str, Any]) -> str:
    names = [name for name in sorted(expectations) if name.endswith(f".{topic}.json")]
    listed = ", ".join(f"[{name}](../{FOLDER.as_posix()}/{name})" for name in names)
    return f"Expectations: {listed}." if names else "Nobody of ours reads it."


def _rows(
    topic: str, structs: Sequence[type[Data]], services: Sequence[str], expectations: Mapping[str, Any]
) -> Iterator[list[str]]:
    for struct in structs:
        cells = []
        for service in services:
            writes = struct in asyncapi.types_of(asyncapi.SENDS.get(service, {}), topic)
            read = expectations.get(f"{service}.{topic}.json", {}).get("types", {}).get(struct.TYPE)
            said = ["writes"] if writes else []
            said += [f"reads {len(read['reads'])}"] if read is not None else []
            cells.append(", ".join(said))
        yield [f"`{struct.TYPE}`", str(len(struct.__struct_fields__)), *cells]


def _table(head: Sequence[str], rows: Iterator[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _http() -> Iterator[str]:
    for service in openapi.APPS:
        document = openapi.document(service)
        operations = [one for methods in document["paths"].values() for one in methods.values()]
        keyed = sum("security" in one for one in operations)
        problems = sum(code >= "4" for one in operations for code in one["responses"])
        link = f"[{service}.yaml](openapi/{service}.yaml)"
        yield f"| {service} | {link} | {len(operations)} | {keyed} | {problems} |\n"


def _asks() -> Iterator[str]:
    for service, whom, name in _ASKS:
        kinds = json.loads((ROOT / _REQUESTS / name).read_text("utf-8"))
        yield f"| {service} | {whom} | [{', '.join(kinds)}](../{_REQUESTS}/{name}) |\n"
