"""What each release promised, in `tests/contract/releases/<version>.json`: the schema of every type and every consumer's
expectation. `check` names whom today's code breaks, and whom it could not understand.

Old and new run side by side during an upgrade, and what an old producer wrote stays on its topic for 7 days (90 on `leads`).
So a file goes no sooner than 90 days after the release that came next.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from inkgate.contract import expectations
from inkgate.contract.compatibility import Break, Schema, breaks
from inkgate.contract.expectations import ROOT, bare
from inkgate.contract.layout import laid_out
from inkgate.documents import asyncapi, schemas
from inkgate_common.contracts import TYPES

FOLDER = Path("tests/contract/releases")
# Frozen files are compared, not read: wide lines keep them short.
_WIDTH = 400


class Expectation(msgspec.Struct, frozen=True):
    """What one consumer expects of one topic: the schema of each type that it reads there."""

    consumer: str
    topic: str
    types: dict[str, dict[str, Any]]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """What producers write and consumers expect, of one state of the code. `version` None: as it stands now."""

    version: str | None = None
    schemas: dict[str, dict[str, Any]]
    expectations: list[Expectation]


def now(root: Path = ROOT) -> Side:
    """What the code writes, and what its consumers are recorded to expect."""
    files = sorted((root / expectations.FOLDER).rglob("*.json"))
    return Side(
        schemas={name: bare(schemas.schema(struct)) for name, struct in TYPES.items()},
        expectations=[msgspec.json.decode(path.read_bytes(), type=Expectation) for path in files],
    )


def released(root: Path = ROOT) -> list[Side]:
    """Every release that is kept."""
    return [msgspec.json.decode(path.read_bytes(), type=Side) for path in sorted((root / FOLDER).glob("*.json"))]


def check(old: Side, new: Side, *, older: bool = False) -> list[str]:
    """The events of `new` against the expectations of `old`, a sentence for each break; with `older` the events of `old`
    against the expectations of `new`."""
    producers, consumers = (old, new) if older else (new, old)
    found: list[str] = []
    for expected in consumers.expectations:
        for name, schema in expected.types.items():
            for one in _of_type(producers.schemas.get(name), schema, older):
                found.append(_sentence(producers, consumers, expected, name, one))
    return found


def _of_type(produced: Schema | None, expected: Schema, older: bool) -> Iterator[Break]:
    if produced is not None:
        yield from breaks(produced, expected, older=older)
    elif not older:
        yield Break("", "dropped", "no longer writes")


def _sentence(producers: Side, consumers: Side, expected: Expectation, name: str, one: Break) -> str:
    """As `intake drops `text` of inkgate.message.received on inbound, which dialogue of 0.1.0 reads`."""
    where = f"{name} on {expected.topic}"
    what = f"{one.says} of {where}" if one.path else f"{one.says} {where}"
    verb = "reads" if one.read else "does not read but cannot decode otherwise"
    writers = " and ".join(_of(writer, producers) for writer in _writers(name)) or "nobody"
    return f"{writers} {what}, which {_of(expected.consumer, consumers)} {verb}"


def _of(service: str, side: Side) -> str:
    return service if side.version is None else f"{service} of {side.version}"


def _writers(name: str) -> list[str]:
    struct = TYPES.get(name)
    return [] if struct is None else asyncapi.senders(struct)


def freeze(version: str, root: Path = ROOT) -> Path:
    """Record today's contracts as those of a release; the file. Raises FileExistsError where that version is recorded: what
    was promised does not change afterwards."""
    path = root / FOLDER / f"{version}.json"
    if path.exists():
        raise FileExistsError(f"{path.relative_to(root)} is there already: a release's contracts stay as they are")
    path.parent.mkdir(parents=True, exist_ok=True)
    side = msgspec.structs.replace(now(root), version=version)
    path.write_text(laid_out(msgspec.to_builtins(side), _WIDTH), "utf-8")
    return path


def version_now(root: Path = ROOT) -> str:
    """The version in pyproject.toml."""
    project: Mapping[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    return str(project["project"]["version"])
