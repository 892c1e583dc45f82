"""`GET /sandbox/stream/calls`: what was sent to clients, line by line, as cheaply as it can be told.

For load generators: the page's events (bus.py) hold whole messages, this holds what a client who waits for her next
question needs. One line of JSON for each message that was taken, when its caller has been answered:
`{"what":"call","wa_id":"447700900123","at":1750000000.123456}`, where `at` is when the call began (seconds since the epoch).
With `?status=read` also one for each webhook of that status that our service has answered with 200:
`{"what":"read", …}`. Lines end with a line feed and are never broken over two chunks.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from litestar import get
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromQuery
from litestar.response import Stream

from inkgate.sandbox.journal import Entry, Journal

LINES_MAX = 100_000

_encode = msgspec.json.Encoder().encode


class Watcher:
    """One open stream: the lines that wait to be written."""

    def __init__(self, status: str | None) -> None:
        self.status = status
        self._lines: list[bytes] = []
        self._wake = asyncio.Event()
        self._closed = False

    def put(self, line: bytes) -> None:
        """Add a line. One who does not read for so long is cut off."""
        self._lines.append(line)
        self._wake.set()
        if len(self._lines) > LINES_MAX:
            self.close()

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._wake.set()

    async def chunks(self) -> AsyncIterator[bytes]:
        """All that waits, in one piece, again and again. The first comes at once: from then on the caller is heard."""
        yield b'{"what":"hello"}\n'
        while not self._closed:
            await self._wake.wait()
            self._wake.clear()
            lines, self._lines = self._lines, []
            if lines:
                yield b"".join(lines)


class WatchedJournal(Journal):
    """The log, with watchers. Costs nothing worth measuring while there are none."""

    def __init__(self, entries_max: int) -> None:
        super().__init__(entries_max)
        self._watchers: set[Watcher] = set()

    def add(self, entry: Entry, at_s: float) -> None:
        """As the log does, and tells the watchers."""
        super().add(entry, at_s)
        if not self._watchers:
            return
        if entry.kind == "graph_call":
            if entry.accepted and entry.what != "read":
                self._tell(b"call", entry, None)
        elif entry.status is not None and entry.delivered_to_us:
            self._tell(entry.status.encode(), entry, entry.status)

    def _tell(self, what: bytes, entry: Entry, status: str | None) -> None:
        line = b'{"what":"%b","wa_id":%b,"at":%.6f}\n' % (what, _encode(entry.wa_id), entry.call_started_at)
        for watcher in self._watchers:
            if status is None or status == watcher.status:
                watcher.put(line)

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        for watcher in self._watchers:
            watcher.close()

    async def watch(self, status: str | None) -> AsyncIterator[bytes]:
        """Chunks for one watcher, until it goes away or `close`."""
        watcher = Watcher(status)
        self._watchers.add(watcher)
        try:
            async for chunk in watcher.chunks():
                yield chunk
        finally:
            self._watchers.discard(watcher)


def call_routes(journal: WatchedJournal) -> list[BaseRouteHandler]:
    """The one route of this module."""

    @get("/sandbox/stream/calls")
    async def calls(status: FromQuery[str | None] = None) -> Stream:
        return Stream(journal.watch(status), media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})

    return [calls]
