"""`inkgate dlq list|replay`: events that could not be handled, why, and once more.

An event that fails alone a few times goes to `<topic>.dlq` with its error and origin in its headers; in the inbox of the
service that gave it up its state is 'dead' (PROTOCOL §2, Order). A replay writes it to its topic again, with a header that
reopens it; dialogue parks the conversation of a dead event until an operator releases it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from inkgate.local.environment import SERVICES, Surroundings
from inkgate.local.errors import LocalError
from inkgate.where import add_where_arguments, where
from inkgate_common.contracts import TOPICS
from inkgate_common.dead_letters import REPLAY_HEADER

_ADDED = ("inkgate_error", "inkgate_origin", REPLAY_HEADER)
READ_WITHIN_S = 60.0


@dataclass(frozen=True)
class Letter:
    """A dead letter. `id` None: it is no event, and cannot be replayed. `state` is the inbox's: dead, done, or unknown."""

    topic: str
    place: str
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    id: UUID | None
    state: str = "unknown"

    def header(self, name: str) -> str:
        """A header's text; empty where it has none of that name."""
        return next((value.decode("utf-8", "replace") for key, value in self.headers if key == name), "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `inkgate dlq`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    listing = actions.add_parser(
        "list", help="print dead letters: where they came from, what they are, what went wrong"
    )
    listing.add_argument("--all", action="store_true", help="also those that were replayed since")
    replay = actions.add_parser("replay", help="write dead letters to their topic again")
    replay.add_argument("ids", nargs="*", metavar="EVENT_ID", help="events to replay (else give --all)")
    replay.add_argument("--all", action="store_true", help="every event that is still dead")
    for action in (listing, replay):
        action.add_argument("--topic", choices=sorted(TOPICS), help="only this topic's")
        add_where_arguments(action)


def run(args: argparse.Namespace) -> int:
    """0 when done; 1 where an event that was named is not there; 2 with one line where a server does not answer."""
    try:
        around = where(args)
        letters = asyncio.run(read(around, [args.topic] if args.topic else sorted(TOPICS)))
        return _list(letters, args.all) if args.action == "list" else _replay(around, letters, args)
    except (LocalError, OSError, TimeoutError, KafkaError, asyncpg.PostgresError) as error:
        print(f"inkgate dlq: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


async def read(around: Surroundings, topics: Sequence[str]) -> list[Letter]:
    """Every dead letter of these topics (short names), oldest first within a partition."""
    from inkgate.invariants.load import connections, kafka_settings, partitions, reader

    settings = kafka_settings(around)
    full = {f"{settings.topic(name)}.dlq": settings.topic(name) for name in topics}
    letters: list[Letter] = []
    async with reader(settings) as client:
        wanted = await partitions(settings, list(full))
        client.assign(wanted)
        starts, ends = await client.beginning_offsets(wanted), await client.end_offsets(wanted)
        left = {tp for tp in wanted if ends[tp] > starts[tp]}
        for tp in wanted:
            client.seek(tp, starts[tp])
        async with asyncio.timeout(READ_WITHIN_S):
            while left:
                for tp, records in (await client.getmany(timeout_ms=500)).items():
                    letters += [_letter(full[tp.topic], record) for record in records if record.offset < ends[tp]]
                    if records and records[-1].offset + 1 >= ends[tp]:
                        left.discard(tp)
    async with connections(around) as databases:
        states = await _states(databases, [letter.id for letter in letters if letter.id is not None])
    return [
        Letter(
            letter.topic, letter.place, letter.key, letter.headers, letter.value, letter.id,
            states.get(letter.id, "unknown") if letter.id else "not an event",
        )
        for letter in letters
    ]  # fmt: skip


async def _states(databases: dict[str, asyncpg.Connection], ids: Sequence[UUID]) -> dict[UUID, str]:
    """Dead where any service still has it so, else done where one has taken it in."""
    states: dict[UUID, str] = {}
    for service in SERVICES:
        for row in await databases[service].fetch("select id, state from inbox where id = any($1::uuid[])", list(ids)):
            if states.get(row["id"]) != "dead":
                states[row["id"]] = row["state"]
    return states


def _letter(topic: str, record: object) -> Letter:
    headers = tuple(record.headers)  # type: ignore[attr-defined]
    letter = Letter(
        topic=topic,
        place=f"{record.topic}/{record.partition}/{record.offset}",  # type: ignore[attr-defined]
        key=record.key,  # type: ignore[attr-defined]
        headers=headers,
        value=record.value,  # type: ignore[attr-defined]
        id=None,
    )
    try:
        identity = UUID(letter.header("ce_id"))
    except ValueError:
        return letter
    return Letter(letter.topic, letter.place, letter.key, letter.headers, letter.value, identity)


def _list(letters: Sequence[Letter], everything: bool) -> int:
    shown = [letter for letter in letters if everything or letter.state != "done"]
    for letter in shown:
        print(
            f"{letter.id or '-'}  {letter.state}  {letter.header('ce_type') or 'no event'}  {letter.header('ce_time')}"
        )
        print(
            f"    conversation {letter.header('ce_subject') or '-'}, from {letter.header('inkgate_origin')}, {letter.place}"
        )
        print(f"    {letter.header('inkgate_error')}")
    hidden = len(letters) - len(shown)
    print(f"{len(shown)} dead letters" + (f", {hidden} more that were handled since (--all)" if hidden else ""))
    return 0


def _replay(around: Surroundings, letters: Sequence[Letter], args: argparse.Namespace) -> int:
    if not args.ids and not args.all:
        print("inkgate dlq: name the events to replay, or give --all", file=sys.stderr)
        return 1
    by_id = {str(letter.id): letter for letter in letters if letter.id is not None}
    missing = [identity for identity in args.ids if identity not in by_id]
    for identity in missing:
        print(f"inkgate dlq: there is no dead letter {identity}", file=sys.stderr)
    if missing:
        return 1
    chosen = [by_id[identity] for identity in dict.fromkeys(args.ids)]
    if args.all:
        chosen = [letter for letter in by_id.values() if letter.state == "dead"]
    asyncio.run(replay(around, chosen))
    for letter in chosen:
        print(f"{letter.id}  written to {letter.topic} again")
    if any(letter.topic.endswith(("inbound.v1", "deliveries.v1", "payments.v1", "commands.v1")) for letter in chosen):
        print("their conversations are parked: once the cause is mended, release them (POST …/actions 'release')")
    return 0


async def replay(around: Surroundings, letters: Sequence[Letter]) -> None:
    """Write these to their topics again, each with the header that reopens it. Returns when Kafka has them."""
    from inkgate.invariants.load import kafka_settings

    producer = AIOKafkaProducer(**kafka_settings(around).client_options(), enable_idempotence=True)
    await producer.start()
    try:
        for letter in letters:
            headers = [(name, value) for name, value in letter.headers if name not in _ADDED]
            headers.append((REPLAY_HEADER, letter.place.encode()))
            await producer.send_and_wait(letter.topic, letter.value, key=letter.key, headers=headers)
    finally:
        await producer.stop()
