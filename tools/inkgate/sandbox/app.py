"""The composition root: the only place where the sandbox's parts are made and joined."""

import asyncio
import hmac
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import uvicorn
from litestar import Litestar, Request, Response, get
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.calls import WatchedJournal, call_routes
from inkgate.sandbox.chats import Chats
from inkgate.sandbox.control import Control, control_routes, problem
from inkgate.sandbox.faults import Faults
from inkgate.sandbox.graph import Graph, media_routes
from inkgate.sandbox.media import MediaStore
from inkgate.sandbox.pages import page_routes
from inkgate.sandbox.proxy import Proxy, proxy_routes
from inkgate.sandbox.settings import Settings, is_loopback
from inkgate.sandbox.stripe_api import StripeApi
from inkgate.sandbox.stripe_store import Stripe
from inkgate.sandbox.times import Clock
from inkgate.sandbox.webhooks import ATTEMPT_S_MAX, Deliverer
from inkgate.sandbox.whatsapp import MetaSigner, WhatsApp
from inkgate_common import log

STOP_S_MAX = 3
EXPIRE_EVERY_S = 1.0
BODY_BYTES_MAX = 10_000_000


class StripeSigner:
    """Raw body → the headers of an event as Stripe sends it (Stripe docs, 'Check the webhook signatures').

    Several secrets, comma separated, give several `v1`, as while a secret is rotated.
    """

    def __init__(self, secrets: str, clock: Clock) -> None:
        self._keys = [secret.strip().encode() for secret in secrets.split(",") if secret.strip()]
        self._clock = clock

    def __call__(self, body: bytes) -> Mapping[str, str]:
        at = int(self._clock())
        signed = b"%d." % at + body
        proofs = ",".join("v1=" + hmac.digest(key, signed, "sha256").hex() for key in self._keys)
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": f"t={at},{proofs}",
        }


class Sandbox:
    """Everything, joined. `app` is the ASGI application; tests reach the parts."""

    def __init__(self, settings: Settings, clock: Clock = time.time) -> None:
        self.settings = settings
        self.bus = Bus()
        self.faults = Faults()
        self.journal = WatchedJournal(settings.sandbox_log_entries)
        self.chats = Chats()
        self.media = MediaStore()
        meta = MetaSigner(settings.whatsapp_app_secret.get_secret_value())
        stripe_signer = StripeSigner(settings.stripe_webhook_secret.get_secret_value(), clock)
        self.to_intake = self._deliverer(settings.sandbox_intake_url + "/webhooks/whatsapp", "webhook", meta, clock)
        self.to_payments = self._deliverer(
            settings.sandbox_payments_url + "/webhooks/stripe", "stripe_webhook", stripe_signer, clock
        )
        self.whatsapp = WhatsApp(
            self.chats,
            self.to_intake,
            self.bus,
            clock,
            phone_number_id=settings.whatsapp_phone_number_id,
            statuses=settings.sandbox_statuses,
            status_delay_ms=settings.sandbox_status_delay_ms,
        )
        self.graph = Graph(
            self.whatsapp,
            self.faults,
            self.journal,
            self.bus,
            clock,
            phone_number_id=settings.whatsapp_phone_number_id,
            access_token=settings.whatsapp_access_token.get_secret_value(),
        )
        self.stripe = Stripe(self.to_payments, self.bus, clock, settings.base_url)
        secret_key = settings.stripe_secret_key.get_secret_value()
        self.stripe_api = StripeApi(self.stripe, self.faults, self.journal, self.bus, clock, secret_key=secret_key)
        key = settings.api_key
        self.proxy = Proxy(settings.sandbox_dialogue_url, None if key is None else key.get_secret_value())
        self.control = Control(self.whatsapp, self.stripe, self.faults, self.journal, self.media, self.bus, clock)
        self.litestar = self._litestar(clock)
        self.app: ASGIApp = dispatcher(self.litestar, self.graph, self.stripe_api)

    def _deliverer(self, url: str, kind: str, sign: Callable[[bytes], Mapping[str, str]], clock: Clock) -> Deliverer:
        return Deliverer(
            url,
            kind=kind,
            sign=sign,
            journal=self.journal,
            bus=self.bus,
            faults=self.faults,
            clock=clock,
            in_flight_max=self.settings.sandbox_webhooks_in_flight,
            queue_max=self.settings.sandbox_queue_entries,
            retry_s_max=self.settings.sandbox_retry_minutes * 60,
        )

    def _litestar(self, clock: Clock) -> Litestar:
        @get(["/health/live", "/health/ready"])
        async def health() -> dict[str, str]:
            return {"status": "ok"}

        return Litestar(
            route_handlers=[
                health,
                *media_routes(self.graph, self.media, self.settings.base_url),
                *control_routes(self.control),
                *proxy_routes(self.proxy),
                *call_routes(self.journal),
                *page_routes(self.bus, self.stripe, clock),
            ],
            lifespan=[self._life],
            before_request=refuse_other_origins,
            after_exception=[log_exception],
            openapi_config=None,
            request_max_body_size=BODY_BYTES_MAX,
            logging_config=None,
        )

    @asynccontextmanager
    async def _life(self, _app: Litestar) -> AsyncIterator[None]:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4)
        timeout = aiohttp.ClientTimeout(total=ATTEMPT_S_MAX, sock_connect=5)
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        ) as session:
            self.proxy.session = session
            self.to_intake.start(session)
            self.to_payments.start(session)
            expiry = asyncio.create_task(self._expire_sessions())
            try:
                yield
            finally:
                self.stopping()
                expiry.cancel()
                await asyncio.gather(self.to_intake.stop(), self.to_payments.stop(), expiry, return_exceptions=True)

    async def _expire_sessions(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            self.stripe.expire_due()

    def stopping(self) -> None:
        """End the streams that would keep the server from stopping."""
        self.bus.close()
        self.journal.close()
        self.proxy.stopping.set()


async def log_exception(error: Exception, scope: Scope) -> None:
    """A fault of the sandbox's own is worth a line; what a caller did wrong is not."""
    if not isinstance(error, HTTPException):
        log.get("http").error("failed", path=scope["path"], exc_info=error)


async def refuse_other_origins(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """A page of another site, open in the same browser, must not play the client here."""
    origin = request.headers.get("origin")
    host = request.headers.get("host", "localhost")
    if not is_loopback(urlsplit(f"//{host}").hostname or "") or (
        origin is not None and not is_loopback(urlsplit(origin).hostname or "")
    ):
        return problem(403, "the sandbox answers only pages and tools of this machine")
    return None


def dispatcher(rest: ASGIApp, graph: Graph, stripe_api: StripeApi) -> ASGIApp:
    """Take the calls that services make, and leave the rest to Litestar.

    They need more than Litestar gives: an armed fault must be able to cut the connection without a byte of an answer (ASGI
    has no such thing; uvicorn's `send` is a method of the object that holds the transport), and Litestar 2.25 does not find
    an `@asgi` handler whose path has parameters (it looks its parameters up under the method's name). It is also faster.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            path = scope["path"]
            messages = path.endswith("/messages") and path.count("/") == 3
            if messages or path.startswith("/v1/"):
                transport = getattr(getattr(send, "__self__", None), "transport", None)
                cut: Callable[[], None] = transport.abort if transport is not None else lambda: None
                handle = graph.handle if messages else stripe_api.handle
                await handle(scope, receive, send, cut)
                return
        await rest(scope, receive, send)

    return app


class Server(uvicorn.Server):
    """uvicorn that says when it listens and ends the page's streams before it waits for connections."""

    def __init__(self, config: uvicorn.Config, sandbox: Sandbox) -> None:
        super().__init__(config)
        self._sandbox = sandbox
        self.listening = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        """Bind, then say so in one line."""
        await super().startup(sockets)
        if self.started:
            self.listening.set()
            log.get("http").info("ready", listening=self._sandbox.settings.base_url)

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop in at most a few seconds."""
        self._sandbox.stopping()
        await super().shutdown(sockets)


def server_config(sandbox: Sandbox) -> uvicorn.Config:
    """How uvicorn runs the sandbox."""
    return uvicorn.Config(
        sandbox.app,
        host=sandbox.settings.http_host,
        port=sandbox.settings.http_port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        # Ours is right to the second (times.HttpDate); uvicorn's is made anew once a second.
        date_header=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=STOP_S_MAX,
        backlog=4096,
    )


def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    log.configure("sandbox", settings.log_format)
    # uvicorn raises the signal that stopped it once more when it has stopped: that is a clean end, not a death.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        sandbox = Sandbox(settings)
        Server(server_config(sandbox), sandbox).run()
