"""An upgrade under load, step by step: the newer schema beside the version at work, then a rolling restart of every service.
Nothing is lost, and neither Meta nor Stripe sees an error."""

from __future__ import annotations

import asyncio
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from inkgate.local.environment import SERVICES
from inkgate.local.ports import free_port
from inkgate.processes import ServiceProcess, run_all
from tests.e2e.stack import Stack, argv, running, surroundings
from tests.faults.crowd import phones, stream
from tests.faults.ingress import Ingress, Replica
from tests.servers import LiveServers

pytestmark = pytest.mark.live

ROOT = Path(__file__).parents[2]
REPLICAS = 2
CLIENTS_AT_A_TIME = 8
SEED = 20_260_404
# Longer than an endpoint's removal takes here (in production 5 s: docs/operate.md); and no hook at all, where the service
# itself must linger for so long.
PRE_STOPS_S = (1.0, 0.0)
STOPS_WITHIN_S = 10.0
ENTRANCES = ("intake", "dialogue", "payments")


@dataclass(frozen=True)
class Running:
    """One replica: its process, and its place behind the entrance (None: nobody calls this service)."""

    service: str
    process: ServiceProcess
    place: Replica | None


class Fleet:
    """Replicas of every service behind their entrances."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.entrances: dict[str, Ingress] = {}
        self.replicas: list[Running] = []
        self._taken = set(stack.around.ports.values())
        self._started = 0

    async def start(self, service: str) -> Running:
        """One more replica; it is ready when this returns."""
        port = free_port(frozenset(self._taken))
        self._taken.add(port)
        self._started += 1
        name = f"{service}-{self._started}"
        self.stack.add(name, argv(service), {**self.stack.around.of(service), "INKGATE_HTTP_PORT": str(port)})
        await self.stack.start_again(name)
        place = self.entrances[service].add(port) if service in self.entrances else None
        if place is not None:
            await asyncio.wait_for(place.ready.wait(), 20)
        replica = Running(service, self.stack.processes[name], place)
        self.replicas.append(replica)
        return replica

    async def end(self, replica: Running, pre_stop_s: float) -> float:
        """As Kubernetes ends a pod: the endpoint goes and the preStop hook runs, at the same time; then SIGTERM. How many
        seconds that one took; fails where it was over ten."""
        removal = asyncio.create_task(self.entrances[replica.service].end(replica.place)) if replica.place else None
        await asyncio.sleep(pre_stop_s)
        replica.process.signal(signal.SIGTERM)
        began_s = time.monotonic()
        async with asyncio.timeout(STOPS_WITHIN_S):
            await asyncio.to_thread(replica.process.wait)
        took_s = time.monotonic() - began_s
        if removal is not None:
            await removal
        self.replicas.remove(replica)
        assert replica.process.returncode == 0, self.stack.log(replica.process.name)[-2_000:]
        return took_s

    async def replace(self, service: str) -> list[float]:
        """A rolling restart of one service: each replica ends when a new one is ready."""
        took = []
        olds = [replica for replica in self.replicas if replica.service == service]
        for old, pre_stop_s in zip(olds, PRE_STOPS_S, strict=True):
            await self.start(service)
            took.append(await self.end(old, pre_stop_s))
        return took


@pytest.fixture(scope="module")
async def fleet(servers: LiveServers) -> AsyncIterator[Fleet]:
    with tempfile.TemporaryDirectory(prefix="inkgate-rolling-") as folder:
        around = surroundings(servers, Path(folder), INKGATE_ARTIST_NUMBERS="", INKGATE_HTTP_LINGER="1")
        async with running(around, Path(folder) / "logs", names=("sandbox",)) as stack, AsyncExitStack() as entrances:
            fleet = Fleet(stack)
            for name in ENTRANCES:
                entrance = Ingress(around.ports[name])
                fleet.entrances[name] = await entrances.enter_async_context(entrance.listening())
            for _ in range(REPLICAS):
                await asyncio.gather(*(fleet.start(name) for name in SERVICES))
            yield fleet


NEXT = """from alembic import op

revision, down_revision = "{revision}", "{before}"
INDEXES = {{"{table}_of_the_next_release": "on {table} (next_release)"}}


def upgrade():
    for table in ("outbox", "inbox", "streams", "positions", "{table}"):
        op.execute(f"alter table {{table}} add column next_release text not null default 'new'")
"""
MIGRATE = (
    sys.executable,
    "-c",
    "import asyncio, pathlib, sys; from inkgate_common.migrate import upgrade;"
    "asyncio.run(upgrade(sys.argv[1], pathlib.Path(sys.argv[2])))",
)
# The table that a turn (in payments: a deposit) writes most.
BUSY = {"intake": "seen", "dialogue": "leads", "sender": "sends", "payments": "deposits"}


async def test_a_newer_schema_beside_the_version_at_work(fleet: Fleet, tmp_path: Path) -> None:
    """`migrate` of a next release, from two replicas at once and while somebody's long query is open, in front of services
    that know nothing of it."""
    stack = fleet.stack
    async with phones(stack) as listening:
        over = asyncio.Event()
        playing = asyncio.create_task(stream(stack, listening, CLIENTS_AT_A_TIME, SEED, over))
        await listening.somebody_writes(within_s=20)
        urls = {name: stack.around.of(name)["INKGATE_DATABASE_URL"] for name in SERVICES}
        commands = {
            f"migrate-{name}-{number}": ([*MIGRATE, urls[name], str(next_release(name, tmp_path / str(number)))], {})
            for name in SERVICES
            for number in range(2 if name == "dialogue" else 1)
        }
        async with in_use(urls["dialogue"], "leads") as until_refused:
            migrating = asyncio.create_task(asyncio.to_thread(run_all, commands, stack.logs))
            await until_refused()
        await migrating
        await listening.somebody_writes(within_s=20)
        over.set()
        await playing
    await stack.check(settle_s=60)
    await saw_no_error(fleet)


def next_release(service: str, folder: Path) -> Path:
    """The migrations of a service, and one more that adds to its busiest tables."""
    copy = folder / service
    shutil.copytree(ROOT / f"services/{service}/inkgate_{service}/migrations", copy)
    last = sorted(path.name[:4] for path in (copy / "versions").glob("0*.py"))[-1]
    script = NEXT.format(revision=f"{int(last) + 1:04}", before=last, table=BUSY[service])
    (copy / "versions" / "9999_next.py").write_text(script)
    return copy


@asynccontextmanager
async def in_use(url: str, table: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Somebody's open transaction that has read this table. What it gives waits until a migration has asked for the table
    and was refused."""
    reader = await asyncpg.connect(url)
    looker = await asyncpg.connect(url)

    async def asked(waiting: bool) -> None:
        query = "select exists (select from pg_locks where not granted and relation = to_regclass($1))"
        async with asyncio.timeout(20):
            while await looker.fetchval(query, table) is not waiting:
                await asyncio.sleep(0.01)  # another session's lock: there is no event to await

    async def until_refused() -> None:
        await asked(True)
        await asked(False)

    try:
        async with reader.transaction():
            await reader.fetch(f"select 1 from {table} limit 1")
            yield until_refused
    finally:
        await reader.close()
        await looker.close()


async def test_a_rolling_restart_of_everything_shows_no_error(fleet: Fleet) -> None:
    stack = fleet.stack
    async with phones(stack) as listening:
        over = asyncio.Event()
        playing = asyncio.create_task(stream(stack, listening, CLIENTS_AT_A_TIME, SEED, over))
        await listening.somebody_writes(within_s=20)
        began_s = time.monotonic()
        async with watching(stack) as streams:
            took = dict(zip(SERVICES, await asyncio.gather(*(fleet.replace(name) for name in SERVICES)), strict=True))
        lasted_s = time.monotonic() - began_s
        over.set()
        clients = await playing
    assert streams.count > 1, "a stream of events must end with the replica that it comes from"
    for client in clients:
        await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING", within_s=60)
    report = await stack.check(settle_s=60)
    await tell(fleet, took, lasted_s)
    await saw_no_error(fleet)
    assert report.duplicates == 0


async def saw_no_error(fleet: Fleet) -> None:
    """Everything since the start was answered, by the first replica that was asked; all webhooks by 200."""
    failed = [
        (name, answer)
        for name, entrance in fleet.entrances.items()
        for answer in entrance.answers
        if answer.problem is not None or answer.status >= 500
    ]
    assert not failed
    for kind in ("webhook", "stripe_webhook"):
        seen = await fleet.stack.log_entries(kind)
        assert seen, f"no {kind} came: nothing is shown"
        assert {(entry["outcome"], entry["response_status"]) for entry in seen} == {("answered", 200)}


class Streams:
    """How often a stream of dialogue's events has begun."""

    count = 0


@asynccontextmanager
async def watching(stack: Stack) -> AsyncIterator[Streams]:
    """Somebody's console is open meanwhile: when its stream ends, it asks for the next. One that breaks fails the test."""
    streams = Streams()
    url = stack.around.url("dialogue") + "/api/events"

    async def watch() -> None:
        while True:
            async with stack.http.get(url, timeout=aiohttp.ClientTimeout(total=None)) as response:
                assert response.status == 200
                streams.count += 1
                async for _ in response.content:
                    pass
            await asyncio.sleep(0.2)  # as a browser does

    task = asyncio.create_task(watch())
    try:
        yield streams
        assert not task.done(), f"a stream broke: {task.exception()!r}"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, aiohttp.ClientError):
            await task


async def tell(fleet: Fleet, took: dict[str, list[float]], lasted_s: float) -> None:
    """For information: how long it took, and what callers and clients noticed."""
    print(f"rolled in {lasted_s:.1f} s")
    for name, seconds in took.items():
        print(f"{name}: SIGTERM to exit {', '.join(f'{s:.2f}' for s in seconds)} s")
    for name in ("intake", "payments"):
        answers = fleet.entrances[name].answers
        spread(f"{name}: webhook answered", [a.took_s for a in answers if a.path.startswith("/webhooks/")])
    spread("webhook to send", await turns(fleet.stack))


async def turns(stack: Stack) -> list[float]:
    """From each webhook of a client's message to the next call for her, in seconds."""
    begun: dict[str, datetime] = {}
    found = []
    entries = [*await stack.log_entries("webhook"), *await stack.log_entries("graph_call")]
    for entry in sorted(entries, key=lambda entry: entry["call_started_at"]):
        at = datetime.fromisoformat(entry["call_started_at"])
        if entry["what"] == "message":
            begun.setdefault(entry["wa_id"], at)
        elif entry["kind"] == "graph_call" and entry["wa_id"] in begun:
            found.append((at - begun.pop(entry["wa_id"])).total_seconds())
    return found


def spread(what: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(f"{what}, {len(seconds)}: p50 {cuts[49]:.3f}, p99 {cuts[98]:.3f}, most {max(seconds):.3f} s")
