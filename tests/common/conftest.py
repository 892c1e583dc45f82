"""The common library against real PostgreSQL and Kafka: a database with the common tables and one of effects, and a
handler that writes down what it is given."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from inkgate.local.environment import Surroundings
from inkgate_common.clock import SystemClock
from inkgate_common.cloudevents import Event, Record, encode, new
from inkgate_common.contracts.control import ModeChanged
from inkgate_common.contracts.intents import IntentCancelled
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.kafka import Consumer
from inkgate_common.migrate import COMMON_TABLES_V1, make_database, make_topics, upgrade
from inkgate_common.outbox import Outbox, Relay
from inkgate_common.processor import Processor
from inkgate_common.settings import KafkaSettings
from tests.servers import LiveServers

PATIENCE_S = 30.0
TIME = datetime(2026, 5, 4, 12, tzinfo=UTC)
TYPES = (IntentCancelled.TYPE, ModeChanged.TYPE)
_offsets = itertools.count()

ENV = "from alembic import context\nfrom inkgate_common.migrate import alembic_env\n\nalembic_env(context)\n"
FIRST = """from alembic import op
from inkgate_common.migrate import COMMON_TABLES_V1

revision, down_revision = "0001", None


def upgrade():
    for statement in COMMON_TABLES_V1:
        op.execute(statement)
    op.execute("create table effects (ordinal bigserial primary key, what text, id uuid, key text, sequence bigint)")
"""
TABLES = [statement.split()[2] for statement in COMMON_TABLES_V1 if statement.startswith("create table")]


# Events.


def number(key: UUID, sequence: int, variant: str = "") -> Event:
    """The event with this number of a conversation; another `variant` has another id (a producer that was restored)."""
    data = IntentCancelled(intent_id=uuid4(), sequence=sequence, phone_number_id="1", reason="a test")
    return new(data, source="test", subject=key, time=TIME, cause=f"{key}{variant}", ordinal=sequence)


def unnumbered(key: UUID, ordinal: int = 0) -> Event:
    """An event of a topic that has no numbers."""
    data = ModeChanged(at=TIME, panic=False, pilot=False, by="a test")
    return new(data, source="test", subject=key, time=TIME, cause=key, ordinal=ordinal)


@dataclass(frozen=True)
class Read:
    """A record as Kafka's client hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def read(record: Record, *more: tuple[str, bytes], partition: int = 0) -> Read:
    """A record as it comes back from Kafka, each later than all before; `more` are headers that came to it."""
    headers = [*((name, value.encode()) for name, value in record.headers), *more]
    return Read(record.topic, partition, next(_offsets), record.key.encode(), record.value, headers)


# The handler.


class Recorder:
    """Writes what it is given into the table `effects`, in the transaction that it is given. `poison` cannot be handled,
    `unmarkable` not even marked as dead."""

    def __init__(self) -> None:
        self.poison: set[UUID] = set()
        self.unmarkable: set[UUID] = set()
        self.seen: list[Event] = []
        self.sizes: list[int] = []
        self.before: Callable[[Sequence[Event]], Any] | None = None
        self.emits: Callable[[Event], Event] | None = None
        self._news = asyncio.Event()

    async def handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        if self.before is not None:
            await self.before(events)
        for event in events:
            await _note(uow, "restored" if event.restored else "handled", event.id, event.subject, event.sequence)
            if event.id in self.poison:
                raise ValueError("it is poisoned")
            if self.emits is not None:
                uow.emit(self.emits(event))
        uow.after_commit(lambda: self._told(events))

    async def dead(self, uow: UnitOfWork, event: Event, error: str) -> None:
        await _note(uow, "dead", event.id, event.subject, event.sequence)
        if event.id in self.unmarkable:
            raise LookupError("there is nothing to mark")

    async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
        await _note(uow, "gap", None, key, None)

    def _told(self, events: Sequence[Event]) -> None:
        self.sizes.append(len(events))
        self.seen.extend(events)
        self._news.set()

    async def until(self, handled: int) -> list[Event]:
        """Wait until so many events are committed; all of them."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.seen) < handled:
                self._news.clear()
                await self._news.wait()
        return self.seen


async def _note(uow: UnitOfWork, what: str, identity: UUID | None, key: str, sequence: int | None) -> None:
    await uow.run(
        "insert into effects (what, id, key, sequence) values (:what, :id, :key, :sequence)",
        what=what,
        id=identity,
        key=key,
        sequence=sequence,
    )


# A service's database, and what tests ask of it.


class Process:
    """One process of a service: its own outbox in memory, on the database that all processes of a test share."""

    def __init__(self, url: str, settings: KafkaSettings, handler: Recorder) -> None:
        self.settings, self.handler = settings, handler
        self.outbox = Outbox(settings)
        self.database = Database(url, outbox=self.outbox)
        self.processor = Processor(self.database, handler, settings, TYPES)
        self.relay = Relay(self.database, self.outbox, settings, SystemClock())

    def record(self, event: Event, *more: tuple[str, bytes], partition: int = 0) -> Read:
        """The record that carries this event."""
        return read(encode(event, self.settings.topic(event.topic)), *more, partition=partition)

    async def feed(self, *records: Event | Read) -> None:
        """Handle these as one batch from Kafka."""
        await self.processor.process(
            self.processor.read([r if isinstance(r, Read) else self.record(r) for r in records])
        )

    async def emit(self, *events: Event) -> None:
        """Commit a transaction that these leave by."""
        async with self.database.transaction() as uow:
            for event in events:
                uow.emit(event)

    def consumer(self, service: str = "test", topics: Iterable[str] = ("intents", "control"), **more: Any) -> Consumer:
        return Consumer(service, topics, self.database, self.handler, self.settings, SystemClock(), lambda: 0.0, **more)

    @asynccontextmanager
    async def consuming(self, **more: Any) -> AsyncIterator[Consumer]:
        """A consumer that runs for the block and then ends as at a SIGTERM."""
        consumer = self.consumer(**more)
        task = asyncio.ensure_future(consumer.run())
        try:
            yield consumer
        finally:
            await consumer.stop()
            await _ended(task)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Relay]:
        """A relay that runs for the block."""
        tasks = [asyncio.ensure_future(self.relay.run()), asyncio.ensure_future(self.relay.scan())]
        try:
            yield self.relay
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                await _ended(task)


async def _ended(task: "asyncio.Future[None]") -> None:
    with suppress(asyncio.CancelledError):
        async with asyncio.timeout(PATIENCE_S):
            await task


class World:
    """One service for one test: empty tables, topics of its own, as many processes as the test starts."""

    def __init__(self, url: str, settings: KafkaSettings) -> None:
        self.url, self.settings = url, settings
        self.handler = Recorder()
        self.processes: list[Process] = []
        self.process = self.start()

    def start(self, url: str | None = None, handler: Recorder | None = None) -> Process:
        """One more process."""
        made = Process(url or self.url, self.settings, handler or self.handler)
        self.processes.append(made)
        return made

    async def feed(self, *records: Event | Read) -> None:
        await self.process.feed(*records)

    async def rows(self, query: str, **parameters: Any) -> Sequence[Any]:
        return await self.process.database.read(query, **parameters)

    async def change(self, statement: str, **parameters: Any) -> None:
        """What happens to the database behind everybody's back."""
        async with self.process.database.transaction() as uow:
            await uow.run(statement, **parameters)

    async def taken(self, key: UUID) -> list[tuple[str, int | None]]:
        """What was done with a conversation's events, in the order it was done: ('handled', 1), …"""
        rows = await self.rows("select what, sequence from effects where key = :key order by ordinal", key=str(key))
        return [(row.what, row.sequence) for row in rows]

    async def state(self, event: Event) -> str | None:
        """The inbox's word on an event."""
        rows = await self.rows("select state from inbox where id = :id", id=event.id)
        return rows[0].state if rows else None

    async def position(self, key: UUID) -> int:
        rows = await self.rows("select position from streams where key = :key", key=str(key))
        return rows[0].position if rows else 0

    async def outbox(self, topic: str = "%") -> list[Record]:
        """What waits to be published."""
        rows = await self.rows(
            "select id, topic, key, headers, value from outbox where topic like :topic order by created_at, ordinal",
            topic=topic,
        )
        return [
            Record(r.id, r.topic, r.key, msgspec.json.decode(r.headers, type=list[tuple[str, str]]), r.value)
            for r in rows
        ]

    async def dead_letters(self) -> list[Record]:
        return await self.outbox("%.dlq")

    # Kafka.

    async def make_topics(self, *names: str) -> None:
        await make_topics(self.settings, names or ("intents", "control"))

    async def publish(self, *records: Read | Event) -> None:
        """What another service's relay does; all to the partitions that their keys have."""
        producer = AIOKafkaProducer(**self.settings.client_options())
        await producer.start()
        try:
            for one in records:
                record = one if isinstance(one, Read) else self.process.record(one)
                headers = list(record.headers)
                await producer.send_and_wait(record.topic, record.value, key=record.key, headers=headers)
        finally:
            await producer.stop()

    async def on_topic(self, full_name: str, count: int) -> list[Any]:
        """Wait for so many records on a topic; all that are there then, in the order they were written."""
        client = AIOKafkaConsumer(**self.settings.client_options(), enable_auto_commit=False, fetch_max_wait_ms=50)
        await client.start()
        found: list[Any] = []
        try:
            partitions = [TopicPartition(full_name, n) for n in range(self.settings.topic_partitions)]
            client.assign(partitions)
            await client.seek_to_beginning(*partitions)
            async with asyncio.timeout(PATIENCE_S):
                while len(found) < count:
                    for records in (await client.getmany(timeout_ms=500)).values():
                        found += records
        finally:
            await client.stop()
        return sorted(found, key=lambda record: (record.timestamp, record.offset))

    async def until_no_rows(self, table: str) -> None:
        """Wait until a table is empty."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.rows(f"select 1 from {table} limit 1"):
                await asyncio.sleep(0.02)  # another connection's commit has no event to wait for


@pytest.fixture(scope="session")
def migrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrations of a service that has the common tables and one of its own."""
    folder = tmp_path_factory.mktemp("migrations")
    (folder / "versions").mkdir()
    (folder / "env.py").write_text(ENV)
    (folder / "versions" / "0001_first.py").write_text(FIRST)
    return folder


@pytest.fixture(scope="session")
async def installation(servers: LiveServers, migrations: Path) -> Surroundings:
    """Where the databases and topics of this session's tests are; the schema is there."""
    made = servers.installation()
    url = made.of("sender")["INKGATE_DATABASE_URL"]
    await make_database(url)
    await upgrade(url, migrations)
    return made


_prefixes = itertools.count(1)


@pytest.fixture
async def world(installation: Surroundings) -> AsyncIterator[World]:
    variables = installation.of("sender") | {
        "INKGATE_TOPIC_PREFIX": f"{installation.topic_prefix}{next(_prefixes)}.",
        "INKGATE_TOPIC_PARTITIONS": "2",
    }
    known = {name: f"INKGATE_{name.upper()}" for name in KafkaSettings.model_fields}
    settings = KafkaSettings(**{name: variables[key] for name, key in known.items() if key in variables})  # type: ignore[arg-type]
    made = World(variables["INKGATE_DATABASE_URL"], settings)
    await made.change(f"truncate {', '.join(TABLES)}, effects")
    try:
        yield made
    finally:
        for process in made.processes:
            await process.database.close()


@pytest.fixture
def anna() -> UUID:
    """A conversation that no other test knows."""
    return uuid4()


@pytest.fixture
def bea() -> UUID:
    return uuid4()


def handled(*sequences: int) -> list[tuple[str, int | None]]:
    """What `World.taken` says when these were handled and nothing else happened."""
    return [("handled", sequence) for sequence in sequences]


def later(seconds: float) -> datetime:
    return TIME + timedelta(seconds=seconds)
