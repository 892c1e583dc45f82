"""Stripe's API over HTTP: authentication, idempotency keys, routes, errors, and armed faults.

Idempotency (Stripe API reference, 'Idempotent requests'): the first answer under a key is kept, a 500 too, and given
again with `Idempotent-Replayed: true`; the same key with other parameters is refused; what failed validation is not kept.
"""

import asyncio
import base64
import binascii
from collections.abc import Callable
from typing import Any

import msgspec
from litestar.types import HTTPScope, Receive, Send

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.faults import Fault, Faults
from inkgate.sandbox.graph import wait_for_disconnect
from inkgate.sandbox.journal import Entry, Journal
from inkgate.sandbox.stripe_errors import StripeError, no_such
from inkgate.sandbox.stripe_forms import parse_form
from inkgate.sandbox.stripe_objects import new_id
from inkgate.sandbox.stripe_store import Cause, Stripe
from inkgate.sandbox.times import Clock, HttpDate

BODY_BYTES_MAX = 200_000
KEY_CHARS_MAX = 255
KEYS_MAX = 100_000
KEY_LIFE_S = 24 * 3600

_encode = msgspec.json.Encoder().encode
Params = dict[str, Any]


class Kept:
    """The first answer under an idempotency key."""

    __slots__ = ("at", "body", "params", "request_id", "status")

    def __init__(self, params: tuple[str, bytes], status: int, body: bytes, request_id: str, at: float) -> None:
        self.params = params
        self.status = status
        self.body = body
        self.request_id = request_id
        self.at = at


class Call:
    """One call as it is worked on."""

    __slots__ = (
        "answer",
        "body",
        "error",
        "fault",
        "headers",
        "key",
        "method",
        "params",
        "path",
        "replayed",
        "request_id",
        "session",
        "started",
        "status",
    )

    def __init__(self, scope: HTTPScope, body: bytes, started: float) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.body = body
        self.started = started
        self.params: Params = {}
        self.key = self.headers.get("idempotency-key") or None
        self.request_id = new_id("req", 14)
        self.replayed: Kept | None = None
        self.fault: Fault | None = None
        self.status = 200
        self.answer = b""
        self.error: str | None = None
        self.session: str | None = None


class StripeApi:
    """The calls under /v1."""

    def __init__(
        self, stripe: Stripe, faults: Faults, journal: Journal, bus: Bus, clock: Clock, *, secret_key: str
    ) -> None:
        self._stripe = stripe
        self._faults = faults
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._secret_key = secret_key
        self._kept: dict[str, Kept] = {}
        self._date = HttpDate()

    async def handle(self, scope: HTTPScope, receive: Receive, send: Send, cut: Callable[[], None]) -> None:
        """Answer a call under /v1. `cut` closes the caller's connection at once."""
        started = self._clock()
        call = Call(scope, await _read_body(receive), started)
        try:
            self._authorize(call)
            self._find_kept(call)
            call.params = parse_form(call.body if call.method == "POST" else scope["query_string"])
            if self._faults.any_stripe and call.replayed is None:
                call.fault = self._faults.take("stripe")
            if call.fault is not None and not await self._go_on(call, call.fault, receive):
                return
            self._carry_out(call)
        except StripeError as error:
            call.status, call.answer, call.error = error.status, _encode(error.body()), error.code or error.kind
        if call.fault is not None and call.fault.drop_response:
            self._log(call, "dropped")
            cut()
            await wait_for_disconnect(receive)
            return
        await self._answer(call, send)

    def _authorize(self, call: Call) -> None:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        given = value
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(value).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                given = ""
        if not given:
            raise StripeError(
                401, "You did not provide an API key. Provide it in the Authorization header, using Bearer auth."
            )
        if given != self._secret_key:
            raise StripeError(401, f"Invalid API Key provided: {given[:7]}****")

    def _find_kept(self, call: Call) -> None:
        if call.method != "POST" or call.key is None:
            return
        if len(call.key) > KEY_CHARS_MAX:
            raise StripeError(400, "Idempotency keys have up to 255 characters.", kind="idempotency_error")
        kept = self._kept.get(call.key)
        if kept is None or self._clock() - kept.at > KEY_LIFE_S:
            return
        if kept.params != (call.path, call.body):
            raise StripeError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{call.key}' if you meant to execute a different request.",
                kind="idempotency_error",
            )
        call.replayed = kept

    async def _go_on(self, call: Call, fault: Fault, receive: Receive) -> bool:
        """Let a fault have its effect. False: the call never gets an answer."""
        self._bus.publish("fault", {"used": msgspec.to_builtins(fault), "armed": len(self._faults.armed())})
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault.hang:
            if fault.drop_response:
                self._carry_out(call)
            self._log(call, "hung")
            await wait_for_disconnect(receive)
            return False
        if fault.status is not None or fault.code is not None:
            status = fault.status or 400
            kind = "api_error" if status >= 500 else "card_error" if status == 402 else "invalid_request_error"
            error = StripeError(status, "The sandbox was told to refuse this.", code=_code(fault, status), kind=kind)
            if status == 500:
                self._keep(call, status, _encode(error.body()))
            raise error
        return True

    def _carry_out(self, call: Call) -> None:
        if call.replayed is not None:
            call.status, call.answer = call.replayed.status, call.replayed.body
            return
        cause = Cause(call.request_id, call.key, call.headers.get("stripe-version"))
        result = self._route(call)(cause)
        expand = call.params.get("expand")
        if isinstance(expand, list) and "payment_intent" in expand and result.get("payment_intent"):
            result = {**result, "payment_intent": self._stripe.intents.get(result["payment_intent"])}
        call.answer = _encode(result)
        if result.get("object") == "checkout.session":
            call.session = result["id"]
        if call.method == "POST":
            self._keep(call, 200, call.answer)

    def _keep(self, call: Call, status: int, body: bytes) -> None:
        if call.key is None:
            return
        self._kept[call.key] = Kept((call.path, call.body), status, body, call.request_id, self._clock())
        if len(self._kept) > KEYS_MAX:
            del self._kept[next(iter(self._kept))]

    def _route(self, call: Call) -> Callable[[Cause], dict[str, Any]]:
        stripe, params = self._stripe, call.params
        match call.method, call.path.strip("/").split("/")[1:]:
            case "POST", ["checkout", "sessions"]:
                return lambda cause: stripe.create_session(params, cause)
            case "GET", ["checkout", "sessions"]:
                return lambda cause: stripe.list_sessions(params)
            case "GET", ["checkout", "sessions", session_id]:
                return lambda cause: stripe.session(session_id)
            case "POST", ["checkout", "sessions", session_id, "expire"]:
                return lambda cause: stripe.expire(session_id, cause)
            case "POST", ["refunds"]:
                return lambda cause: stripe.create_refund(params, cause)
            case "GET", ["refunds"]:
                return lambda cause: stripe.list_refunds(params)
            case "GET", ["refunds", refund_id]:
                return lambda cause: _found(stripe.refunds, "refund", refund_id, "refund")
            case "GET", ["payment_intents", intent_id]:
                return lambda cause: _found(stripe.intents, "payment_intent", intent_id, "intent")
            case "GET", ["charges", charge_id]:
                return lambda cause: _found(stripe.charges, "charge", charge_id, "charge")
        message = (
            f"Unrecognized request URL ({call.method}: {call.path}). The sandbox knows checkout sessions, refunds, "
        )
        raise StripeError(404, message + "payment intents and charges.")

    async def _answer(self, call: Call, send: Send) -> None:
        now = self._clock()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(call.answer)),
            (b"date", self._date.at(now)),
            (b"request-id", call.request_id.encode()),
        ]
        if call.key is not None:
            headers.append((b"idempotency-key", call.key.encode("latin-1", "replace")))
        if call.replayed is not None:
            headers.append((b"idempotent-replayed", b"true"))
            headers.append((b"original-request", call.replayed.request_id.encode()))
        if (version := call.headers.get("stripe-version")) is not None:
            headers.append((b"stripe-version", version.encode()))
        await send({"type": "http.response.start", "status": call.status, "headers": headers})
        await send({"type": "http.response.body", "body": call.answer, "more_body": False})
        self._log(call, "answered")

    def _log(self, call: Call, outcome: str) -> None:
        now = self._clock()
        answered = outcome == "answered"
        self._journal.add(
            Entry(
                kind="stripe_call",
                direction="in",
                path=call.path,
                call_started_at=call.started,
                answered_at=now if answered else None,
                outcome=outcome,
                response_status=call.status if answered else None,
                request=msgspec.Raw(_encode(call.params)),
                response=msgspec.Raw(call.answer) if call.answer else None,
                accepted=bool(call.answer) and call.status == 200,
                what=f"{call.method} {call.path.split('/')[2] if call.path.count('/') > 1 else ''}",
                error_code=call.error,
                fault=None if call.fault is None else call.fault.id,
                session=call.session,
                idempotency_key=call.key,
                replayed=call.replayed is not None if call.key else None,
            ),
            now,
        )


def _code(fault: Fault, status: int) -> str | None:
    return str(fault.code) if fault.code is not None else "rate_limit" if status == 429 else None


def _found(objects: dict[str, dict[str, Any]], what: str, object_id: str, param: str) -> dict[str, Any]:
    found = objects.get(object_id)
    if found is None:
        raise no_such(what, object_id, param=param)
    return found


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        event = await receive()
        if event["type"] != "http.request":
            return body
        body += event["body"]
        if not event.get("more_body") or len(body) > BODY_BYTES_MAX:
            return body
