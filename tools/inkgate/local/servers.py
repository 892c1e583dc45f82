"""PostgreSQL and Kafka of one home, together."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from inkgate.local import pids
from inkgate.local import state as states
from inkgate.local.errors import LocalError, PortTaken
from inkgate.local.kafka import KafkaServer
from inkgate.local.locks import file_lock
from inkgate.local.paths import default_home
from inkgate.local.ports import choose, is_free
from inkgate.local.postgres import PostgresServer
from inkgate.local.shield import shielded
from inkgate.local.state import Ports, Secrets, State

POSTGRES_PORT = 54329
KAFKA_PORT = 19092
KAFKA_CONTROLLER_PORT = 19093

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    pass


KILLED_CLOSES_WITHIN_S = 5.0


@dataclass(frozen=True)
class ServerAddresses:
    """Where the servers of a set of services are."""

    database_url: str = field(repr=False)
    kafka_bootstrap: str


@dataclass(frozen=True)
class ServerStatus:
    """One server as it is now."""

    name: str
    pid: int | None
    port: int
    log: Path

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self.pid is not None


class LocalServers:
    """PostgreSQL and Kafka with their data, logs, ports and secrets in one folder, the home.

    Every method may be called from several processes at once, and survives a kill -9 of anything at any time.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        postgres_port: int | None = None,
        kafka_port: int | None = None,
    ) -> None:
        """A port: None takes the usual one, or a free one where that is taken; 0 any free one; else that one.

        Ports are chosen when the home is first started and kept from then on.
        """
        self.home = (home or default_home()).expanduser().absolute()
        self._postgres_port = postgres_port
        self._kafka_port = kafka_port

    def start(self, progress: Progress = _silent) -> ServerAddresses:
        """Starts what is not running and waits until both answer; returns at once when both do.

        `progress` gets a line for people now and then, from several threads. Raises LocalError.
        """
        cancel = threading.Event()
        return shielded(lambda: self._start(progress, cancel), cancel.set)

    def stop(self, progress: Progress = _silent) -> None:
        """Stops what runs; data stays. Returns at once when nothing runs. Raises LocalError."""
        if not self.home.is_dir():
            return
        with self._lock(progress):
            self._stop(progress)

    def remove(self, progress: Progress = _silent) -> None:
        """Stops what runs and deletes all data, logs and secrets of the home. Raises LocalError."""
        if not self.home.is_dir():
            return
        with self._lock(progress):
            self._stop(progress)
            # The lock file last: whoever waits for it finds a home as good as new.
            for name in ("postgres", "kafka", "logs"):
                shutil.rmtree(self.home / name, ignore_errors=True)
            (self.home / "state.json").unlink(missing_ok=True)

    def status(self) -> list[ServerStatus]:
        """Both servers as they are now; an empty list for a home that was never started."""
        state = states.load(self.home)
        if state is None:
            return []
        postgres, kafka = self._servers(state)
        return [
            ServerStatus("PostgreSQL", postgres.pid, postgres.port, postgres.log),
            ServerStatus("Kafka", kafka.pid, kafka.port, kafka.log),
        ]

    def addresses(self) -> ServerAddresses:
        """Where the servers are, running or not. LocalError when the home was never started."""
        postgres, kafka = self._servers(self._known_state())
        return ServerAddresses(postgres.url, kafka.bootstrap)

    def secrets(self) -> Secrets:
        """The home's secrets for the services; made here where the home is new."""
        self.home.mkdir(parents=True, exist_ok=True)
        state = states.load(self.home)
        if state is None:
            with self._lock(_silent):
                state = states.load(self.home) or State()
                states.save(self.home, state)
        return state.secrets

    @property
    def postgres(self) -> PostgresServer:
        """The PostgreSQL server alone. LocalError when the home was never started."""
        return self._servers(self._known_state())[0]

    @property
    def kafka(self) -> KafkaServer:
        """The Kafka server alone. LocalError when the home was never started."""
        return self._servers(self._known_state())[1]

    def _lock(self, progress: Progress, cancel: threading.Event | None = None) -> AbstractContextManager[None]:
        waiting = f"waiting for another process that uses {self.home}"
        return file_lock(self.home / ".lock", lambda: progress(waiting), cancel)

    def _start(self, progress: Progress, cancel: threading.Event) -> ServerAddresses:
        self.home.mkdir(parents=True, exist_ok=True)
        with self._lock(progress, cancel):
            state = self._ensure_state(progress)
            postgres, kafka = self._servers(state)
            with ThreadPoolExecutor(2) as threads:
                both = [
                    threads.submit(_start, "PostgreSQL", postgres, progress, cancel),
                    threads.submit(_start, "Kafka", kafka, progress, cancel),
                ]
            for one in both:
                one.result()
        return ServerAddresses(postgres.url, kafka.bootstrap)

    def _stop(self, progress: Progress) -> None:
        state = states.load(self.home)
        if state is None:
            return
        postgres, kafka = self._servers(state)
        with ThreadPoolExecutor(2) as threads:
            both = [
                threads.submit(_stop, "PostgreSQL", postgres, progress),
                threads.submit(_stop, "Kafka", kafka, progress),
            ]
        for one in both:
            one.result()

    def _known_state(self) -> State:
        state = states.load(self.home)
        if state is None or not state.ports.postgres:
            raise LocalError(f"there are no servers in {self.home} yet; `inkgate local up` makes them")
        return state

    def _ensure_state(self, progress: Progress) -> State:
        """The home's state with ports that can be used: kept ones, or others where somebody else has them now."""
        state = states.load(self.home) or State()
        postgres, kafka = self._servers(state)
        ports = state.ports
        if postgres.pid is None:
            port = _port("PostgreSQL", ports.postgres, self._postgres_port, POSTGRES_PORT, progress)
            ports = Ports(port, ports.kafka, ports.kafka_controller)
        if kafka.pid is None:
            port = _port("Kafka", ports.kafka, self._kafka_port, KAFKA_PORT, progress)
            # Only Kafka itself uses this one.
            preferred = ports.kafka_controller or (KAFKA_CONTROLLER_PORT if self._kafka_port is None else 0)
            ports = Ports(ports.postgres, port, choose(preferred, frozenset({port, ports.postgres})))
        state = state.with_ports(ports)
        states.save(self.home, state)
        return state

    def _servers(self, state: State) -> tuple[PostgresServer, KafkaServer]:
        ports = state.ports
        return (
            PostgresServer(self.home, ports.postgres, state.secrets.postgres_password),
            KafkaServer(self.home, ports.kafka, ports.kafka_controller, state.kafka_cluster_id),
        )


def _port(name: str, recorded: int, wanted: int | None, usual: int, progress: Progress) -> int:
    """Which port to start on. PortTaken when one was asked for by number and is not free."""
    if wanted:
        if not is_free(wanted):
            raise PortTaken(wanted, name)
        return wanted
    if recorded:
        # After a kill -9 the kernel closes the sockets of a large process a moment after it has gone.
        pids.wait_until(lambda: is_free(recorded), KILLED_CLOSES_WITHIN_S)
    preferred = recorded or (usual if wanted is None else 0)
    port = choose(preferred)
    if preferred and port != preferred:
        progress(f"{name}: port {preferred} is in use by another process, taking {port}")
    return port


def _start(name: str, server: PostgresServer | KafkaServer, progress: Progress, cancel: threading.Event) -> None:
    began = time.monotonic()
    if server.start(progress, cancel):
        progress(f"{name} is up on 127.0.0.1:{server.port} ({time.monotonic() - began:.1f} s)")
    else:
        progress(f"{name} is running already on 127.0.0.1:{server.port}")


def _stop(name: str, server: PostgresServer | KafkaServer, progress: Progress) -> None:
    if server.stop():
        progress(f"{name} has stopped")
    else:
        progress(f"{name} was not running")
