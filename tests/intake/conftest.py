"""intake against real PostgreSQL: a schema once a session, and the parts of the service as `build` joins them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from inkgate.local.environment import Surroundings
from inkgate_common.clock import SystemClock
from inkgate_common.cloudevents import Event, decode
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.db import Database
from inkgate_common.migrate import make_database, upgrade
from inkgate_common.service import Service
from inkgate_intake.app import MIGRATIONS, build
from inkgate_intake.domain.identity import Namer
from inkgate_intake.settings import IntakeSettings
from tests.builders import whatsapp
from tests.servers import LiveServers

ARTIST = "447700900999"
PATH = "/webhooks/whatsapp"


class TestClock(SystemClock):
    """Stands still at the builders' time of receipt; only durations are real."""

    __test__ = False

    def __init__(self) -> None:
        self.at: datetime = whatsapp.RECEIVED_AT

    def now(self) -> datetime:
        return self.at


def settings_of(installation: Surroundings, **more: str) -> IntakeSettings:
    """The settings that the environment of an installation would give."""
    variables: dict[str, Any] = installation.of("intake") | {
        "INKGATE_WHATSAPP_APP_SECRET": f"{whatsapp.SECRET}, the one before",
        "INKGATE_ARTIST_NUMBERS": ARTIST,
    }
    given = {name.removeprefix("INKGATE_").lower(): value for name, value in variables.items()}
    return IntakeSettings(**(given | more))


@pytest.fixture(scope="session")
async def installation(servers: LiveServers) -> Surroundings:
    """Databases and topic names of this session's intake; its schema is there."""
    made = servers.installation()
    url = settings_of(made).database_url.get_secret_value()
    await make_database(url)
    await upgrade(url, MIGRATIONS)
    return made


class Intake:
    """A running intake without Kafka: webhooks go in over HTTP, what leaves is read from the outbox."""

    def __init__(self, service: Service, settings: IntakeSettings) -> None:
        self.settings = settings
        self.database: Database = service.database
        self.namer = Namer(settings.identity_key.get_secret_value().encode())
        self.app: Any = service.app
        transport = httpx.ASGITransport(app=self.app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://intake")

    async def post(self, payload: Any, *, signature: str | None = None, **headers: str) -> httpx.Response:
        """Send a signed webhook; bytes go as they are."""
        raw = payload if isinstance(payload, bytes) else whatsapp.body(payload)
        sent = {"X-Hub-Signature-256": signature or whatsapp.signature(raw), "Content-Type": "application/json"}
        return await self.http.post(PATH, content=raw, headers=sent | headers)

    async def send(self, *payloads: Any) -> None:
        """Send webhooks one after another; each must be taken."""
        for payload in payloads:
            answer = await self.post(payload)
            assert answer.status_code == 200, answer.text

    async def events(self, *people: str, kinds: str = "%") -> list[Event]:
        """What was published about these (by the identifier each was first seen by), in the order of their sequences."""
        keys = [str(self.namer.conversation(whatsapp.NUMBER_ID, one, 0)) for one in people]
        return await self.of(*keys, kinds=kinds)

    async def of(self, *keys: str, kinds: str = "%") -> list[Event]:
        """The same by conversation id."""
        rows = await self.database.read(
            "select headers, value from outbox where key = any(cast(:keys as text[])) and headers like :kinds",
            keys=list(keys),
            kinds=f"%{kinds}%",
        )
        found = [decode(msgspec.json.decode(row.headers, type=list[tuple[str, str]]), row.value) for row in rows]
        return sorted((event for event in found if event), key=lambda event: (event.subject, event.sequence or 0))

    async def messages(self, *people: str) -> list[MessageReceived]:
        return [event.data for event in await self.events(*people, kinds="message.received")]

    async def texts(self, *people: str) -> list[str | None]:
        return [message.text for message in await self.messages(*people)]

    async def rows(self, query: str, **parameters: Any) -> Sequence[Any]:
        return await self.database.read(query, **parameters)


@asynccontextmanager
async def running(settings: IntakeSettings) -> AsyncIterator[Intake]:
    """An intake whose writer runs; its relay and consumer do not."""
    service = await build(settings, clock=TestClock())
    tasks = [asyncio.ensure_future(service.tasks[name]()) for name in ("writer", "writer watch")]
    made = Intake(service, settings)
    try:
        yield made
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task
        await made.http.aclose()
        await made.database.close()


@pytest.fixture
async def intake(installation: Surroundings) -> AsyncIterator[Intake]:
    async with running(settings_of(installation)) as made:
        yield made


@pytest.fixture
def ann() -> str:
    """A client whom no other test knows."""
    return whatsapp.number()


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251
