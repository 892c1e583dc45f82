"""The values of the Helm chart as a table: what deploy/kubernetes/values.yaml says of each in its comments.

A comment that begins with `# --` belongs to the key after it, and goes on in the comment lines that follow. A service's
keys are explained once, under `services.intake`; of the other services only what differs is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

VALUES = Path(__file__).resolve().parents[3] / "deploy" / "kubernetes" / "values.yaml"
INTAKE = "services.intake"

HEADER = """<!-- Generated from deploy/kubernetes/values.yaml by `make docs`. Do not edit. -->
# Values of the chart
How an installation goes: [kubernetes.md](kubernetes.md). `values.schema.json` refuses what is not here, and Helm names each
that must be set and is not.

| value | default | meaning |
|---|---|---|
"""

_KEY = re.compile(r"^( *)([A-Za-z][\w-]*):(.*)$")


def meanings(text: str) -> dict[str, str]:
    """Path of a value → what its comment says ('' where there is none), in the file's order."""
    found: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    comment: list[str] | None = None
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("# --"):
            comment = [stripped.removeprefix("# --").strip()]
        elif stripped.startswith("#") and comment is not None:
            comment.append(stripped.removeprefix("#").strip())
        elif match := _KEY.match(line):
            indent = len(match[1])
            path = [(depth, key) for depth, key in path if depth < indent] + [(indent, match[2])]
            found[".".join(key for _, key in path)] = " ".join(comment or [])
            comment = None
        else:
            comment = None
    return found


def rows(text: str) -> Iterator[tuple[str, Any, str]]:
    """(path, default, meaning) of each value that has a meaning, or differs from intake's."""
    values = yaml.safe_load(text)
    for path, meaning in meanings(text).items():
        twin = re.sub(r"^services\.\w+", INTAKE, path)
        default = _at(values, path)
        inner = isinstance(default, dict) and any(key.startswith(f"{path}.") for key in meanings(text))
        if meaning or (twin != path and not inner and default != _at(values, twin)):
            yield path, default, meaning or "as of intake"


def _at(values: Any, path: str) -> Any:
    for key in path.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    return values


def _default(value: Any) -> str:
    if value in ("", [], {}):
        return "–"
    flow = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return f"`{flow.replace('...', '').strip()}`"


def text() -> str:
    """The page."""
    lines = []
    for path, default, meaning in rows(VALUES.read_text("utf-8")):
        must = meaning.startswith("MUST BE SET. ")
        shown = "**must be set**" if must else _default(default)
        told = meaning.removeprefix("MUST BE SET. ").replace("|", "/").replace("<", "&lt;")
        lines.append(f"| `{path}` | {shown} | {told} |\n")
    return HEADER + "".join(lines)
