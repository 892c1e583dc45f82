"""The SQL of who sends what next: claims, processes and their leases, uncertain sends, numbers and holds.

A lane (conversation and queue) never has two calls at once: a claim takes only the first of a lane in which nothing is under
way, and a unique index (`sends_in_flight`) refuses what two processes might do at the same moment.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.db import Database, UnitOfWork
from inkgate_sender.repository import CLOCK_NOW

# Something in the same lane that has to end first; or, for what the business begins, a reply whose call is under way.
_BLOCKED = """exists (select 1 from sends b where b.conversation_id = s.conversation_id and b.ended_at is null
    and b.intent_id <> s.intent_id and (
        (b.queue = s.queue and not b.aside and (b.state = 'sending' or (b.state = 'uncertain' and b.cancelled is null)
            or (b.state = 'waiting' and b.sequence < s.sequence)))
        or (s.queue = 'business' and b.queue = 'reply' and b.state = 'sending')))"""


class Ask(msgspec.Struct, frozen=True):
    """At most `limit` messages of one queue of one number."""

    phone_number_id: str
    queue: str
    limit: int


class Claimed(msgspec.Struct, frozen=True):
    """A send that is this process's now: `state` sending, or uncertain where a restored database may have forgotten one."""

    intent_id: UUID
    conversation_id: UUID
    queue: str
    phone_number_id: str
    state: str
    attempt: int
    fallback_used: bool
    payload: bytes
    traceparent: str | None


async def claim(uow: UnitOfWork, asks: Sequence[Ask], owner: UUID, now: datetime) -> list[Claimed]:
    """Take what is due and first in its lane, oldest first. Each claim is a new attempt."""
    rows: Sequence[Any] = await uow.run(
        f"""with due as (
            select d.intent_id from unnest(cast(:numbers as text[]), cast(:queues as text[]), cast(:limits as integer[]))
                as w(number, queue, n)
            cross join lateral (select s.intent_id from sends s
                where s.state = 'waiting' and s.phone_number_id = w.number and s.queue = w.queue and s.due_at <= :now
                    and s.cancelled is null and not {_BLOCKED}
                order by s.due_at limit w.n for update skip locked) d)
        update sends s set state = case when s.suspect then 'uncertain' else 'sending' end, suspect = false, aside = false,
            attempt = s.attempt + 1,
            fallback_used = s.fallback_used or (s.has_fallback and coalesce(s.window_expires_at <= :now, false)),
            began_at = case when s.suspect then coalesce(s.began_at, :now) else :now end,
            owner = case when s.suspect then null else cast(:owner as uuid) end,
            clock_at = case when s.suspect then {CLOCK_NOW} else s.clock_at end
        where s.intent_id = any(array(select intent_id from due)) and s.state = 'waiting' and s.cancelled is null
        returning s.intent_id, s.conversation_id, s.queue, s.phone_number_id, s.state, s.attempt, s.fallback_used,
            s.payload, s.traceparent""",
        numbers=[ask.phone_number_id for ask in asks],
        queues=[ask.queue for ask in asks],
        limits=[ask.limit for ask in asks],
        now=now,
        owner=owner,
    )
    return [Claimed(*row) for row in rows]


async def cancelled_among(database: Database, intents: Iterable[UUID]) -> set[UUID]:
    """Which of these were taken back, or are not sending any more, by now."""
    wanted = sorted(intents)
    rows: Sequence[Any] = await database.read(
        """select intent_id from sends where intent_id = any(cast(:ids as uuid[])) and cancelled is null
        and state = 'sending'""",
        ids=wanted,
    )
    return set(wanted) - {row[0] for row in rows}


async def beat(uow: UnitOfWork, owner: UUID, caught_up: int, partitions: int) -> bool:
    """Renew this process's lease, and say how much of topic receipts it has read to the end. Returns whether the lease was
    still held: False where another process took us for dead, or at the first time."""
    rows: Sequence[Any] = await uow.run(
        """update workers set seen_at = now(), caught_up = :caught_up, partitions = :partitions where id = :id
        returning id""",
        id=owner,
        caught_up=caught_up,
        partitions=partitions,
    )
    return bool(rows)


async def enlist(uow: UnitOfWork, owner: UUID) -> None:
    """A new process."""
    await uow.run("insert into workers (id, seen_at) values (:id, now()) on conflict (id) do nothing", id=owner)


async def leave(uow: UnitOfWork, owner: UUID) -> None:
    """This process ends."""
    await uow.run("delete from workers where id = :id", id=owner)


async def alive(database: Database, dead_after_s: float) -> int:
    """How many processes hold a lease."""
    rows: Sequence[Any] = await database.read(
        "select count(*) from workers where seen_at > now() - make_interval(secs => :age_s)", age_s=dead_after_s
    )
    return int(rows[0][0])


async def orphaned(uow: UnitOfWork, dead_after_s: float, limit: int) -> list[UUID]:
    """Sends under way whose process is dead (or gone): it is not among the living."""
    rows: Sequence[Any] = await uow.run(
        """select s.intent_id from sends s where s.state = 'sending' and not exists (select 1 from workers w
            where w.id = s.owner and w.seen_at > now() - make_interval(secs => :age_s)) order by 1 limit :limit""",
        age_s=dead_after_s,
        limit=limit,
    )
    return [row[0] for row in rows]


async def under_way(uow: UnitOfWork, owner: UUID) -> list[UUID]:
    """The sends of this process that have no result."""
    rows: Sequence[Any] = await uow.run(
        "select intent_id from sends where state = 'sending' and owner = :owner order by 1", owner=owner
    )
    return [row[0] for row in rows]


async def lost(database: Database, owner: UUID, before: datetime) -> list[UUID]:
    """The same, claimed before that moment."""
    rows: Sequence[Any] = await database.read(
        "select intent_id from sends where state = 'sending' and owner = :owner and began_at < :before",
        owner=owner,
        before=before,
    )
    return [row[0] for row in rows]


async def bury(uow: UnitOfWork, dead_after_s: float) -> None:
    """Forget processes that have been dead for a while; nothing is theirs any more."""
    await uow.run("delete from workers where seen_at < now() - make_interval(secs => :age_s)", age_s=dead_after_s * 10)


async def anything_to_look_at(database: Database, dead_after_s: float, now: datetime) -> bool:
    """Whether a look at orphaned, uncertain and timed-out sends would find one: the cheap question of an idle sender."""
    rows: Sequence[Any] = await database.read(
        """select exists (select 1 from sends where state in ('uncertain', 'accepted') and due_at <= :now)
            or exists (select 1 from sends s where s.state = 'sending' and not exists (select 1 from workers w
                where w.id = s.owner and w.seen_at > now() - make_interval(secs => :age_s)))""",
        age_s=dead_after_s,
        now=now,
    )
    return bool(rows[0][0])


async def tick(uow: UnitOfWork, fresh_s: float, step_s_max: float) -> float:
    """Move the receipts clock: by the time since its last tick, where all partitions of topic receipts are read to the end
    by processes heard of in the last `fresh_s` seconds. Returns its seconds."""
    rows: Sequence[Any] = await uow.run(
        """update receipts_clock set ticked_at = now(), seconds = seconds + case when (
            select coalesce(sum(caught_up), 0) >= max(partitions) and max(partitions) > 0 from workers
            where seen_at > now() - make_interval(secs => :fresh_s))
            then least(extract(epoch from now() - ticked_at), :step_s) else 0 end returning seconds""",
        fresh_s=fresh_s,
        step_s=step_s_max,
    )
    return float(rows[0][0])


async def uncertain(uow: UnitOfWork, limit: int) -> dict[UUID, float]:
    """Uncertain sends, with the reading of the receipts clock at which each became so."""
    rows: Sequence[Any] = await uow.run(
        """select intent_id, coalesce(clock_at, 0) from sends where state = 'uncertain' order by due_at limit :limit""",
        limit=limit,
    )
    return {row[0]: float(row[1]) for row in rows}


async def gates_due(uow: UnitOfWork, now: datetime, limit: int) -> list[UUID]:
    """Accepted sends that have waited long enough for a status."""
    rows: Sequence[Any] = await uow.run(
        "select intent_id from sends where state = 'accepted' and due_at <= :now order by due_at limit :limit",
        now=now,
        limit=limit,
    )
    return [row[0] for row in rows]


class Number(msgspec.Struct, frozen=True):
    """A phone number id, and its hold if it has one."""

    phone_number_id: str
    hold_scope: str | None
    hold_code: int | None
    hold_title: str | None
    held_at: datetime | None


_NUMBER = "phone_number_id, hold_scope, hold_code, hold_title, held_at"


async def numbers(database: Database) -> list[Number]:
    """All of them."""
    rows: Sequence[Any] = await database.read(f"select {_NUMBER} from numbers order by phone_number_id")
    return [Number(*row) for row in rows]


async def introduce(uow: UnitOfWork, phone_number_ids: Iterable[str]) -> None:
    """Make rows for numbers that sends were taken for."""
    await uow.run(
        "insert into numbers (phone_number_id) select unnest(cast(:ids as text[])) on conflict do nothing",
        ids=sorted(set(phone_number_ids)),
    )


async def hold(
    uow: UnitOfWork,
    phone_number_id: str,
    scope: str,
    code: int | None,
    title: str | None,
    now: datetime,
) -> Number | None:
    """Hold a number, or widen its hold. None where it was held as far already."""
    rows: Sequence[Any] = await uow.run(
        f"""insert into numbers as n (phone_number_id, hold_scope, hold_code, hold_title, held_at, probed_at)
        values (:id, :scope, :code, :title, :now, :now)
        on conflict (phone_number_id) do update set hold_scope = :scope, hold_code = :code, hold_title = :title,
            held_at = coalesce(n.held_at, :now), probed_at = :now
        where n.hold_scope is null or (n.hold_scope = 'business' and :scope = 'all')
        returning {_NUMBER}""",
        id=phone_number_id,
        scope=scope,
        code=code,
        title=title,
        now=now,
    )
    return Number(*rows[0]) if rows else None


async def release(uow: UnitOfWork, phone_number_id: str, now: datetime) -> Number | None:
    """End a hold; None where there was none. The time on hold counts for no budget."""
    rows: Sequence[Any] = await uow.run(
        f"select {_NUMBER} from numbers where phone_number_id = :id and hold_scope is not null for update",
        id=phone_number_id,
    )
    if not rows:
        return None
    held = Number(*rows[0])
    await uow.run(
        """update numbers set hold_scope = null, hold_code = null, hold_title = null, held_at = null, probed_at = null
        where phone_number_id = :id""",
        id=phone_number_id,
    )
    await uow.run(
        """update sends set strikes_since = strikes_since + (cast(:now as timestamptz) - greatest(strikes_since, :since))
        where state = 'waiting' and phone_number_id = :id and queue = any(cast(:queues as text[]))
            and strikes_since is not null""",
        id=phone_number_id,
        now=now,
        since=held.held_at,
        queues=["business"] if held.hold_scope == "business" else ["business", "reply"],
    )
    return held


async def take_probe(uow: UnitOfWork, phone_number_id: str, now: datetime, every: timedelta) -> bool:
    """Whether it is this process that tries one message of a held number now: the last probe is long enough ago."""
    rows: Sequence[Any] = await uow.run(
        """update numbers set probed_at = :now where phone_number_id = :id and hold_scope is not null
        and probed_at <= :due returning 1""",
        id=phone_number_id,
        now=now,
        due=now - every,
    )
    return bool(rows)
