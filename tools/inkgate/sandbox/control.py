"""The control API under /sandbox: play the client, read the chats and the log, arm faults, pay (formats: README.md)."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, FromQuery

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.compose import Asked, ComposeError, compose
from inkgate.sandbox.faults import FaultError, Faults
from inkgate.sandbox.journal import Journal
from inkgate.sandbox.media import MediaStore
from inkgate.sandbox.settings import STATUSES_KNOWN
from inkgate.sandbox.stripe_errors import StripeError
from inkgate.sandbox.stripe_store import Refused, Stripe
from inkgate.sandbox.times import Clock
from inkgate.sandbox.whatsapp import WhatsApp

AnyRequest = Request[Any, Any, Any]
_encode = msgspec.json.Encoder().encode


class Control:
    """What the control API's routes need."""

    def __init__(
        self,
        whatsapp: WhatsApp,
        stripe: Stripe,
        faults: Faults,
        journal: Journal,
        media: MediaStore,
        bus: Bus,
        clock: Clock,
    ) -> None:
        self.whatsapp = whatsapp
        self.stripe = stripe
        self.faults = faults
        self.journal = journal
        self.media = media
        self.bus = bus
        self.clock = clock

    def tell_faults(self) -> None:
        """Show the open pages what is armed."""
        if self.bus.listening:
            self.bus.publish("faults", {"items": armed(self.faults)})


class StatusAsked(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /sandbox/clients/{wa_id}/statuses`."""

    wamid: str
    status: str
    code: int | None = None
    timestamp: int | None = None


def answer(data: object, status: int = 200) -> Response[bytes]:
    """JSON out."""
    return Response(_encode(data), status_code=status, media_type="application/json")


def problem(status: int, detail: str) -> Response[bytes]:
    """An error as RFC 9457 has it."""
    titles = {400: "Bad request", 403: "Forbidden", 404: "Not found", 409: "Not possible now", 503: "Too much waits"}
    body = {"type": "about:blank", "title": titles.get(status, "Error"), "status": status, "detail": detail}
    return Response(_encode(body), status_code=status, media_type="application/problem+json")


def armed(faults: Faults) -> list[dict[str, Any]]:
    """The armed faults as JSON; `times` null: until cleared."""
    return [{**msgspec.to_builtins(fault), "times": fault.times} for fault in faults.armed()]


def control_routes(control: Control) -> list[BaseRouteHandler]:
    """All routes of the control API."""
    return [*_client_routes(control), *_log_routes(control), *_fault_routes(control), *_checkout_routes(control)]


def _client_routes(control: Control) -> list[BaseRouteHandler]:
    chats = control.whatsapp.chats

    @get("/sandbox/clients")
    async def clients() -> Response[bytes]:
        rows = sorted(chats.clients.values(), key=lambda client: client.last_at or 0.0, reverse=True)
        return answer({"items": [client.public() for client in rows], "next_cursor": None})

    @get("/sandbox/clients/{wa_id:str}/messages")
    async def messages(wa_id: FromPath[str]) -> Response[bytes]:
        client = chats.clients.get(wa_id)
        rows = [] if client is None else [message.public() for message in client.messages]
        name = None if client is None else client.name
        return answer({"wa_id": wa_id, "name": name, "items": rows, "next_cursor": None})

    @post("/sandbox/clients/{wa_id:str}/messages")
    async def write(wa_id: FromPath[str], request: AnyRequest) -> Response[bytes]:
        try:
            asked = msgspec.json.decode(await request.body(), type=Asked)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return problem(400, f"{error}; known fields: {', '.join(Asked.__struct_fields__)}")
        if not wa_id or len(wa_id) > 128 or wa_id.startswith("+"):
            return problem(400, f"wa_id: {wa_id!r} must be digits without '+', such as 447700900123, or a user id")
        client = chats.client(wa_id)
        client.name = asked.profile_name or client.name
        if asked.user_id is not None:
            chats.link_user_id(client, asked.user_id)
        elif client.wa_id is None and client.user_id is None:
            chats.link_user_id(client, wa_id)
        try:
            message, wire, contact = compose(asked, client, control.media, control.clock())
        except ComposeError as error:
            return problem(400, str(error))
        if not control.whatsapp.receive(client, message, wire, contact):
            return problem(503, "too many webhooks wait for intake; start it, or restart the sandbox")
        return answer({"message_id": message.wamid, "timestamp": message.timestamp}, 202)

    @post("/sandbox/clients/{wa_id:str}/statuses")
    async def status(wa_id: FromPath[str], request: AnyRequest) -> Response[bytes]:
        try:
            asked = msgspec.json.decode(await request.body(), type=StatusAsked)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return problem(400, f"{error}; known fields: {', '.join(StatusAsked.__struct_fields__)}")
        if asked.status not in STATUSES_KNOWN:
            return problem(400, f"status: {asked.status!r} is not one of {', '.join(STATUSES_KNOWN)}")
        client = chats.clients.get(wa_id)
        message = chats.message(asked.wamid)
        if client is None or message is None or message.wa_id != wa_id or message.direction != "out":
            return problem(404, f"wamid: no message {asked.wamid!r} was sent to {wa_id}")
        control.whatsapp.report_status(client, message, asked.status, asked.code, asked.timestamp)
        return answer({"wamid": asked.wamid, "status": asked.status}, 202)

    @post("/sandbox/webhooks/whatsapp")
    async def raw_webhook(request: AnyRequest) -> Response[bytes]:
        if not control.whatsapp.send_raw(await request.body()):
            return problem(503, "too many webhooks wait for intake; start it, or restart the sandbox")
        return answer({"sent": True}, 202)

    @get("/sandbox/media/{media_id:str}")
    async def media(media_id: FromPath[str]) -> Response[bytes]:
        medium = control.media.get(media_id)
        if medium is None:
            return problem(404, f"no media {media_id!r}")
        headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(medium.data, media_type=medium.mime_type, headers=headers)

    return [clients, messages, write, status, raw_webhook, media]


def _log_routes(control: Control) -> list[BaseRouteHandler]:
    @get("/sandbox/log")
    async def log(
        since: FromQuery[int] = 0,
        limit: FromQuery[int | None] = None,
        kind: FromQuery[str | None] = None,
        wa_id: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        waiting = {"webhooks": control.whatsapp.waiting, "stripe_webhooks": control.stripe.waiting}
        return answer({**control.journal.since(since, limit, kind, wa_id), "waiting": waiting})

    @delete("/sandbox/log", status_code=200)
    async def clear_log() -> Response[bytes]:
        return answer({"cleared": control.journal.clear()})

    return [log, clear_log]


def _fault_routes(control: Control) -> list[BaseRouteHandler]:
    @get("/sandbox/faults")
    async def faults() -> Response[bytes]:
        return answer({"items": armed(control.faults), "next_cursor": None})

    @post("/sandbox/faults")
    async def arm(request: AnyRequest) -> Response[bytes]:
        try:
            fault = control.faults.arm(msgspec.json.decode(await request.body()))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return problem(400, f'the body is not JSON: {error}; right would be {{"on": "whatsapp", "status": 500}}')
        except FaultError as error:
            return problem(400, str(error))
        control.tell_faults()
        return answer({**msgspec.to_builtins(fault), "times": fault.times}, 201)

    @delete("/sandbox/faults", status_code=200)
    async def clear(wa_id: FromQuery[str | None] = None) -> Response[bytes]:
        count = control.faults.clear(wa_id=wa_id)
        control.tell_faults()
        return answer({"cleared": count})

    @delete("/sandbox/faults/{fault_id:int}", status_code=200)
    async def clear_one(fault_id: FromPath[int]) -> Response[bytes]:
        count = control.faults.clear(fault_id=fault_id)
        control.tell_faults()
        return answer({"cleared": count}) if count else problem(404, f"no fault {fault_id} is armed")

    return [faults, arm, clear, clear_one]


def _checkout_routes(control: Control) -> list[BaseRouteHandler]:
    stripe = control.stripe

    def done(session_id: str, act: Callable[[], list[str]]) -> Response[bytes]:
        try:
            events = act()
            session = stripe.session(session_id)
        except StripeError as error:
            return problem(error.status, error.message)
        except Refused as error:
            return problem(409, str(error))
        shown = {name: session[name] for name in ("status", "payment_status", "payment_intent", "amount_total")}
        return answer({"session": session_id, **shown, "events": events})

    @get("/sandbox/checkout")
    async def sessions() -> Response[bytes]:
        rows = list(stripe.sessions.values())[-200:]
        names = ("id", "status", "payment_status", "amount_total", "currency", "expires_at", "metadata", "url")
        return answer({"items": [{name: row[name] for name in names} for row in rows], "next_cursor": None})

    @post("/sandbox/checkout/{session:str}/pay", status_code=200)
    async def pay(
        session: FromPath[str], late: FromQuery[bool] = False, again: FromQuery[bool] = False
    ) -> Response[bytes]:
        return done(session, lambda: stripe.pay(session, late=late, again=again))

    @post("/sandbox/checkout/{session:str}/fail", status_code=200)
    async def fail(session: FromPath[str]) -> Response[bytes]:
        return done(session, lambda: stripe.fail(session))

    @post("/sandbox/checkout/{session:str}/expire", status_code=200)
    async def expire(session: FromPath[str]) -> Response[bytes]:
        return done(session, lambda: stripe.expire_now(session))

    @post("/sandbox/checkout/{session:str}/dispute", status_code=200)
    async def dispute(session: FromPath[str]) -> Response[bytes]:
        return done(session, lambda: stripe.dispute(session))

    @post("/sandbox/refunds/{refund:str}/fail", status_code=200)
    async def fail_refund(refund: FromPath[str]) -> Response[bytes]:
        try:
            return answer({"refund": refund, "events": stripe.fail_refund(refund)})
        except StripeError as error:
            return problem(error.status, error.message)
        except Refused as error:
            return problem(409, str(error))

    return [sessions, pay, fail, expire, dispute, fail_refund]
