"""kill -9 of PostgreSQL and of Kafka under load: everything waits for them, and nothing is lost."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inkgate.local import LocalServers
from inkgate.processes import end_with_this_process, may_outlive_this_process
from tests.e2e.stack import Stack, running, surroundings
from tests.faults.crowd import crowd, phones
from tests.servers import LiveServers

pytestmark = pytest.mark.live

SEED = 20_260_403
CLIENTS = 10


class Servers:
    """PostgreSQL and Kafka of this test alone: they may be killed."""

    def __init__(self, local: LocalServers) -> None:
        self.local = local

    def start(self) -> None:
        """Start what does not run."""
        self.local.start()
        for pid in self.pids().values():
            end_with_this_process(pid)

    def pids(self) -> dict[str, int]:
        return {server.name: server.pid for server in self.local.status() if server.pid is not None}

    def kill(self, name: str) -> None:
        """kill -9."""
        pid = self.pids()[name]
        may_outlive_this_process(pid)
        os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[tuple[Stack, Servers]]:
    with tempfile.TemporaryDirectory(prefix="inkgate-crash-") as folder:
        servers = Servers(LocalServers(Path(folder) / "home", postgres_port=0, kafka_port=0))
        await asyncio.to_thread(servers.start)
        try:
            live = LiveServers(servers.local.addresses(), "t")
            async with running(surroundings(live, Path(folder)), Path(folder) / "logs") as stack:
                yield stack, servers
        finally:
            for pid in servers.pids().values():
                may_outlive_this_process(pid)
            await asyncio.to_thread(servers.local.remove)


async def acknowledged(stack: Stack, wa_id: str, message_id: str) -> bool:
    chat = (await stack.ok("sandbox", "GET", f"/sandbox/clients/{wa_id}/messages"))["items"]
    return any(message["wamid"] == message_id and message["acked_at"] for message in chat)


@pytest.mark.parametrize("name", ["Kafka", "PostgreSQL"])
async def test_a_server_crashes_under_load(own: tuple[Stack, Servers], name: str) -> None:
    stack, servers = own
    async with phones(stack) as listening:
        playing = asyncio.create_task(crowd(stack, listening, CLIENTS, SEED, within_s=90))
        await asyncio.sleep(1.0)
        await asyncio.to_thread(servers.kill, name)
        late = stack.client()
        message_id = await late.say("Hi, is anybody there?")
        if name == "Kafka":  # it delays nothing at the door (PROTOCOL §2)
            await stack.wait_for("a 200 without Kafka", lambda: acknowledged(stack, late.wa_id, message_id), within_s=5)
        else:
            refused = [e for e in await _answers(stack, late.wa_id) if e["response_status"] == 503]
            assert refused, "without its database intake says: try again"
        await asyncio.to_thread(servers.start)
        clients = await playing
    await late.until("the welcome", lambda lead: lead["step"] == 0, within_s=60)
    for client in clients:
        await client.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL", within_s=60)
    await stack.check(settle_s=60)


async def _answers(stack: Stack, wa_id: str) -> list[dict[str, object]]:
    """What intake answered to the first webhook of this client, once it has."""

    async def look() -> list[dict[str, object]]:
        return [e for e in await stack.log_entries("webhook", wa_id) if e["response_status"] is not None]

    return await stack.wait_for("an answer without PostgreSQL", look)
