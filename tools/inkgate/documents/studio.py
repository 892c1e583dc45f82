"""docs/studio-keys.md: every section and key of the studio file and every placeholder of the copy files, from the code."""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import date, time
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from inkgate.documents.schemas import flowing
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.copy_tables import PLACEHOLDERS, placeholders, tables
from inkgate_dialogue.domain.studio import File

_HEAD = """<!-- Generated from the studio file's structs by `make docs`. Do not edit. -->
# Every key of the studio file
What each is for, with examples: [studio.md](studio.md). **As it comes**: left out, it is as in the file that comes with
Inkgate.
"""
_KINDS = {
    str: "text", bool: "true or false", int: "whole number", float: "number", date: "day", time: "time", list: "list",
    dict: "table",
}  # fmt: skip


def text() -> str:
    """The document."""
    parts = [_HEAD, *_section("", File), _copy()]
    return "\n".join(parts)


def _section(path: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    """A struct as a table, then the structs in it."""
    described = flowing(struct.__doc__ or "")
    rows = ["| key | what it is | left out |", "|---|---|---|"]
    inner: list[tuple[str, type[msgspec.Struct]]] = []
    for field in msgspec.structs.fields(struct):
        kind, inside, how = _kind(field.type)
        rows.append(f"| `{field.encode_name}` | {kind} | {_default(field, path)} |")
        if inside is not None:
            inner.append((f"{path}.{field.encode_name}{how}".lstrip("."), inside))
    title = f"## [{path}]" if path else "## The file itself"
    yield f"{title}\n{described}\n\n" + "\n".join(rows) + "\n"
    for name, one in inner:
        yield from _section(name, one)


def _kind(kind: Any) -> tuple[str, type[msgspec.Struct] | None, str]:
    """A type in words, the struct in it, and what stands behind the key in its heading."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    origin, inside = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return "section", kind, ""
    if origin in (list, tuple):
        of, struct, _ = _kind(inside[0])
        return ("sections, each `[[…]]`" if struct else f"list of {of}"), struct, ""
    if origin is dict:
        of, struct, _ = _kind(inside[1])
        return ("sections by name" if struct else f"{of} by name"), struct, ".<name>"
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in inside), None, ""
    return _KINDS.get(kind, getattr(kind, "__name__", str(kind))), None, ""


def _default(field: Any, path: str) -> str:
    if (path or field.encode_name) in studio_file.VOCABULARIES:
        return "as it comes"
    if field.required:
        optional = not path and field.encode_name != "name"
        return "as it comes" if optional or path in _FILLED else "**must be there**"
    value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, msgspec.Struct):
        return "as below"
    if value is None or value in ("", [], {}, ()):
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(f"`{_shown(one)}`" for one in value)
    return f"`{_shown(value)}`"


# Sections whose missing keys are filled in from the file that comes with Inkgate.
_FILLED = {
    field.encode_name
    for field in msgspec.structs.fields(File)
    if field.required and isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
}


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)


def _copy() -> str:
    """Which texts have which placeholders."""
    rows = ["| text | it may say |", "|---|---|"]
    for table, keys in tables(studio_file.read(None).questions).items():
        for key in keys:
            said = [name for name in placeholders(table, key) if name != "studio"]
            if said:
                rows.append(f"| {table}.{key} | {', '.join(f'`{{{name}}}`' for name in said)} |")
    longest = ", ".join(f"`{{{name}}}` {length:,}" for name, length in PLACEHOLDERS.items())
    return (
        "# Placeholders of the copy files\nEvery text may say `{studio}`. How long each may grow, in characters: "
        f"{longest}.\n\n" + "\n".join(rows) + "\n"
    )
