"""Every statement of dialogue's turns, set-based: a batch, not a row. Never commits. Reads for pages are in `queries`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.cloudevents import Event, decode, encode
from inkgate_common.db import UnitOfWork
from inkgate_common.ids import in_order
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.mailbox import Waiting, written_at
from inkgate_dialogue.domain.pauses import Pause
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.timeline import encoded, intent_of
from inkgate_dialogue.domain.turn import FollowUp, Recorded

_conversations = msgspec.json.Decoder(Conversation)
_leads = msgspec.json.Decoder(Lead)
_pauses = msgspec.json.Decoder(tuple[Pause, ...])
_headers = msgspec.json.Decoder(list[tuple[str, str]])
_follow_up = msgspec.json.Decoder(FollowUp)


class TimelineRow(msgspec.Struct, frozen=True):
    """A recorded fact of one conversation."""

    conversation_id: UUID
    at: datetime
    recorded: Recorded


class Locked(msgspec.Struct, frozen=True):
    """Conversations with their mailbox counts (None where nothing is known yet); panic and pilot; the epoch that lead events
    carry."""

    found: dict[UUID, tuple[Conversation | None, int]]
    mode: Mode
    epoch: int


async def take_over(uow: UnitOfWork) -> str:
    """Raise the epoch when this database is not the one it was (restored, or copied elsewhere). The secret that signs action
    links, the same for every replica."""
    row = (
        await uow.run(
            """with here as (select s.system_identifier || '/' || c.timeline_id || '/' || d.oid as fingerprint
                from pg_control_system() s, pg_control_checkpoint() c, pg_database d where d.datname = current_database())
            update service_state set fingerprint = here.fingerprint,
                epoch = epoch + case when service_state.fingerprint in ('', here.fingerprint) then 0 else 1 end
            from here returning link_secret"""
        )
    )[0]
    secret: str = row.link_secret
    return secret


async def lock_conversations(uow: UnitOfWork, ids: Collection[UUID]) -> Locked:
    """Conversations, locked in key order; one that is new is made first, so that it can be locked. And the mode and epoch of
    this moment: they cost no statement of their own."""
    wanted = sorted(ids, key=in_order)
    statement = """select c.id, c.mailbox, c.state, s.panic, s.pilot, s.epoch, s.pauses from conversations c, service_state s
        where c.id = any(cast(:ids as uuid[])) order by c.id for update of c"""
    rows = list(await uow.run(statement, ids=wanted))
    missing = sorted(set(wanted) - {row.id for row in rows})
    if missing:
        await uow.run(
            "insert into conversations (id) select unnest(cast(:ids as uuid[])) on conflict (id) do nothing",
            ids=missing,
        )
        rows += await uow.run(statement, ids=missing)
    found = {row.id: (_conversations.decode(row.state) if row.state else None, row.mailbox) for row in rows}
    newest = rows[-1]
    return Locked(found, Mode(newest.panic, newest.pilot, read_pauses(newest.pauses)), newest.epoch)


async def load_leads(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Lead]:
    if not ids:
        return {}
    rows = await uow.run(
        "select id, state from leads where id = any(cast(:ids as uuid[]))", ids=sorted(ids, key=in_order)
    )
    return {row.id: _leads.decode(row.state) for row in rows}


async def leads_of(uow: UnitOfWork, conversations: Collection[UUID]) -> set[UUID]:
    """All leads of these conversations."""
    rows = await uow.run(
        "select id from leads where conversation_id = any(cast(:conversations as uuid[]))",
        conversations=sorted(conversations),
    )
    return {row.id for row in rows}


async def forget(
    uow: UnitOfWork, conversations: Sequence[UUID], leads: Sequence[UUID], artists: Sequence[UUID]
) -> None:
    """Wipe what persons wrote, what was written to them, and what artists were told of them. That something happened stays;
    what stays of it is named here, so that what is added later goes too."""
    await uow.run(
        """update timeline set data = (
                select jsonb_build_object('erased', true) || coalesce(jsonb_object_agg(d.key, d.value), '{}')
                from jsonb_each(data::jsonb) d where d.key = any(
                    '{amount_pence,basis,by,change,changed,copy,event,flag,from,gating,how,judged,key,kind,message_kind,mark,'
                    'on,outcome,reason,sequence,sort,status,step,strikes,timer,to,verdict}'::text[]))::text
        where conversation_id = any(cast(:conversations as uuid[]))""",
        conversations=conversations,
    )
    await uow.run(
        """update timeline set data = '{"erased": true}' where conversation_id = any(cast(:artists as uuid[]))
            and kind = 'message_created' and data::json ->> 'about' = any(cast(:leads as text[]))""",
        artists=artists,
        leads=[str(lead) for lead in leads],
    )
    await uow.run(
        "update actions set arguments = '{}', reason = null where lead_id = any(cast(:leads as uuid[]))", leads=leads
    )
    for table in ("mailbox", "early_deliveries", "timers"):
        await uow.run(
            f"delete from {table} where conversation_id = any(cast(:conversations as uuid[]))",
            conversations=conversations,
        )
    keys = [str(conversation) for conversation in conversations]
    await uow.run("delete from held where key = any(cast(:keys as text[]))", keys=keys)
    await uow.run("update streams set held = 0 where key = any(cast(:keys as text[]))", keys=keys)


async def load_mailboxes(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, list[Waiting]]:
    boxes: dict[UUID, list[Waiting]] = defaultdict(list)
    if ids:
        for row in await uow.run(
            """select conversation_id, out_of_order, headers, value from mailbox
            where conversation_id = any(cast(:ids as uuid[])) order by arrived_at, id""",
            ids=sorted(ids),
        ):
            event = _read(row.headers, row.value)
            if event is not None:
                boxes[row.conversation_id].append(Waiting(event, row.out_of_order))
    return boxes


def _read(headers_text: str, value: bytes) -> Event | None:
    headers = _headers.decode(headers_text)
    names = dict(headers)
    if names.get("ce_type") != FollowUp.TYPE:
        return decode(headers, value)
    return Event(
        id=UUID(names["ce_id"]),
        type=FollowUp.TYPE,
        source=names["ce_source"],
        time=datetime.fromisoformat(names["ce_time"]),
        subject=names["ce_subject"],
        data=_follow_up.decode(value),
        traceparent=names.get("traceparent"),
    )


def store_mailboxes(uow: UnitOfWork, before: dict[UUID, list[Waiting]], after: dict[UUID, list[Waiting]]) -> None:
    """Write what waits now and did not before; delete what waits no longer."""
    was = {waiting.event.id: waiting for box in before.values() for waiting in box}
    now = {waiting.event.id: (key, waiting) for key, box in after.items() for waiting in box}
    gone = sorted(was.keys() - now.keys())
    if gone:
        uow.later("delete from mailbox where id = any(cast(:ids as uuid[]))", ids=gone)
    fresh = [(key, now_) for identity, (key, now_) in now.items() if was.get(identity) != now_]
    if not fresh:
        return
    fresh.sort(key=lambda item: item[1].event.id)
    records = [encode(waiting.event, "mailbox") for _, waiting in fresh]
    uow.later(
        """insert into mailbox (id, conversation_id, written_at, out_of_order, headers, value)
        select * from unnest(cast(:ids as uuid[]), cast(:conversations as uuid[]), cast(:written as timestamptz[]),
            cast(:late as boolean[]), cast(:headers as text[]), cast(:values as bytea[]))
        on conflict (id) do update set out_of_order = excluded.out_of_order""",
        ids=[waiting.event.id for _, waiting in fresh],
        conversations=[key for key, _ in fresh],
        written=[written_at(waiting.event) for _, waiting in fresh],
        late=[waiting.out_of_order for _, waiting in fresh],
        headers=[msgspec.json.encode(record.headers).decode() for record in records],
        values=[record.value for record in records],
    )


def store_conversations(uow: UnitOfWork, conversations: Sequence[tuple[Conversation, int]], now: datetime) -> None:
    """Write aggregates back; `int` is what waits in the mailbox."""
    ordered = sorted(conversations, key=lambda item: item[0].id.int)
    bare = [msgspec.structs.replace(conversation, leads={}) for conversation, _ in ordered]
    uow.later(
        """update conversations set phone_number_id = n.phone_number_id, phone = n.phone, lead_id = n.lead_id,
            mailbox = n.mailbox, parked = n.parked, gated = n.gated, state = n.state, updated_at = :now
        from unnest(cast(:ids as uuid[]), cast(:numbers as text[]), cast(:phones as text[]), cast(:leads as uuid[]),
            cast(:mailboxes as integer[]), cast(:parked as text[]), cast(:gated as boolean[]), cast(:states as text[]))
            n(id, phone_number_id, phone, lead_id, mailbox, parked, gated, state)
        where conversations.id = n.id""",
        ids=[c.id for c in bare],
        numbers=[c.phone_number_id for c in bare],
        phones=[c.phone for c in bare],
        leads=[c.lead_id for c in bare],
        mailboxes=[waiting for _, waiting in ordered],
        parked=[c.parked for c in bare],
        gated=[c.gate is not None or c.opt_out_gate is not None for c in bare],
        states=[msgspec.json.encode(c).decode() for c in bare],
        now=now,
    )


def store_leads(uow: UnitOfWork, leads: Iterable[tuple[Lead, str | None]]) -> None:
    """Write leads; `str` is the phone they are found by."""
    ordered = sorted(leads, key=lambda item: item[0].id.int)
    if not ordered:
        return
    uow.later(
        """insert into leads (id, conversation_id, phone, status, flags, version, state, created_at, updated_at)
        select n.id, n.conversation_id, n.phone, n.status,
            case when n.flags = '' then '{}' else string_to_array(n.flags, ',') end, n.version, n.state, n.created_at,
            n.updated_at
        from unnest(cast(:ids as uuid[]), cast(:conversations as uuid[]), cast(:phones as text[]),
            cast(:statuses as text[]), cast(:flags as text[]), cast(:versions as integer[]), cast(:states as text[]),
            cast(:created as timestamptz[]), cast(:updated as timestamptz[]))
            n(id, conversation_id, phone, status, flags, version, state, created_at, updated_at)
        on conflict (id) do update set phone = excluded.phone, status = excluded.status, flags = excluded.flags,
            version = excluded.version, state = excluded.state, updated_at = excluded.updated_at""",
        ids=[lead.id for lead, _ in ordered],
        conversations=[lead.conversation_id for lead, _ in ordered],
        phones=[phone for _, phone in ordered],
        statuses=[lead.status for lead, _ in ordered],
        flags=[",".join(lead.flags) for lead, _ in ordered],
        versions=[lead.version for lead, _ in ordered],
        states=[msgspec.json.encode(lead).decode() for lead, _ in ordered],
        created=[lead.created_at for lead, _ in ordered],
        updated=[lead.updated_at for lead, _ in ordered],
    )


def append_timeline(uow: UnitOfWork, rows: Sequence[TimelineRow]) -> None:
    if not rows:
        return
    facts = [row.recorded.fact for row in rows]
    uow.later(
        """insert into timeline (conversation_id, lead_id, at, kind, version, intent_id, data)
        select * from unnest(cast(:conversations as uuid[]), cast(:leads as uuid[]), cast(:ats as timestamptz[]),
            cast(:kinds as text[]), cast(:versions as integer[]), cast(:intents as uuid[]), cast(:data as text[]))""",
        conversations=[row.conversation_id for row in rows],
        leads=[fact.lead_id for fact in facts],
        ats=[row.at for row in rows],
        kinds=[fact.KIND for fact in facts],
        versions=[row.recorded.version for row in rows],
        intents=[intent_of(fact) for fact in facts],
        data=[encoded(fact) for fact in facts],
    )


def set_timers(uow: UnitOfWork, timers: dict[tuple[UUID, str], tuple[UUID | None, datetime]]) -> None:
    """One row a conversation and kind: the newest setting counts."""
    keys = sorted(timers)
    if keys:
        uow.later(
            """insert into timers (conversation_id, timer, lead_id, due_at)
            select * from unnest(cast(:conversations as uuid[]), cast(:timers as text[]), cast(:leads as uuid[]),
                cast(:dues as timestamptz[]))
            on conflict (conversation_id, timer) do update set lead_id = excluded.lead_id, due_at = excluded.due_at""",
            conversations=[key[0] for key in keys],
            timers=[key[1] for key in keys],
            leads=[timers[key][0] for key in keys],
            dues=[timers[key][1] for key in keys],
        )


async def due_timers(uow: UnitOfWork, now: datetime, limit: int) -> Sequence[Any]:
    """Take timers that are due; no other replica gets the same ones."""
    return await uow.run(
        """with due as (select conversation_id, timer from timers where due_at <= :now order by due_at limit :limit
            for update skip locked)
        delete from timers using due where timers.conversation_id = due.conversation_id and timers.timer = due.timer
        returning timers.conversation_id, timers.timer, timers.lead_id, timers.due_at""",
        now=now,
        limit=limit,
    )


def finish_actions(uow: UnitOfWork, done: Sequence[tuple[UUID, str, UUID | None, str | None, list[str]]]) -> None:
    """(action id, state, intent id, reason, what would be allowed) of actions that were judged."""
    if done:
        ordered = sorted(done, key=lambda item: item[0])
        uow.later(
            """update actions set state = n.state, intent_id = n.intent_id, reason = n.reason, done_at = now(),
                allowed = case when n.allowed = '' then '{}' else string_to_array(n.allowed, ',') end
            from unnest(cast(:ids as uuid[]), cast(:states as text[]), cast(:intents as uuid[]),
                cast(:reasons as text[]), cast(:allowed as text[])) n(id, state, intent_id, reason, allowed)
            where actions.id = n.id""",
            ids=[item[0] for item in ordered],
            states=[item[1] for item in ordered],
            intents=[item[2] for item in ordered],
            reasons=[item[3] for item in ordered],
            allowed=[",".join(item[4]) for item in ordered],
        )


async def known_intents(uow: UnitOfWork, conversations: Collection[UUID], intents: Collection[UUID]) -> set[UUID]:
    """Which of these intents this database has made."""
    rows = await uow.run(
        """select distinct intent_id from timeline where conversation_id = any(cast(:conversations as uuid[]))
        and kind = 'message_created' and intent_id = any(cast(:intents as uuid[]))""",
        conversations=sorted(conversations),
        intents=sorted(intents),
    )
    return {row.intent_id for row in rows}


async def keep_early(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Hold deliveries of intents that this database does not know yet (it was restored)."""
    ordered = sorted(events, key=lambda event: event.id)
    records = [encode(event, "early") for event in ordered]
    await uow.run(
        """insert into early_deliveries (id, intent_id, conversation_id, headers, value)
        select * from unnest(cast(:ids as uuid[]), cast(:intents as uuid[]), cast(:conversations as uuid[]),
            cast(:headers as text[]), cast(:values as bytea[])) on conflict (id) do nothing""",
        ids=[event.id for event in ordered],
        intents=[event.data.intent_id for event in ordered],
        conversations=[UUID(event.subject) for event in ordered],
        headers=[msgspec.json.encode(record.headers).decode() for record in records],
        values=[record.value for record in records],
    )


async def take_early(uow: UnitOfWork, conversation_id: UUID, intents: Collection[UUID]) -> list[Event]:
    """Held deliveries whose intents have been made now, in their order."""
    rows = await uow.run(
        """delete from early_deliveries where conversation_id = :conversation_id
        and intent_id = any(cast(:intents as uuid[])) returning headers, value""",
        conversation_id=conversation_id,
        intents=sorted(intents),
    )
    events = [event for row in rows if (event := _read(row.headers, row.value)) is not None]
    return sorted(events, key=lambda event: event.sequence or 0)


async def insert_action(uow: UnitOfWork, **action: Any) -> Any | None:
    """Record an action; None where its idempotency key was used for this lead before."""
    rows = await uow.run(
        """insert into actions (id, lead_id, action, arguments, by, idempotency_key)
        values (:id, :lead_id, :action, :arguments, :by, :idempotency_key)
        on conflict (lead_id, idempotency_key) where idempotency_key is not null do nothing returning id""",
        **action,
    )
    return rows[0] if rows else None


@lru_cache(maxsize=4)
def read_pauses(text: str) -> tuple[Pause, ...]:
    """The pauses that `service_state` holds. They hardly ever change, and are read with every batch."""
    return _pauses.decode(text)


async def lock_pauses(uow: UnitOfWork) -> tuple[Pause, ...]:
    row = (await uow.run("select pauses from service_state for update"))[0]
    return read_pauses(row.pauses)


async def store_pauses(uow: UnitOfWork, pauses: tuple[Pause, ...]) -> None:
    await uow.run("update service_state set pauses = :pauses", pauses=msgspec.json.encode(pauses).decode())


async def set_mode(uow: UnitOfWork, panic: bool, pilot: bool) -> None:
    await uow.run("update service_state set panic = :panic, pilot = :pilot", panic=panic, pilot=pilot)


async def studio_changed(uow: UnitOfWork, digest: str) -> bool:
    """Whether this studio is not the one that was announced last; remembers it."""
    rows = await uow.run("update service_state set studio = :digest where studio <> :digest returning 1", digest=digest)
    return bool(rows)


async def conversations_that_wait(uow: UnitOfWork) -> list[UUID]:
    rows = await uow.run("select id from conversations where mailbox > 0 order by id")
    return [row.id for row in rows]


async def leads_of_the_tour(uow: UnitOfWork) -> Sequence[Any]:
    """Leads whose next word is the tour's: (id, conversation_id)."""
    return await uow.run(
        "select id, conversation_id from leads where status in ('WAITLISTED', 'TOUR_CONVERSION_OFFERED') order by id"
    )
