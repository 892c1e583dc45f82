"""What the integration tests stand on: servers of their own that may be stopped, and a way to run the product's commands.

There are two kinds: `processes.py` (processes of this machine, from packages) and `containers.py` (containers, by
testcontainers). The tests know this page alone, and so are the same on both. `INKGATE_TEST_FOOTING` says which it is to be:
`containers`, `processes`, or `auto` (the default: containers where an engine answers and the images are to be had, else
processes). A test run says at its end which one it was, and why.
"""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tests.integration.accounts import MECHANISM
from tests.integration.certificate import Certificate
from tests.servers import LiveServers

SETTING = "INKGATE_TEST_FOOTING"
KINDS = ("auto", "containers", "processes")


def two_doors(store: str, password: str) -> dict[str, str]:
    """Kafka's settings for two doors: who comes by the first, the administrator's, may do anything; services sign in at the
    second, with TLS and SCRAM, and may do what they were allowed to. `store` is where Kafka finds its certificate.

    The listeners' names are our own: of one called SASL_SSL the official image asks for more.
    """
    return {
        "listener.security.protocol.map": "ADMIN:PLAINTEXT,SERVICES:SASL_SSL,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": MECHANISM,
        "listener.name.services.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.services.ssl.keystore.type": "PKCS12",
        "listener.name.services.ssl.keystore.location": store,
        "listener.name.services.ssl.keystore.password": password,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }


class Unit(Protocol):
    """One run of a command of the product: a process, or a container. As `inkgate.processes.ServiceProcess`."""

    name: str

    @property
    def is_running(self) -> bool:
        """Whether it runs."""

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs or when it was never started."""

    def start(self) -> None:
        """Start it, without waiting; again after it has ended."""

    def wait_ready(self, timeout_s: float = ...) -> None:
        """Wait until it is ready. ServiceFailed when it ends first or takes too long."""

    def terminate(self, timeout_s: float = ...) -> int | None:
        """SIGTERM, and wait; its exit code."""

    def wait(self) -> int | None:
        """Wait until it ends by itself; its exit code."""

    def kill(self) -> int | None:
        """kill -9."""

    def log(self) -> str:
        """What it has logged so far."""


class Server(Protocol):
    """PostgreSQL or Kafka."""

    def stop(self) -> object:
        """Stop it in order; what it has stored stays."""

    def start(self) -> object:
        """Start it again at the same address, and wait until it answers."""


class Footing(ABC):
    """Servers and a way to run things. Made by `choose`; everything is gone after `close`."""

    kind: str

    def __init__(self, why: str) -> None:
        self.why = why
        """Why it is this kind."""
        self.live: LiveServers
        """The servers as their administrator reaches them."""
        self.services_bootstrap: str
        """Where services sign in at Kafka."""
        self.certificate: Certificate
        """What Kafka shows them."""
        self.postgres: Server
        self.kafka: Server

    def __str__(self) -> str:
        return f"{self.kind} ({self.why}): {self.parts()}"

    @abstractmethod
    def parts(self) -> str:
        """What it is made of, for people."""

    @abstractmethod
    def start(self) -> None:
        """Start both servers and wait until they answer."""

    @abstractmethod
    def unit(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path) -> Unit:
        """A command of the product, to be started: (`intake`, `serve`), (`sender`, `migrate`), (`sandbox`,). It listens on
        the loopback address, at its environment's port. What it logs may go to `log_path`; `Unit.log` has it anyway."""

    @abstractmethod
    def close(self) -> None:
        """Remove everything."""


class NoContainers(Exception):
    """Containers cannot be had here; the text says why."""


def choose(folder: Path) -> Footing:
    """The footing that the setting names; it is not started yet. `folder` is for its data. Raises NoContainers where they
    were asked for by name and are not to be had."""
    from tests.integration import processes

    wanted = os.environ.get(SETTING, "auto")
    if wanted not in KINDS:
        raise ValueError(f"{SETTING}={wanted}: it is one of {', '.join(KINDS)}")
    if wanted == "processes":
        return processes.ProcessFooting(f"{SETTING}={wanted}", folder)
    from tests.integration import containers  # brings testcontainers, which has settings of its own

    try:
        if wanted == "auto" and sys.platform != "linux":
            raise NoContainers(
                "engines of other systems than Linux run in a machine of their own, with its own network"
            )
        return containers.ContainerFooting(f"{SETTING}={wanted}" if wanted != "auto" else "an engine answers", folder)
    except NoContainers as missing:
        if wanted == "containers":
            raise
        return processes.ProcessFooting(str(missing), folder)
