"""JSON Schemas of the event types, from the structs that write them."""

from __future__ import annotations

import inspect
import json
from typing import Any

import msgspec

from inkgate_common.contracts import TYPES, Data

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def files() -> dict[str, str]:
    """`<ce_type>.json` → its text."""
    return {
        f"{name}.json": json.dumps(schema(TYPES[name]), indent=2, ensure_ascii=False) + "\n" for name in sorted(TYPES)
    }


def schema(struct: type[Data]) -> dict[str, Any]:
    """The schema of one type's data. Unknown fields are allowed: a producer may add one without asking (PROTOCOL §3)."""
    made = msgspec.json.schema(struct)
    definitions: dict[str, Any] = made["$defs"]
    times = _time_fields(struct)
    for name, definition in definitions.items():
        _tidy(definition, times.get(name, frozenset()))
    root = definitions.pop(struct.__name__)
    return {
        "$schema": DIALECT,
        "$id": f"{struct.TYPE}.json",
        **root,
        **({"$defs": {name: definitions[name] for name in sorted(definitions)}} if definitions else {}),
    }


def flowing(text: str) -> str:
    """A docstring without the line breaks that only its source needs; paragraphs stay."""
    return "\n\n".join(" ".join(part.split()) for part in inspect.cleandoc(text).split("\n\n"))


def _tidy(definition: dict[str, Any], times: frozenset[str]) -> None:
    if "description" in definition:
        definition["description"] = flowing(definition["description"])
    for name, field in definition.get("properties", {}).items():
        field.pop("discriminator", None)  # OpenAPI's, not JSON Schema's; the tag says the same
        if name in times:
            for part in (field, *field.get("anyOf", ())):
                if part.get("type") == "string":
                    part["format"] = "date-time"


def _time_fields(struct: type[Data]) -> dict[str, frozenset[str]]:
    """Struct's name → its fields that are times. msgspec says only 'string' of a time that need not have a zone; ours always
    has one (UTC)."""
    found: dict[str, frozenset[str]] = {}

    def visit(kind: msgspec.inspect.Type) -> bool:
        """Whether this type is a time; remembers the structs on the way."""
        if isinstance(kind, msgspec.inspect.UnionType):
            visited = [visit(each) for each in kind.types]  # all of them, so that every struct is seen
            return any(visited)
        if isinstance(kind, msgspec.inspect.ListType):
            visit(kind.item_type)
        if isinstance(kind, msgspec.inspect.StructType) and kind.cls.__name__ not in found:
            found[kind.cls.__name__] = frozenset()
            found[kind.cls.__name__] = frozenset(field.encode_name for field in kind.fields if visit(field.type))
        return isinstance(kind, msgspec.inspect.DateTimeType)

    visit(msgspec.inspect.type_info(struct))
    return found
