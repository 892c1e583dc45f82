"""The container engine of this machine, if there is one: the only place that looks for it.

Asked the way Docker's own clients are: `DOCKER_HOST`, else the usual socket (Docker, "Docker contexts: environment
variables"). Podman answers the same API. Where none answers, what needs one is skipped under one reason, so that the end of
a test run counts it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

import docker
import pytest
from docker.errors import DockerException

USUAL_ADDRESS = "unix:///var/run/docker.sock"
ANSWER_S_MAX = 5
NO_ENGINE = "needs a container engine: neither DOCKER_HOST nor the Docker socket answers (see docs/images.md)"


@dataclass(frozen=True)
class Engine:
    """An engine that answered."""

    address: str
    """As in DOCKER_HOST."""
    name: str
    """What it calls itself, with its version: 'Docker Engine 29.1.0', 'Podman Engine 5.4.0'."""

    def client(self, timeout_s: int = 60) -> docker.DockerClient:
        """A client of its API; the caller closes it."""
        return docker.DockerClient(base_url=self.address, timeout=timeout_s)


@cache
def container_engine() -> Engine | None:
    """The engine, or None where none answers. Asked once a process."""
    address = os.environ.get("DOCKER_HOST") or USUAL_ADDRESS
    try:
        client = docker.DockerClient(base_url=address, timeout=ANSWER_S_MAX)
        try:
            client.ping()
            version = client.version()
        finally:
            client.close()
    except (DockerException, OSError):
        return None
    parts = version.get("Components") or [{"Name": "Docker Engine", "Version": version.get("Version", "")}]
    name = parts[0]["Name"].replace("Engine", "").strip()
    return Engine(address, f"{name} Engine {parts[0]['Version']}")


def needed_engine() -> Engine:
    """The engine; skips the test that asks for it where there is none."""
    engine = container_engine()
    if engine is None:
        pytest.skip(NO_ENGINE)
    return engine
