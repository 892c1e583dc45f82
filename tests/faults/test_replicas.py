"""Three replicas of every service at once: each conversation keeps its order, and every one of them is completed."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inkgate.local.environment import SERVICES
from inkgate.local.ports import free_port
from tests.e2e.stack import Stack, argv, running, surroundings
from tests.faults.balancer import balancer
from tests.faults.crowd import crowd, phones
from tests.servers import LiveServers

pytestmark = pytest.mark.live

REPLICAS = 3
CLIENTS = 60
SEED = 20_260_402


@pytest.fixture
async def replicas(servers: LiveServers) -> AsyncIterator[Stack]:
    """A stack of its own with three of each service, behind a balancer where others call them."""
    with tempfile.TemporaryDirectory(prefix="inkgate-replicas-") as folder:
        around = surroundings(servers, Path(folder), INKGATE_ARTIST_NUMBERS="")
        taken = set(around.ports.values())
        ports: dict[str, list[int]] = {}
        for name in SERVICES:
            ports[name] = []
            for _ in range(REPLICAS):
                port = free_port(frozenset(taken))
                taken.add(port)
                ports[name].append(port)
        async with running(around, Path(folder) / "logs", names=("sandbox",)) as stack:
            for name in SERVICES:
                for number, port in enumerate(ports[name], 1):
                    environment = {**around.of(name), "INKGATE_HTTP_PORT": str(port)}
                    stack.add(f"{name}-{number}", argv(name), environment)
            everyone = [f"{name}-{number}" for name in SERVICES for number in range(1, REPLICAS + 1)]
            for name in SERVICES:  # a dozen at once would only wait for each other
                await stack.start_again(*(each for each in everyone if each.startswith(name)))
            async with (
                balancer(around.ports["intake"], ports["intake"]),
                balancer(around.ports["dialogue"], ports["dialogue"]),
                balancer(around.ports["payments"], ports["payments"]),
            ):
                yield stack


async def test_three_replicas_keep_order_and_complete_every_conversation(replicas: Stack) -> None:
    async with phones(replicas) as listening:
        playing = asyncio.create_task(crowd(replicas, listening, CLIENTS, SEED, within_s=60))
        await asyncio.sleep(3)
        # In the middle of it one of each is killed, and one of each is stopped in order.
        for name in SERVICES:
            replicas.kill(f"{name}-1")
        await asyncio.to_thread(replicas.stop, *(f"{name}-2" for name in SERVICES))
        await replicas.start_again(*(f"{name}-{number}" for name in SERVICES for number in (1, 2)))
        clients = await playing
    for client in clients:
        lead = await client.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL", within_s=60)
        assert len(lead["answers"]) == 13
    report = await replicas.check(settle_s=60)
    assert sum(finding.examined.get("messages judged", 0) for finding in report.findings) == CLIENTS * 14
