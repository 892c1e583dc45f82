"""The sandbox on a free port of the loopback address, in the test's own loop, with a receiver where our services stand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from inkgate.local.ports import free_port
from inkgate.sandbox import app as sandbox_app
from inkgate.sandbox.settings import Settings, load_settings

APP_SECRET = "not-a-real-app-secret"
ACCESS_TOKEN = "not-a-real-access-token"
STRIPE_KEY = "sk_test_not_a_real_key"
STRIPE_SECRET = "whsec_not_a_real_secret"
NUMBER_ID = "106540352242922"
CLIENT = "447700900123"


class Received:
    """One webhook that arrived."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body


class Receiver:
    """Stands where intake and payments stand. `answers`: HTTP statuses for the next requests, then 200."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self._arrived: asyncio.Queue[Received] = asyncio.Queue()

    async def next(self, path: str | None = None) -> Received:
        """The next webhook; fails the test rather than hang when none comes."""
        received = await asyncio.wait_for(self._arrived.get(), 20)
        assert path is None or received.path == path
        return received

    @property
    def idle(self) -> bool:
        """Nothing arrived that was not looked at."""
        return self._arrived.empty()

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self._arrived.put_nowait(Received(request.path, dict(request.headers), body))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


class QuietServer(sandbox_app.Server):
    """The server, without its hands on the test process's signals."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


class Sandbox:
    """A running sandbox: its parts, its address, and a client session that carries nothing by itself."""

    def __init__(self, parts: sandbox_app.Sandbox, url: str, http: aiohttp.ClientSession) -> None:
        self.parts = parts
        self.url = url
        self.http = http

    async def json(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Call the sandbox; status and decoded answer (None when it is not JSON)."""
        async with self.http.request(method, self.url + path, json=body, **options) as response:
            return response.status, await response.json() if "json" in response.content_type else None

    async def send(self, body: dict[str, Any], token: str = ACCESS_TOKEN, number: str = NUMBER_ID) -> tuple[int, Any]:
        """Call the Graph API's messages route."""
        return await self.json("POST", f"/v26.0/{number}/messages", body, headers={"Authorization": f"Bearer {token}"})


def settings_for(receiver_url: str, **overrides: Any) -> Settings:
    """Settings of a sandbox whose services all stand at `receiver_url`."""
    return load_settings(
        **{
            "http_port": free_port(),
            "whatsapp_app_secret": APP_SECRET,
            "whatsapp_access_token": ACCESS_TOKEN,
            "whatsapp_phone_number_id": NUMBER_ID,
            "stripe_secret_key": STRIPE_KEY,
            "stripe_webhook_secret": STRIPE_SECRET,
            "sandbox_intake_url": receiver_url,
            "sandbox_payments_url": receiver_url,
            "sandbox_status_delay_ms": 0,
            **overrides,
        }
    )


@asynccontextmanager
async def running_receiver(receiver: Receiver, port: int) -> AsyncIterator[str]:
    """Let the receiver listen; yields its address."""
    application = web.Application()
    application.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def running_sandbox(settings: Settings) -> AsyncIterator[Sandbox]:
    """Let a sandbox listen; it has stopped when this ends."""
    parts = sandbox_app.Sandbox(settings)
    server = QuietServer(sandbox_app.server_config(parts), parts)
    task = asyncio.create_task(server.serve())
    await asyncio.wait_for(server.listening.wait(), 10)
    try:
        async with aiohttp.ClientSession() as http:
            yield Sandbox(parts, settings.base_url, http)
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Where our services stand."""
    yield Receiver()


@pytest.fixture
async def sandbox(receiver: Receiver) -> AsyncIterator[Sandbox]:
    """A sandbox whose webhooks go to `receiver`, one status (`sent`) for each message."""
    async with (
        running_receiver(receiver, free_port()) as url,
        running_sandbox(settings_for(url, sandbox_statuses="sent")) as running,
    ):
        yield running
