"""The SQL of sends and their copies (repository_queue.py: who sends what next; repository_upkeep.py: the rest). Set-based: a
batch, not a row; never commits.

Locks are taken in one order everywhere: sends by intent id, then conversations by id. Attempts are changed under the lock of
their send.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.db import UnitOfWork
from inkgate_common.ids import in_order
from inkgate_sender.domain.queue import Lane
from inkgate_sender.domain.receipts import Receipt
from inkgate_sender.domain.send import Copy, Send
from inkgate_sender.errors import ChangedMeanwhile

_encode = msgspec.json.encode

Row = Sequence[Any]

# The receipts clock is moved while something waits by it, in steps of at most so many seconds.
CLOCK_STEP_S_MAX = 4.0
# Its reading now. The time since its last step may be counted by the next one; it is not time that has been waited.
CLOCK_NOW = f"""(select seconds + greatest(0, least(extract(epoch from now() - ticked_at), {CLOCK_STEP_S_MAX}))
    from receipts_clock)"""

COLUMNS = """s.intent_id, s.conversation_id, s.sequence, s.queue, s.phone_number_id, s.due_at, s.lead_id, s.traceparent,
    s.confirmation, s.has_fallback, s.state, s.attempt, s.owner, s.began_at, s.strikes, s.strikes_since, s.pair_strikes,
    s.fallback_used, s.later_used, s.aside, s.suspect, s.late_failed, s.cancelled, s.code, s.window_expires_at"""
_NAMES = tuple(name.strip().removeprefix("s.") for name in COLUMNS.split(","))
_WIDTH = len(_NAMES)


class Arrival(msgspec.Struct, frozen=True):
    """A send as it is taken in, with its payload (the intent's JSON)."""

    send: Send
    payload: bytes


def wamid_hash(wamid: str | None) -> int | None:
    """64 bits of a wamid, which itself would give the phone number away."""
    if wamid is None:
        return None
    return int.from_bytes(blake2b(wamid.encode("utf-8", "replace"), digest_size=8).digest(), "big", signed=True)


async def busy_and_orphans(
    uow: UnitOfWork, conversations: Iterable[UUID], intents: Iterable[UUID]
) -> tuple[set[Lane], dict[UUID, list[Receipt]]]:
    """The lanes of these conversations in which something blocks, and what was heard of these intents before they came."""
    rows: Sequence[Row] = await uow.run(
        """select 0, s.conversation_id, s.queue, null, null, null, null from sends s
        where s.conversation_id = any(cast(:conversations as uuid[])) and s.ended_at is null and not s.aside
            and s.state <> 'accepted' and not (s.state = 'uncertain' and s.cancelled is not null)
        union all
        select 1, o.intent_id, o.status, o.attempt, o.wamid, o.at, o.errors from orphan_receipts o
        where o.intent_id = any(cast(:intents as uuid[]))""",
        conversations=sorted(set(conversations), key=in_order),
        intents=sorted(set(intents), key=in_order),
    )
    busy = {Lane(row[1], row[2]) for row in rows if row[0] == 0}
    orphans: dict[UUID, list[Receipt]] = defaultdict(list)
    for _, intent_id, status, attempt, wamid, at, errors in (row for row in rows if row[0] == 1):
        listed = msgspec.json.decode(errors, type=Receipt.__annotations__["errors"])
        orphans[intent_id].append(Receipt(attempt, wamid, status, at, listed))
    return busy, orphans


async def insert(uow: UnitOfWork, arrivals: Sequence[Arrival], now: datetime) -> set[UUID]:
    """Take sends in. Returns the ids of those that were not there before."""
    rows = sorted(arrivals, key=lambda arrival: arrival.send.intent_id.int)
    sends = [row.send for row in rows]
    inserted: Sequence[Row] = await uow.run(
        """insert into sends (intent_id, conversation_id, sequence, queue, phone_number_id, lead_id, traceparent,
            confirmation, has_fallback, payload, state, attempt, owner, began_at, due_at, suspect, window_expires_at,
            fallback_used, taken_at)
        select *, cast(:now as timestamptz) from unnest(cast(:ids as uuid[]), cast(:conversations as uuid[]),
            cast(:sequences as bigint[]), cast(:queues as text[]), cast(:numbers as text[]), cast(:leads as uuid[]),
            cast(:traces as text[]), cast(:confirmations as boolean[]), cast(:fallbacks as boolean[]),
            cast(:payloads as bytea[]), cast(:states as text[]), cast(:attempts as integer[]), cast(:owners as uuid[]),
            cast(:began as timestamptz[]), cast(:due as timestamptz[]), cast(:suspects as boolean[]),
            cast(:windows as timestamptz[]), cast(:used as boolean[]))
        on conflict (intent_id) do nothing returning intent_id""",
        ids=[send.intent_id for send in sends],
        conversations=[send.conversation_id for send in sends],
        sequences=[send.sequence for send in sends],
        queues=[send.queue for send in sends],
        numbers=[send.phone_number_id for send in sends],
        leads=[send.lead_id for send in sends],
        traces=[send.traceparent for send in sends],
        confirmations=[send.confirmation for send in sends],
        fallbacks=[send.has_fallback for send in sends],
        payloads=[row.payload for row in rows],
        states=[send.state for send in sends],
        attempts=[send.attempt for send in sends],
        owners=[send.owner for send in sends],
        began=[send.began_at for send in sends],
        due=[send.due_at for send in sends],
        suspects=[send.suspect for send in sends],
        windows=[send.window_expires_at for send in sends],
        used=[send.fallback_used for send in sends],
        now=now,
    )
    return {row[0] for row in inserted}


async def load(
    uow: UnitOfWork, intents: Iterable[UUID], *, conversations: Iterable[UUID] = (), skip_locked: bool = False
) -> dict[UUID, Send]:
    """These sends, and the open ones of these conversations, with their copies; locked."""
    wanted, people = sorted(set(intents)), sorted(set(conversations))
    if not wanted and not people:
        return {}
    which = "s.intent_id = any(cast(:ids as uuid[]))"
    parameters: dict[str, Any] = {"ids": wanted}
    if people:
        which = f"({which} or (s.conversation_id = any(cast(:people as uuid[])) and s.ended_at is null))"
        parameters["people"] = people
    rows: Sequence[Row] = await uow.run(
        f"""select {COLUMNS}, a.attempt, a.outcome, a.rank, a.failed, a.code, a.wamid, a.began_at, a.accepted_at, a.fallback
        from sends s left join attempts a on a.intent_id = s.intent_id where {which}
        order by s.intent_id, a.attempt for update of s{" skip locked" if skip_locked else ""}""",
        **parameters,
    )
    return read_sends(rows)


def read_sends(rows: Iterable[Row]) -> dict[UUID, Send]:
    """Rows of COLUMNS and a copy each → the sends."""
    plain: dict[UUID, Row] = {}
    copies: dict[UUID, list[Copy]] = defaultdict(list)
    for row in rows:
        plain[row[0]] = row
        if row[_WIDTH] is not None:
            attempt, outcome, rank, failed, code, wamid, began_at, accepted_at, fallback = row[_WIDTH : _WIDTH + 9]
            copies[row[0]].append(
                Copy(
                    attempt=attempt,
                    outcome=outcome,
                    rank=rank,
                    failed=failed,
                    code=code,
                    wamid=wamid,
                    began_at=began_at,
                    accepted_at=accepted_at,
                    fallback=fallback,
                )
            )
    return {
        key: Send(**dict(zip(_NAMES, row[:_WIDTH], strict=True)), copies=tuple(copies[key]))
        for key, row in plain.items()
    }


async def save(uow: UnitOfWork, sends: Iterable[Send], now: datetime) -> None:
    """Write these sends back. What has ended, or will never be called again, loses its payload here."""
    rows = sorted(sends, key=lambda send: send.intent_id.int)
    if not rows:
        return
    await uow.run(
        f"""update sends s set state = r.state, attempt = r.attempt, owner = r.owner, began_at = r.began_at,
            due_at = r.due_at, strikes = r.strikes, strikes_since = r.strikes_since, pair_strikes = r.pair_strikes,
            fallback_used = r.fallback_used, later_used = r.later_used, aside = r.aside, suspect = r.suspect,
            late_failed = r.late_failed, cancelled = r.cancelled, code = r.code,
            ended_at = case when r.ended then coalesce(s.ended_at, :now) else null end,
            clock_at = case when r.state = 'uncertain' and s.state <> 'uncertain'
                then {CLOCK_NOW} else s.clock_at end,
            payload = case when r.ended or r.cancelled is not null then null else s.payload end
        from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:attempts as integer[]), cast(:owners as uuid[]),
            cast(:began as timestamptz[]), cast(:due as timestamptz[]), cast(:strikes as integer[]),
            cast(:since as timestamptz[]), cast(:pairs as integer[]), cast(:fallbacks as boolean[]),
            cast(:laters as boolean[]), cast(:asides as boolean[]), cast(:suspects as boolean[]),
            cast(:lates as boolean[]), cast(:cancelled as text[]), cast(:codes as text[]), cast(:ended as boolean[]))
            as r(intent_id, state, attempt, owner, began_at, due_at, strikes, strikes_since, pair_strikes, fallback_used,
                later_used, aside, suspect, late_failed, cancelled, code, ended)
        where s.intent_id = r.intent_id""",
        ids=[send.intent_id for send in rows],
        states=[send.state for send in rows],
        attempts=[send.attempt for send in rows],
        owners=[send.owner for send in rows],
        began=[send.began_at for send in rows],
        due=[send.due_at for send in rows],
        strikes=[send.strikes for send in rows],
        since=[send.strikes_since for send in rows],
        pairs=[send.pair_strikes for send in rows],
        fallbacks=[send.fallback_used for send in rows],
        laters=[send.later_used for send in rows],
        asides=[send.aside for send in rows],
        suspects=[send.suspect for send in rows],
        lates=[send.late_failed for send in rows],
        cancelled=[send.cancelled for send in rows],
        codes=[send.code for send in rows],
        ended=[send.ended for send in rows],
        now=now,
    )


async def save_copies(uow: UnitOfWork, before: Mapping[UUID, Send], after: Iterable[Send]) -> None:
    """Write the copies in which `after` differs from `before`. Raises ChangedMeanwhile where one is not as it was read."""
    added: list[tuple[Send, Copy, Copy | None]] = []
    changed: list[tuple[Send, Copy, Copy | None]] = []
    for send in sorted(after, key=lambda send: send.intent_id.int):
        was = {copy.attempt: copy for copy in before[send.intent_id].copies} if send.intent_id in before else {}
        for copy in send.copies:
            known = was.get(copy.attempt)
            if known is None:
                added.append((send, copy, None))
            elif known != copy or (send.ended and known.wamid is not None):
                changed.append((send, copy, known))
    if changed:
        await _write_copies(uow, changed, _UPDATE_COPIES)
    if added:
        await _write_copies(uow, added, _INSERT_COPIES)


_R = """unnest(cast(:ids as uuid[]), cast(:attempts as integer[]), cast(:outcomes as text[]), cast(:ranks as smallint[]),
    cast(:failed as boolean[]), cast(:codes as integer[]), cast(:wamids as text[]), cast(:hashes as bigint[]),
    cast(:began as timestamptz[]), cast(:accepted as timestamptz[]), cast(:was_outcomes as text[]),
    cast(:was_ranks as smallint[]), cast(:was_failed as boolean[]), cast(:fallbacks as boolean[])) as r(intent_id, attempt,
    outcome, rank, failed, code, wamid, wamid_hash, began_at, accepted_at, was_outcome, was_rank, was_failed, fallback)"""

_UPDATE_COPIES = f"""update attempts a set outcome = r.outcome, rank = r.rank, failed = r.failed, code = r.code,
        wamid = r.wamid, wamid_hash = coalesce(r.wamid_hash, a.wamid_hash), began_at = r.began_at,
        accepted_at = r.accepted_at, fallback = r.fallback
    from {_R} where a.intent_id = r.intent_id and a.attempt = r.attempt and a.outcome = r.was_outcome
        and a.rank = r.was_rank and a.failed = r.was_failed
    returning a.attempt"""

_INSERT_COPIES = f"""insert into attempts (intent_id, attempt, outcome, rank, failed, code, wamid, wamid_hash, began_at,
        accepted_at, fallback)
    select r.intent_id, r.attempt, r.outcome, r.rank, r.failed, r.code, r.wamid, r.wamid_hash, r.began_at,
        r.accepted_at, r.fallback
    from {_R} on conflict (intent_id, attempt) do nothing returning attempt"""


async def _write_copies(uow: UnitOfWork, rows: Sequence[tuple[Send, Copy, Copy | None]], statement: str) -> None:
    written = await uow.run(
        statement,
        ids=[send.intent_id for send, _, _ in rows],
        attempts=[copy.attempt for _, copy, _ in rows],
        outcomes=[copy.outcome for _, copy, _ in rows],
        ranks=[copy.rank for _, copy, _ in rows],
        failed=[copy.failed for _, copy, _ in rows],
        codes=[copy.code for _, copy, _ in rows],
        wamids=[None if send.ended else copy.wamid for send, copy, _ in rows],
        hashes=[wamid_hash(copy.wamid) for _, copy, _ in rows],
        began=[copy.began_at for _, copy, _ in rows],
        accepted=[copy.accepted_at for _, copy, _ in rows],
        was_outcomes=[was.outcome if was else "" for _, _, was in rows],
        was_ranks=[was.rank if was else 0 for _, _, was in rows],
        was_failed=[was.failed if was else False for _, _, was in rows],
        fallbacks=[copy.fallback for _, copy, _ in rows],
    )
    if len(written) != len(rows):
        raise ChangedMeanwhile(f"{len(rows) - len(written)} copies of {len(rows)} are not as they were read")


class Finish(msgspec.Struct, frozen=True):
    """A first attempt that was accepted, with nothing special about it."""

    intent_id: UUID
    owner: UUID
    wamid: str | None
    began_at: datetime
    accepted_at: datetime | None


class Finished(msgspec.Struct, frozen=True):
    """What `finish` did: conversation of each send that was current; the last number of each conversation; sends whose
    failure a status had reported before the answer was recorded."""

    conversations: dict[UUID, UUID]
    last: dict[UUID, int]
    failed: set[UUID]


async def finish(uow: UnitOfWork, rows: Sequence[Finish], events_each: int, now: datetime) -> Finished:
    """The hot path's record: these sends are delivered by their first attempt. One statement: sends, copies, and
    `events_each` sequence numbers a send. Nothing is written for those that are not current."""
    ordered = sorted(rows, key=lambda row: row.intent_id.int)
    found: Sequence[Row] = await uow.run(
        """with r as (select * from unnest(cast(:ids as uuid[]), cast(:owners as uuid[]), cast(:hashes as bigint[]),
            cast(:began as timestamptz[]), cast(:accepted as timestamptz[]))
            as r(intent_id, owner, wamid_hash, began_at, accepted_at)),
        locked as (select s.intent_id, r.wamid_hash, r.began_at, r.accepted_at
            from r join sends s on s.intent_id = r.intent_id
            where s.attempt = 1 and ((s.state = 'sending' and s.owner = r.owner) or s.state = 'uncertain')
            order by s.intent_id for update of s),
        done as (update sends s set state = 'delivered', owner = null, payload = null, ended_at = :now
            from locked l where s.intent_id = l.intent_id
            returning s.intent_id, s.conversation_id, l.wamid_hash, l.began_at, l.accepted_at),
        copies as (insert into attempts as a (intent_id, attempt, outcome, wamid_hash, began_at, accepted_at)
            select intent_id, 1, 'accepted', wamid_hash, began_at, accepted_at from done order by 1
            on conflict (intent_id, attempt) do update set outcome = 'accepted', wamid = null,
                wamid_hash = coalesce(excluded.wamid_hash, a.wamid_hash), began_at = excluded.began_at,
                accepted_at = coalesce(excluded.accepted_at, a.accepted_at)
            returning intent_id, failed),
        numbered as (insert into conversations as c (id, sequence)
            select conversation_id, count(*) * cast(:each as bigint) from done group by 1 order by 1
            on conflict (id) do update set sequence = c.sequence + excluded.sequence returning id, sequence)
        select 0, intent_id, conversation_id, null from done
        union all select 1, id, null, sequence from numbered
        union all select 2, intent_id, null, null from copies where failed""",
        ids=[row.intent_id for row in ordered],
        owners=[row.owner for row in ordered],
        hashes=[wamid_hash(row.wamid) for row in ordered],
        began=[row.began_at for row in ordered],
        accepted=[row.accepted_at for row in ordered],
        each=events_each,
        now=now,
    )
    return Finished(
        {row[1]: row[2] for row in found if row[0] == 0},
        {row[1]: row[3] for row in found if row[0] == 1},
        {row[1] for row in found if row[0] == 2},
    )


async def sequences(uow: UnitOfWork, counts: Mapping[UUID, int]) -> dict[UUID, int]:
    """Take `counts` numbers of each conversation, whose row is locked by it; returns the last of each."""
    ordered = sorted(counts, key=in_order)
    if not ordered:
        return {}
    rows: Sequence[Row] = await uow.run(
        """insert into conversations as c (id, sequence)
        select * from unnest(cast(:ids as uuid[]), cast(:counts as bigint[])) as r(id, n) order by 1
        on conflict (id) do update set sequence = c.sequence + excluded.sequence returning id, sequence""",
        ids=ordered,
        counts=[counts[key] for key in ordered],
    )
    return {row[0]: row[1] for row in rows}


async def by_wamid(uow: UnitOfWork, wamids: Iterable[str]) -> dict[str, tuple[UUID, int]]:
    """Intent and attempt of these wamids, as far as they are ours."""
    hashes = {wamid_hash(wamid): wamid for wamid in wamids}
    rows: Sequence[Row] = await uow.run(
        "select wamid_hash, intent_id, attempt from attempts where wamid_hash = any(cast(:hashes as bigint[]))",
        hashes=sorted(key for key in hashes if key is not None),
    )
    return {hashes[row[0]]: (row[1], row[2]) for row in rows}


async def remember_orphans(
    uow: UnitOfWork, orphans: Sequence[tuple[UUID, UUID | None, Receipt]], now: datetime
) -> None:
    """Keep statuses of intents that are not known (yet)."""
    rows = sorted(orphans, key=lambda row: (row[0], row[2].wamid, row[2].status))
    await uow.run(
        """insert into orphan_receipts (intent_id, conversation_id, attempt, status, wamid, at, errors, seen_at)
        select *, cast(:now as timestamptz) from unnest(cast(:ids as uuid[]), cast(:conversations as uuid[]),
            cast(:attempts as integer[]), cast(:statuses as text[]), cast(:wamids as text[]), cast(:ats as timestamptz[]),
            cast(:errors as text[]))
        on conflict (intent_id, wamid, status) do nothing""",
        ids=[row[0] for row in rows],
        conversations=[row[1] for row in rows],
        attempts=[row[2].attempt for row in rows],
        statuses=[row[2].status for row in rows],
        wamids=[row[2].wamid for row in rows],
        ats=[row[2].at for row in rows],
        errors=[_encode(row[2].errors).decode() for row in rows],
        now=now,
    )


async def forget_orphans(uow: UnitOfWork, *, intents: Iterable[UUID] = (), people: Iterable[UUID] = ()) -> None:
    """Statuses that were applied, or that concern erased persons."""
    await uow.run(
        """delete from orphan_receipts where intent_id = any(cast(:intents as uuid[]))
            or conversation_id = any(cast(:people as uuid[]))""",
        intents=sorted(set(intents)),
        people=sorted(set(people)),
    )


async def suspect_all(uow: UnitOfWork) -> None:
    """After a restore: what waits may have gone out in the time that this database forgot."""
    await uow.run("update sends set suspect = true where state = 'waiting' and cancelled is null")
