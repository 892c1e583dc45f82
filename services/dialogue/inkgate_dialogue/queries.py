"""What pages and the API read. Plain reads without locks: reading never delays turns."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.cloudevents import decode
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.db import Database
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules.actions import allowed_now
from inkgate_dialogue.domain.rules.timers import expected
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import describe

_leads = msgspec.json.Decoder(Lead)
_conversations = msgspec.json.Decoder(Conversation)

PAGE = 50
# For the metrics: those that were untouched the longest. More than that is an outage, and its number changes nothing.
GATES_LOOKED_AT = 2_000


class Gauges(msgspec.Struct, frozen=True):
    """What waits now. `gates`: open ones by the least age in seconds, at most GATES_LOOKED_AT."""

    gates: dict[str, int]
    oldest_gate_s: float
    waiting: int
    parked: int


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lead_view(lead: Lead, conversation: Conversation, waiting: int, studio: Studio) -> dict[str, Any]:
    """`GET /api/leads/{id}` (PROTOCOL §4)."""
    gate = conversation.gate or conversation.opt_out_gate
    if gate is not None and gate.sending.lead_id != lead.id:
        gate = None
    mine = msgspec.structs.replace(conversation, leads={lead.id: lead})
    deposit = lead.deposit
    return {
        "id": lead.id,
        "conversation_id": lead.conversation_id,
        "phone": conversation.phone,
        "name": conversation.profile_name,
        "status": lead.status,
        "step": studio.step(lead.question, lead.answers),
        "steps": len(studio.questions),
        "question": lead.question,
        "answers": lead.answers,
        "values": lead.values,
        "open_gate": None
        if gate is None
        else {
            "intent_id": gate.sending.intent_id,
            "change": describe(gate.sending.change, lead, studio),
            "since": _iso(gate.since),
        },
        "mailbox": waiting,
        "flags": list(lead.flags),
        "opted_out": conversation.opted_out,
        "handover": None
        if lead.handover is None
        else {"reason": lead.handover.reason, "since": _iso(lead.handover.since)},
        "version": lead.version,
        "deposit": None
        if deposit is None
        else {
            "state": deposit.state,
            "amount_pence": deposit.amount_pence,
            "currency": deposit.currency,
            "url": deposit.url,
            "paid_pence": deposit.paid_pence,
            "refunded_pence": deposit.refunded_pence,
            "session": deposit.session,
            "expires_at": _iso(deposit.expires_at),
        },
        "slot": lead.slot,
        "timers": [
            {"timer": name, "due_at": _iso(at)}
            for name, at in sorted(expected(conversation, lead).items(), key=lambda item: item[1])
        ],
        "tour": None
        if lead.tour is None
        else {
            "city": lead.tour.city,
            "country": lead.tour.country,
            "from": lead.tour.starts.isoformat(),
            "to": lead.tour.ends.isoformat(),
            "note": lead.tour.note,
            "accepted": lead.tour.accepted,
            "home": lead.tour.home,
        },
        "strikes": lead.strikes,
        "language": mine.language,
        "actions": allowed_now(mine, lead),
        "created_at": _iso(lead.created_at),
        "updated_at": _iso(lead.updated_at),
    }


class Queries:
    """Reads for one database."""

    def __init__(self, database: Database, studio: Studio) -> None:
        self._database = database
        self.studio = studio

    async def leads(
        self, phone: str | None, status: str | None, flag: str | None, cursor: tuple[datetime, UUID] | None, limit: int
    ) -> tuple[list[dict[str, Any]], tuple[datetime, UUID] | None]:
        """A page of leads, newest first, and where the next one begins."""
        wheres = ["true"]
        parameters: dict[str, Any] = {"limit": limit + 1}
        for name, value, clause in (
            ("phone", phone, "l.phone = :phone"),
            ("status", status, "l.status = :status"),
            ("flag", flag, "l.flags @> cast(array[:flag] as text[])"),
        ):
            if value is not None:
                wheres.append(clause)
                parameters[name] = value
        if cursor is not None:
            wheres.append("(l.created_at, l.id) < (:at, :id)")
            parameters |= {"at": cursor[0], "id": cursor[1]}
        rows = await self._database.read(
            f"""select l.state as lead, c.state as conversation, c.mailbox, l.created_at, l.id
            from leads l join conversations c on c.id = l.conversation_id
            where {" and ".join(wheres)} order by l.created_at desc, l.id desc limit :limit""",
            **parameters,
        )
        items = [self._view(row) for row in rows[:limit]]
        following = (rows[limit - 1].created_at, rows[limit - 1].id) if len(rows) > limit else None
        return items, following

    def _view(self, row: Any) -> dict[str, Any]:
        lead, conversation = _leads.decode(row.lead), _conversations.decode(row.conversation)
        waiting = row.mailbox if conversation.lead_id == lead.id else 0
        return lead_view(lead, conversation, waiting, self.studio)

    async def lead(self, lead_id: UUID) -> dict[str, Any] | None:
        rows = await self._database.read(
            """select l.state as lead, c.state as conversation, c.mailbox from leads l
            join conversations c on c.id = l.conversation_id where l.id = :id""",
            id=lead_id,
        )
        return self._view(rows[0]) if rows else None

    async def timeline(self, lead_id: UUID, after: int, limit: int) -> list[dict[str, Any]]:
        """A lead's timeline, oldest first, from position `after`."""
        rows = await self._database.read(
            """select t.*, l.phone from timeline t join leads l on l.id = t.lead_id
            where t.lead_id = :id and t.position > :after order by t.position limit :limit""",
            id=lead_id,
            after=after,
            limit=limit,
        )
        return [item(row) for row in rows]

    async def export(self, lead_id: UUID) -> dict[str, Any] | None:
        """Everything this service knows of the person of a lead, as one value: who she is, her enquiries, every message and
        change, what waits, what was done by hand. None where there is no such lead."""
        found = await self._database.read(
            """select c.id, c.state from conversations c join leads l on l.conversation_id = c.id where l.id = :id""",
            id=lead_id,
        )
        if not found:
            return None
        key, conversation = found[0].id, _conversations.decode(found[0].state)
        leads = await self._database.read(
            "select id, state from leads where conversation_id = :key order by created_at, id", key=key
        )
        timeline = await self._database.read(
            """select t.*, c.phone from timeline t join conversations c on c.id = t.conversation_id
            where t.conversation_id = :key order by t.position""",
            key=key,
        )
        actions = await self._database.read(
            "select * from actions where lead_id = any(cast(:leads as uuid[])) order by created_at, id",
            leads=[row.id for row in leads],
        )
        return {
            "conversation_id": key,
            "phone": conversation.phone,
            "user_id": conversation.user_id,
            "name": conversation.profile_name,
            "language": conversation.language,
            "opted_out": conversation.opted_out,
            "erased_at": _iso(conversation.erased_at),
            "leads": [msgspec.to_builtins(_leads.decode(row.state)) for row in leads],
            "timeline": [item(row) for row in timeline],
            "waiting": await self.waiting(key),
            "actions": [{**action_view(row), "arguments": msgspec.json.decode(row.arguments)} for row in actions],
        }

    async def waiting(self, conversation_id: UUID) -> list[dict[str, Any]]:
        """Messages in the mailbox, as timeline items with the verdict `waiting` or `out_of_order`."""
        rows = await self._database.read(
            "select headers, value, out_of_order, arrived_at from mailbox where conversation_id = :id order by written_at",
            id=conversation_id,
        )
        items = []
        for row in rows:
            headers = msgspec.json.decode(row.headers, type=list[tuple[str, str]])
            event = decode(headers, row.value)
            if event is not None and isinstance(event.data, MessageReceived) and not row.out_of_order:
                items.append(
                    {
                        "id": f"mailbox:{event.id}",
                        "at": _iso(row.arrived_at),
                        "kind": "message_received",
                        "text": event.data.text,
                        "message_id": event.data.message_id,
                        "sent_at": _iso(event.data.sent_at),
                        "verdict": "waiting",
                        "intent_id": None,
                        "version": None,
                    }
                )
        return items

    async def appointment(self, token: UUID) -> dict[str, Any] | None:
        """The appointment that this link names."""
        rows = await self._database.read(
            "select token, state, starts_at, ends_at, sequence, updated_at from appointments where token = :token",
            token=token,
        )
        return dict(rows[0].items()) if rows else None

    async def appointments(self, since: datetime) -> list[dict[str, Any]]:
        """What is held or booked and ends later, with the client's name, in the order of time."""
        rows = await self._database.read(
            """select a.token, a.state, a.starts_at, a.ends_at, a.sequence, a.updated_at, c.state as conversation
            from appointments a join conversations c on c.id = a.conversation_id
            where a.live and a.busy_until > :since order by a.starts_at limit 2000""",
            since=since,
        )
        return [{**dict(row.items()), "name": _conversations.decode(row.conversation).profile_name} for row in rows]

    async def newest(self) -> int:
        """The position of the newest timeline item."""
        return int((await self._database.read("select coalesce(max(position), 0) as newest from timeline"))[0].newest)

    async def since(self, position: int, limit: int) -> list[dict[str, Any]]:
        """Timeline items of all leads after a position."""
        rows = await self._database.read(
            """select t.*, c.phone from timeline t left join conversations c on c.id = t.conversation_id
            where t.position > :after order by t.position limit :limit""",
            after=position,
            limit=limit,
        )
        return [item(row) for row in rows]

    async def action(self, action_id: UUID) -> dict[str, Any] | None:
        rows = await self._database.read("select * from actions where id = :id", id=action_id)
        return action_view(rows[0]) if rows else None

    async def action_by_key(self, lead_id: UUID, key: str) -> dict[str, Any] | None:
        rows = await self._database.read(
            "select * from actions where lead_id = :lead_id and idempotency_key = :key", lead_id=lead_id, key=key
        )
        return action_view(rows[0]) if rows else None

    async def allowed(self, lead_id: UUID) -> list[str]:
        """The actions that are possible now."""
        found = await self.lead(lead_id)
        return list(found["actions"]) if found else []

    async def link_secret(self) -> str:
        """What signs action links."""
        return str((await self._database.read("select link_secret from service_state"))[0].link_secret)

    async def mode(self) -> dict[str, bool]:
        row = (await self._database.read("select panic, pilot from service_state"))[0]
        return {"panic": row.panic, "pilot": row.pilot}

    async def funnel(self, since: datetime) -> dict[str, Any]:
        """How many leads were created since, and how many of those reached each step and status. What was taken back,
        because its message turned out not to have arrived, was not reached. (`inkgate analytics query funnel` says the
        same.)"""
        created = await self._database.read(
            "select count(*) as leads from leads where created_at >= :since", since=since
        )
        rows = await self._database.read(
            """with moved as (
                select t.lead_id, t.kind, t.intent_id, t.version, t.data from leads l join timeline t on t.lead_id = l.id
                where l.created_at >= :since and t.kind in ('step_advanced', 'status_changed', 'change_reverted')),
            reverted as (
                select lead_id, intent_id, max(version) as version from moved
                where kind = 'change_reverted' group by lead_id, intent_id)
            select m.kind, m.data::json ->> case m.kind when 'step_advanced' then 'key' else 'to' end as name,
                count(distinct m.lead_id) as leads
            from moved m left join reverted r on r.lead_id = m.lead_id and r.intent_id = m.intent_id
            where m.kind <> 'change_reverted' and coalesce(r.version, 0) < m.version
            group by 1, 2""",
            since=since,
        )
        reached = {(row.kind, row.name): row.leads for row in rows}
        return {
            "created": created[0].leads,
            "steps": [
                {"question": key, "leads": reached.get(("step_advanced", key), 0)} for key in self.studio.questions
            ],
            "statuses": {name: leads for (kind, name), leads in reached.items() if kind == "status_changed"},
        }

    async def gauges(self) -> Gauges:
        """What the metrics show of what waits. Gates that opened long ago were touched long ago, or their client goes on
        writing: the age is that of the gate, looked up where it may be old."""
        gates = (
            await self._database.read(
                """select count(*) as open, count(*) filter (where age_s > 60) as minute,
                    count(*) filter (where age_s > 600) as ten, coalesce(max(age_s), 0) as oldest_s
                from (select extract(epoch from now() - cast(coalesce(cast(state as jsonb) #>> '{gate,since}',
                        cast(state as jsonb) #>> '{opt_out_gate,since}', cast(updated_at as text)) as timestamptz)) as age_s
                    from conversations where gated order by updated_at limit :limit) as gates""",
                limit=GATES_LOOKED_AT,
            )
        )[0]
        waiting = await self._database.read(
            "select coalesce(sum(mailbox), 0) as n from conversations where mailbox > 0"
        )
        parked = await self._database.read(
            "select count(*) as n from leads where flags @> array['parked'] and flags <> '{}'"
        )
        return Gauges(
            gates={"0": gates.open, "60": gates.minute, "600": gates.ten},
            oldest_gate_s=float(gates.oldest_s),
            waiting=int(waiting[0].n),
            parked=int(parked[0].n),
        )


def item(row: Any) -> dict[str, Any]:
    """A timeline row as the API gives it."""
    return {
        "id": str(row.position),
        "at": _iso(row.at),
        "lead_id": row.lead_id,
        "conversation_id": row.conversation_id,
        "phone": row.phone,
        "kind": row.kind,
        "version": row.version,
        "intent_id": row.intent_id,
        **msgspec.json.decode(row.data),
    }


def action_view(row: Any) -> dict[str, Any]:
    """A row of `actions` as the API gives it."""
    return {
        "action_id": row.id,
        "lead_id": row.lead_id,
        "action": row.action,
        "state": row.state,
        "intent_id": row.intent_id,
        "reason": row.reason,
        "allowed": row.allowed,
        "by": row.by,
        "created_at": _iso(row.created_at),
        "done_at": _iso(row.done_at),
    }
