"""The non-durable echo: what the durable product is compared with.

The same HTTP server as the product's (Litestar on uvicorn with uvloop and httptools) and the same HTTP client, in one
process: it verifies the signature, parses the webhook, and sends one message to the Graph API before it answers 200. No
database, no Kafka, nothing kept. The client is the one that the sender uses, bare aiohttp (inkgate_sender/gateway.py says
why); `httpx` is httpx over httpx-aiohttp, for comparison. Settings are those of the sender, the app secret and the port.
"""

from __future__ import annotations

import gc
import hmac
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import httpx
import msgspec
import uvicorn
from httpx_aiohttp import AiohttpTransport
from litestar import Litestar, Request, Response, get, post

# As the sender: its `send_concurrency`.
CONNECTIONS_MAX = 128
TEXT = (
    "Thank you! Roughly how big should it be, in centimetres? Width and height are enough, for example 8x12cm; "
    "if you are not sure, tell me what it should cover."
)

Post = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""Posts JSON to the Graph API; status and body of the answer."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Echo:
    """Answers every message with the same text."""

    def __init__(self, app_secret: str) -> None:
        self._key = app_secret.encode()
        self.post: Post

    def signed(self, body: bytes, signature: str | None) -> bool:
        """Whether the signature is the one of these bytes."""
        expected = "sha256=" + hmac.digest(self._key, body, "sha256").hex()
        return hmac.compare_digest(expected, signature or "")

    async def answer(self, body: bytes) -> None:
        """Send one message for each that came. RuntimeError where the Graph API does not take it."""
        for entry in _decode(body)["entry"]:
            for change in entry["changes"]:
                for message in change["value"].get("messages", ()):
                    await self._send(message["from"], message["id"])

    async def _send(self, to: str, message_id: str) -> None:
        message = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": to,
            "type": "text",
            "text": {"body": TEXT, "preview_url": False},
            "biz_opaque_callback_data": message_id,
        }
        status, answer = await self.post(_encode(message))
        if status != 200 or not _decode(answer)["messages"][0]["id"]:
            raise RuntimeError(f"the Graph API answered {status}")


@asynccontextmanager
async def graph_api(client: str, url: str, headers: Mapping[str, str]) -> AsyncIterator[Post]:
    """How to post to that address with that client."""
    connector = aiohttp.TCPConnector(limit=CONNECTIONS_MAX)
    if client == "aiohttp":
        async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

            async def bare(content: bytes) -> tuple[int, bytes]:
                async with session.post(url, data=content) as response:
                    return response.status, await response.read()

            yield bare
        return
    transport = AiohttpTransport(client=lambda: aiohttp.ClientSession(connector=connector))
    async with httpx.AsyncClient(transport=transport, headers=dict(headers), timeout=10) as over:

        async def layered(content: bytes) -> tuple[int, bytes]:
            response = await over.post(url, content=content)
            return response.status_code, response.content

        yield layered


def application(client: str, environ: Mapping[str, str]) -> Litestar:
    """The echo as a Litestar application."""
    echo = Echo(environ["INKGATE_WHATSAPP_APP_SECRET"])
    url = "{}/{}/{}/messages".format(
        environ["INKGATE_WHATSAPP_API_BASE"],
        environ["INKGATE_WHATSAPP_API_VERSION"],
        environ["INKGATE_WHATSAPP_PHONE_NUMBER_ID"],
    )
    token = environ["INKGATE_WHATSAPP_ACCESS_TOKEN"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    @post("/webhooks/whatsapp", status_code=200)
    async def webhook(request: Request[Any, Any, Any]) -> Response[None]:
        body = await request.body()
        if not echo.signed(body, request.headers.get("x-hub-signature-256")):
            return Response(None, status_code=401)
        await echo.answer(body)
        return Response(None, status_code=200)

    @get("/health/ready", sync_to_thread=False)
    def ready() -> dict[str, str]:
        return {"status": "ready"}

    @asynccontextmanager
    async def life(_: Litestar) -> AsyncIterator[None]:
        async with graph_api(client, url, headers) as echo.post:
            # As the services do.
            gc.collect()
            gc.freeze()
            yield

    return Litestar([webhook, ready], lifespan=[life], openapi_config=None, logging_config=None)


def main() -> None:
    """`python -m inkgate.bench.echo aiohttp|httpx`: serve on `INKGATE_HTTP_PORT` until SIGTERM."""
    uvicorn.run(
        application(sys.argv[1], os.environ),
        host="127.0.0.1",
        port=int(os.environ["INKGATE_HTTP_PORT"]),
        log_level="warning",
        access_log=False,
        loop="uvloop",
        http="httptools",
    )


if __name__ == "__main__":
    main()
