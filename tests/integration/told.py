"""Says at the head and at the end of a test run what the integration tests stood on, and why."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.engine import container_engine
from tests.integration.footing import SETTING, Footing

_used: list[str] = []


def used(footing: Footing) -> None:
    """To be called once the footing is chosen."""
    _used.append(str(footing))


def pytest_report_header() -> str:
    """What is asked for, and the engine; which footing it comes to is known once a test needs one."""
    engine = container_engine()
    here = engine.name if engine else "no container engine"
    return f"integration footing: {SETTING}={os.environ.get(SETTING, 'auto')}, {here}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where several processes share the tests: to the one that prints."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["footing"] = _used


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """From one of them. It has no output where it crashed."""
    _used.extend(getattr(node, "workeroutput", {}).get("footing", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What it was."""
    for footing in _used:
        terminalreporter.section("integration footing")
        terminalreporter.line(footing)
