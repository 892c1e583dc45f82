"""Times of appointments as values: what can be offered, what is on offer, what is held or booked."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A time that can be offered, in UTC. `busy_until` is its end and the buffer after it."""

    starts_at: datetime
    ends_at: datetime
    busy_until: datetime


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The set on offer, in the order of its numbers, and when WhatsApp took it (as `Asked`). `narrowed` are the numbers that
    fitted her last words, where we asked which of them she means; `by` is who approved."""

    sessions: tuple[Session, ...]
    narrowed: tuple[int, ...] = ()
    by: str | None = None
    accepted_at: datetime | None = None
    began_at: datetime | None = None


class Appointment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A lead's time: held from the moment its choice is judged, booked, or released. Held and booked ones exclude every
    other lead from their time and the buffer after it.

    `label` is the time in words, as `Lead.slot` has it. `token` names its invitation in a link that cannot be guessed;
    `sequence` counts its changes (RFC 5545, SEQUENCE).
    """

    starts_at: datetime
    ends_at: datetime
    busy_until: datetime
    label: str
    token: UUID
    state: Literal["held", "booked", "released"] = "held"
    sequence: int = 0

    @property
    def live(self) -> bool:
        """It takes its time."""
        return self.state != "released"
