"""PostgreSQL and Kafka of this machine, for real, in a home with a long name with blanks in it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from inkgate.local import LocalError, LocalServers, PortTaken, pids
from inkgate.local.ports import is_free
from inkgate.local.postgres import SUPERUSER

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def local() -> Iterator[LocalServers]:
    with tempfile.TemporaryDirectory(prefix="inkgate-test-") as folder:
        # Longer than the path of a Unix socket may be.
        home = Path(folder) / ("a long name " * 10).strip()
        servers = LocalServers(home, postgres_port=0, kafka_port=0)
        servers.start()
        try:
            yield servers
        finally:
            servers.remove()


def running(local: LocalServers) -> dict[str, int]:
    return {server.name: server.pid for server in local.status() if server.pid is not None}


async def write(local: LocalServers, value: str) -> None:
    connection = await asyncpg.connect(local.addresses().database_url)
    await connection.execute("create table if not exists kept (value text)")
    await connection.execute("insert into kept values ($1)", value)
    await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=local.addresses().kafka_bootstrap)
    await admin.start()
    if "kept" not in await admin.list_topics():
        await admin.create_topics([NewTopic("kept", 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=local.addresses().kafka_bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait("kept", value.encode())
    await producer.stop()


async def read(local: LocalServers) -> tuple[list[str], list[str]]:
    """Everything written: (in PostgreSQL, in Kafka)."""
    connection = await asyncpg.connect(local.addresses().database_url)
    rows = [row["value"] for row in await connection.fetch("select value from kept")]
    await connection.close()
    consumer = AIOKafkaConsumer(
        "kept",
        bootstrap_servers=local.addresses().kafka_bootstrap,
        group_id="reader",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
    )
    await consumer.start()
    records = [(await consumer.getone()).value.decode() for _ in rows]
    await consumer.stop()
    return rows, records


def up_twice_at_once(local: LocalServers) -> str:
    command = [sys.executable, "-m", "inkgate.cli", "local", "up", "--home", str(local.home)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    return said


def test_up_again_starts_nothing(local: LocalServers) -> None:
    before = running(local)
    said: list[str] = []
    addresses = local.start(said.append)
    assert running(local) == before
    assert len(before) == 2
    assert addresses == local.addresses()
    assert sorted(line.split(" on ")[0] for line in said) == [
        "Kafka is running already",
        "PostgreSQL is running already",
    ]


async def test_postgres_is_durable_and_wants_a_password(local: LocalServers) -> None:
    connection = await asyncpg.connect(local.addresses().database_url)
    settings = {name: await connection.fetchval(f"show {name}") for name in ("fsync", "synchronous_commit")}
    assert settings == {"fsync": "on", "synchronous_commit": "on"}
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://{SUPERUSER}:wrong@127.0.0.1:{local.postgres.port}/postgres")


async def test_kafka_makes_no_topic_by_itself(local: LocalServers) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=local.addresses().kafka_bootstrap)
    await admin.start()
    await admin.describe_topics(["nobody.made.this"])
    assert "nobody.made.this" not in await admin.list_topics()
    await admin.close()


def test_secrets_are_for_the_owner_only(local: LocalServers) -> None:
    assert (local.home / "state.json").stat().st_mode & 0o777 == 0o600
    assert "local-" not in repr(local.addresses()) + repr(local.secrets()) + repr(local.postgres)


async def test_recovers_after_kill_9(local: LocalServers) -> None:
    await write(local, "before the crash")
    crashed = running(local)
    for pid in crashed.values():
        os.kill(pid, signal.SIGKILL)
    assert pids.wait_until(lambda: not running(local), 5)
    # What the pid files say now belongs to somebody else: to this very test.
    postmaster = local.postgres.data / "postmaster.pid"
    postmaster.write_text(postmaster.read_text().replace(str(crashed["PostgreSQL"]), str(os.getpid()), 1))
    (local.home / "kafka" / "kafka.pid").write_text(f"{os.getpid()}\n")
    assert running(local) == {}

    local.start()

    await write(local, "after the crash")
    assert await read(local) == (["before the crash", "after the crash"],) * 2


async def test_down_leaves_nothing_and_up_finds_the_data(local: LocalServers) -> None:
    await write(local, "before down")
    stopped = running(local)
    ports = [server.port for server in local.status()]
    local.stop()
    assert running(local) == {}
    assert [pid for pid in stopped.values() if pids.command_line(pid)] == []
    assert all(is_free(port) for port in ports)
    local.stop()  # Again: nothing to do, and no error.

    # Two at once, as two terminals would; and somebody else has taken a port meanwhile.
    with socket.create_server(("127.0.0.1", ports[0])):
        said = up_twice_at_once(local)

    assert said.count("PostgreSQL is up on") == said.count("Kafka is up on") == 1
    assert said.count("is running already") == 2
    assert f"port {ports[0]} is in use by another process" in said
    assert [server.port == port for server, port in zip(local.status(), ports, strict=True)] == [False, True]
    rows, records = await read(local)
    assert rows[-1] == records[-1] == "before down"


def test_a_port_that_was_asked_for_is_refused_when_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} "):
            LocalServers(tmp_path, postgres_port=port, kafka_port=0).start()


def test_a_home_that_was_never_started(tmp_path: Path) -> None:
    local = LocalServers(tmp_path / "none")
    assert local.status() == []
    local.stop()
    local.remove()
    assert not local.home.exists()
    with pytest.raises(LocalError, match="inkgate local up"):
        local.addresses()
