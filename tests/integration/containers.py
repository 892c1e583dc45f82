"""The footing of containers, by testcontainers: PostgreSQL, Kafka, and the product's own image for each of its commands.

The servers are reached at ports of this machine that are chosen beforehand, because one that is stopped and started again
must be found where it was. The services share this machine's network, so that one set of addresses is true for them, for the
sandbox (which listens on the loopback address alone, and runs as a process) and for the tests; otherwise they run as in
production: no root, no capability, a root file system that cannot be written to.

Images: `INKGATE_TEST_POSTGRES_IMAGE` and `INKGATE_TEST_KAFKA_IMAGE`, by default the official ones, pulled where they are not
here, or the stand-ins that `python -m tests.integration.images` makes on a machine that cannot pull.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container
from testcontainers.core.container import DockerContainer

from inkgate.local import ServerAddresses
from inkgate.local.kafka import answers
from inkgate.local.ports import HOST, free_port
from inkgate.local.state import State
from inkgate.processes import READY_TIMEOUT_S, STOP_TIMEOUT_S, ServiceFailed, ServiceProcess, is_ready
from tests.e2e.stack import argv
from tests.engine import Engine, container_engine
from tests.images import product_image
from tests.integration import images
from tests.integration.certificate import make
from tests.integration.footing import Footing, NoContainers, Unit, two_doors
from tests.servers import LiveServers

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.3.1"
STORE_INSIDE = "/tmp/kafka.p12"
# Settings that name a file of this machine, and where it is found inside.
FILES_INSIDE = {
    "INKGATE_STUDIO": "/etc/inkgate/studio.toml",
    "INKGATE_KAFKA_SSL_CAFILE": "/etc/inkgate/kafka-authority.pem",
}
START_S_MAX = 60.0
LOOK_EVERY_S = 0.1
_ADMIN, _SERVICES, _BROKER, _CONTROLLER = 9092, 9093, 9094, 9095


class ContainerServer:
    """A server in a container; `ready` says whether it answers."""

    def __init__(self, container: DockerContainer, ready: Callable[[], bool]) -> None:
        self.container = container
        self._ready = ready
        self._made = False

    def start(self) -> None:
        if self._made:
            self.container.get_wrapped_container().start()
        else:
            self.container.start()
            self._made = True
        _wait(self._ready, START_S_MAX, lambda: f"{self.container.image} does not answer:\n{self.log()[-2_000:]}")

    def stop(self) -> None:
        self.container.get_wrapped_container().stop(timeout=20)

    def log(self) -> str:
        return _log(self.container.get_wrapped_container())

    def remove(self) -> None:
        if self._made:
            self.container.stop()


class ContainerUnit:
    """One run of a command of the product's image, on this machine's network."""

    def __init__(self, name: str, image: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._port = int(environment["INKGATE_HTTP_PORT"])
        environment = dict(environment)
        self._made = DockerContainer(image).with_command(list(command))
        self._made.with_kwargs(
            network_mode="host",
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
        )
        for setting, inside in FILES_INSIDE.items():
            if setting in environment:
                self._made.with_volume_mapping(environment[setting], inside, "ro")
                environment[setting] = inside
        self._made.with_envs(**environment)
        self._container: Container | None = None

    @property
    def container(self) -> Container:
        """The container; there is one once it was started."""
        assert self._container is not None, f"{self.name} was never started"
        return self._container

    @property
    def is_running(self) -> bool:
        return self._container is not None and self._state() == "running"

    @property
    def returncode(self) -> int | None:
        if self._container is None or self._state() == "running":
            return None
        return int(self.container.attrs["State"]["ExitCode"])

    def start(self) -> None:
        if self._container is None:
            self._container = self._made.start().get_wrapped_container()
        elif not self.is_running:
            self._container.start()

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        def ready() -> bool:
            if is_ready(HOST, self._port):
                return True
            if not self.is_running:
                raise ServiceFailed(f"{self.name} ended with code {self.returncode}; its log:\n{self.log()[-2_000:]}")
            return False

        _wait(ready, timeout_s, lambda: f"{self.name} is not ready; its log:\n{self.log()[-2_000:]}")

    def terminate(self, timeout_s: float = STOP_TIMEOUT_S) -> int | None:
        if self._container is None:
            return None
        self._container.stop(timeout=round(timeout_s))
        return self.wait()

    def wait(self) -> int | None:
        if self._container is None:
            return None
        code = int(self._container.wait()["StatusCode"])
        # A process that a signal ended has 128 and the signal's number, here; −9 at Python's subprocess.
        return 128 - code if code > 128 else code

    def signal(self, number: signal.Signals) -> None:
        if self.is_running:
            self.container.kill(signal=int(number))

    def kill(self) -> int | None:
        self.signal(signal.SIGKILL)
        return self.wait()

    def log(self) -> str:
        return _log(self._container) if self._container is not None else ""

    def remove(self) -> None:
        if self._made._container is not None:
            self._made.stop()

    def _state(self) -> str:
        self.container.reload()
        return str(self.container.status)


class ContainerFooting(Footing):
    """Raises NoContainers."""

    kind = "containers"

    def __init__(self, why: str, folder: Path) -> None:
        super().__init__(why)
        engine = container_engine()
        if engine is None:
            raise NoContainers("no container engine answers at DOCKER_HOST or the Docker socket")
        self.engine = engine
        self._postgres_image = _have(engine, "INKGATE_TEST_POSTGRES_IMAGE", POSTGRES_IMAGE, images.POSTGRES)
        self._kafka_image = _have(engine, "INKGATE_TEST_KAFKA_IMAGE", KAFKA_IMAGE, images.KAFKA)
        try:
            self._product_image = product_image().tag
        except pytest.skip.Exception as skipped:
            raise NoContainers(str(skipped)) from None
        self.certificate = make(folder / "certificate", secrets.token_hex(8))
        taken: set[int] = set()
        for _ in range(3):
            taken.add(free_port(frozenset(taken)))
        postgres_port, admin_port, services_port = taken
        password = f"test-{secrets.token_hex(8)}"
        url = f"postgresql://inkgate:{password}@{HOST}:{postgres_port}/postgres"
        self.postgres = self._make_postgres(postgres_port, password, url)
        self.kafka = self._make_kafka(admin_port, services_port)
        self._units: list[ContainerUnit] = []
        self.live = LiveServers(ServerAddresses(url, f"{HOST}:{admin_port}"), f"t{secrets.token_hex(4)}")
        self.services_bootstrap = f"{HOST}:{services_port}"

    def _make_postgres(self, port: int, password: str, url: str) -> ContainerServer:
        container = DockerContainer(self._postgres_image).with_command(["postgres", "-c", "max_connections=200"])
        container.with_envs(POSTGRES_USER="inkgate", POSTGRES_PASSWORD=password, POSTGRES_DB="postgres")
        _publish(container, {5432: port})
        return ContainerServer(container, lambda: _takes_connections(url))

    def _make_kafka(self, admin_port: int, services_port: int) -> ContainerServer:
        """The image's contract: a setting `a.b-c_d` of Kafka's is the variable `KAFKA_A_B___C__D` (KafkaDockerWrapper)."""
        settings = {
            **two_doors(STORE_INSIDE, self.certificate.password),
            "node.id": "1",
            "process.roles": "broker,controller",
            "controller.quorum.voters": f"1@localhost:{_CONTROLLER}",
            "controller.listener.names": "CONTROLLER",
            "listeners": (
                f"ADMIN://:{_ADMIN},SERVICES://:{_SERVICES},BROKER://localhost:{_BROKER},CONTROLLER://localhost:{_CONTROLLER}"
            ),
            "advertised.listeners": (
                f"ADMIN://{HOST}:{admin_port},SERVICES://{HOST}:{services_port},BROKER://localhost:{_BROKER}"
            ),
            "inter.broker.listener.name": "BROKER",
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "5",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
        }
        container = DockerContainer(self._kafka_image)
        container.with_copy_into_container(self.certificate.store, STORE_INSIDE)
        container.with_env("CLUSTER_ID", State().kafka_cluster_id)
        container.with_env("KAFKA_HEAP_OPTS", "-Xms256m -Xmx512m")
        for name, value in settings.items():
            container.with_env(kafka_variable(name), value)
        _publish(container, {_ADMIN: admin_port, _SERVICES: services_port})
        return ContainerServer(container, lambda: answers(HOST, admin_port))

    def parts(self) -> str:
        return f"{self.engine.name}; {self._postgres_image}, {self._kafka_image}, {self._product_image}"

    def start(self) -> None:
        self.postgres.start()
        self.kafka.start()

    def unit(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path) -> Unit:
        service, *rest = command
        if service == "sandbox":
            return ServiceProcess(name, argv(service), environment, log_path)
        return self.of_the_image(name, [f"inkgate-{service}", *rest], environment)

    def of_the_image(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> ContainerUnit:
        """Any command in the product's image, as its services run."""
        made = ContainerUnit(name, self._product_image, command, environment)
        self._units.append(made)
        return made

    def close(self) -> None:
        for made in (*self._units, self.kafka, self.postgres):
            made.remove()


def _publish(container: DockerContainer, ports: Mapping[int, int]) -> None:
    """Port inside → port of this machine, on the loopback address alone, which testcontainers' own method cannot say."""
    for inside, outside in ports.items():
        container.ports[str(inside)] = (HOST, outside)  # type: ignore[assignment]


def kafka_variable(setting: str) -> str:
    """`listener.name.x.scram-sha-512` → `KAFKA_LISTENER_NAME_X_SCRAM___SHA___512`."""
    return "KAFKA_" + setting.replace("_", "__").replace("-", "___").replace(".", "_").upper()


def _have(engine: Engine, setting: str, usual: str, stand_in: str) -> str:
    """The image that the setting names, else the usual one or its stand-in: whichever is here, or can be pulled.
    NoContainers."""
    named = os.environ.get(setting)
    client = engine.client(timeout_s=600)
    try:
        for image in [named] if named else [usual, stand_in]:
            with suppress(ImageNotFound):
                client.images.get(image)
                return image
        client.images.pull(named or usual)
        return named or usual
    except DockerException as error:
        raise NoContainers(f"{named or usual} is not here and cannot be pulled ({type(error).__name__})") from None
    finally:
        client.close()


def _takes_connections(url: str) -> bool:
    """From here, as the services do: testcontainers' own module for PostgreSQL asks by a program inside the container, which
    not every engine lets it start."""

    async def connect() -> bool:
        try:
            await (await asyncpg.connect(url, timeout=2)).close()
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        return True

    with ThreadPoolExecutor(1) as thread:  # the caller's own thread may have a loop
        return thread.submit(asyncio.run, connect()).result()


def _log(container: Container) -> str:
    return str(container.logs().decode(errors="replace"))


def _wait(ready: Callable[[], bool], within_s: float, complaint: Callable[[], str]) -> None:
    deadline = time.monotonic() + within_s
    while not ready():
        if time.monotonic() > deadline:
            raise ServiceFailed(complaint())
        time.sleep(LOOK_EVERY_S)  # another process: there is no event to await
