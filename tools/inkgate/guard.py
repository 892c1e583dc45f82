"""Ends what a process started when that process is no more, however it went (kill -9 too).

Run as a program of its own by `inkgate.processes`: it reads `+<pid> <signal>` and `-<pid>` lines from its standard
input. When the input ends, the process that held the other end is gone, and what is still on the list is ended: its
signal, 12 seconds, then SIGKILL. Linux alone has a signal for the death of a parent, and it comes when the *thread*
that started the child ends; this works everywhere and for what runs in any thread.

It imports nothing but the standard library, and little of that: it starts in milliseconds.
"""

from __future__ import annotations

import os
import signal
import sys
import time

PATIENCE_S = 12.0


def main() -> None:
    """Keeps the list until the input ends, then clears it."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        if line.startswith("+"):
            pid, number_ = line[1:].split()
            watched[int(pid)] = int(number_)
        elif line.startswith("-"):
            watched.pop(int(line[1:]), None)
    left = [pid for pid, number_ in watched.items() if _send(pid, number_)]
    deadline = time.monotonic() + PATIENCE_S
    while left and time.monotonic() < deadline:
        time.sleep(0.05)
        left = [pid for pid in left if _send(pid, 0)]
    for pid in left:
        _send(pid, signal.SIGKILL)


def _send(pid: int, number: int) -> bool:
    """True when there was such a process."""
    try:
        os.kill(pid, number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
