"""What a PromQL expression asks for. Not a parser: our rules and panels are plain, and a name that is not told apart
from a function or keyword makes a test fail, so nothing slips through."""

from __future__ import annotations

import re

_WORDS = frozenset(
    [
        "sum",
        "max",
        "min",
        "avg",
        "count",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "unless",
        "and",
        "or",
        "bool",
        "offset",
        "absent",
        "rate",
        "increase",
        "irate",
        "delta",
        "histogram_quantile",
        "predict_linear",
        "clamp_min",
        "clamp_max",
        "time",
        "vector",
        "label_replace",
        "topk",
        "quantile_over_time",
        "max_over_time",
        "min_over_time",
        "avg_over_time",
        "scalar",
    ]
)
_SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\{[^}]*\})?")
_GROUPING = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")


def metrics_asked_for(expression: str) -> list[tuple[str, set[str]]]:
    """Each metric's name with the labels it is chosen or grouped by. Labels that results are grouped by count for every
    metric in the expression."""
    plain = re.sub(r"\$__\w+", "5m", expression)
    grouped = {label.strip() for _, labels in _GROUPING.findall(plain) for label in labels.split(",") if label.strip()}
    rest = _GROUPING.sub(r"\1", plain)
    rest = re.sub(r"\[[^\]]*\]", "", rest)
    found: list[tuple[str, set[str]]] = []
    for name, braces in _SELECTOR.findall(rest):
        if name not in _WORDS:
            chosen = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", braces or ""))
            found.append((name, chosen | grouped))
    return found
