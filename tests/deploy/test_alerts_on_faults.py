"""Alerts on real faults: real services are brought into trouble, their real metrics pages are read, and promtool says
whether the rule fires once those figures have stood for as long as it asks. Time is moved, not waited for."""

import json
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families

from inkgate.local.environment import SERVICES
from inkgate.local.ports import free_port
from tests.builders.whatsapp import signature
from tests.deploy.promtool import ROOT, fires, needs_promtool
from tests.e2e.stack import Stack, argv, running, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live

WITHIN_S = 30.0
Samples = list[tuple[str, float]]


@pytest.fixture(scope="module")
async def troubled(servers: LiveServers) -> AsyncIterator[Stack]:
    """The whole product, with a database that may grow to no more than it is."""
    with tempfile.TemporaryDirectory(prefix="inkgate-alerts-") as folder:
        around = surroundings(servers, Path(folder), INKGATE_DATABASE_BYTES_MAX="1000000", INKGATE_HOLD_PROBE="600")
        async with running(around, Path(folder) / "logs") as stack:
            yield stack


async def scraped(stack: Stack, service: str, url: str | None = None) -> Samples:
    """What a service's metrics page says now."""
    async with stack.http.get((url or stack.around.url(service)) + "/metrics") as response:
        text = await response.text()
    found: Samples = []
    for family in text_string_to_metric_families(text):
        for sample in family.samples if family.name.startswith("inkgate_") else ():
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels.items())
            found.append((f"{sample.name}{{{labels}}}" if labels else sample.name, sample.value))
    return found


async def until(stack: Stack, service: str, name: str, holds: Any, url: str | None = None) -> Samples:
    """The page once `holds` is true of a figure on it."""

    async def look() -> Samples | None:
        page = await scraped(stack, service, url)
        return page if any(sample == name and holds(value) for sample, value in page) else None

    return await stack.wait_for(f"{name} of {service}", look, WITHIN_S) or []


@needs_promtool
async def test_kafka_is_away_and_comes_back(troubled: Stack, tmp_path: Path) -> None:
    """Intake alone cannot reach Kafka: what it took in and answered 200 waits in its outbox."""
    around = troubled.around
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = around.of("intake") | {"INKGATE_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}"}
    troubled.stop("intake")
    troubled.add("intake cut off", argv("intake"), environment | {"INKGATE_HTTP_PORT": str(port)})
    await troubled.start_again("intake cut off")
    body = json.dumps({"object": "whatsapp_business_account", "entry": [_entry(around.of("intake"))]}).encode()
    headers = {
        "X-Hub-Signature-256": signature(body, around.secrets.whatsapp_app_secret),
        "content-type": "application/json",
    }
    async with troubled.http.post(url + "/webhooks/whatsapp", data=body, headers=headers) as response:
        assert response.status == 200
    database = await asyncpg.connect(around.of("intake")["INKGATE_DATABASE_URL"])
    try:
        await database.execute("update outbox set created_at = created_at - interval '3 minutes'")
    finally:
        await database.close()
    page = await until(troubled, "intake", "inkgate_outbox_oldest_seconds", lambda age_s: age_s > 120, url)
    assert fires("InkgateEventsNotPublished", {"intake": page}, tmp_path)
    troubled.stop("intake cut off")
    await troubled.start_again("intake")
    page = await until(troubled, "intake", "inkgate_outbox_oldest_seconds", lambda age_s: age_s == 0)
    assert not fires("InkgateEventsNotPublished", {"intake": page}, tmp_path)


def _entry(intake: dict[str, str]) -> dict[str, Any]:
    number = intake["INKGATE_WHATSAPP_PHONE_NUMBER_ID"]
    message = {
        "id": "wamid.alert",
        "from": "447700900123",
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": "hello"},
    }
    value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}, "messages": [message]}
    return {"id": "1", "changes": [{"field": "messages", "value": value}]}


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
