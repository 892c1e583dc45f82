"""Passes the page's calls on to dialogue's API, so that the page has one origin (and needs no cross-origin rules)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from litestar import Request, Response, get, post
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import Stream
from yarl import URL

from inkgate.sandbox.control import problem

CALL_S_MAX = 30.0
_PASSED = ("accept", "content-type", "idempotency-key", "if-match", "last-event-id")


class Proxy:
    """Forwards GET and POST under /api to dialogue; streams server-sent events as they come."""

    def __init__(self, dialogue_url: str, api_key: str | None) -> None:
        self._base = dialogue_url
        self._api_key = api_key
        self.session: aiohttp.ClientSession | None = None
        self.stopping = asyncio.Event()

    async def forward(self, request: Request[Any, Any, Any], rest: str) -> Response[Any]:
        """Dialogue's answer to `request`; 502 as a problem when it cannot be reached."""
        assert self.session is not None
        url = f"{self._base}/api{rest}"
        query = request.scope["query_string"].decode()
        streams = rest == "/events"
        timeout = aiohttp.ClientTimeout(total=None if streams else CALL_S_MAX, sock_connect=5)
        try:
            upstream = await self.session.request(
                request.method,
                URL(url + (f"?{query}" if query else ""), encoded=True),
                headers=self._headers(request),
                data=await request.body() if request.method == "POST" else None,
                timeout=timeout,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return problem(502, f"dialogue does not answer at {self._base}: {type(error).__name__}")
        kind = upstream.headers.get("content-type", "application/octet-stream")
        if streams and upstream.status == 200:
            return Stream(self._events(upstream), media_type=kind, headers={"Cache-Control": "no-store"})
        try:
            body = await upstream.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return problem(502, f"dialogue broke off: {type(error).__name__}")
        finally:
            upstream.release()
        return Response(body, status_code=upstream.status, headers={"content-type": kind, "Cache-Control": "no-store"})

    def _headers(self, request: Request[Any, Any, Any]) -> dict[str, str]:
        headers = {name: value for name in _PASSED if (value := request.headers.get(name)) is not None}
        if self._api_key is not None:
            headers["authorization"] = f"Bearer {self._api_key}"
        return headers

    async def _events(self, upstream: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        stopped = asyncio.create_task(self.stopping.wait())
        try:
            while not stopped.done():
                chunk = asyncio.create_task(upstream.content.readany())
                await asyncio.wait({chunk, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not chunk.done():
                    chunk.cancel()
                    return
                try:
                    data = chunk.result()
                except (aiohttp.ClientError, OSError):
                    return
                if not data:
                    return
                yield data
        finally:
            stopped.cancel()
            upstream.close()


def proxy_routes(proxy: Proxy) -> list[BaseRouteHandler]:
    """`/dialogue/api/…`."""

    @get("/dialogue/api/{rest:path}")
    async def forward_get(request: Request[Any, Any, Any], rest: FromPath[str]) -> Response[Any]:
        return await proxy.forward(request, rest)

    @post("/dialogue/api/{rest:path}")
    async def forward_post(request: Request[Any, Any, Any], rest: FromPath[str]) -> Response[Any]:
        return await proxy.forward(request, rest)

    return [forward_get, forward_post]
