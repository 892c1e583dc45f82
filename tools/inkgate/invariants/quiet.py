"""Waits until nothing is under way, and says whether it stayed so: what is missing then is lost and not only late."""

import asyncio
import time
from collections.abc import Mapping

import aiohttp
import asyncpg
import msgspec
from aiokafka import TopicPartition

from inkgate.invariants.load import connections, kafka_settings, newest_in_log, partitions, reader
from inkgate.invariants.rule_2_nothing_lost import READERS
from inkgate.invariants.snapshot import Snapshot
from inkgate.local.environment import Surroundings
from inkgate_common.settings import KafkaSettings

LOOK_EVERY_S = 0.05
# Calls of the sandbox that are still being worked on stand in no table: it must have been silent for this long.
SILENT_S = 0.25

_OUTBOX = "select count(*) from outbox"
_HELD = "select count(*) from held"
_COUNTS: Mapping[str, Mapping[str, str]] = {
    "intake": {"events in the outbox": _OUTBOX},
    "dialogue": {
        "events in the outbox": _OUTBOX,
        "events that wait for their predecessor": _HELD,
        "deliveries of unknown intents": "select count(*) from early_deliveries",
        "actions not judged": "select count(*) from actions where state = 'waiting'",
        "timers due": "select count(*) from timers where due_at <= now()",
    },
    "sender": {
        "events in the outbox": _OUTBOX,
        "events that wait for their predecessor": _HELD,
        "messages under way": "select count(*) from sends where ended_at is null",
    },
    "payments": {
        "events in the outbox": _OUTBOX,
        "calls of Stripe": "select count(*) from calls where state = 'waiting'",
    },
}


class Silence(msgspec.Struct, frozen=True):
    """How things stood when nothing moved any more; or what was still `open` when the time to settle was over."""

    open: list[str]
    newest_n: int
    """Of the sandbox's log."""
    ends: dict[tuple[str, int], int]
    """(full topic, partition) → where it ended."""

    def lasted(self, snapshot: Snapshot) -> bool:
        """Whether nothing moved until the snapshot was read. A timer may fire between; what it brings about would be missing
        in some places and be there in others."""
        return (
            not snapshot.unpublished
            and all(snapshot.ends[where] == end for where, end in self.ends.items())
            and (snapshot.sandbox is None or snapshot.sandbox.newest_n == self.newest_n)
        )


async def settle(around: Surroundings, sandbox_url: str | None, limit_s: float) -> Silence:
    """Return when all is quiet, or when the limit is over.

    Raises what the drivers raise where a server does not answer.
    """
    deadline = time.monotonic() + limit_s
    settings = kafka_settings(around)
    async with (
        connections(around) as databases,
        reader(settings) as client,
        aiohttp.ClientSession(trust_env=False) as session,
    ):
        wanted = await partitions(settings, [settings.topic(name) for name in READERS])
        silent_since, before = time.monotonic(), None
        while True:
            newest, waiting = (0, 0) if sandbox_url is None else await newest_in_log(session, sandbox_url)
            ends = await client.end_offsets(wanted)
            open_now = await _open(databases, ends, settings)
            if waiting:
                open_now.append(f"sandbox: {waiting} webhooks to deliver")
            now = time.monotonic()
            if open_now or (newest, ends) != before:
                silent_since, before = now, (newest, ends)
            elif now - silent_since >= SILENT_S:
                return _silence([], newest, ends)
            if now >= deadline:
                return _silence(open_now or ["something still moves"], newest, ends)
            await asyncio.sleep(LOOK_EVERY_S)  # four databases and a broker have no common event to wait for


def _silence(still_open: list[str], newest_n: int, ends: Mapping[TopicPartition, int]) -> Silence:
    return Silence(still_open, newest_n, {(tp.topic, tp.partition): end for tp, end in ends.items()})


async def _open(
    databases: Mapping[str, asyncpg.Connection], ends: Mapping[TopicPartition, int], settings: KafkaSettings
) -> list[str]:
    found = []
    for service, counts in _COUNTS.items():
        for what, statement in counts.items():
            number = await databases[service].fetchval(statement)
            if number:
                found.append(f"{service}: {number} {what}")
    for service, connection in databases.items():
        rows = await connection.fetch("select topic, partition, next_offset from positions")
        positions = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        read = {settings.topic(topic) for topic, services in READERS.items() if service in services}
        behind = sum(max(0, end - positions.get(tp, 0)) for tp, end in ends.items() if tp.topic in read)
        if behind:
            found.append(f"{service}: {behind} records to read")
    return found
