"""Every SQL statement of payments. Set-based: a batch, not a row; never commits. Rows are locked and written in id order.

Times come from the service's clock, not the database's, so that a test can let a day pass.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.db import UnitOfWork
from inkgate_payments.domain.deposit import Asked, Call, Deposit, Dispute, Payment, Refund
from inkgate_payments.domain.facts import AnyFact

_encode = msgspec.json.encode


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A call that this worker may make now. `tries` names the attempt: a failure is recorded only for the current one."""

    call: Call
    tries: int
    key_number: int
    first_tried_at: datetime
    look_up: bool
    traceparent: str | None = None


async def introduce(uow: UnitOfWork, deposits: Iterable[Deposit]) -> None:
    """Make rows for deposits that are known by name only; existing ones stay as they are. Two transactions that meet a
    deposit for the first time at once wait for each other here."""
    rows = sorted({deposit.id: deposit for deposit in deposits}.values(), key=lambda deposit: deposit.id)
    if rows:
        await uow.run(
            """insert into deposits (id, lead_id, conversation_id, status, traceparent)
            select * from unnest(cast(:ids as uuid[]), cast(:leads as uuid[]), cast(:conversations as uuid[]),
                cast(:statuses as text[]), cast(:traceparents as text[])) on conflict (id) do nothing""",
            ids=[row.id for row in rows],
            leads=[row.lead_id for row in rows],
            conversations=[row.conversation_id for row in rows],
            statuses=[row.status for row in rows],
            traceparents=[row.traceparent for row in rows],
        )


async def load(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, Deposit]:
    """These deposits with their money, locked."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await uow.run(
        """select id, lead_id, conversation_id, status, amount_pence, currency, expires_at, session, url, livemode,
            pending_intent, erased, traceparent from deposits where id = any(cast(:ids as uuid[])) order by id for update""",
        ids=wanted,
    )
    money: dict[UUID, tuple[list[Any], ...]] = {row.id: ([], [], [], []) for row in rows}
    for row in await uow.run(
        """select deposit_id, reference, session, amount_pence, currency, paid_at, stripe_event_id, second, after_expiry,
            mismatch, refunded_pence, refund_failed_at from payments where deposit_id = any(cast(:ids as uuid[]))
        order by recorded_at, reference""",
        ids=wanted,
    ):
        money[row.deposit_id][0].append(Payment(**_without_deposit(row)))
    for row in await uow.run(
        """select deposit_id, id, reference, amount_pence, state from refunds
        where deposit_id = any(cast(:ids as uuid[])) order by recorded_at, id""",
        ids=wanted,
    ):
        money[row.deposit_id][1].append(Refund(**_without_deposit(row)))
    for row in await uow.run(
        """select deposit_id, id, reference, amount_pence, currency, at from disputes
        where deposit_id = any(cast(:ids as uuid[])) order by recorded_at, id""",
        ids=wanted,
    ):
        money[row.deposit_id][2].append(Dispute(**_without_deposit(row)))
    for row in await uow.run(
        """select deposit_id, reference, parameters from calls where deposit_id = any(cast(:ids as uuid[]))
        and kind = 'refund' and state = 'waiting' order by id""",
        ids=wanted,
    ):
        amount = msgspec.json.decode(row.parameters)["amount"]
        money[row.deposit_id][3].append(Asked(reference=row.reference, amount_pence=amount))
    found = {}
    for row in rows:
        payments, refunds, disputes, asked = (tuple(each) for each in money[row.id])
        found[row.id] = Deposit(**row._mapping, payments=payments, refunds=refunds, disputes=disputes, asked=asked)
    return found


def _without_deposit(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name != "deposit_id"}


async def of_fact(uow: UnitOfWork, fact: AnyFact, session: str | None) -> UUID | None:
    """The deposit that a fact belongs to: by its session, else its payment intent, else our ids in its metadata."""
    rows = await uow.run(
        """select id from (
            select 1 as rank, id from deposits where session = cast(:session as text)
            union all select 2, deposit_id from payments where reference = cast(:intent as text)
            union all select 3, id from deposits where pending_intent = cast(:intent as text)
            union all select 4, id from deposits where id = cast(:command as uuid)) found order by rank limit 1""",
        session=session,
        intent=fact.payment_intent,
        command=fact.references.command_id if fact.references else None,
    )
    return rows[0].id if rows else None


async def of_conversations(uow: UnitOfWork, conversations: Iterable[UUID]) -> list[UUID]:
    """The deposits of these conversations."""
    rows = await uow.run(
        "select id from deposits where conversation_id = any(cast(:ids as uuid[])) order by id",
        ids=sorted(set(conversations)),
    )
    return [row.id for row in rows]


async def save(uow: UnitOfWork, before: dict[UUID, Deposit], after: dict[UUID, Deposit], now: datetime) -> None:
    """Write what changed: one statement a table."""
    changed = [after[key] for key in sorted(after) if after[key] != before.get(key)]
    if not changed:
        return
    await uow.run(
        """update deposits d set conversation_id = n.conversation_id, status = n.status, amount_pence = n.amount_pence,
            currency = n.currency, expires_at = n.expires_at, session = n.session, url = n.url, livemode = n.livemode,
            pending_intent = n.pending_intent, erased = n.erased, updated_at = :now
        from unnest(cast(:ids as uuid[]), cast(:conversations as uuid[]), cast(:statuses as text[]),
            cast(:amounts as bigint[]), cast(:currencies as text[]), cast(:expiries as timestamptz[]),
            cast(:sessions as text[]), cast(:urls as text[]), cast(:livemodes as boolean[]), cast(:intents as text[]),
            cast(:erased as boolean[])) n(id, conversation_id, status, amount_pence, currency, expires_at, session, url,
            livemode, pending_intent, erased)
        where d.id = n.id""",
        now=now,
        ids=[d.id for d in changed],
        conversations=[d.conversation_id for d in changed],
        statuses=[d.status for d in changed],
        amounts=[d.amount_pence for d in changed],
        currencies=[d.currency for d in changed],
        expiries=[d.expires_at for d in changed],
        sessions=[d.session for d in changed],
        urls=[d.url for d in changed],
        livemodes=[d.livemode for d in changed],
        intents=[d.pending_intent for d in changed],
        erased=[d.erased for d in changed],
    )
    await _save_payments(uow, _new_ones(changed, before, "payments"))
    await _save_refunds(uow, _new_ones(changed, before, "refunds"))
    await _save_disputes(uow, _new_ones(changed, before, "disputes"))


def _new_ones(changed: Sequence[Deposit], before: dict[UUID, Deposit], name: str) -> list[tuple[UUID, Any]]:
    """(deposit, row) for each payment, refund or dispute that is new or different."""
    found = []
    for deposit in changed:
        was = getattr(before.get(deposit.id), name, ())
        found += [(deposit.id, each) for each in getattr(deposit, name) if each not in was]
    return found


async def _save_payments(uow: UnitOfWork, rows: Sequence[tuple[UUID, Payment]]) -> None:
    if rows:
        await uow.run(
            """insert into payments (reference, deposit_id, session, amount_pence, currency, paid_at, second, after_expiry,
                mismatch, refunded_pence, refund_failed_at, stripe_event_id)
            select * from unnest(cast(:references as text[]), cast(:deposits as uuid[]), cast(:sessions as text[]),
                cast(:amounts as bigint[]), cast(:currencies as text[]), cast(:paid as timestamptz[]),
                cast(:second as boolean[]), cast(:late as boolean[]), cast(:mismatches as text[]),
                cast(:refunded as bigint[]), cast(:failed as timestamptz[]), cast(:events as text[]))
            on conflict (reference) do update set refunded_pence = excluded.refunded_pence,
                refund_failed_at = excluded.refund_failed_at""",
            references=[payment.reference for _, payment in rows],
            deposits=[deposit for deposit, _ in rows],
            sessions=[payment.session for _, payment in rows],
            amounts=[payment.amount_pence for _, payment in rows],
            currencies=[payment.currency for _, payment in rows],
            paid=[payment.paid_at for _, payment in rows],
            second=[payment.second for _, payment in rows],
            late=[payment.after_expiry for _, payment in rows],
            mismatches=[payment.mismatch for _, payment in rows],
            refunded=[payment.refunded_pence for _, payment in rows],
            failed=[payment.refund_failed_at for _, payment in rows],
            events=[payment.stripe_event_id for _, payment in rows],
        )


async def _save_refunds(uow: UnitOfWork, rows: Sequence[tuple[UUID, Refund]]) -> None:
    if rows:
        await uow.run(
            """insert into refunds (id, deposit_id, reference, amount_pence, state)
            select * from unnest(cast(:ids as text[]), cast(:deposits as uuid[]), cast(:references as text[]),
                cast(:amounts as bigint[]), cast(:states as text[]))
            on conflict (id) do update set state = excluded.state""",
            ids=[refund.id for _, refund in rows],
            deposits=[deposit for deposit, _ in rows],
            references=[refund.reference for _, refund in rows],
            amounts=[refund.amount_pence for _, refund in rows],
            states=[refund.state for _, refund in rows],
        )


async def _save_disputes(uow: UnitOfWork, rows: Sequence[tuple[UUID, Dispute]]) -> None:
    if rows:
        await uow.run(
            """insert into disputes (id, deposit_id, reference, amount_pence, currency, at)
            select * from unnest(cast(:ids as text[]), cast(:deposits as uuid[]), cast(:references as text[]),
                cast(:amounts as bigint[]), cast(:currencies as text[]), cast(:times as timestamptz[]))
            on conflict (id) do nothing""",
            ids=[dispute.id for _, dispute in rows],
            deposits=[deposit for deposit, _ in rows],
            references=[dispute.reference for _, dispute in rows],
            amounts=[dispute.amount_pence for _, dispute in rows],
            currencies=[dispute.currency for _, dispute in rows],
            times=[dispute.at for _, dispute in rows],
        )


# Calls to Stripe that are outstanding.


async def place(uow: UnitOfWork, calls: Iterable[Call], now: datetime) -> None:
    """Queue calls, each once."""
    rows = sorted({call.id: call for call in calls}.values(), key=lambda call: call.id)
    if rows:
        await uow.run(
            """insert into calls (id, kind, deposit_id, command_id, reference, parameters, deadline, next_try_at)
            select n.*, :now from unnest(cast(:ids as uuid[]), cast(:kinds as text[]), cast(:deposits as uuid[]),
                cast(:commands as uuid[]), cast(:references as text[]), cast(:parameters as text[]),
                cast(:deadlines as timestamptz[])) n on conflict (id) do nothing""",
            now=now,
            ids=[call.id for call in rows],
            kinds=[call.kind for call in rows],
            deposits=[call.deposit_id for call in rows],
            commands=[call.command_id for call in rows],
            references=[call.reference for call in rows],
            parameters=[_encode(call.parameters).decode() for call in rows],
            deadlines=[call.deadline for call in rows],
        )


async def drop_creates(uow: UnitOfWork, deposits: Sequence[UUID], now: datetime) -> None:
    """Take back the calls that would make links for these deposits; an answer on its way is judged when it comes."""
    if deposits:
        await uow.run(
            """update calls set state = 'cancelled', parameters = '{}', ended_at = :now
            where deposit_id = any(cast(:ids as uuid[])) and kind = 'create' and state = 'waiting'""",
            ids=sorted(deposits),
            now=now,
        )


async def claim(uow: UnitOfWork, owner: UUID, limit: int, now: datetime, until: datetime) -> list[Claim]:
    """Calls that are due and that nobody else is making; they are this worker's until `until`. Two workers that make the
    same call after all do no harm: the idempotency key, and the state of what is expired, make repeats one."""
    rows = await uow.run(
        """update calls set owner = :owner, claimed_until = :until, tries = tries + 1,
            first_tried_at = coalesce(first_tried_at, :now)
        where id in (select id from calls where state = 'waiting' and next_try_at <= :now
            and (claimed_until is null or claimed_until < :now) order by next_try_at, id limit :limit
            for update skip locked)
        returning id, kind, deposit_id, command_id, reference, parameters, deadline, tries, key_number, first_tried_at,
            look_up, (select d.traceparent from deposits d where d.id = calls.deposit_id) as traceparent""",
        owner=owner,
        until=until,
        now=now,
        limit=limit,
    )
    return [
        Claim(
            call=Call(
                id=row.id,
                kind=row.kind,
                deposit_id=row.deposit_id,
                command_id=row.command_id,
                reference=row.reference,
                parameters=msgspec.json.decode(row.parameters),
                deadline=row.deadline,
            ),
            tries=row.tries,
            key_number=row.key_number,
            first_tried_at=row.first_tried_at,
            look_up=row.look_up,
            traceparent=row.traceparent,
        )
        for row in rows
    ]


async def new_key(uow: UnitOfWork, call: UUID, tries: int, now: datetime) -> int | None:
    """Looked up and not found: the number of the key to go on with; None when somebody else has the call now."""
    rows = await uow.run(
        """update calls set key_number = key_number + 1, look_up = false, first_tried_at = :now
        where id = :id and tries = :tries and state = 'waiting' returning key_number""",
        id=call,
        tries=tries,
        now=now,
    )
    return rows[0].key_number if rows else None


async def end(uow: UnitOfWork, call: UUID, state: str, code: str | None, now: datetime) -> bool:
    """A call has its answer (`done`) or is given up (`failed`); False when it had ended before."""
    rows = await uow.run(
        """update calls set state = :state, last_code = :code, parameters = '{}', ended_at = :now
        where id = :id and state = 'waiting' returning id""",
        id=call,
        state=state,
        code=code,
        now=now,
    )
    return bool(rows)


async def is_current(uow: UnitOfWork, call: UUID, tries: int) -> bool:
    """Whether try number `tries` is still the newest one, locked."""
    rows = await uow.run(
        "select 1 from calls where id = :id and tries = :tries and state = 'waiting' for update", id=call, tries=tries
    )
    return bool(rows)


async def put_off(uow: UnitOfWork, call: UUID, at: datetime, look_up: bool, code: str) -> None:
    """Try again at `at`."""
    await uow.run(
        """update calls set next_try_at = :at, look_up = look_up or :look_up, last_code = :code, claimed_until = null
        where id = :id""",
        id=call,
        at=at,
        look_up=look_up,
        code=code,
    )


async def hand_back(uow: UnitOfWork, owner: UUID) -> None:
    """This worker stops: what it was calling may be called by another at once."""
    await uow.run(
        "update calls set claimed_until = null where owner = :owner and state = 'waiting'",
        owner=owner,
    )


# What Stripe has said.


async def lock_intent(uow: UnitOfWork, intent: str) -> None:
    """Events about one payment are judged one after the other, so that none is parked while the payment is recorded."""
    await uow.run("select pg_advisory_xact_lock(hashtextextended(:intent, 0))", intent=intent)


async def first_seen(uow: UnitOfWork, event_id: str, kind: str, note: str) -> bool:
    """Record an event; False when it was recorded before."""
    rows = await uow.run(
        "insert into stripe_events (id, type, note) values (:id, :type, :note) on conflict (id) do nothing returning id",
        id=event_id,
        type=kind,
        note=note,
    )
    return bool(rows)


async def note_effect(uow: UnitOfWork, event_id: str, effect: Sequence[str], note: str, deposit: UUID | None) -> None:
    """What an event did, or why it did nothing."""
    await uow.run(
        "update stripe_events set effect = cast(:effect as text[]), note = :note, deposit_id = :deposit where id = :id",
        id=event_id,
        effect=list(effect),
        note=note,
        deposit=deposit,
    )


async def park(uow: UnitOfWork, fact: AnyFact, intent: str) -> None:
    """Keep a fact until the payment that it speaks of is known."""
    await uow.run(
        """insert into parked (event_id, payment_intent, fact, at) values (:id, :intent, :fact, :at)
        on conflict (event_id) do nothing""",
        id=fact.event_id,
        intent=intent,
        fact=_encode(msgspec.structs.replace(fact, references=None)).decode(),
        at=fact.at,
    )


async def unpark(uow: UnitOfWork, intent: str) -> list[AnyFact]:
    """The facts that waited for this payment, oldest first."""
    rows = await uow.run(
        """with out as (delete from parked where payment_intent = :intent returning event_id, fact, at)
        select fact from out order by at, event_id""",
        intent=intent,
    )
    return [msgspec.json.decode(row.fact, type=AnyFact) for row in rows]


async def waiting_calls(uow: UnitOfWork) -> tuple[int, datetime | None]:
    """How many calls wait for an answer, and since when the oldest of them."""
    row = (await uow.run("select count(*) as n, min(created_at) as oldest from calls where state = 'waiting'"))[0]
    return row.n, row.oldest
