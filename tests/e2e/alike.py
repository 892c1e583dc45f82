"""Whether an answer is of the shape of its example: the same members, of the same kinds of values."""

from collections.abc import Iterator
from typing import Any

# Members whose own members depend on what was asked and written; only those that both have are compared.
_FREE = ("answers", "arguments", "values", "strikes", "statuses", "details", "leads")


def unlike(example: Any, real: Any, at: str = "$") -> Iterator[str]:
    """What is different, each with its place. Null goes with everything. The items of a list must be as its first example;
    items with a `kind` as an example of theirs, whose members some of the real ones must have."""
    if example is None or real is None:
        return
    if _kind(example) != _kind(real):
        yield f"{at} is {real!r:.60}, in the example {example!r:.60}"
    elif isinstance(example, dict):
        free = "kind" in example or at.rpartition(".")[2].rstrip("]0123456789[") in _FREE
        if not free and set(example) != set(real):
            yield f"{at} has {sorted(set(real) ^ set(example))} in one of both"
        for name in set(example) & set(real):
            yield from unlike(example[name], real[name], f"{at}.{name}")
    elif isinstance(example, list) and example and isinstance(example[0], dict):
        for kind in {item.get("kind") for item in example}:
            like = next(item for item in example if item.get("kind") == kind)
            mine = [(number, item) for number, item in enumerate(real) if item.get("kind") == kind]
            for number, item in mine:
                yield from unlike(like, item, f"{at}[{number}]")
            if mine and (never := set(like) - {name for _, item in mine for name in item}):
                yield f"{at}: no {kind} has {sorted(never)}"


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)
