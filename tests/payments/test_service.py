"""The whole service as a process, with Kafka, PostgreSQL and Stripe's side of the sandbox as another process."""

import asyncio
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from inkgate.local.environment import Surroundings
from inkgate.processes import ServiceProcess
from inkgate_common.cloudevents import Event, decode, encode
from inkgate_common.contracts import Data
from inkgate_common.contracts.payment_commands import DepositCancelled, RefundRequested
from inkgate_common.migrate import make_topics
from tests.builders import stripe
from tests.payments.conftest import Person, settings_of, unique
from tests.servers import LiveServers

pytestmark = pytest.mark.live

BIN = Path(sys.executable).parent
PATIENCE_S = 30


@dataclass
class Running:
    """The service, the sandbox, and everything that the service has told so far."""

    where: Surroundings
    service: ServiceProcess
    http: aiohttp.ClientSession
    producer: AIOKafkaProducer
    told: dict[str, list[Event]]
    news: asyncio.Condition

    async def command(self, person: Person, data: Data, *, times: int = 1) -> None:
        """Write a command as dialogue does; the very same event `times` times."""
        event = person.event(data)
        record = encode(event, settings_of(self.where).topic(event.topic))
        headers = [(name, value.encode()) for name, value in record.headers]
        for _ in range(times):
            await self.producer.send_and_wait(record.topic, record.value, key=record.key.encode(), headers=headers)

    async def sandbox(self, method: str, path: str, body: Any = None) -> Any:
        """Call the sandbox's control API."""
        async with self.http.request(method, self.where.url("sandbox") + path, json=body) as response:
            answer = await response.json()
            assert response.status < 300, answer
            return answer

    async def webhook(self, event: dict[str, Any], header: str | None = None) -> int:
        """Send an event as Stripe does; the HTTP status."""
        raw = stripe.body(event)
        if header is None:
            header = stripe.signature(raw, secrets=[self.where.secrets.stripe_webhook_secret])
        url = self.where.url("payments") + "/webhooks/stripe"
        async with self.http.post(url, data=raw, headers={"stripe-signature": header}) as response:
            return response.status

    async def until(self, person: Person, *kinds: str) -> list[Any]:
        """The data of everything told about her, once it is of these types."""
        names = [f"inkgate.deposit.{kind}" for kind in kinds]
        return await self._until(person, lambda heard: [event.type for event in heard] == names, names)

    async def _until(self, person: Person, right: Callable[[list[Event]], bool], wanted: Any) -> list[Any]:
        heard = self.told[str(person.conversation)]
        async with self.news:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await self.news.wait_for(lambda: right(heard))
            except TimeoutError:
                raise AssertionError(f"told {[event.type for event in heard]} instead of {wanted}") from None
        return [event.data for event in heard]

    async def linked(self, person: Person) -> str:
        """Ask for a link; the session's id once it is there."""
        await self.command(person, person.requested())
        (link,) = await self.until(person, "link_created")
        return str(link.session)

    async def settled(self) -> None:
        """Wait until what was sent before is handled: a link for somebody else comes back."""
        await self.linked(Person())


async def _listen(running: Running, consumer: AIOKafkaConsumer) -> None:
    async for record in consumer:
        event = decode(record.headers, record.value)
        assert event is not None and record.key.decode() == event.subject
        async with running.news:
            if event.id not in {known.id for known in running.told[event.subject]}:
                running.told[event.subject].append(event)
            running.news.notify_all()


@pytest.fixture(scope="module")
async def running(servers: LiveServers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """payments and the sandbox, ready."""
    where = servers.installation()
    logs = tmp_path_factory.mktemp("logs")
    settings = settings_of(where)
    await make_topics(settings, ["payment-commands", "control"])  # dialogue's
    service = ServiceProcess("payments", [str(BIN / "inkgate-payments"), "serve"], where.of("payments"), logs / "p.log")
    sandbox = ServiceProcess("sandbox", [str(BIN / "inkgate"), "sandbox"], where.of("sandbox"), logs / "s.log")
    migrate = [str(BIN / "inkgate-payments"), "migrate"]
    for _ in range(2):  # a second time changes nothing
        await asyncio.to_thread(subprocess.run, migrate, env=where.of("payments"), check=True, timeout=60)
    producer = AIOKafkaProducer(**settings.client_options())
    consumer = AIOKafkaConsumer(
        settings.topic("payments"), **settings.client_options(), auto_offset_reset="earliest", fetch_max_wait_ms=50
    )
    try:
        service.start()
        sandbox.start()
        await asyncio.to_thread(service.wait_ready)
        await asyncio.to_thread(sandbox.wait_ready)
        await producer.start()
        await consumer.start()
        async with aiohttp.ClientSession() as http:
            made = Running(where, service, http, producer, defaultdict(list), asyncio.Condition())
            listener = asyncio.create_task(_listen(made, consumer))
            yield made
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener
    finally:
        await consumer.stop()
        await producer.stop()
        await asyncio.to_thread(sandbox.terminate)
        started = time.monotonic()
        code = await asyncio.to_thread(service.terminate)
    log = (logs / "p.log").read_text()
    assert code == 0 and time.monotonic() - started < 10, log[-2000:]
    for secret in (where.secrets.stripe_secret_key, where.secrets.stripe_webhook_secret):
        assert secret not in log


async def test_a_command_becomes_one_link_however_often_it_comes(running: Running, person: Person) -> None:
    await running.command(person, person.requested(), times=3)
    (link,) = await running.until(person, "link_created")
    await running.command(person, person.requested())
    await running.settled()
    assert len(running.told[str(person.conversation)]) == 1
    rows = (await running.sandbox("GET", "/sandbox/checkout"))["items"]
    (session,) = [row for row in rows if row["metadata"]["command_id"] == str(person.command)]
    assert (session["id"], session["url"], session["amount_total"]) == (link.session, link.url, 15000)
    assert (link.amount_pence, link.currency, link.lead_id) == (15000, "gbp", person.lead)


async def test_a_payment_is_told_once_however_often_stripe_says_it(running: Running, person: Person) -> None:
    session = await running.linked(person)
    await running.sandbox("POST", "/sandbox/faults", {"on": "webhooks", "only": "stripe", "duplicate": True})
    await running.sandbox("POST", f"/sandbox/checkout/{session}/pay")
    await running.sandbox("POST", f"/sandbox/checkout/{session}/pay?again=true")
    _, paid = await running.until(person, "link_created", "paid")
    await running.settled()
    assert len(running.told[str(person.conversation)]) == 2
    assert (paid.amount_pence, paid.second, paid.after_expiry, paid.mismatch) == (15000, False, False, None)


async def test_a_link_that_expires_is_told_and_a_late_payment_still_counts(running: Running, person: Person) -> None:
    session = await running.linked(person)
    await running.sandbox("POST", f"/sandbox/checkout/{session}/expire")
    await running.until(person, "link_created", "expired")
    await running.sandbox("POST", f"/sandbox/checkout/{session}/pay?late=true")
    *_, paid = await running.until(person, "link_created", "expired", "paid")
    assert paid.after_expiry and not paid.second and paid.mismatch is None


async def test_a_session_paid_twice_loses_nothing(running: Running, person: Person) -> None:
    session = await running.linked(person)
    await running.sandbox("POST", f"/sandbox/checkout/{session}/pay")
    await running.until(person, "link_created", "paid")
    person.session = session
    assert await running.webhook(unique(person.paid())) == 200
    *_, second = await running.until(person, "link_created", "paid", "paid")
    assert second.second and second.payment_intent == person.intent


async def test_money_that_differs_is_told_with_the_difference(running: Running, person: Person) -> None:
    person.session = await running.linked(person)
    assert await running.webhook(unique(person.paid(amount_total=9900, currency="eur", livemode=True))) == 200
    *_, paid = await running.until(person, "link_created", "paid")
    assert (paid.amount_pence, paid.currency) == (9900, "eur")
    for word in ("amount 9900 instead of 15000", "currency eur instead of gbp", "live money"):
        assert word in paid.mismatch


async def test_a_delayed_payment_that_fails_is_told(running: Running, person: Person) -> None:
    session = await running.linked(person)
    await running.sandbox("POST", f"/sandbox/checkout/{session}/fail")
    await running.until(person, "link_created", "payment_failed")


async def test_refunds_are_told_by_their_events_with_their_sums(running: Running, person: Person) -> None:
    session = await running.linked(person)
    await running.sandbox("POST", f"/sandbox/checkout/{session}/pay")
    await running.until(person, "link_created", "paid")
    kinds = ["link_created", "paid"]
    refunds = []
    for amount, total, in_full in ((5000, 5000, False), (None, 15000, True)):
        command = RefundRequested(
            command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command, amount_pence=amount
        )
        await running.command(person, command, times=2)
        kinds.append("refunded")
        *_, refunded = await running.until(person, *kinds)
        assert (refunded.refunded_pence, refunded.in_full) == (total, in_full)
        refunds.append(refunded.refund)
    assert refunds[0] != refunds[1]
    await running.sandbox("POST", f"/sandbox/refunds/{refunds[1]}/fail")
    *_, failed = await running.until(person, *kinds, "refund_failed")
    assert failed.refund == refunds[1]


async def test_a_refund_without_money_is_told_as_failed(running: Running, person: Person) -> None:
    await running.linked(person)
    command = RefundRequested(command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command)
    await running.command(person, command)
    *_, failed = await running.until(person, "link_created", "refund_failed")
    assert failed.reason == "not_paid"


async def test_a_dispute_is_told(running: Running, person: Person) -> None:
    session = await running.linked(person)
    await running.sandbox("POST", f"/sandbox/checkout/{session}/pay")
    await running.until(person, "link_created", "paid")
    await running.sandbox("POST", f"/sandbox/checkout/{session}/dispute")
    *_, disputed = await running.until(person, "link_created", "paid", "disputed")
    assert disputed.amount_pence == 15000


async def test_a_cancelled_link_is_closed_and_stripe_says_when(running: Running, person: Person) -> None:
    session = await running.linked(person)
    command = DepositCancelled(
        command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command, reason="opted_out"
    )
    await running.command(person, command, times=2)
    await running.until(person, "link_created", "expired")
    rows = (await running.sandbox("GET", "/sandbox/checkout"))["items"]
    assert [row["status"] for row in rows if row["id"] == session] == ["expired"]


async def test_a_request_that_stripe_refuses_is_told(running: Running, person: Person) -> None:
    await running.command(person, person.requested(amount_pence=5))
    (failed,) = await running.until(person, "request_failed")
    assert failed.code == "amount_too_small"


async def test_a_lost_answer_is_asked_for_again(running: Running, person: Person) -> None:
    await running.sandbox("POST", "/sandbox/faults", {"on": "stripe", "drop_response": True})
    await running.command(person, person.requested())
    await running.until(person, "link_created")
    rows = (await running.sandbox("GET", "/sandbox/checkout"))["items"]
    assert len([row for row in rows if row["metadata"]["command_id"] == str(person.command)]) == 1


async def test_a_stored_500_ends_in_one_link(running: Running, person: Person) -> None:
    await running.sandbox("POST", "/sandbox/faults", {"on": "stripe", "status": 500})
    await running.command(person, person.requested())
    await running.until(person, "link_created")


async def test_a_crash_while_stripe_is_asked_ends_in_one_link(running: Running, person: Person) -> None:
    fault = {"on": "stripe", "hang": True, "drop_response": True}
    await running.sandbox("POST", "/sandbox/faults", fault)
    await running.command(person, person.requested())
    async with asyncio.timeout(PATIENCE_S):
        while not await made_for(running, person):
            await asyncio.sleep(0.05)
    running.service.kill()
    running.service.start()
    await asyncio.to_thread(running.service.wait_ready)
    (link,) = await running.until(person, "link_created")
    assert await made_for(running, person) == [link.session]


async def made_for(running: Running, person: Person) -> list[str]:
    rows = (await running.sandbox("GET", "/sandbox/checkout"))["items"]
    return [row["id"] for row in rows if row["metadata"]["command_id"] == str(person.command)]


async def test_a_webhook_with_a_wrong_signature_is_401_and_changes_nothing(running: Running, person: Person) -> None:
    assert await running.webhook(unique(person.paid()), "t=1,v1=00") == 401
    old = int((datetime.now(UTC) - timedelta(minutes=6)).timestamp())  # noqa: TID251
    event = unique(person.paid())
    secrets = [running.where.secrets.stripe_webhook_secret]
    assert await running.webhook(event, stripe.signature(stripe.body(event), secrets=secrets, at=old)) == 401
    await running.settled()
    assert running.told[str(person.conversation)] == []


async def test_a_bad_setting_stops_the_start_and_is_named(running: Running) -> None:
    env = running.where.of("payments") | {"INKGATE_STRIPE_API_BASE": "http://api.stripe.com"}
    del env["INKGATE_STRIPE_SECRET_KEY"]
    serve = [str(BIN / "inkgate-payments"), "serve"]
    ended = await asyncio.to_thread(subprocess.run, serve, env=env, capture_output=True, text=True, timeout=30)
    assert ended.returncode == 2
    (line,) = ended.stderr.strip().splitlines()
    assert "INKGATE_STRIPE_SECRET_KEY: is not set" in line and "INKGATE_STRIPE_API_BASE: " in line
