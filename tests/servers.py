"""Real PostgreSQL and Kafka for the tests, started once a session when the first test asks for them.

Their own, on free ports and in a temporary folder, so that they run beside a demo; or those that `INKGATE_DATABASE_URL`
and `INKGATE_KAFKA_BOOTSTRAP` name. Either way everything a test run makes there carries a prefix and is removed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from inkgate.local import LocalServers, Secrets, ServerAddresses
from inkgate.local.environment import HTTP_PORTS, Surroundings, kafka_settings, servers_elsewhere
from inkgate.local.ports import free_port
from inkgate.processes import end_with_this_process, may_outlive_this_process
from inkgate_common.settings import KafkaSettings


@dataclass(frozen=True)
class LiveServers:
    """The servers of a test run."""

    addresses: ServerAddresses
    prefix: str
    """`t` and eight hexadecimal digits; what is made on the servers begins with it."""
    kafka_settings: dict[str, str] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """The server's URL, naming a database that exists."""
        return self.addresses.database_url

    @property
    def kafka_bootstrap(self) -> str:
        """What Kafka's clients connect to."""
        return self.addresses.kafka_bootstrap

    def installation(self) -> Surroundings:
        """Everything to start a set of services from: databases and topics of their own, free ports, new secrets."""
        name = f"{self.prefix}{secrets.token_hex(3)}"
        taken: set[int] = set()
        for _ in HTTP_PORTS:
            taken.add(free_port(frozenset(taken)))
        return Surroundings(
            servers=self.addresses,
            ports=dict(zip(HTTP_PORTS, taken, strict=True)),
            secrets=Secrets(),
            topic_prefix=f"{name}.",
            database_prefix=f"{name}_",
            extra=self.kafka_settings,
        )


@pytest.fixture(scope="session")
def servers() -> Iterator[LiveServers]:
    """PostgreSQL and Kafka, real and empty."""
    prefix = f"t{secrets.token_hex(4)}"
    elsewhere = servers_elsewhere()
    if elsewhere is not None:
        live = LiveServers(elsewhere, prefix, kafka_settings())
        yield live
        asyncio.run(remove(live))
        return
    with tempfile.TemporaryDirectory(prefix="inkgate-test-") as folder:
        local = LocalServers(Path(folder), postgres_port=0, kafka_port=0)
        try:
            addresses = local.start()
            pids = [server.pid for server in local.status() if server.pid is not None]
            for pid in pids:
                end_with_this_process(pid)
            yield LiveServers(addresses, prefix)
            for pid in pids:
                may_outlive_this_process(pid)
        finally:
            local.remove()


async def remove(live: LiveServers) -> None:
    """Removes the databases and topics of a test run, also under open connections."""
    connection = await asyncpg.connect(live.database_url)
    try:
        rows = await connection.fetch("select datname from pg_database where starts_with(datname, $1)", live.prefix)
        for row in rows:
            await connection.execute(f'drop database if exists "{row["datname"]}" with (force)')
    finally:
        await connection.close()
    # How to sign in is in the environment, from where these servers come.
    admin = AIOKafkaAdminClient(**KafkaSettings(kafka_bootstrap=live.kafka_bootstrap).client_options())
    await admin.start()
    try:
        topics = [topic for topic in await admin.list_topics() if topic.startswith(live.prefix)]
        if topics:
            await admin.delete_topics(topics)
    finally:
        await admin.close()


def pytest_configure(config: pytest.Config) -> None:
    """Settings of the shell must not reach what is tested, except where they say which servers to use."""
    kept = ("INKGATE_DATABASE_URL", "INKGATE_KAFKA_", "INKGATE_TOPIC_", "INKGATE_CACHE", "INKGATE_TEST_")
    for name in [name for name in os.environ if name.startswith("INKGATE_") and not name.startswith(kept)]:
        del os.environ[name]
