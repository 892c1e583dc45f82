"""Which process is ours, whatever a stale file says.

A pid file outlives a kill -9 and a reboot, and the number in it may by then belong to somebody else. A process counts
as ours only while it lives (a zombie does not) and its command line holds the marker: a path inside our own home.
Linux answers from /proc, other systems from `ps`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.02

# Children that this very process started. A killed one stays a zombie until it is waited for.
_children: dict[int, subprocess.Popen[bytes]] = {}


def adopt(child: subprocess.Popen[bytes]) -> int:
    """Keeps the handle of a child that is meant to outlive us, so that it can be reaped if it does not."""
    _children[child.pid] = child
    return child.pid


def command_line(pid: int) -> str | None:
    """The command line of a living process (arguments joined by spaces), or None: no such process, or a zombie."""
    child = _children.get(pid)
    if child is not None and child.poll() is not None:
        del _children[pid]
    if sys.platform == "linux":
        return _linux_command_line(pid)
    listed = subprocess.run(
        ["ps", "-ww", "-o", "stat=", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, command = listed.stdout.strip().partition(" ")
    return command.strip() if command and not state.startswith("Z") else None


def _linux_command_line(pid: int) -> str | None:
    process = Path(f"/proc/{pid}")
    try:
        while not (raw := (process / "cmdline").read_bytes()):
            # Empty for a zombie, for a kernel thread, and for a moment while a program is replaced by exec.
            fields = (process / "stat").read_bytes().rpartition(b")")[2].split()
            if fields[0] in (b"Z", b"X") or fields[1] in (b"0", b"2"):
                return None
            time.sleep(POLL_S)
    except OSError:
        return None
    return raw.replace(b"\0", b" ").decode("utf-8", "replace").strip()


def is_ours(pid: int | None, marker: str) -> bool:
    """Whether the process lives and has the marker in its command line."""
    return pid is not None and pid > 1 and marker in (command_line(pid) or "")


def read_pid(path: Path) -> int | None:
    """The number in the first line of a pid file, or None when there is none."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def wait_until(condition: Callable[[], bool], timeout_s: float) -> bool:
    """Polls a condition; False when it did not come true in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def stop(pid: int, marker: str, signals: list[tuple[signal.Signals, float]]) -> bool:
    """Sends each signal in turn and waits its seconds, until the process is gone. True when it is."""
    for number, patience_s in signals:
        if not is_ours(pid, marker):
            return True
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until(lambda: not is_ours(pid, marker), patience_s):
            return True
    return not is_ours(pid, marker)
