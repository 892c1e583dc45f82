"""The statements about appointments and the artist's calendar. Never commits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.db import UnitOfWork
from inkgate_dialogue.domain.agenda import Span
from inkgate_dialogue.domain.lead import Lead

_spans = msgspec.json.Decoder(list[Span])


async def lock_agenda(uow: UnitOfWork) -> None:
    """From here on nobody else offers or takes a slot, until this transaction ends.

    One calendar, so one lock. It is taken when the conversations of a batch are locked already, and nothing that others
    wait for is locked after it: no deadlock."""
    await uow.run("select pg_advisory_xact_lock(6766, 1)")


async def agenda(uow: UnitOfWork, source: str, now: datetime) -> tuple[dict[UUID, Span], tuple[Span, ...], bool]:
    """What leads hold or have booked, the times of the calendar `source` ('' for none), and whether it was ever read."""
    rows = await uow.run(
        "select lead_id, starts_at, busy_until from appointments where live and busy_until > :now", now=now
    )
    taken = {row.lead_id: (row.starts_at, row.busy_until) for row in rows}
    if not source:
        return taken, (), True
    row = (await uow.run("select source, busy, read_at from calendar"))[0]
    if row.source != source or row.read_at is None:
        return taken, (), False
    return taken, tuple(_spans.decode(row.busy)), True


async def store_appointments(uow: UnitOfWork, leads: Sequence[Lead]) -> None:
    """Write the appointments of these leads. What they had is given up first: two of them may have changed places."""
    known = [
        (lead, lead.appointment) for lead in sorted(leads, key=lambda lead: lead.id) if lead.appointment is not None
    ]
    if not known:
        return
    await uow.run(
        "update appointments set live = false where lead_id = any(cast(:ids as uuid[])) and live",
        ids=[lead.id for lead, _ in known],
    )
    await uow.run(
        """insert into appointments (lead_id, conversation_id, token, state, live, label, starts_at, ends_at, busy_until,
            sequence)
        select * from unnest(cast(:ids as uuid[]), cast(:conversations as uuid[]), cast(:tokens as uuid[]),
            cast(:states as text[]), cast(:lives as boolean[]), cast(:labels as text[]), cast(:starts as timestamptz[]),
            cast(:ends as timestamptz[]), cast(:untils as timestamptz[]), cast(:sequences as integer[]))
        on conflict (lead_id) do update set token = excluded.token, state = excluded.state, live = excluded.live,
            label = excluded.label, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
            busy_until = excluded.busy_until, sequence = excluded.sequence, updated_at = now()""",
        ids=[lead.id for lead, _ in known],
        conversations=[lead.conversation_id for lead, _ in known],
        tokens=[appointment.token for _, appointment in known],
        states=[appointment.state for _, appointment in known],
        lives=[appointment.live for _, appointment in known],
        labels=[appointment.label for _, appointment in known],
        starts=[appointment.starts_at for _, appointment in known],
        ends=[appointment.ends_at for _, appointment in known],
        untils=[appointment.busy_until for _, appointment in known],
        sequences=[appointment.sequence for _, appointment in known],
    )


# --- the artist's calendar ----------------------------------------------------------------------------------------------


async def claim_calendar(uow: UnitOfWork, source: str, now: datetime, before: datetime) -> bool:
    """Whether it is this replica's turn to read the calendar: nobody has tried since `before`, or it is another one."""
    rows = await uow.run(
        """update calendar set tried_at = :now where source <> :source or tried_at is null or tried_at < :before
        returning one""",
        now=now,
        source=source,
        before=before,
    )
    return bool(rows)


async def store_calendar(uow: UnitOfWork, source: str, busy: Sequence[Span], now: datetime) -> None:
    """It was read: these are its times."""
    await uow.run(
        "update calendar set source = :source, busy = :busy, read_at = :now, failure = null",
        source=source,
        busy=msgspec.json.encode(busy).decode(),
        now=now,
    )


async def calendar_failed(uow: UnitOfWork, source: str, failure: str) -> None:
    """It could not be read: what was read of it before stays; times of another calendar do not count for it."""
    await uow.run(
        """update calendar set read_at = case when source = :source then read_at end, source = :source,
            busy = case when source = :source then busy else '[]' end, failure = :failure""",
        source=source,
        failure=failure[:300],
    )


async def calendar_state(uow: UnitOfWork) -> Any:
    """When the calendar was read, and what went wrong since (columns source, read_at, failure)."""
    return (await uow.run("select source, read_at, failure from calendar"))[0]
