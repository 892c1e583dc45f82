"""Work that Ctrl-C must not cut in two.

Python raises KeyboardInterrupt in the main thread between any two steps, so also between the birth of a process and our
knowing of it. What starts processes runs in a thread of its own, while the main one only waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def shielded(work: Callable[[], T], cancel: Callable[[], None] = lambda: None) -> T:
    """Returns what `work` returns, or raises what it raises.

    Interrupted while it waits, it calls `cancel` (which should make the work end soon), waits for the end of the work,
    and raises the interrupt.
    """
    go = threading.Event()
    # Not `Thread.join`: interrupted once, it takes the thread for ended from then on (Python before 3.13).
    done = threading.Event()
    given_up = False
    results: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        go.wait()
        try:
            if not given_up:
                results.append(work())
        except BaseException as failure:  # handed to the caller
            failures.append(failure)
        finally:
            done.set()

    try:
        threading.Thread(target=run).start()
        go.set()
        done.wait()
    except BaseException:
        if go.is_set():
            cancel()
            done.wait()
        else:
            # The thread may or may not have been born; if it was, it ends without having done anything.
            given_up = True
            go.set()
        raise
    if failures:
        raise failures[0]
    return results[0]
