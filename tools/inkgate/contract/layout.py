"""JSON as a person reads it: what fits into a line stands in one."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 118


def laid_out(value: Any, width: int = WIDTH) -> str:
    """The text, with a line's end."""
    return _part(value, 0, width) + "\n"


def _part(value: Any, depth: int, width: int) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + depth <= width or not isinstance(value, dict | list) or not value:
        return line
    inner, outer = " " * (depth + 2), " " * depth
    if isinstance(value, list):
        parts = [_part(each, depth + 2, width) for each in value]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}]"
    pairs = [f"{json.dumps(key)}: {_part(each, depth + 2, width)}" for key, each in value.items()]
    return "{\n" + ",\n".join(inner + pair for pair in pairs) + f"\n{outer}}}"
