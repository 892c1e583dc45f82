"""Stands in front of several replicas as Kubernetes and an ingress do.

A replica gets requests while its readiness probe succeeds and it is not being ended. Connections to it are kept and used
again; a POST that meets a broken one is an error for the caller, as with nginx, which repeats no POST
(ngx_http_proxy_module, `proxy_next_upstream`). That a replica is being ended is known here a moment after it is decided, as
the removal of an endpoint takes its way through a cluster (Kubernetes, 'Pod Lifecycle › Termination of Pods').
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

from inkgate.local.ports import HOST

PROBE_EVERY_S = 0.5
PROBE_TIMEOUT_S = 3.0
PROBE_FAILURES_MAX = 2
ENDPOINT_REMOVED_AFTER_S = 0.6
KEPT_S = 60.0
_HOP = {"connection", "transfer-encoding", "keep-alive", "host"}


@dataclass(frozen=True)
class Answer:
    """What a caller got. `problem`: what went wrong on the way to the replica, None where it answered."""

    method: str
    path: str
    status: int
    took_s: float
    problem: str | None


@dataclass(eq=False)
class Replica:
    """One process as the ingress sees it."""

    port: int
    session: aiohttp.ClientSession
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ending: bool = False


class Ingress:
    """One service's entrance: listens on `port`, spreads requests over its replicas, writes down every answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._replicas: list[Replica] = []
        self._probes: set[asyncio.Task[None]] = set()
        self._turn = 0
        self.answers: list[Answer] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Ingress]:
        """For the length of the block."""
        app = web.Application(client_max_size=4_000_000)
        app.router.add_route("*", "/{path:.*}", self._forward)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=KEPT_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self._port).start()
            yield self
        finally:
            for probe in self._probes:
                probe.cancel()
            await asyncio.gather(*self._probes, return_exceptions=True)
            await runner.cleanup()
            for replica in self._replicas:
                await replica.session.close()

    def add(self, port: int) -> Replica:
        """A replica that gets requests once it is ready."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_S)
        session = aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None), trust_env=False
        )
        replica = Replica(port, session)
        self._replicas.append(replica)
        self._probes.add(asyncio.create_task(self._probe(replica)))
        return replica

    async def end(self, replica: Replica) -> None:
        """It is decided that this replica ends. Returns when it gets no request any more; what it is answering goes on."""
        await asyncio.sleep(ENDPOINT_REMOVED_AFTER_S)
        replica.ending = True

    async def _probe(self, replica: Replica) -> None:
        failures = 0
        timeout = aiohttp.ClientTimeout(total=PROBE_TIMEOUT_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            while True:
                failures = 0 if await _is_ready(session, replica.port) else failures + 1
                if failures == 0:
                    replica.ready.set()
                elif failures >= PROBE_FAILURES_MAX:
                    replica.ready.clear()
                await asyncio.sleep(PROBE_EVERY_S)

    def _next(self) -> Replica | None:
        open_now = [replica for replica in self._replicas if replica.ready.is_set() and not replica.ending]
        self._turn += 1
        return open_now[self._turn % len(open_now)] if open_now else None

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        began_s = time.monotonic()
        status, problem = 502, None
        try:
            response, problem = await self._ask(request)
            status = response.status
            return response
        finally:
            self.answers.append(Answer(request.method, request.path, status, time.monotonic() - began_s, problem))

    async def _ask(self, request: web.Request) -> tuple[web.StreamResponse, str | None]:
        body = await request.read()
        replica = self._next()
        if replica is None:
            return web.Response(status=503), "no replica is ready"
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        url = f"http://{HOST}:{replica.port}{request.raw_path}"
        response: web.StreamResponse | None = None
        try:
            async with replica.session.request(
                request.method, url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
                response = web.StreamResponse(status=answer.status, headers=kept)
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response, None
        except (aiohttp.ClientError, OSError) as error:
            if request.transport is None or request.transport.is_closing():
                return response or web.Response(status=499), None  # the caller has gone
            return response or web.Response(status=502), f"{replica.port}: {error!r}"


async def _is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://{HOST}:{port}/health/ready", headers={"connection": "close"}) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
