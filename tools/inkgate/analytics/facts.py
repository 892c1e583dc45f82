"""What is read of the topic `leads`: one fact a record (PROTOCOL §3; docs/consuming.md says the same for other languages).

A type that is not known here is kept as it is: it has its number like any other, and to leave it out would look like a
fact that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.errors import MalformedEvent

_PREFIX = "inkgate.lead."
# What is told of a message carries its lead's version without raising it: it is known by its own id.
_ABOUT_A_MESSAGE = "message_"
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# What a table's number takes, and what a text in one may have.
_VERSION_MAX = 2**31 - 1
_VALUE_BYTES_MAX = 900_000


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of one lead. `type` without what all types begin with (`status_changed`); `at_us` microseconds since 1970;
    `data` the event's data as it came."""

    event_id: str
    type: str
    lead_id: str
    epoch: int
    version: int
    at_us: int
    data: dict[str, Any]

    @property
    def raises(self) -> bool:
        """Whether the version is its own. Else it only carries it, and `event_id` says which one it is."""
        return not self.type.startswith(_ABOUT_A_MESSAGE)

    @property
    def key(self) -> tuple[str, int, int]:
        """What a fact that raises is known by: its lead, the epoch of the database it came from, its number there."""
        return (self.lead_id, self.epoch, self.version)

    @property
    def at(self) -> datetime:
        return moment(self.at_us)


class _Common(msgspec.Struct, frozen=True):
    lead_id: UUID
    epoch: int
    version: int
    at: datetime


_common = msgspec.json.Decoder(_Common)
_whole = msgspec.json.Decoder(dict[str, Any])


def read(headers: Iterable[tuple[str, bytes | None]], value: bytes | None) -> Fact | None:
    """The fact in a record; None for what is no fact of a lead. Raises MalformedEvent, naming what is wrong."""
    texts = {name: (text or b"").decode("utf-8", "replace") for name, text in headers}
    kind = texts.get("ce_type")
    if kind is None or "ce_id" not in texts:
        raise MalformedEvent("no ce_type or ce_id header: this is not a CloudEvent in binary mode")
    if not kind.startswith(_PREFIX):
        return None
    if value is None or len(value) > _VALUE_BYTES_MAX or b"\\u0000" in value:
        raise MalformedEvent(f"{kind}: no data, too much, or with a character that no table takes")
    try:
        common = _common.decode(value)
        event_id, data = str(UUID(texts["ce_id"])), _whole.decode(value)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise MalformedEvent(f"{kind}: {error}") from error
    if not (0 < common.version <= _VERSION_MAX and 0 <= common.epoch <= _VERSION_MAX) or common.at.tzinfo is None:
        raise MalformedEvent(f"{kind}: version {common.version}, epoch {common.epoch} at {common.at}")
    return Fact(
        event_id=event_id,
        type=kind.removeprefix(_PREFIX),
        lead_id=str(common.lead_id),
        epoch=common.epoch,
        version=common.version,
        at_us=microseconds(common.at),
        data=data,
    )


def microseconds(at: datetime) -> int:
    """A moment as microseconds since 1970."""
    return (at - _BEGINNING) // timedelta(microseconds=1)


def moment(at_us: int) -> datetime:
    """The other way round, in UTC."""
    return _BEGINNING + timedelta(microseconds=at_us)
