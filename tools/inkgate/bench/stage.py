"""What is measured: sandbox and services as processes, with databases and topics of their own, removed at the end."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
from aiokafka.admin import AIOKafkaAdminClient

from inkgate.local import LocalServers, ServerAddresses
from inkgate.local.environment import HTTP_PORTS, SERVICES, Surroundings, kafka_settings, servers_elsewhere
from inkgate.local.ports import free_port
from inkgate.processes import ServiceProcess, run_all, terminate_all
from inkgate_common.settings import KafkaSettings

# Before the first status of a message and between each two: short, so that 300 clients are enough to keep two cores busy.
STATUS_DELAY_MS = 20
SETTINGS = {"INKGATE_WHATSAPP_RATE": "0", "INKGATE_SANDBOX_LOG_ENTRIES": "2000000"}
STATUSES: Mapping[str, tuple[str, ...]] = {"none": (), "all": ("sent", "delivered", "read")}
PREFIX = "bench"


@dataclass
class Machine:
    """The servers of this bench, started here where they did not run."""

    local: LocalServers
    addresses: ServerAddresses
    own: bool
    elsewhere: bool

    def pids(self) -> dict[str, int]:
        """Kafka and PostgreSQL, where they are this machine's."""
        if self.elsewhere:
            return {}
        return {server.name: server.pid for server in self.local.status() if server.pid is not None}


@contextmanager
def machine(home: Path | None) -> Iterator[Machine]:
    """PostgreSQL and Kafka: those that the environment names, else the home's. What ran before keeps running."""
    local = LocalServers(home)
    elsewhere = servers_elsewhere()
    if elsewhere is not None:
        yield Machine(local, elsewhere, own=False, elsewhere=True)
        return
    ran = any(server.running for server in local.status())
    addresses = local.start(lambda line: print(line, file=sys.stderr))
    try:
        yield Machine(local, addresses, own=not ran, elsewhere=False)
    finally:
        if not ran:
            local.stop(lambda line: print(line, file=sys.stderr))


@dataclass
class Stage:
    """One set of processes. `around` says where they listen and with which secrets."""

    around: Surroundings
    statuses: tuple[str, ...]
    logs: Path
    processes: list[ServiceProcess] = field(default_factory=list)

    def pids(self) -> dict[str, int]:
        """Name → pid of what runs."""
        return {process.name: process.pid for process in self.processes if process.pid is not None}

    def start(self, names: Sequence[str]) -> None:
        """Start these (sandbox, echo with its client, or a service) and wait until all are ready. Raises ServiceFailed."""
        started = [ServiceProcess(name, _argv(name), self._environment(name), self._log(name)) for name in names]
        self.processes += started
        for process in started:
            process.start()
        for process in started:
            process.wait_ready()

    def stop(self) -> None:
        """Stop all of it, the sandbox last, so that what is under way is still answered."""
        terminate_all(self.processes[1:])
        terminate_all(self.processes[:1])

    def migrate(self) -> None:
        """Databases and topics. Raises ServiceFailed."""
        commands = {
            f"migrate-{service}": ([sys.executable, "-m", f"inkgate_{service}", "migrate"], self.around.of(service))
            for service in SERVICES
        }
        run_all(commands, self.logs)

    def _environment(self, name: str) -> dict[str, str]:
        if name.startswith("echo"):
            # It stands in the place of intake and of the sender.
            return {**self.around.of("sender"), **self.around.of("intake")}
        own = {}
        if name == "sandbox":
            own["INKGATE_SANDBOX_STATUSES"] = ",".join(self.statuses)
            own["INKGATE_SANDBOX_STATUS_DELAY_MS"] = str(STATUS_DELAY_MS)
        return {**self.around.of(name), **own}

    def _log(self, name: str) -> Path:
        return self.logs / f"{name.replace(' ', '-')}.log"


def _argv(name: str) -> list[str]:
    if name.startswith("echo "):
        return [sys.executable, "-m", "inkgate.bench.echo", name.removeprefix("echo ")]
    if name == "sandbox":
        return [sys.executable, "-m", "inkgate.cli", "sandbox", "serve"]
    return [sys.executable, "-m", f"inkgate_{name}", "serve"]


@contextmanager
def stage(on: Machine, statuses: tuple[str, ...]) -> Iterator[Stage]:
    """A stage with new databases and topics, which are removed when the block ends, as are its processes."""
    mark = f"{PREFIX}{secrets.token_hex(4)}"
    ports: dict[str, int] = {}
    for name in HTTP_PORTS:
        ports[name] = free_port(frozenset(ports.values()))
    around = Surroundings(
        servers=on.addresses,
        ports=ports,
        secrets=on.local.secrets(),
        topic_prefix=f"{mark}.",
        database_prefix=f"{mark}_",
        extra={**(kafka_settings() if on.elsewhere else {}), **SETTINGS},
    )
    made = Stage(around, statuses, on.local.home / "logs" / "bench")
    for log in made.logs.glob("*.log"):
        log.unlink()
    try:
        yield made
    finally:
        made.stop()
        asyncio.run(_remove(around, mark))


async def _remove(around: Surroundings, mark: str) -> None:
    connection = await asyncpg.connect(around.servers.database_url)
    try:
        rows = await connection.fetch("select datname from pg_database where starts_with(datname, $1)", mark)
        for row in rows:
            await connection.execute(f'drop database if exists "{row["datname"]}" with (force)')
    finally:
        await connection.close()
    settings = KafkaSettings(kafka_bootstrap=around.servers.kafka_bootstrap)
    admin = AIOKafkaAdminClient(**settings.client_options())
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(mark)]
        if topics:
            await admin.delete_topics(topics)
    finally:
        await admin.close()
