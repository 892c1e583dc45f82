"""Work that Ctrl-C must not cut in two."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from inkgate.local.shield import shielded


def test_gives_what_the_work_gives() -> None:
    assert shielded(lambda: 1) == 1
    with pytest.raises(ZeroDivisionError):
        shielded(lambda: 1 // 0)


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Ctrl-C as in a terminal: whoever starts tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_an_interrupt_waits_for_the_end_of_the_work() -> None:
    steps: list[str] = []
    cancelled = threading.Event()

    def work() -> None:
        steps.append("begun")
        os.kill(os.getpid(), signal.SIGINT)  # As a terminal does; it goes to the main thread, which waits for us.
        cancelled.wait(10)
        steps.append("ended")

    with pytest.raises(KeyboardInterrupt):
        shielded(work, cancelled.set)
    assert cancelled.is_set()
    assert steps == ["begun", "ended"]
