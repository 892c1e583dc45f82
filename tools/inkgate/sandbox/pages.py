"""The pages: `/`, what it is made of, its events, and the pay page."""

import html
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.control import problem
from inkgate.sandbox.pay_page import pay_page
from inkgate.sandbox.stripe_errors import StripeError
from inkgate.sandbox.stripe_forms import parse_form
from inkgate.sandbox.stripe_store import Refused, Stripe
from inkgate.sandbox.times import Clock

STATIC = Path(__file__).parent / "static"
KEEP_ALIVE_S = 15.0

_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "font-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: a form would then send `Origin: null`, which is refused.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def page(text: str | bytes, status: int = 200) -> Response[bytes]:
    """An HTML page with the house's headers."""
    body = text.encode() if isinstance(text, str) else text
    return Response(body, status_code=status, media_type="text/html; charset=utf-8", headers=HEADERS)


def page_routes(bus: Bus, stripe: Stripe, clock: Clock) -> list[BaseRouteHandler]:
    """Routes of the pages and of their events."""

    @get("/")
    async def home() -> Response[bytes]:
        return page((STATIC / "index.html").read_bytes())

    @get("/static/{name:str}")
    async def static(name: FromPath[str]) -> Response[bytes]:
        path = STATIC / name
        if "/" in name or path.suffix not in _KINDS or not path.is_file():
            return problem(404, f"no file {html.escape(name)!r} here")
        return Response(path.read_bytes(), media_type=_KINDS[path.suffix] + "; charset=utf-8", headers=HEADERS)

    @get("/sandbox/events")
    async def events() -> Stream:
        return Stream(_events(bus), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    @get("/sandbox/pay/{session:str}")
    async def pay(session: FromPath[str], said: FromQuery[str | None] = None) -> Response[bytes]:
        found = stripe.sessions.get(session)
        name = stripe.product_name(session)
        return page(pay_page(found, name, clock(), said), 404 if found is None else 200)

    @post("/sandbox/pay/{session:str}")
    async def act(session: FromPath[str], request: Request[Any, Any, Any]) -> Response[Any]:
        acts = {"pay": stripe.pay, "fail": stripe.fail, "expire": stripe.expire_now}
        said = ""
        try:
            wanted = str(parse_form(await request.body()).get("do", ""))
            if wanted not in acts:
                return problem(400, f"do: {wanted!r} is not one of pay, fail, expire")
            acts[wanted](session)
        except StripeError as error:
            return problem(error.status, error.message)
        except Refused:
            said = "?said=no"
        return Redirect(f"/sandbox/pay/{session}{said}", status_code=303)

    return [home, static, events, pay, act]


async def _events(bus: Bus) -> AsyncIterator[bytes]:
    subscription = bus.subscribe()
    try:
        yield b"retry: 1000\nevent: hello\ndata: {}\n\n"
        while (event := await subscription.get(KEEP_ALIVE_S)) is not None:
            yield event
    finally:
        bus.unsubscribe(subscription)
