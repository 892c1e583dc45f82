"""What each consumer expects of each topic that it reads, as a file: `tests/contract/expectations/<consumer>.<topic>.json`.

For every type the JSON Schema that its decoder takes, without what only explains, and beside each object's properties the
names of those that the consumer's code really `reads`. The rest it decodes only: such a field may go where it is not
required, but may not become something that the decoder refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from inkgate.contract import reads
from inkgate.contract.layout import laid_out
from inkgate.documents import asyncapi, schemas
from inkgate_common.contracts import Data

ROOT = Path(__file__).resolve().parents[3]
FOLDER = Path("tests/contract/expectations")
COMMON = ROOT / "libs/common/inkgate_common"
# Consumer → its package. Each stands in `asyncapi.RECEIVES` too.
PACKAGES: Mapping[str, Path] = {
    "intake": ROOT / "services/intake/inkgate_intake",
    "dialogue": ROOT / "services/dialogue/inkgate_dialogue",
    "sender": ROOT / "services/sender/inkgate_sender",
    "payments": ROOT / "services/payments/inkgate_payments",
    "analytics": ROOT / "tools/inkgate/analytics",
}
# What explains, and what only a writer of this language needs.
_NOT_SAID = ("$schema", "$id", "$defs", "title", "description", "default", "examples")
_STRUCT = "x-struct"

Schema = dict[str, Any]


@cache
def found() -> Mapping[str, reads.Reads]:
    """Consumer → what its code reads, as it stands. Takes seconds."""
    return reads.of(PACKAGES, COMMON)


def files() -> dict[Path, str]:
    """Every recorded file, by its path in the repository."""
    return {FOLDER / name: laid_out(expected) for name, expected in all_of_them().items()}


def all_of_them() -> dict[str, Schema]:
    """`<consumer>.<topic>.json` → what that consumer expects of that topic."""
    return {
        f"{consumer}.{topic}.json": expectation(consumer, topic, found()[consumer])
        for consumer, topics in asyncapi.RECEIVES.items()
        for topic in topics
    }


def expectation(consumer: str, topic: str, read: reads.Reads) -> Schema:
    """What one consumer expects of one topic."""
    types = asyncapi.types_of(asyncapi.RECEIVES[consumer], topic)
    return {"consumer": consumer, "topic": topic, "types": {struct.TYPE: accepted(struct, read) for struct in types}}


def accepted(struct: type[Data], read: reads.Reads) -> Schema:
    """What a decoder of this struct takes, and which of its fields are read."""
    names = {each.__name__: _names_read(each, read) for each in _structs_in(struct)}
    full = schemas.schema(struct)
    return dict(_marked(_in_one_piece(full, full.get("$defs", {})), names, struct.__name__))


def bare(schema: Schema) -> Schema:
    """A schema in one piece (definitions stand where they are used), without what only explains."""
    return dict(_marked(_in_one_piece(schema, schema.get("$defs", {})), {}))


def _in_one_piece(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """With each definition where it is used, and its name in `_STRUCT`."""
    if isinstance(schema, list):
        return [_in_one_piece(each, definitions) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return {_STRUCT: name, **_in_one_piece(definitions[name], definitions)}
    said = {key: value for key, value in schema.items() if key not in (*_NOT_SAID, "properties")}
    made = {key: _in_one_piece(value, definitions) for key, value in said.items()}
    if "properties" in schema:
        made["properties"] = {name: _in_one_piece(each, definitions) for name, each in schema["properties"].items()}
    return made


def _marked(schema: Any, names: Mapping[str, set[str]], struct: str | None = None) -> Any:
    """Without the names of structs; with `reads` beside the properties of those that are in `names`."""
    if isinstance(schema, list):
        return [_marked(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    struct = str(schema.get(_STRUCT, struct))
    made = {key: _marked(value, names) for key, value in schema.items() if key not in (_STRUCT, "properties")}
    if "properties" in schema:
        if struct in names:
            made["reads"] = sorted(names[struct])
        made["properties"] = {field: _marked(each, names) for field, each in schema["properties"].items()}
    return made


def _names_read(struct: type[Any], read: reads.Reads) -> set[str]:
    """The fields of a struct, by their names in JSON, that are read as its own, as a base's, or without a type."""
    attributes = set(read.get(reads.ANYTHING, ())) if issubclass(struct, Data) else set()
    for base in struct.__mro__:
        attributes |= read.get(base.__name__, set())
    config = struct.__struct_config__
    tag = {config.tag_field} if config.tag_field else set()  # the decoder goes by it
    return tag | {
        field.encode_name for field in msgspec.structs.fields(struct) if attributes & {field.name, field.encode_name}
    }


def _structs_in(struct: type[Data]) -> list[type[Any]]:
    found: list[type[Any]] = []

    def visit(kind: msgspec.inspect.Type) -> None:
        if isinstance(kind, msgspec.inspect.StructType) and kind.cls not in found:
            found.append(kind.cls)
            for field in kind.fields:
                visit(field.type)
        for inner in getattr(kind, "types", ()):
            visit(inner)
        for name in ("item_type", "value_type"):
            if hasattr(kind, name):
                visit(getattr(kind, name))

    visit(msgspec.inspect.type_info(struct))
    return found
