"""Alerts on real faults: real services are brought into trouble, their real metrics pages are read, and promtool says
whether the rule fires once those figures have stood for as long as it asks. Time is moved, not waited for."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from inkgate.local import ServerAddresses
from inkgate.local.environment import SERVICES
from tests.broker import Broker
from tests.deploy.promtool import ROOT, fires, fires_in_turn, needs_promtool
from tests.e2e.stack import Stack, running, surroundings
from tests.faults.crowd import crowd, phones
from tests.servers import LiveServers

pytestmark = pytest.mark.live

WITHIN_S = 30.0
SEED, CLIENTS = 20_260_504, 5
READY = {
    "intake": 'inkgate_ready{part="database"}',
    "dialogue": 'inkgate_ready{part="kafka"}',
    "sender": 'inkgate_ready{part="consumer"}',
    "payments": 'inkgate_ready{part="consumer"}',
}
Samples = list[tuple[str, float]]


@pytest.fixture(scope="module")
async def troubled(servers: LiveServers) -> AsyncIterator[Stack]:
    """The whole product, with a database that may grow to no more than it is."""
    with tempfile.TemporaryDirectory(prefix="inkgate-alerts-") as folder:
        around = surroundings(servers, Path(folder), INKGATE_DATABASE_BYTES_MAX="1000000", INKGATE_HOLD_PROBE="600")
        async with running(around, Path(folder) / "logs") as stack:
            yield stack


async def scraped(stack: Stack, service: str) -> Samples:
    """What a service's metrics page says now."""
    async with stack.http.get(stack.around.url(service) + "/metrics") as response:
        text = await response.text()
    found: Samples = []
    for family in text_string_to_metric_families(text):
        for sample in family.samples if family.name.startswith("inkgate_") else ():
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            found.append((f"{sample.name}{{{labels}}}" if labels else sample.name, sample.value))
    return found


async def until(stack: Stack, service: str, name: str, holds: Any, within_s: float = WITHIN_S) -> Samples:
    """The page once `holds` is true of a figure on it."""

    async def look() -> Samples | None:
        page = await scraped(stack, service)
        return page if any(sample == name and holds(value) for sample, value in page) else None

    return await stack.wait_for(f"{name} of {service}", look, within_s) or []


@pytest.fixture
async def on_own_kafka(servers: LiveServers, tmp_path: Path) -> AsyncIterator[tuple[Stack, Broker]]:
    """The whole product, on a Kafka that may be stopped."""
    broker = Broker(tmp_path / "kafka")
    try:
        await broker.start()
        live = LiveServers(ServerAddresses(servers.database_url, broker.bootstrap), servers.prefix)
        async with running(surroundings(live, tmp_path), tmp_path / "logs") as stack:
            yield stack, broker
    finally:
        await broker.stop()


@needs_promtool
async def test_kafka_stops_under_load_and_comes_back(on_own_kafka: tuple[Stack, Broker], tmp_path: Path) -> None:
    """What intake takes in and answers 200 waits in its outbox meanwhile; only its age is moved, not waited for."""
    stack, broker = on_own_kafka
    oldest = "inkgate_outbox_oldest_seconds"
    async with phones(stack) as listening:
        playing = asyncio.create_task(crowd(stack, listening, CLIENTS, SEED, within_s=120))
        assert await listening.somebody_writes(WITHIN_S)
        recorded = [await pages(stack)]
        await broker.stop()
        await stack.client().say("Hi, is anybody there?")
        database = await asyncpg.connect(stack.around.of("intake")["INKGATE_DATABASE_URL"])

        async def aged() -> bool:
            """Again and again: what was published just before, and is not yet deleted, is not what waits."""
            await database.execute(
                "update outbox set created_at = created_at - interval '3 minutes' "
                "where created_at > now() - interval '1 minute'"
            )
            return dict(await scraped(stack, "intake"))[oldest] > 120

        try:
            await stack.wait_for("an old event in intake's outbox", aged, WITHIN_S)
        finally:
            await database.close()
        for service in ("dialogue", "sender", "payments"):
            await until(stack, service, READY[service], lambda ready: ready == 0)
        recorded.append(await pages(stack))
        await broker.start()
        for service in SERVICES:
            await until(stack, service, oldest, lambda age_s: age_s == 0, within_s=60)
            await until(stack, service, READY[service], lambda ready: ready == 1, within_s=60)
        playing.cancel()  # that nothing was lost: tests/faults/test_servers_crash.py
    recorded.append(await pages(stack))
    assert fires_in_turn("InkgateEventsNotPublished", recorded, tmp_path) == [False, True, False]
    assert fires_in_turn("InkgateNotReady", recorded, tmp_path) == [False, True, False]


async def pages(stack: Stack) -> dict[str, Samples]:
    """What all services' metrics pages say now."""
    return {service: await scraped(stack, service) for service in SERVICES}


@needs_promtool
async def test_the_token_has_expired_and_is_renewed(troubled: Stack, tmp_path: Path) -> None:
    client = troubled.client()
    await troubled.fault(on="whatsapp", code=190)
    await client.say("Hi")
    held = 'inkgate_sender_holds{scope="all"}'
    page = await until(troubled, "sender", held, lambda numbers: numbers == 1)
    dialogue = await until(troubled, "dialogue", 'inkgate_open_gates{older_than_s="0"}', lambda gates: gates >= 1)
    old = [(name, 3600.0 if name == "inkgate_open_gate_oldest_seconds" else value) for name, value in dialogue]
    assert fires("InkgateSenderOnHold", {"sender": page, "dialogue": old}, tmp_path)
    assert not fires("InkgateGateOpenTooLong", {"sender": page, "dialogue": old}, tmp_path)
    await troubled.mend()
    number = troubled.around.of("sender")["INKGATE_WHATSAPP_PHONE_NUMBER_ID"]
    await troubled.ok("sender", "POST", f"/api/holds/{number}/release")
    await client.until("the first question", lambda lead: lead["step"] == 0)
    page = await until(troubled, "sender", held, lambda numbers: numbers == 0)
    assert not fires("InkgateSenderOnHold", {"sender": page}, tmp_path)


@needs_promtool
async def test_an_event_is_poisoned(troubled: Stack, tmp_path: Path) -> None:
    counter = 'inkgate_dead_letters_total{topic="inbound"}'
    before = await scraped(troubled, "dialogue")
    assert not fires("InkgateDeadLetters", {"dialogue": before}, tmp_path)
    producer = AIOKafkaProducer(bootstrap_servers=troubled.around.servers.kafka_bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(f"{troubled.around.topic_prefix}inkgate.inbound.v1", b"not an event", key=b"x")
    finally:
        await producer.stop()
    counted = dict(before)[counter]
    after = await until(troubled, "dialogue", counter, lambda letters: letters == counted + 1)
    assert fires("InkgateDeadLetters", {"dialogue": [*before, *after]}, tmp_path)


@needs_promtool
async def test_a_database_is_nearly_full(troubled: Stack, tmp_path: Path) -> None:
    page = await until(troubled, "payments", "inkgate_database_bytes", lambda size: size > 1_000_000)
    assert fires("InkgateDatabaseNearlyFull", {"payments": page}, tmp_path)
    roomy = [(name, 1e12 if name == "inkgate_database_bytes_limit" else value) for name, value in page]
    assert not fires("InkgateDatabaseNearlyFull", {"payments": roomy}, tmp_path)


@needs_promtool
async def test_nothing_fires_in_a_service_that_is_well(troubled: Stack, tmp_path: Path) -> None:
    await troubled.client().begin()
    pages = {service: await scraped(troubled, service) for service in SERVICES}
    for alert in (
        "InkgateNotReady",
        "InkgateServiceMissing",
        "InkgateConsumerBehind",
        "InkgateConnectionsNearlyUsedUp",
    ):
        assert not fires(alert, pages, tmp_path), alert


async def test_every_statement_of_the_runbook_runs_on_the_tables_as_they_are(troubled: Stack) -> None:
    statements = [
        (page.name, service, sql)
        for page in [*sorted((ROOT / "docs" / "runbook").glob("*.md")), ROOT / "docs" / "tracing.md"]
        for service, sql in re.findall(r"^ *```sql (\w+)\n(.*?)^ *```", page.read_text(), re.M | re.S)
    ]
    assert len(statements) > 10
    for name, service, sql in statements:
        connection = await asyncpg.connect(troubled.around.of(service)["INKGATE_DATABASE_URL"])
        try:
            async with connection.transaction(readonly=True):
                await connection.fetch(sql)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name}: {error}\n{sql}")
        finally:
            await connection.close()
