"""What can go wrong with the servers of this machine.

LocalError                  anything below; its text is one line for the person at the desk
├── ServerFailed            a server did not start, or did not stop
├── PortTaken               a port that was asked for by number belongs to somebody else
├── JarRefused              a jar is missing, unknown or not the one that is pinned
└── Cancelled               the start was given up, by Ctrl-C mostly
"""

from __future__ import annotations

from pathlib import Path


class LocalError(Exception):
    """Raised with a text that can be shown as it is."""


class ServerFailed(LocalError):
    """A server did not start or did not stop; the text ends with the tail of its log."""


class PortTaken(LocalError):
    """A port that was asked for by number is in use by another process."""

    def __init__(self, port: int, purpose: str) -> None:
        super().__init__(f"port {port} ({purpose}) is in use by another process; free it or choose another port")
        self.port = port


class JarRefused(LocalError):
    """A jar of Kafka is missing, unknown or differs from its pinned checksum."""


class Cancelled(LocalError):
    """A start was given up from outside; what it was about to do is not done."""


def log_tail(path: Path, lines: int = 15) -> str:
    """The last `lines` lines of a log file, indented, or a note that there are none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 16_384))
            tail = file.read().decode("utf-8", "replace").splitlines()[-lines:]
    except OSError:
        tail = []
    return "\n".join(f"    {line}" for line in tail) if tail else f"    (nothing in {path})"
