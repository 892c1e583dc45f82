"""What is known of the artist's time when something is judged: her calendar, and what other leads hold or have booked.

It comes in from outside, and only where judging asks for it (`Turn.agenda`): a turn that has nothing to do with slots
costs no look at it. Whoever brings it makes sure that nobody else changes it until what is decided here is stored.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from inkgate_dialogue.domain.lead import Lead

Span = tuple[datetime, datetime]


class Agenda(msgspec.Struct, frozen=True, kw_only=True):
    """`busy` are the times of the artist's calendar, `taken` the time of each lead that holds or has booked one, with its
    buffer. `unread`: a calendar is configured, and was never read. `seed` is chance from outside, for tokens; `public_url`
    is where links begin."""

    busy: tuple[Span, ...] = ()
    taken: dict[UUID, Span] = {}
    unread: bool = False
    seed: UUID = UUID(int=0)
    public_url: str | None = None

    def spans(self, buffer: timedelta, but: UUID) -> list[Span]:
        """Every time that a session of lead `but` must not touch; a buffer follows each."""
        others = [span for lead_id, span in self.taken.items() if lead_id != but]
        return sorted([*others, *((begins, ends + buffer) for begins, ends in self.busy)])

    def holder(self, span: Span, but: UUID) -> UUID | None:
        """The other lead whose time this one would touch."""
        return next((lead_id for lead_id, other in self.taken.items() if lead_id != but and overlap(span, other)), None)

    def after(self, leads: Iterable[Lead]) -> "Agenda":
        """The agenda once these leads are as they are now."""
        taken = dict(self.taken)
        for lead in leads:
            appointment = lead.appointment
            if appointment is not None and appointment.live:
                taken[lead.id] = (appointment.starts_at, appointment.busy_until)
            else:
                taken.pop(lead.id, None)
        return msgspec.structs.replace(self, taken=taken)


EMPTY = Agenda()


class AgendaNeeded(Exception):
    """Judging asks for the agenda. `take` catches it and says so; nothing has happened yet."""


def overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
