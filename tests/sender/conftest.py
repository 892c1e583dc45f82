"""The sender as it runs: real Kafka, real PostgreSQL, a Graph API that does what it is told. Several may run at once."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from prometheus_client import REGISTRY

from inkgate.local.environment import PHONE_NUMBER_ID, Surroundings
from inkgate_common.cloudevents import Event, decode, encode, new
from inkgate_common.contracts import Data
from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated, Text
from inkgate_common.contracts.receipts import GraphError, ReceiptReceived
from inkgate_common.migrate import make_database, make_topics, upgrade
from inkgate_common.service import Service
from inkgate_sender.app import MIGRATIONS, build
from inkgate_sender.settings import SenderSettings
from tests.fakes.graph import TOKEN, Call, FakeGraph, fake_graph
from tests.servers import LiveServers

PATIENCE_S = 40.0
TOPICS = ("intents", "receipts", "control", "deliveries")
_numbers = itertools.count(447_700_100_000)


def moment() -> datetime:
    return datetime.now(UTC)  # noqa: TID251


def counter(name: str, **labels: str) -> float:
    """A figure of the metrics page."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


@dataclass
class Person:
    """A conversation, with the numbers of its intents."""

    id: UUID = field(default_factory=uuid4)
    phone: str = field(default_factory=lambda: str(next(_numbers)))
    sequence: int = 0


class Sender:
    """One running process of the sender, inside the process of the tests."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._tasks: list[asyncio.Task[None]] = []
        self._consumers: list[asyncio.Task[None]] = []
        self._ended = False

    async def start(self) -> None:
        """Start it; returns when it consumes, calls and holds its lease."""
        service = self.service
        work: dict[str, Callable[[], Any]] = {
            "relay": service.relay.run,
            "scan": service.relay.scan,
            **service.tasks,
        }
        self._tasks = [asyncio.ensure_future(_supervise(one)) for one in work.values()]
        self._consumers = [asyncio.ensure_future(consumer.run()) for consumer in service.consumers]
        async with asyncio.timeout(PATIENCE_S):
            while await service.health.problems() or not service.consumers[0].reach("intents"):
                await asyncio.sleep(0.02)  # readiness has no event to wait for

    async def stop(self) -> None:
        """End it as SIGTERM does. Does nothing when it has ended."""
        if self._ended:
            return
        for consumer in self.service.consumers:
            await consumer.stop()
        await asyncio.gather(*self._consumers, *(drain() for drain in self.service.drains))
        await self.service.relay.flush(1.5)
        await self.kill()

    async def kill(self) -> None:
        """End it as kill -9 does, as far as that goes inside a process: nothing is recorded any more."""
        self._ended = True
        tasks = [*self._consumers, *self._tasks]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task
        for close in (*self.service.closers, self.service.database.close):
            await close()


async def _supervise(task: Callable[[], Any]) -> None:
    while True:
        with suppress(Exception):
            await task()
        await asyncio.sleep(0.1)


class Rig:
    """Databases and topics of one installation, dialogue's and intake's part played by the test."""

    def __init__(self, where: Surroundings, graph: FakeGraph) -> None:
        self.where = where
        self.graph = graph
        self.told: dict[str, list[Event]] = defaultdict(list)
        self._news = asyncio.Condition()
        self._producer: AIOKafkaProducer
        self._consumer: AIOKafkaConsumer
        self._reader: asyncio.Task[None]

    def environment(self, **more: str) -> dict[str, str]:
        """The settings of one of its senders, as variables: impatient, so that tests are quick."""
        quick = {
            "INKGATE_WHATSAPP_API_BASE": self.graph.url,
            "INKGATE_WHATSAPP_ACCESS_TOKEN": TOKEN,
            "INKGATE_RETRY_BASE": "0.05",
            "INKGATE_RETRY_TRIES": "4",
            "INKGATE_UNCERTAIN_WAIT": "1",
            "INKGATE_SEND_TIMEOUT": "30",
            "INKGATE_WHATSAPP_RATE": "0",
        }
        given = {f"INKGATE_{name.upper()}": value for name, value in more.items()}
        return self.where.of("sender") | quick | given

    def settings(self, **more: str) -> SenderSettings:
        variables = self.environment(**more)
        return SenderSettings(**{name.removeprefix("INKGATE_").lower(): value for name, value in variables.items()})

    async def open(self) -> None:
        settings = self.settings()
        url = settings.database_url.get_secret_value()
        await make_database(url)
        await upgrade(url, MIGRATIONS)
        await make_topics(settings, TOPICS)
        self._producer = AIOKafkaProducer(**settings.client_options())
        await self._producer.start()
        self._consumer = AIOKafkaConsumer(
            settings.topic("deliveries"),
            settings.topic("control"),
            **settings.client_options(),
            auto_offset_reset="earliest",
        )
        await self._consumer.start()
        self._reader = asyncio.ensure_future(self._read())

    async def close(self) -> None:
        self._reader.cancel()
        with suppress(asyncio.CancelledError):
            await self._reader
        await self._consumer.stop()
        await self._producer.stop()

    async def _read(self) -> None:
        seen: set[UUID] = set()
        async for record in self._consumer:
            event = decode(record.headers, record.value)
            if event is None or event.id in seen:
                continue
            seen.add(event.id)
            async with self._news:
                self.told[event.subject].append(event)
                self._news.notify_all()

    async def start(self, **more: str) -> Sender:
        """A sender that runs."""
        made = Sender(await build(self.settings(**more)))
        await made.start()
        return made

    @asynccontextmanager
    async def sender(self, **more: str) -> AsyncIterator[Sender]:
        """A sender that runs for the block and then ends as SIGTERM does (unless it has ended before)."""
        made = await self.start(**more)
        try:
            yield made
        finally:
            await made.stop()

    # What dialogue and intake write.

    async def publish(self, data: Data, subject: UUID | str, *, cause: UUID | None = None) -> None:
        event = new(data, source="test", subject=subject, time=moment(), cause=cause or uuid4())
        record = encode(event, self.settings().topic(event.topic))
        headers = [(name, value.encode()) for name, value in record.headers]
        await self._producer.send_and_wait(record.topic, record.value, key=record.key.encode(), headers=headers)

    async def intent(self, person: Person, text: str = "Hello", **fields: Any) -> UUID:
        """Dialogue wants this sent; the intent's id."""
        person.sequence += 1
        made = IntentCreated(
            **{
                "intent_id": uuid4(),
                "sequence": person.sequence,
                "phone_number_id": PHONE_NUMBER_ID,
                "lead_id": uuid4(),
                "to": person.phone,
                "body": Text(text=text),
                "gating": True,
                **fields,
            }
        )
        await self.publish(made, person.id, cause=made.intent_id)
        return made.intent_id

    async def take_back(self, person: Person, intent_id: UUID, *, opt_out: bool = False) -> None:
        """Dialogue takes an intent back."""
        person.sequence += 1
        data = IntentCancelled(
            intent_id=intent_id,
            sequence=person.sequence,
            phone_number_id=PHONE_NUMBER_ID,
            reason="stop" if opt_out else "answered",
            opt_out=opt_out,
        )
        await self.publish(data, person.id)

    async def receipt(
        self, person: Person, call: Call, status: str, *, code: int | None = None, named: bool = True
    ) -> None:
        """WhatsApp's status of a call's message, as intake passes it on."""
        intent_id, _, attempt = call.tracker.partition(":")
        data = ReceiptReceived(
            phone_number_id=PHONE_NUMBER_ID,
            wamid=call.wamid or "wamid.?",
            status=status,
            intent_id=UUID(intent_id) if named else None,
            attempt=int(attempt) if named else None,
            at=moment().replace(microsecond=0),
            errors=[] if code is None else [GraphError(code=code, title="as the webhook says")],
        )
        await self.publish(data, person.id)

    # What the sender says.

    def said(self, person: Person) -> list[Delivery]:
        """Everything said of this person, in the order of its numbers."""
        told = [event.data for event in self.told[str(person.id)] if isinstance(event.data, Delivery)]
        return sorted(told, key=lambda data: data.sequence)

    def kinds(self, person: Person) -> list[str]:
        """The same in words: `delivered`, `failed`, `status:sent` …"""
        words = []
        for data in self.said(person):
            kind = data.TYPE.rpartition(".")[2]
            words.append(f"status:{data.status}" if kind == "status" else kind)
        return words

    async def until(self, person: Person, *kinds: str) -> list[Any]:
        """Wait until exactly these were said of her; their data."""
        async with self._news:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self._news.wait_for(lambda: len(self.kinds(person)) >= len(kinds))
            except TimeoutError:
                pytest.fail(f"said so far: {self.kinds(person)}; awaited: {list(kinds)}")
        assert self.kinds(person) == list(kinds)
        assert [data.sequence for data in self.said(person)] == list(range(1, len(kinds) + 1))
        return list(self.said(person))

    async def until_control(self, kind: str, after: int = 0) -> Event:
        """Wait for an event of this type on `control`, beyond the first `after` of the number's events."""
        async with self._news:

            def found() -> Event | None:
                events = self.told[PHONE_NUMBER_ID][after:]
                return next((event for event in events if event.type == f"inkgate.sender.{kind}"), None)

            async with asyncio.timeout(PATIENCE_S):
                await self._news.wait_for(found)
            event = found()
            assert event is not None
            return event


@asynccontextmanager
async def installed(servers: LiveServers) -> AsyncIterator[Rig]:
    """An installation of its own: nothing of it is shared with another test's."""
    async with fake_graph() as graph:
        rig = Rig(servers.installation(), graph)
        await rig.open()
        try:
            yield rig
        finally:
            await rig.close()


@pytest.fixture(scope="module")
async def rig(servers: LiveServers) -> AsyncIterator[Rig]:
    """One installation a module."""
    async with installed(servers) as made:
        yield made


@pytest.fixture
def anna() -> Person:
    """A client whom no other test knows."""
    return Person()
