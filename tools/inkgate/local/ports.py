"""Ports on the loopback address."""

from __future__ import annotations

import itertools
import random
import socket
from collections.abc import Iterator

HOST = "127.0.0.1"
# Below what systems give to outgoing connections and to who asks for port 0 (Linux from 32768, IANA from 49152): there, the
# port of a server that is away for a moment may be somebody else's when it comes back.
OURS = range(20_000, 32_000)
# Each process begins somewhere else, so that two at a time do not choose the same.
_begin = random.randrange(len(OURS))
_next: Iterator[int] = itertools.cycle([*OURS[_begin:], *OURS[:_begin]])


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection of a stopped server in TIME_WAIT does not make its port taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port(avoid: frozenset[int] = frozenset()) -> int:
    """A port that nobody listens on, another at each call. Another process may take it before it is used; the caller must
    cope. Raises OSError where none of `OURS` is free."""
    for port in itertools.islice(_next, len(OURS)):
        if port not in avoid and is_free(port):
            return port
    raise OSError(f"no port from {OURS.start} to {OURS.stop - 1} is free")


def choose(preferred: int, avoid: frozenset[int] = frozenset()) -> int:
    """The preferred port when it is free, else any free one. 0 prefers none."""
    if preferred and preferred not in avoid and is_free(preferred):
        return preferred
    return free_port(avoid)
