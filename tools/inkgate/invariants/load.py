"""Reads a snapshot: four databases, every topic from its beginning to its end as of now, and the sandbox's log.

The only module of this package that knows tables; the services' own types are used to read what they wrote. Nothing is
written anywhere, and no consumer group is joined.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from inkgate.invariants.snapshot import Call, Copy, PaidRow, Sandbox, Snapshot, TimelineRow, Waiting, Webhook
from inkgate.local.environment import SERVICES, Surroundings
from inkgate.local.errors import LocalError
from inkgate_common.cloudevents import decode
from inkgate_common.contracts import TOPICS
from inkgate_common.errors import MalformedEvent
from inkgate_common.settings import KafkaSettings
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.lead import Conversation, Lead

LOG_PAGE = 20_000
READ_WITHIN_S = 120.0
# Rows of the timeline that rules look at.
_TIMELINE_KINDS = ("message_received", "step_advanced")

_conversation = msgspec.json.Decoder(Conversation)
_lead = msgspec.json.Decoder(Lead)


def kafka_settings(around: Surroundings) -> KafkaSettings:
    """How that installation's services reach Kafka."""
    environment = around.of("dialogue")
    known = {name: f"INKGATE_{name.upper()}" for name in KafkaSettings.model_fields}
    return KafkaSettings(**{name: environment[key] for name, key in known.items() if key in environment})  # type: ignore[arg-type]


@asynccontextmanager
async def connections(around: Surroundings) -> AsyncIterator[dict[str, asyncpg.Connection]]:
    """A connection to each service's database."""
    opened: dict[str, asyncpg.Connection] = {}
    try:
        for service in SERVICES:
            opened[service] = await asyncpg.connect(around.of(service)["INKGATE_DATABASE_URL"], timeout=10)
        yield opened
    finally:
        for connection in opened.values():
            await connection.close(timeout=5)


@asynccontextmanager
async def reader(settings: KafkaSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group."""
    client = AIOKafkaConsumer(
        **settings.client_options(),
        enable_auto_commit=False,
        max_partition_fetch_bytes=4_194_304,
        fetch_max_wait_ms=50,
        retry_backoff_ms=10,  # it learns of one topic after the other, with this pause between
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def partitions(settings: KafkaSettings, topics: Sequence[str]) -> list[TopicPartition]:
    """Every partition of these topics (full names). LocalError where one does not exist: to find nothing in it would look as
    if all were well."""
    admin = AIOKafkaAdminClient(**settings.client_options())
    await admin.start()
    try:
        described = await admin.describe_topics(list(topics))
    finally:
        await admin.close()
    found = {topic["topic"]: [part["partition"] for part in topic["partitions"]] for topic in described}
    missing = [topic for topic in topics if not found.get(topic)]
    if missing:
        raise LocalError(f"there is no topic {missing[0]} on that Kafka: is it the right one, and the prefix?")
    return [TopicPartition(topic, number) for topic in topics for number in sorted(found[topic])]


async def load(around: Surroundings, sandbox_url: str | None, still_open: Sequence[str] = ()) -> Snapshot:
    """The snapshot. Raises what the drivers raise where a server does not answer."""
    snapshot = Snapshot(open=list(still_open), questions=_questions(around))
    # Hundreds of thousands of values are made here and none is dropped: looking for cycles among them only takes time.
    gc.disable()
    try:
        async with connections(around) as databases:
            await _intake(databases["intake"], snapshot)
            await _dialogue(databases["dialogue"], snapshot)
            await _sender(databases["sender"], snapshot)
            await _payments(databases["payments"], snapshot)
            for service, connection in databases.items():
                rows = await connection.fetch("select id, seen_at from inbox where state = 'done'")
                snapshot.inboxes[service] = {row["id"]: row["seen_at"] for row in rows}
                # Last of all: what was committed while the tables above were read is here, or on a topic.
                snapshot.unpublished += await connection.fetchval("select count(*) from outbox")
        await _topics(kafka_settings(around), snapshot)
        if sandbox_url is not None:
            snapshot.sandbox = await read_log(sandbox_url)
    finally:
        gc.enable()
    return snapshot


def _questions(around: Surroundings) -> list[str]:
    path = around.of("dialogue").get("INKGATE_STUDIO")
    return list(studio_file.read(Path(path) if path else None).questions)


async def _intake(connection: asyncpg.Connection, snapshot: Snapshot) -> None:
    snapshot.seen = {row["key"] for row in await connection.fetch("select key from seen")}
    rows = await connection.fetch("select key, excerpt from unhandled")
    snapshot.unhandled = {row["key"]: row["excerpt"] for row in rows}


async def _dialogue(connection: asyncpg.Connection, snapshot: Snapshot) -> None:
    for row in await connection.fetch("select id, state from leads"):
        snapshot.leads[row["id"]] = _lead.decode(row["state"])
    for row in await connection.fetch("select id, state from conversations where state <> ''"):
        snapshot.conversations[row["id"]] = _conversation.decode(row["state"])
    rows = await connection.fetch(
        """select position, conversation_id, lead_id, at, kind, version, intent_id, data from timeline
        where kind = any($1) order by position""",
        list(_TIMELINE_KINDS),
    )
    snapshot.timeline = [
        TimelineRow(**{**dict(row), "data": msgspec.json.decode(row["data"])})
        for row in rows
        if row["conversation_id"] not in snapshot.erased
    ]
    rows = await connection.fetch("select conversation_id, id, out_of_order from mailbox")
    snapshot.mailbox = [Waiting(*row) for row in rows]


async def _sender(connection: asyncpg.Connection, snapshot: Snapshot) -> None:
    for row in await connection.fetch("select intent_id, attempt, outcome, began_at from attempts"):
        snapshot.copies[(row["intent_id"], row["attempt"])] = Copy(*row)


async def _payments(connection: asyncpg.Connection, snapshot: Snapshot) -> None:
    rows = await connection.fetch(
        """select d.lead_id, p.session, p.reference, p.amount_pence, p.stripe_event_id
        from payments p join deposits d on d.id = p.deposit_id"""
    )
    snapshot.paid = [PaidRow(*row) for row in rows]
    rows = await connection.fetch("select id, effect from stripe_events")
    snapshot.stripe_events = {row["id"]: tuple(row["effect"]) for row in rows}


async def _topics(settings: KafkaSettings, snapshot: Snapshot) -> None:
    full = {settings.topic(name): name for name in TOPICS}
    letters = {f"{topic}.dlq" for topic in full}
    known: dict[str, set[UUID]] = {name: set() for name in TOPICS}
    snapshot.events = {name: [] for name in TOPICS}
    async with reader(settings) as client:
        wanted = await partitions(settings, [*full, *letters])
        client.assign(wanted)
        starts, ends = await client.beginning_offsets(wanted), await client.end_offsets(wanted)
        snapshot.trimmed = any(starts.values())
        snapshot.ends = {(tp.topic, tp.partition): end for tp, end in ends.items()}
        left = {tp: end for tp, end in ends.items() if end > starts[tp]}
        for tp in wanted:
            client.seek(tp, starts[tp])
        async with asyncio.timeout(READ_WITHIN_S):
            while left:
                for tp, records in (await client.getmany(timeout_ms=500, max_records=5_000)).items():
                    for record in records:
                        if record.offset >= ends[tp]:
                            break
                        _take(record, full.get(tp.topic), known, snapshot)
                    if records and records[-1].offset + 1 >= ends[tp]:
                        left.pop(tp, None)


def _take(record: Any, topic: str | None, known: Mapping[str, set[UUID]], snapshot: Snapshot) -> None:
    try:
        event = decode(record.headers, record.value)
    except MalformedEvent:
        return
    if event is None:
        return
    if topic is None:
        snapshot.dead.add(event.id)
    elif event.id in known[topic]:
        snapshot.repeated += 1
    else:
        known[topic].add(event.id)
        snapshot.events[topic].append(event)


async def newest_in_log(session: aiohttp.ClientSession, sandbox_url: str) -> tuple[int, int]:
    """The newest entry's number, and how many webhooks are still to be acknowledged."""
    async with session.get(f"{sandbox_url}/sandbox/log", params={"limit": "0"}) as response:
        page = await response.json()
    return int(page["newest_n"]), sum(page["waiting"].values())


async def read_log(sandbox_url: str) -> Sandbox:
    """The sandbox's log, as far back as it goes."""
    calls: list[Call] = []
    webhooks: list[Webhook] = []
    stripe: list[Webhook] = []
    begins_at: datetime | None = None
    since = 0
    async with aiohttp.ClientSession(trust_env=False) as session:
        while True:
            parameters = {"since": str(since), "limit": str(LOG_PAGE)}
            async with session.get(f"{sandbox_url}/sandbox/log", params=parameters) as response:
                page = msgspec.json.decode(await response.read())
            for entry in page["items"]:
                if begins_at is None:
                    begins_at = datetime.fromisoformat(entry["call_started_at"])
                if entry["kind"] == "graph_call":
                    calls.append(_call(entry))
                elif entry["delivered_to_us"]:
                    (webhooks if entry["kind"] == "webhook" else stripe).append(_webhook(entry))
            since = page["last_n"]
            if since >= page["newest_n"]:
                return Sandbox(begins_at, calls, webhooks, stripe, since)


def _call(entry: dict[str, Any]) -> Call:
    intent_id, attempt = None, None
    tracker = entry["biz_opaque_callback_data"]
    if tracker and tracker.count(":") == 1 and entry["what"] != "read":
        first, _, second = tracker.partition(":")
        intent_id, attempt = UUID(first), int(second)
    return Call(
        n=entry["n"],
        started_at=datetime.fromisoformat(entry["call_started_at"]),
        accepted=bool(entry["accepted"]) and entry["what"] != "read",
        wa_id=entry["wa_id"],
        intent_id=intent_id,
        attempt=attempt,
    )


def _webhook(entry: dict[str, Any]) -> Webhook:
    body = entry["request"]
    return Webhook(
        n=entry["n"],
        what=entry["what"],
        wa_id=entry["wa_id"],
        wamid=entry["wamid"],
        status=entry["status"],
        event_id=entry["event_id"],
        session=entry["session"],
        body=body if isinstance(body, dict) else None,
    )
