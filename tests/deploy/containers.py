"""Containers for the tests, held as tightly as the chart and compose.yaml hold them: a read-only root file system, no
capability, no new privileges, no folder to write to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from docker.models.containers import Container

from tests.engine import needed_engine

HELD: Mapping[str, Any] = {"read_only": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges"]}
END_S_MAX = 60


@contextmanager
def started(tag: str, command: Sequence[str], environment: Mapping[str, str], **more: Any) -> Iterator[Container]:
    """A container while it runs; removed after."""
    client = needed_engine().client()
    try:
        container = client.containers.run(
            tag, list(command), environment=dict(environment), detach=True, **{**HELD, **more}
        )
        try:
            yield container
        finally:
            container.remove(force=True)
    finally:
        client.close()


def run_once(tag: str, command: Sequence[str], environment: Mapping[str, str], **more: Any) -> tuple[int, str]:
    """A container's exit status and all that it printed."""
    with started(tag, command, environment, **more) as container:
        status = container.wait(timeout=END_S_MAX)["StatusCode"]
        return status, container.logs().decode()
