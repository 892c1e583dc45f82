"""What breaks a consumer when its producer says something else than it expects. Pure.

Both sides are JSON Schemas in one piece (`expectations.bare`); the expectation also has `reads` beside the properties of its
objects. Compared is what a producer may write with what the consumer's decoder takes and its code waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

Schema = Mapping[str, Any]
Kind = Literal["dropped", "renamed", "optional", "null", "type", "widened", "narrowed"]

# A bound, and whether a greater one lets more through.
_BOUNDS = {
    "maxLength": True, "maxItems": True, "maximum": True, "exclusiveMaximum": True,
    "minLength": False, "minItems": False, "minimum": False, "exclusiveMinimum": False,
}  # fmt: skip


class Break(msgspec.Struct, frozen=True, order=True):
    """One thing that breaks a consumer. `path`: the field, as `body.buttons[].title`; `says`: what its producer does;
    `read`: whether the consumer's code reads it, or its decoder alone would refuse it."""

    path: str
    kind: Kind
    says: str
    read: bool = True


def breaks(produced: Schema, expected: Schema, *, older: bool = False) -> list[Break]:
    """What of `expected` does not hold for what `produced` describes. `older`: the producer is older than the consumer, so
    what it does not say yet breaks nothing where the consumer can do without."""
    return sorted(set(_Comparison(older).compare(produced, expected, "", True)))


class _Comparison:
    def __init__(self, older: bool) -> None:
        self._older = older

    def compare(self, produced: Schema, expected: Schema, path: str, read: bool) -> Iterator[Break]:
        """Every alternative that may be written against the one that is waited for."""
        takes = _alternatives(expected)
        if any(_kind(one) == "anything" for one in takes):
            return
        known: list[Schema] = []
        changed = False
        for one in _alternatives(produced):
            match = _match(one, takes)
            if match is None:
                found = self._unknown(one, takes, path, read)
                changed = changed or found.kind == "type"
                yield found
            else:
                known.append(match)
                yield from self._same_kind(one, match, path, read)
        if self._older or changed or not read:
            return
        for one in takes:
            if _kind(one) != "null" and not any(one is each for each in known):
                yield Break(path, "narrowed", f"no longer says {_called(one)} in `{path}`")

    def _unknown(self, one: Schema, takes: list[Schema], path: str, read: bool) -> Break:
        if _kind(one) == "null":
            return Break(path, "null", f"may write null in `{path}`", read)
        if any(_kind(each) == _kind(one) for each in takes):
            return Break(path, "widened", f"says {_called(one)} in `{path}`, which is not known", read)
        was = " or ".join(_called(each) for each in takes if _kind(each) != "null")
        return Break(path, "type", f"makes `{path}` {_called(one)} instead of {was}", read)

    def _same_kind(self, one: Schema, takes: Schema, path: str, read: bool) -> Iterator[Break]:
        if one.get("format") != takes.get("format") and "format" in takes:
            yield Break(path, "type", f"makes `{path}` {_called(one)} instead of {_called(takes)}", read)
        yield from self._values(one, takes, path, read)
        yield from self._bounds(one, takes, path, read)
        if _kind(takes) == "array":
            yield from self.compare(one.get("items", {}), takes.get("items", {}), f"{path}[]", read)
        if _kind(takes) == "object":
            yield from self._fields(one, takes, path, read)

    def _values(self, one: Schema, takes: Schema, path: str, read: bool) -> Iterator[Break]:
        says, knows = _values(one), _values(takes)
        if knows is not None and says is None:
            yield Break(path, "widened", f"says anything in `{path}` where {_listed(knows)} are known", read)
        elif knows is None and says is not None and read and not self._older:
            yield Break(path, "narrowed", f"says only {_listed(says)} in `{path}`")
        elif knows is not None and says is not None:
            if new := [value for value in says if value not in knows]:
                yield Break(path, "widened", f"says {_listed(new)} in `{path}`, which is not known", read)
            gone = [value for value in knows if value not in says]
            if gone and read and not self._older:
                yield Break(path, "narrowed", f"no longer says {_listed(gone)} in `{path}`")

    def _bounds(self, one: Schema, takes: Schema, path: str, read: bool) -> Iterator[Break]:
        for name, upper in _BOUNDS.items():
            given, taken = one.get(name), takes.get(name)
            if given == taken:
                continue
            looser = taken is not None and (given is None or (given > taken) == upper)
            if looser:
                yield Break(path, "widened", f"lifts {name} of `{path}` from {taken} to {given}", read)
            elif read and not self._older:
                yield Break(path, "narrowed", f"narrows `{path}` to {name} {given}")
        given, taken = one.get("pattern"), takes.get("pattern")
        if taken is not None and given != taken:
            yield Break(path, "widened", f"writes `{path}` by another pattern than {taken}", read)
        elif given != taken and read and not self._older:
            yield Break(path, "narrowed", f"narrows `{path}` to the pattern {given}")

    def _fields(self, one: Schema, takes: Schema, path: str, read: bool) -> Iterator[Break]:
        if isinstance(takes.get("additionalProperties"), Mapping):
            yield from self.compare(
                one.get("additionalProperties", {}), takes["additionalProperties"], f"{path}.*", read
            )
        has, wants = one.get("properties", {}), takes.get("properties", {})
        must, given = takes.get("required", ()), one.get("required", ())
        reads = takes.get("reads", ())
        for name, field in wants.items():
            here = f"{path}.{name}" if path else name
            field_read = read and name in reads
            if name not in has:
                if name in must or (field_read and not self._older):
                    yield self._gone(name, field, has, wants, here, field_read)
                continue
            if name in must and name not in given:
                yield Break(here, "optional", f"may leave out `{here}`", field_read)
            yield from self.compare(has[name], field, here, field_read)

    def _gone(self, name: str, field: Schema, has: Schema, wants: Schema, here: str, read: bool) -> Break:
        """A field that is gone; where just one new field could be it, it was renamed."""
        fresh = [other for other in has if other not in wants]
        alike = [other for other in fresh if not any(self.compare(has[other], field, other, True))]
        if self._older:
            return Break(here, "dropped", f"does not write `{here}` yet", read)
        if len(alike) == 1:
            return Break(here, "renamed", f"renames `{here}` to `{alike[0]}`", read)
        return Break(here, "dropped", f"drops `{here}`", read)


def _alternatives(schema: Schema) -> list[Schema]:
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return [one for each in schema[name] for one in _alternatives(each)]
    if isinstance(schema.get("type"), list):
        return [{**schema, "type": each} for each in schema["type"]]
    return [schema]


def _kind(schema: Schema) -> str:
    """The JSON type of an alternative; 'anything' where it says none."""
    if "type" in schema:
        return str(schema["type"])
    values = _values(schema)
    if not values:
        return "anything"
    return {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}[type(values[0])]


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _match(one: Schema, takes: list[Schema]) -> Schema | None:
    """The alternative that takes it: of its type and, of several objects, of its tag."""
    kinds = ("integer", "number") if _kind(one) == "integer" else (_kind(one),)
    fitting = [each for each in takes if _kind(each) in kinds]
    if len(fitting) > 1 or (fitting and _tag(fitting[0])):
        fitting = [each for each in fitting if _tag(each) is None or _tag(each) == _tag(one)]
    return fitting[0] if fitting else None


def _tag(schema: Schema) -> tuple[str, Any] | None:
    """The property that has one value only and so tells what an object is."""
    for name, field in schema.get("properties", {}).items():
        values = _values(field)
        if values is not None and len(values) == 1 and name in schema.get("required", ()):
            return name, values[0]
    return None


def _called(schema: Schema) -> str:
    """An alternative in words."""
    tag = _tag(schema)
    if tag is not None:
        return f"{tag[0]} {tag[1]!r}"
    return str(schema.get("format") or _kind(schema))


def _listed(values: list[Any]) -> str:
    return ", ".join(repr(value) for value in values)
