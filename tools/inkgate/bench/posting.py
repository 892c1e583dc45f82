"""POSTs over keep-alive connections with as little CPU as Python allows: the load generator shares its cores with what it
measures. Only what uvicorn answers is understood: HTTP/1.1 with a Content-Length.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

# A server may close a connection that was idle at the very moment we write to it.
TRIES = 3

Answered = Callable[[int], None]
"""Gets the status; 0: no answer could be had."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, poster: Poster) -> None:
        self._poster = poster
        self._transport: asyncio.Transport | None = None
        self._buffer = b""
        self._request: tuple[bytes, Answered, int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance

    def send(self, request: bytes, answered: Answered, tries: int) -> None:
        """Write a request; `answered` is called once."""
        self._request = (request, answered, tries)
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
        status = whole_response(data)
        if status is None:
            self._buffer = data
            return
        self._buffer = b""
        request, self._request = self._request, None
        self._poster.idle.append(self)
        if request is not None:
            request[1](status)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self._poster.idle:
            self._poster.idle.remove(self)
        request, self._request = self._request, None
        if request is not None:
            self._poster.again(*request)

    def close(self) -> None:
        """Close it, idle or not."""
        if self._transport is not None:
            self._transport.abort()


def whole_response(data: bytes) -> int | None:
    """The status of the response that `data` holds, None while some of it is missing."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = data[:end].lower()
    at = head.find(b"\r\ncontent-length:")
    length = int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return int(data[9:12]) if len(data) >= end + 4 + length else None


class Poster:
    """Connections to one address; as many as there are requests under way."""

    def __init__(self, host: str, port: int, path: str) -> None:
        self._host = host
        self._port = port
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: facebookexternalua\r\n"
            "Content-Type: application/json\r\nX-Hub-Signature-256: sha256=%b\r\nContent-Length: %d\r\n\r\n"
        ).encode()
        # The one used last is used next: the others close by themselves when they are not needed.
        self.idle: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()

    def post(self, body: bytes, signature: bytes, answered: Answered) -> None:
        """Send a signed webhook (signature: hexadecimal)."""
        request = self._head % (signature, len(body)) + body
        if self.idle:
            self.idle.pop().send(request, answered, TRIES)
        else:
            self._on_a_new_one(request, answered, TRIES)

    def again(self, request: bytes, answered: Answered, tries: int) -> None:
        """Send once more what got no answer; the same message id again does no harm."""
        if tries <= 1:
            answered(0)
        else:
            self._on_a_new_one(request, answered, tries - 1)

    def _on_a_new_one(self, request: bytes, answered: Answered, tries: int) -> None:
        task = asyncio.get_running_loop().create_task(self._open(request, answered, tries))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, request: bytes, answered: Answered, tries: int) -> None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(lambda: Connection(self), self._host, self._port)
        except OSError:
            answered(0)
            return
        connection.send(request, answered, tries)

    def close(self) -> None:
        """Close what is idle; the rest ends with the server."""
        for connection in list(self.idle):
            connection.close()
