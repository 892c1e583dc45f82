"""The load generator: clients who write, wait for their next question, and write again.

Closed loop: a client answers as soon as her question is there (with statuses: as soon as our service has acknowledged that
she has read it, so that no backlog of statuses makes the figure look better than what can be kept up). Open loop: somebody
who is not waiting writes at fixed times, whatever the answers do, so that slowness is not hidden by asking less.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import msgspec

from inkgate.bench.posting import Poster
from inkgate.bench.script import MESSAGES, Script

# Longer than any hiccup: who waits for this long will get no answer.
DRAIN_S_MAX = 20.0
STREAM_START_S_MAX = 5.0


class Line(msgspec.Struct):
    """One line of the sandbox's stream of calls (sandbox/calls.py)."""

    what: str
    wa_id: str = ""
    at: float = 0.0


class Client:
    """One person at a time, one open question at a time."""

    __slots__ = ("posted", "posted_wall", "turn", "turns", "wa_id", "wa_id_text", "waits_for")

    def __init__(self) -> None:
        self.wa_id = b""
        self.wa_id_text = ""
        self.turn = 0
        self.turns = 0
        self.waits_for = ""  # "call", then "read" where statuses come; empty: not at all
        self.posted = 0.0
        self.posted_wall = 0.0


@dataclass
class Window:
    """What was seen between two moments. Latencies in seconds."""

    seconds: float = 0.0
    turns: int = 0
    acknowledged: array[float] = field(default_factory=lambda: array("d"))
    """webhook posted → 200"""
    sent: array[float] = field(default_factory=lambda: array("d"))
    """webhook posted → the call of the answer began"""
    late: array[float] = field(default_factory=lambda: array("d"))
    """open loop: how late the generator itself was"""
    skipped: int = 0
    """open loop: nobody was free to write"""


@dataclass
class Troubles:
    """What should not have happened; all of it zero in a good run."""

    refused: int = 0
    """webhooks that were not answered 200"""
    unexpected: int = 0
    """messages that nobody waited for: sent twice, or later than the drain"""
    unanswered: int = 0
    """clients who got no answer"""


class Stream(asyncio.Protocol):
    """Reads the sandbox's stream of calls. Lines are found by how they begin, so the chunked encoding needs no reading."""

    def __init__(self, host: str, path: str, on_line: Callable[[Line], None]) -> None:
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\n\r\n".encode()
        self._on_line = on_line
        self._rest = b""
        self._decode = msgspec.json.Decoder(Line).decode
        self._transport: asyncio.Transport | None = None
        self.started = asyncio.Event()
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by inheritance
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for text in lines:
            if text[:1] == b"{":
                line = self._decode(text)
                if line.what == "hello":
                    self.started.set()
                else:
                    self._on_line(line)

    def connection_lost(self, error: Exception | None) -> None:
        self.ended = True

    def close(self) -> None:
        """Stop reading."""
        if self._transport is not None:
            self._transport.abort()


class Load:
    """Clients against one webhook address and one sandbox."""

    def __init__(
        self, poster: Poster, script: Script, *, clients: int, statuses: tuple[str, ...], first_number: int
    ) -> None:
        self._poster = poster
        self._script = script
        self._last_status = statuses[-1] if statuses else ""
        self._numbers = itertools.count(first_number)
        self._by_wa_id: dict[str, Client] = {}
        self._free: deque[Client] = deque()
        self._waiting = 0
        self._idle = asyncio.Event()
        self._open = False
        self._running = False
        self._window: Window | None = None
        self._stream: Stream | None = None
        self.troubles = Troubles()
        self._clients = [Client() for _ in range(clients)]
        for index, client in enumerate(self._clients):
            # The first lives end early, each at another turn, so that never all begin anew at the same time.
            self._become_somebody_else(client, 1 + index % len(MESSAGES))
            self._free.append(client)

    async def connect(self, host: str, port: int) -> None:
        """Listen to the sandbox. Raises OSError or TimeoutError."""
        path = "/sandbox/stream/calls" + (f"?status={self._last_status}" if self._last_status else "")
        loop = asyncio.get_running_loop()
        _, self._stream = await loop.create_connection(
            lambda: Stream(f"{host}:{port}", path, self._on_line), host, port
        )
        async with asyncio.timeout(STREAM_START_S_MAX):
            await self._stream.started.wait()

    def close(self) -> None:
        """Close all connections."""
        self._poster.close()
        if self._stream is not None:
            self._stream.close()

    @property
    def listening(self) -> bool:
        """Whether the sandbox still tells of its calls."""
        return self._stream is not None and not self._stream.ended

    async def closed(self, warm_s: float, measure_s: float, mark: Callable[[], None]) -> Window:
        """Everybody writes as soon as she may. `mark` is called at the beginning and at the end of what is measured."""
        self._open, self._running = False, True
        for client in list(self._free):
            self._post(client)
        self._free.clear()
        await asyncio.sleep(warm_s)
        mark()
        window = self._begin()
        await asyncio.sleep(measure_s)
        self._end(window)
        mark()
        await self._drain()
        return window

    async def paced(self, rate: float, warm_s: float, measure_s: float) -> Window:
        """Somebody writes `rate` times a second."""
        self._open, self._running = True, True
        loop = asyncio.get_running_loop()
        began = loop.time()
        window: Window | None = None
        for number in range(int(rate * (warm_s + measure_s))):
            due = began + number / rate
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            if window is None and due >= began + warm_s:
                window = self._begin()
            if window is not None:
                window.late.append(loop.time() - due)
            if self._free:
                self._post(self._free.popleft())
            elif window is not None:
                window.skipped += 1
        window = window or self._begin()
        # The last ones are on their way; they count, and no more are begun.
        await self._drain()
        self._end(window)
        window.seconds = measure_s
        return window

    def _begin(self) -> Window:
        self._window = Window(seconds=time.perf_counter())
        return self._window

    def _end(self, window: Window) -> None:
        window.seconds = time.perf_counter() - window.seconds
        self._window = None

    async def _drain(self) -> None:
        """Wait for what is under way; who gets no answer becomes somebody else."""
        self._running = False
        self._idle.clear()
        if self._waiting:
            try:
                async with asyncio.timeout(DRAIN_S_MAX):
                    await self._idle.wait()
            except TimeoutError:
                stuck = [client for client in self._clients if client.waits_for]
                self.troubles.unanswered += len(stuck)
                for client in stuck:
                    self._become_somebody_else(client)
                    self._done(client)

    def _post(self, client: Client) -> None:
        client.waits_for = "call"
        self._waiting += 1
        window = self._window
        wall = time.time()
        client.posted_wall = wall
        body, signature = self._script.webhook(client.wa_id, client.turn, int(wall))
        posted = client.posted = time.perf_counter()

        def answered(status: int) -> None:
            if status != 200:
                self.troubles.refused += 1
            elif window is not None and window is self._window:
                window.acknowledged.append(time.perf_counter() - posted)

        self._poster.post(body, signature, answered)

    def _on_line(self, line: Line) -> None:
        client = self._by_wa_id.get(line.wa_id)
        if line.what == "call":
            if client is None or client.waits_for != "call":
                self.troubles.unexpected += 1
                return
            window = self._window
            if window is not None:
                window.turns += 1
                window.sent.append(line.at - client.posted_wall)
            if self._last_status:
                client.waits_for = "read"
                return
        elif client is None or client.waits_for != "read":
            return
        self._next(client)

    def _next(self, client: Client) -> None:
        client.turn += 1
        if client.turn == client.turns:
            self._become_somebody_else(client)
        self._done(client)

    def _done(self, client: Client) -> None:
        client.waits_for = ""
        self._waiting -= 1
        if self._running and not self._open:
            self._post(client)
            return
        self._free.append(client)
        if not self._waiting:
            self._idle.set()

    def _become_somebody_else(self, client: Client, turns: int = len(MESSAGES)) -> None:
        self._by_wa_id.pop(client.wa_id_text, None)
        client.wa_id_text = f"4479{next(self._numbers):09d}"
        client.wa_id = client.wa_id_text.encode()
        client.turn, client.turns = 0, turns
        self._by_wa_id[client.wa_id_text] = client

    def everybody(self) -> dict[str, int]:
        """wa_id → how many messages she has written, for those who are somebody now."""
        return {client.wa_id_text: client.turn for client in self._clients}
