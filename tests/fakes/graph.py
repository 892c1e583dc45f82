"""The Graph API's messages route on the loopback address, obedient: it does with each recipient's calls what it was told."""

import asyncio
import itertools
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web

TOKEN = "a-token-for-tests"
PATIENCE_S = 30.0


@dataclass
class Answer:
    """What to do with one call. `until`: wait for this first; `takes`: it is accepted, whatever the caller hears."""

    status: int = 200
    code: int | None = None
    drop: bool = False
    until: asyncio.Event | None = None
    takes: bool = True
    html: bool = False
    headers: dict[str, str] = field(default_factory=dict)


ACCEPT = Answer()
# Accepted, and the connection breaks before a byte of the answer.
LOST = Answer(drop=True)
# Not accepted, and the connection breaks all the same: the caller cannot tell.
VANISHED = Answer(drop=True, takes=False)


def refuse(code: int, status: int = 400, **headers: str) -> Answer:
    """A Graph error."""
    return Answer(status=status, code=code, takes=False, headers=headers)


def slow(until: asyncio.Event) -> Answer:
    """Accepted, once `until` is set."""
    return Answer(until=until)


@dataclass
class Call:
    """One call as it came in."""

    to: str
    body: dict[str, Any]
    headers: dict[str, str]
    path: str
    wamid: str | None = None
    ended: bool = False

    @property
    def tracker(self) -> str:
        return str(self.body["biz_opaque_callback_data"])

    @property
    def attempt(self) -> int:
        return int(self.tracker.partition(":")[2])

    @property
    def text(self) -> str:
        kind = self.body["type"]
        return str(self.body["text"]["body"] if kind == "text" else self.body[kind].get("name", kind))


class FakeGraph:
    """`plan` what happens to a recipient's next calls; what is not planned is accepted."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.in_flight_max: dict[str, int] = defaultdict(int)
        self._in_flight: dict[str, int] = defaultdict(int)
        self._plans: dict[str, deque[Answer]] = defaultdict(deque)
        self._news = asyncio.Condition()
        self._n = itertools.count(1)

    def plan(self, to: str, *answers: Answer) -> None:
        """Answer her next calls so, one after the other."""
        self._plans[to].extend(answers)

    def of(self, to: str) -> list[Call]:
        """Her calls so far."""
        return [call for call in self.calls if call.to == to]

    async def until(self, to: str, n: int) -> list[Call]:
        """Wait for her n-th call."""
        async with self._news:
            async with asyncio.timeout(PATIENCE_S):
                await self._news.wait_for(lambda: len(self.of(to)) >= n)
        return self.of(to)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """POST /{version}/{phone_number_id}/messages."""
        body = await request.json()
        to = body.get("to") or body.get("recipient") or ""
        call = Call(to, body, dict(request.headers), request.path)
        answer = self._plans[to].popleft() if self._plans[to] else ACCEPT
        self._in_flight[to] += 1
        self.in_flight_max[to] = max(self.in_flight_max[to], self._in_flight[to])
        if answer.takes:
            call.wamid = f"wamid.{to}.{next(self._n)}"
        async with self._news:
            self.calls.append(call)
            self._news.notify_all()
        try:
            if answer.until is not None:
                await answer.until.wait()
            return self._answer(request, call, answer)
        finally:
            call.ended = True
            self._in_flight[to] -= 1

    def _answer(self, request: web.Request, call: Call, answer: Answer) -> web.StreamResponse:
        if answer.drop:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        headers = {"Date": formatdate(usegmt=True), **answer.headers}
        if answer.html:
            return web.Response(status=answer.status, text="<html>Sorry.</html>", content_type="text/html")
        if answer.code is not None:
            error = {
                "message": f"(#{answer.code}) as the title says",
                "type": "OAuthException",
                "code": answer.code,
                "error_data": {"messaging_product": "whatsapp", "details": "as the details say"},
            }
            return web.json_response({"error": error}, status=answer.status, headers=headers)
        if answer.status != 200:
            return web.json_response({}, status=answer.status, headers=headers)
        messages = {"messaging_product": "whatsapp", "contacts": [], "messages": [{"id": call.wamid}]}
        return web.json_response(messages, headers=headers)


@asynccontextmanager
async def fake_graph() -> AsyncIterator[FakeGraph]:
    """One that listens on a free port."""
    graph = FakeGraph()
    app = web.Application()
    app.router.add_post("/{version}/{number}/messages", graph.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    graph.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield graph
    finally:
        await runner.cleanup()
