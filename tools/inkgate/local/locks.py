"""A lock between processes, held by an open file: a crash releases it."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from inkgate.local.errors import Cancelled

POLL_S = 0.05


@contextmanager
def file_lock(path: Path, waiting: Callable[[], None], cancel: threading.Event | None = None) -> Iterator[None]:
    """Holds the lock of that file; `waiting` is called once when another process has it.

    Waits without end, unless `cancel` is set: Cancelled.
    """
    cancel = cancel or threading.Event()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        said = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not said:
                    waiting()
                    said = True
                if cancel.wait(POLL_S):
                    raise Cancelled(f"gave up waiting for {path}") from None
        yield
