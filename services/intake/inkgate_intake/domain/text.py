"""Text from strangers, made fit for PostgreSQL, for Kafka and for people.

PostgreSQL refuses NUL, UTF-8 has no lone surrogates, and nobody means the other control characters: they come from
keyboards, copies and attackers.
"""

import hashlib
import re
from typing import Any

import msgspec

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIRTY = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")

ID_CHARS_MAX = 512
_ID_CHARS_KEPT = 440

# What `details` may hold: a message's own text is not in there, so this is plenty.
DETAIL_DEPTH_MAX = 8
DETAIL_ENTRIES_MAX = 100
DETAIL_CHARS_MAX = 4_096
DETAIL_BYTES_MAX = 200_000
# Larger whole numbers lose digits in most readers of JSON.
_NUMBER_MAX = 2**53


def clean(text: str) -> str:
    """The text without C0 control characters (newline and tab stay), lone surrogates replaced by U+FFFD."""
    if _DIRTY.search(text) is None:
        return text
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def short(value: Any, chars_max: int) -> str | None:
    """A clean string of at most `chars_max` characters; a whole number as its digits; None for anything else or nothing."""
    if isinstance(value, str):
        return clean(value[:chars_max]) or None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 10**30:
        return str(value)
    return None


def identifier(value: Any) -> str | None:
    """An id as it is; where it is too long or cannot be stored, a shortened one that ends in the hash of the whole.

    Two different ids never become the same: what is dropped as a duplicate and what an event's id is derived from must
    agree, or a sequence would have a hole.
    """
    if not isinstance(value, str) or not value:
        return None
    if len(value) <= ID_CHARS_MAX and _DIRTY.search(value) is None:
        return value
    whole = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{clean(value[:_ID_CHARS_KEPT])}~{whole}"


def person_identifier(value: Any, chars_max: int = 128) -> str | None:
    """A phone number or user id exactly as given (user ids are never normalised), or None where it cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**20:
        return str(value)
    if not isinstance(value, str) or not value or len(value) > chars_max or _DIRTY.search(value):
        return None
    return value


def bounded(value: Any, depth: int = DETAIL_DEPTH_MAX) -> Any:
    """A copy of any JSON value that is clean and small enough to travel in `details`; what is too deep becomes None."""
    if isinstance(value, str):
        return clean(value[:DETAIL_CHARS_MAX])
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _NUMBER_MAX else str(value)[:DETAIL_CHARS_MAX] if abs(value) < 10**300 else None
    if isinstance(value, float):
        return value if value - value == 0 else None  # neither infinite nor not-a-number
    if depth <= 0:
        return None
    if isinstance(value, list):
        return [bounded(entry, depth - 1) for entry in value[:DETAIL_ENTRIES_MAX]]
    if isinstance(value, dict):
        names = list(value)[:DETAIL_ENTRIES_MAX]
        return {clean(str(name)[:256]): bounded(value[name], depth - 1) for name in names}
    return None


def bounded_details(details: dict[str, Any]) -> dict[str, Any]:
    """The same for a whole `details`, which says so where it was too large."""
    if not details:
        return details
    smaller: dict[str, Any] = bounded(details)
    if len(msgspec.json.encode(smaller)) <= DETAIL_BYTES_MAX:
        return smaller
    plain = {name: value for name, value in smaller.items() if not isinstance(value, dict | list)}
    return plain | {"details_cut": True}
