"""The shape of a TOML file held against a struct: missing keys, unknown keys (with the nearest known one), wrong types. All
of them, where msgspec would stop at the first."""

from collections.abc import Iterator
from datetime import date, time
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

import msgspec

from inkgate_dialogue.domain.problem import Problem, nearest

_NAMES = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
    date: "a day like 2030-03-04, without quotes",
    time: "a time like 09:00",
}
At = tuple[str | int, ...]


def shape(value: Any, kind: Any, at: At = ()) -> Iterator[Problem]:
    """What is wrong with `value` for the type `kind` (a struct, list, dict, Literal or plain type)."""
    if isinstance(kind, UnionType):  # a section that may be left out
        kind = next(one for one in get_args(kind) if one is not NoneType)
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield from _table(value, kind, at)
    elif origin is list or origin is tuple:
        inner = get_args(kind)[0]
        if not isinstance(value, list):
            yield Problem(at, _wrong(value, "a list"))
            return
        for number, item in enumerate(value):
            yield from shape(item, inner, (*at, number))
    elif origin is dict:
        if not isinstance(value, dict):
            yield Problem(at, _wrong(value, "a table"))
            return
        for key, item in value.items():
            yield from shape(item, get_args(kind)[1], (*at, key))
    elif origin is Literal:
        if value not in get_args(kind):
            yield Problem(at, f"must be {' or '.join(map(str, get_args(kind)))}, not {_short(value)}")
    else:
        yield from _plain(value, kind, at)


def _table(value: Any, kind: type[msgspec.Struct], at: At) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(at, _wrong(value, "a table"))
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in value:
        if key not in fields:
            yield Problem((*at, key), f"is unknown{nearest(key, fields)}")
    for name, field in fields.items():
        if name in value:
            yield from shape(value[name], field.type, (*at, name))
        elif field.required:
            yield Problem((*at, name), f"is missing: {_expected(field.type)}")


def _plain(value: Any, kind: Any, at: At) -> Iterator[Problem]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield Problem(at, _wrong(value, _NAMES[kind]) if kind in _NAMES else f"is wrong: {error}")


def _expected(kind: Any) -> str:
    known = _NAMES.get(get_origin(kind) or kind)
    return f"write {known}" if known else "write its table"


def _wrong(value: Any, expected: str) -> str:
    return f"must be {expected}, not {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, list | dict):
        return _NAMES[type(value)]
    text = f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
