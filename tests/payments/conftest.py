"""payments against real PostgreSQL: a schema once a session, and the parts of the service joined by hand."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from inkgate.local.environment import Surroundings
from inkgate_common.cloudevents import Event, decode, new
from inkgate_common.contracts import Data
from inkgate_common.contracts.payment_commands import DepositRequested
from inkgate_common.db import Database
from inkgate_common.migrate import make_database, upgrade
from inkgate_common.outbox import Outbox
from inkgate_common.processor import Batch, Processor
from inkgate_payments.app import MIGRATIONS
from inkgate_payments.consumer import Commands
from inkgate_payments.domain.checkout import Shop
from inkgate_payments.handlers import Calls, Ledger, Webhooks
from inkgate_payments.settings import PaymentsSettings
from inkgate_payments.worker import Gateway, Worker
from tests.builders import stripe
from tests.servers import LiveServers


class TestClock:
    """The machine's time, and a day later when a test says so."""

    __test__ = False

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead  # noqa: TID251

    def monotonic(self) -> float:
        return self.now().timestamp()


def settings_of(installation: Surroundings, **more: str) -> PaymentsSettings:
    """The settings that the environment of an installation would give."""
    variables: dict[str, Any] = installation.of("payments") | more
    return PaymentsSettings(**{name.removeprefix("INKGATE_").lower(): value for name, value in variables.items()})


@pytest.fixture(scope="session")
async def installation(servers: LiveServers) -> Surroundings:
    """Databases and topic names of this session's payments; its schema is there."""
    made = servers.installation()
    url = settings_of(made).database_url.get_secret_value()
    await make_database(url)
    await upgrade(url, MIGRATIONS)
    return made


@dataclass
class Person:
    """One lead with ids of her own, so that tests do not meet in the database."""

    conversation: UUID = field(default_factory=uuid4)
    lead: UUID = field(default_factory=uuid4)
    command: UUID = field(default_factory=uuid4)
    intent: str = field(default_factory=lambda: stripe.stripe_id(f"pi_{uuid4().hex}"))
    session: str = field(default_factory=lambda: stripe.stripe_id(f"cs_test_{uuid4().hex}"))

    @property
    def metadata(self) -> dict[str, str]:
        return stripe.metadata(self.lead, self.command, self.conversation)

    def event(self, data: Data, cause: str | None = None) -> Event:
        """A command as dialogue would write it."""
        return new(
            data,
            source="dialogue",
            subject=self.conversation,
            time=datetime.now(UTC),  # noqa: TID251
            cause=cause or str(uuid4()),
        )

    def requested(self, **fields: Any) -> DepositRequested:
        told: dict[str, Any] = {
            "command_id": self.command,
            "lead_id": self.lead,
            "amount_pence": 15000,
            "currency": "gbp",
            "expires_at": datetime.now(UTC) + timedelta(hours=23, minutes=55),  # noqa: TID251
        }
        return DepositRequested(**(told | fields))

    def paid(self, event_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Stripe's event that says that she has paid."""
        thing = stripe.session(id=self.session, payment_intent=self.intent, metadata=self.metadata)
        return stripe.event("checkout.session.completed", thing | fields, **({"id": event_id} if event_id else {}))


def unique(event: dict[str, Any]) -> dict[str, Any]:
    """The same with an id that no test run before has used."""
    return event | {"id": f"{event['id']}_{uuid4().hex}"}


class Payments:
    """The service's parts on the real database, without Kafka: what leaves is read from the outbox."""

    def __init__(self, settings: PaymentsSettings, clock: TestClock) -> None:
        self.settings = settings
        self.clock = clock
        self.database = Database(settings.database_url.get_secret_value(), outbox=Outbox(settings), pool_size=12)
        self.wake = asyncio.Event()
        ledger = Ledger(clock, self.wake.set)
        self.calls = Calls(self.database, ledger, lambda: 0.0)
        self.webhooks = Webhooks(self.database, settings.webhook_secrets, ledger)
        shop = Shop(public_url=settings.public_url, product_name=settings.stripe_product_name)
        self.handler = Commands(shop, ledger)
        types = ("inkgate.deposit.requested", "inkgate.deposit.cancelled", "inkgate.refund.requested")
        self.processor = Processor(self.database, self.handler, settings, (*types, "inkgate.person.erased"))

    def worker(self, gateway: Gateway) -> Worker:
        return Worker(self.calls, gateway, self.clock, uuid4(), self.wake)

    async def consume(self, *events: Event) -> None:
        """Handle these as one batch from Kafka."""
        await self.processor.process(Batch(events=list(events)))

    async def webhook(self, event: dict[str, Any]) -> None:
        """Take one signed webhook."""
        raw = stripe.body(event)
        await self.webhooks.take(raw, stripe.signature(raw, secrets=self.settings.webhook_secrets))

    async def told(self, person: Person) -> list[Any]:
        """What was told about her, in the order in which it was written."""
        rows = await self.database.read(
            "select headers, value from outbox where key = any(cast(:keys as text[])) and topic like '%payments%' "
            "order by created_at, ordinal",
            keys=[str(person.conversation), str(person.lead)],
        )
        return [self._event(row) for row in rows]

    @staticmethod
    def _event(row: Any) -> Event:
        event = decode(msgspec.json.decode(row.headers, type=list[tuple[str, str]]), row.value)
        assert event is not None
        return event

    async def kinds(self, person: Person) -> list[str]:
        """The types of it, without their common beginning."""
        return [event.type.removeprefix("inkgate.deposit.") for event in await self.told(person)]

    async def one(self, query: str, **parameters: Any) -> Any:
        """The only row of a query."""
        (row,) = await self.database.read(query, **parameters)
        return row

    async def rows(self, query: str, **parameters: Any) -> Sequence[Any]:
        return await self.database.read(query, **parameters)


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
async def payments(installation: Surroundings, clock: TestClock) -> AsyncIterator[Payments]:
    """The service's parts; calls of other tests do not wait in the queue."""
    made = Payments(settings_of(installation), clock)
    async with made.database.transaction() as uow:
        await uow.run("update calls set state = 'cancelled' where state = 'waiting'")
    yield made
    await made.database.close()
