"""Dead letters: what could not be handled, as it came, with the error and where it stood in the headers."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from inkgate_common import ids
from inkgate_common.cloudevents import VALUE_BYTES_MAX, Event, Record, as_record

REPLAY_HEADER = "inkgate_replay"
# A dead letter must fit into a record, whatever came.
HEADERS_MAX = 40
HEADER_CHARS_MAX = 1_000


def of_event(event: Event, topic: str, reason: str, origin: Any) -> Record:
    """The dead letter of an event of this topic (full name); `origin` is the record that it was read from, None where it
    was held."""
    record = as_record(event, topic)
    headers, value, where = record.headers, record.value, None
    if origin is not None:  # as it came, with what a newer producer may have added
        headers, value = _texts(origin.headers), origin.value
        where = (origin.topic, origin.partition, origin.offset)
    return _dead(record.topic, record.key, headers, value, event.id, reason, where)


def of_malformed(record: Any, reason: str) -> Record:
    """The dead letter of a record that is no event of ours."""
    origin = (record.topic, record.partition, record.offset)
    headers = _texts(record.headers)
    identity = ids.derive(f"{record.topic}:{record.partition}:{record.offset}", "malformed")
    # PostgreSQL keeps no NUL.
    key = (record.key or b"").decode("utf-8", "replace").replace("\x00", "\ufffd")[:HEADER_CHARS_MAX]
    return _dead(record.topic, key, headers, record.value or b"", identity, reason, origin)


def _texts(headers: Iterable[tuple[str, bytes | None]]) -> list[tuple[str, str]]:
    return [(name, (value or b"").decode("utf-8", "replace")) for name, value in headers]


def _dead(
    topic: str,
    key: str,
    headers: list[tuple[str, str]],
    value: bytes,
    identity: UUID,
    reason: str,
    origin: tuple[str, int, int] | None,
) -> Record:
    where = "held" if origin is None else f"{origin[0]}/{origin[1]}/{origin[2]}"
    kept = [(name[:HEADER_CHARS_MAX], text[:HEADER_CHARS_MAX]) for name, text in headers[:HEADERS_MAX]]
    extra = [("inkgate_error", reason), ("inkgate_origin", where)]
    return Record(
        ids.derive(identity, "dead-letter", where), f"{topic}.dlq", key, [*kept, *extra], value[:VALUE_BYTES_MAX]
    )
