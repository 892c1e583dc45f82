"""Every SQL statement of intake. One statement a table and batch; nothing here commits.

Locks are taken in this order everywhere, so that replicas cannot wait for each other in a circle: keys of `seen` (sorted),
the identity lock, rows of `conversations` (sorted).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec

from inkgate_common.db import UnitOfWork
from inkgate_intake.domain.identity import Known, Name, Plan, Remembered
from inkgate_intake.domain.items import Key, Unhandled
from inkgate_intake.errors import ConversationMoved

_IDENTITY_LOCK = 5_082_011


class Taken(msgspec.Struct, frozen=True):
    """A conversation after its numbers were taken: the newest one, and whether `opted_out_before` is still to be said."""

    last: int
    say_opted_out: bool


async def admit(uow: UnitOfWork, keys: Iterable[Key]) -> set[Key]:
    """Record keys as seen; those that were not before."""
    rows = await uow.run(
        """insert into seen (key) select unnest(cast(:keys as bytea[])) on conflict (key) do nothing returning key""",
        keys=sorted(keys),
    )
    return {row.key for row in rows}


async def aliases(uow: UnitOfWork, names: Sequence[Name]) -> dict[Name, Known]:
    """Where these names lead, as far as they are known."""
    rows = await uow.run(
        """select identifier, conversation_id, since, artist, superseded from aliases
        where identifier = any(cast(:names as bytea[]))""",
        names=names,
    )
    return {row.identifier: Known(row.conversation_id, row.since, row.artist, row.superseded) for row in rows}


async def lock_identities(uow: UnitOfWork) -> None:
    """Until the end of the transaction nobody else changes who is who. Rare: first messages, links and erases only."""
    await uow.run("select pg_advisory_xact_lock(:lock)", lock=_IDENTITY_LOCK)


async def remembered(uow: UnitOfWork, names: Sequence[Name]) -> dict[Name, Remembered]:
    """What an erase left of these names."""
    rows = await uow.run(
        "select identifier, epoch, opted_out from erased where identifier = any(cast(:names as bytea[]))", names=names
    )
    return {row.identifier: Remembered(row.epoch, row.opted_out) for row in rows}


async def link(uow: UnitOfWork, plan: Plan) -> None:
    """Let names lead where the plan says. Under the identity lock."""
    if plan.closed:
        losers = sorted(plan.closed)
        await uow.run(
            """update aliases set conversation_id = w.winner, since = coalesce(w.since, now())
            from unnest(cast(:losers as uuid[]), cast(:winners as uuid[]), cast(:since as timestamptz[]))
                as w(loser, winner, since) where aliases.conversation_id = w.loser""",
            losers=losers,
            winners=[plan.closed[loser].conversation for loser in losers],
            since=[plan.closed[loser].since for loser in losers],
        )
    names = sorted(plan.aliases)
    await uow.run(
        """insert into aliases (identifier, conversation_id, since, artist, superseded)
        select name, conversation, coalesce(since, now()), artist, superseded
        from unnest(cast(:names as bytea[]), cast(:conversations as uuid[]), cast(:since as timestamptz[]),
            cast(:artist as boolean[]), cast(:superseded as boolean[])) as n(name, conversation, since, artist, superseded)
        on conflict (identifier) do update set conversation_id = excluded.conversation_id, since = excluded.since,
            artist = excluded.artist, superseded = excluded.superseded""",
        names=names,
        conversations=[plan.aliases[name].conversation for name in names],
        since=[plan.aliases[name].since for name in names],
        artist=[plan.aliases[name].artist for name in names],
        superseded=[plan.aliases[name].superseded for name in names],
    )
    if plan.recalled:
        await uow.run(
            """update erased set opted_out = false where conversation_id in
            (select conversation_id from erased where identifier = any(cast(:names as bytea[])))""",
            names=sorted(plan.recalled),
        )


async def take(uow: UnitOfWork, needed: Mapping[UUID, int], opted_out: set[UUID]) -> dict[UUID, Taken]:
    """Take the next numbers of conversations (in key order) and lock them; those that are missing begin here.

    Raises ConversationMoved where one was closed or erased since its name was looked up.
    """
    if not needed:
        return {}
    rows = await uow.run(
        """insert into conversations (id, position, say_opted_out)
        select * from unnest(cast(:ids as uuid[]), cast(:counts as bigint[]), cast(:opted_out as boolean[]))
        on conflict (id) do update set position = conversations.position + excluded.position,
            say_opted_out = conversations.say_opted_out or excluded.say_opted_out
        returning id, position, say_opted_out, erased or closed_into is not null as gone""",
        ids=list(needed),
        counts=list(needed.values()),
        opted_out=[conversation in opted_out for conversation in needed],
    )
    if any(row.gone for row in rows):
        raise ConversationMoved("a conversation was closed or erased meanwhile")
    return {row.id: Taken(row.position, row.say_opted_out) for row in rows}


async def close(uow: UnitOfWork, closed: Mapping[UUID, Known]) -> None:
    """Point closed conversations at the one that takes over."""
    losers = sorted(closed)
    await uow.run(
        """update conversations set closed_into = w.winner
        from unnest(cast(:losers as uuid[]), cast(:winners as uuid[])) as w(loser, winner) where id = w.loser""",
        losers=losers,
        winners=[closed[loser].conversation for loser in losers],
    )


async def opt_out_said(uow: UnitOfWork, conversations: set[UUID]) -> None:
    """`opted_out_before` has been said on these."""
    await uow.run(
        "update conversations set say_opted_out = false where id = any(cast(:ids as uuid[]))", ids=sorted(conversations)
    )


async def record(uow: UnitOfWork, unhandled: Iterable[Unhandled]) -> None:
    """Keep what has no effect; the same again is counted."""
    times: Counter[Key] = Counter()
    rows: dict[Key, Unhandled] = {}
    for one in unhandled:
        times[one.key] += 1
        rows[one.key] = one
    keys = sorted(rows)
    await uow.run(
        """insert into unhandled (key, reason, phone_number_id, excerpt, times)
        select * from unnest(cast(:keys as bytea[]), cast(:reasons as text[]), cast(:numbers as text[]),
            cast(:excerpts as text[]), cast(:times as integer[]))
        on conflict (key) do update set times = unhandled.times + excluded.times, seen_at = now()""",
        keys=keys,
        reasons=[rows[key].reason for key in keys],
        numbers=[rows[key].phone_number_id for key in keys],
        excerpts=[rows[key].excerpt for key in keys],
        times=[times[key] for key in keys],
    )


async def erase(uow: UnitOfWork, conversation: UUID, opted_out: bool) -> int:
    """Forget every identifier of a conversation but its HMAC's epoch and the opt-out; how many there were.

    Under the identity lock. An artist's conversation keeps its id, which is not made from an epoch, so it is not closed.
    """
    rows = await uow.run(
        """with gone as (delete from aliases where conversation_id = :id returning identifier, artist),
        closed as (update conversations set erased = true, say_opted_out = false
            where id = :id and not exists (select from aliases where conversation_id = :id and artist))
        insert into erased (identifier, conversation_id, epoch, opted_out)
        select identifier, :id, 1, :opted_out from gone where not artist order by identifier
        on conflict (identifier) do update set epoch = erased.epoch + 1, opted_out = excluded.opted_out,
            conversation_id = excluded.conversation_id, erased_at = now()
        returning identifier""",
        id=conversation,
        opted_out=opted_out,
    )
    return len(rows)
