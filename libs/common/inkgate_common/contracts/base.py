"""What every contract shares: a frozen struct that knows its event type and its topic.

Unknown fields are ignored when reading (msgspec's default), so a producer may add a field without asking its consumers
(PROTOCOL §3). Times are aware datetimes in UTC; money is whole pence; ids are UUIDs.
"""

from typing import Any, ClassVar

import msgspec


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON value of one event. Subclasses set TYPE (`ce_type`) and TOPIC (the short name in `inkgate.<topic>.v1`)."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]


def sequence_of(data: Any) -> int | None:
    """The gapless per-conversation number of an event's data, or None where its topic carries none."""
    return getattr(data, "sequence", None)
