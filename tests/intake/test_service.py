"""The process: `migrate`, `serve`, a webhook all the way to Kafka, SIGTERM, and bad settings."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from inkgate.local.environment import Surroundings
from inkgate.processes import ServiceProcess
from inkgate_common.cloudevents import Event, decode
from inkgate_common.migrate import make_topics
from inkgate_common.settings import KafkaSettings
from tests.builders import whatsapp
from tests.servers import LiveServers

pytestmark = pytest.mark.live

COMMAND = str(Path(sys.executable).parent / "inkgate-intake")


def run(command: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, command], env=env, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
async def own(servers: LiveServers) -> Surroundings:
    """An installation of its own, migrated twice at the same time as two replicas would."""
    made = servers.installation()
    env = made.of("intake")
    done = await asyncio.gather(*(asyncio.to_thread(run, "migrate", env) for _ in range(2)))
    assert [one.returncode for one in done] == [0, 0], [one.stderr for one in done]
    names = {"kafka_bootstrap": env["INKGATE_KAFKA_BOOTSTRAP"], "topic_prefix": made.topic_prefix}
    await make_topics(
        KafkaSettings(topic_partitions=6, topic_replication=1, **names), ["control"]
    )  # dialogue's to make
    return made


@pytest.fixture
async def serving(own: Surroundings, tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    process = ServiceProcess("intake", [COMMAND, "serve"], own.of("intake"), tmp_path / "intake.log")
    process.start()
    await asyncio.to_thread(process.wait_ready)
    yield process
    await asyncio.to_thread(process.terminate)


class Client:
    """Sends webhooks signed with the installation's secret."""

    def __init__(self, installation: Surroundings) -> None:
        self.http = httpx.AsyncClient(base_url=installation.url("intake"))
        self.secret = installation.of("intake")["INKGATE_WHATSAPP_APP_SECRET"]

    async def post(self, payload: Any) -> httpx.Response:
        raw = payload if isinstance(payload, bytes) else whatsapp.body(payload)
        headers = {"X-Hub-Signature-256": whatsapp.signature(raw, self.secret)}
        return await self.http.post("/webhooks/whatsapp", content=raw, headers=headers)


async def published(installation: Surroundings, topic: str, number: int) -> list[Event]:
    """The first events of a topic, in the order of their sequences."""
    env = installation.of("intake")
    name = f"{installation.topic_prefix}inkgate.{topic}.v1"
    consumer = AIOKafkaConsumer(
        name, bootstrap_servers=env["INKGATE_KAFKA_BOOTSTRAP"], auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    found: list[Event] = []
    try:
        async with asyncio.timeout(20):
            async for record in consumer:
                event = decode(record.headers, record.value)
                assert event is not None and record.key.decode() == event.subject
                found.append(event)
                if len(found) == number:
                    return sorted(found, key=lambda event: event.sequence or 0)
    finally:
        await consumer.stop()
    raise AssertionError


async def test_a_webhook_goes_all_the_way_to_kafka_and_stopping_is_prompt(
    own: Surroundings, serving: ServiceProcess, tmp_path: Path
) -> None:
    client, ann = Client(own), whatsapp.number()
    for body in ("one", "two"):
        assert (await client.post(whatsapp.of_messages(whatsapp.text(body, **{"from": ann})))).status_code == 200
    assert (await client.post(whatsapp.of_statuses(whatsapp.status(recipient_id=ann)))).status_code == 200
    assert [event.data.text for event in await published(own, "inbound", 2)] == ["one", "two"]
    (receipt,) = await published(own, "receipts", 1)
    assert receipt.data.recipient == ann

    assert (await client.post(b"[" + b" " * 3_500_000 + b"]")).status_code == 413
    assert (await client.post(whatsapp.of_messages(whatsapp.text("three", **{"from": ann})))).status_code == 200
    await client.http.aclose()

    began = time.monotonic()
    assert await asyncio.to_thread(serving.terminate) == 0
    assert time.monotonic() - began < 10
    log = serving.log_path.read_text()
    assert log.count("ready") == 1 and "stopped" in log
    assert ann not in log and "three" not in log


async def test_a_killed_intake_loses_nothing_that_it_answered(own: Surroundings, serving: ServiceProcess) -> None:
    client, ann = Client(own), whatsapp.number()
    before = len((await client.http.get("/metrics")).text)
    assert before
    sends = [client.post(whatsapp.of_messages(whatsapp.text(f"{index}", **{"from": ann}))) for index in range(60)]
    tasks = [asyncio.ensure_future(send) for send in sends]
    await next(asyncio.as_completed(tasks))
    await asyncio.to_thread(serving.kill)
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    taken = {str(index) for index, answer in enumerate(answers) if isinstance(answer, httpx.Response)}
    assert taken
    serving.start()
    await asyncio.to_thread(serving.wait_ready)
    after = await client.post(whatsapp.of_messages(whatsapp.text("after", **{"from": ann})))
    assert after.status_code == 200
    await client.http.aclose()

    seen: dict[int, str] = {}
    env = own.of("intake")
    consumer = AIOKafkaConsumer(
        f"{own.topic_prefix}inkgate.inbound.v1",
        bootstrap_servers=env["INKGATE_KAFKA_BOOTSTRAP"],
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            async for record in consumer:
                event = decode(record.headers, record.value)
                if event is None or event.data.from_ != ann:
                    continue
                seen[event.data.sequence] = event.data.text
                if "after" in seen.values() and taken <= set(seen.values()) and len(seen) == max(seen):
                    break
    finally:
        await consumer.stop()
    assert sorted(seen) == list(range(1, len(seen) + 1))


async def test_kafka_being_down_delays_nothing(own: Surroundings, tmp_path: Path) -> None:
    env = own.of("intake") | {"INKGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9"}
    process = ServiceProcess("intake", [COMMAND, "serve"], env, tmp_path / "intake.log")
    process.start()
    await asyncio.to_thread(process.wait_ready, 10)
    client = Client(own)
    began = time.monotonic()
    answers = [await client.post(whatsapp.of_messages(whatsapp.text(**{"from": whatsapp.number()}))) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert time.monotonic() - began < 3
    await client.http.aclose()
    began = time.monotonic()
    assert await asyncio.to_thread(process.terminate) == 0
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"INKGATE_IDENTITY_KEY": "short"}, "INKGATE_IDENTITY_KEY"),
        ({"INKGATE_DATABASE_URL": "mysql://x"}, "INKGATE_DATABASE_URL"),
        ({"INKGATE_STUDIO": "/no/such/studio.toml"}, "INKGATE_STUDIO"),
    ],
)
def test_a_bad_setting_stops_it_with_one_line(servers: LiveServers, change: dict[str, str], named: str) -> None:
    done = run("serve", servers.installation().of("intake") | change)
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"inkgate-intake: {named}")
