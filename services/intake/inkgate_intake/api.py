"""HTTP: verify, parse, call the writer, answer. The only place that knows a status code.

A WhatsApp number sends up to four webhooks for each message of a turn, so the POST has a door of its own: the same code
that Litestar's route hands over to, reached without routing (a third of the time: services/intake/README.md).
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Response, get, post
from litestar.datastructures import State
from litestar.params import QueryParameter
from litestar.types import ASGIApp, Receive, Scope, Send

from inkgate_common import log, trace
from inkgate_common.clock import Clock
from inkgate_common.errors import InkgateError
from inkgate_common.openapi import answers, header, taking
from inkgate_common.web import Problem
from inkgate_intake import metrics
from inkgate_intake.domain.signature import same, signed
from inkgate_intake.domain.webhook import parse, read
from inkgate_intake.errors import BadSignature, BodyTooLarge, NotAWebhook, NotStored, QueueFull
from inkgate_intake.handlers import Writer

_log = log.get("api")

PATH = "/webhooks/whatsapp"
SPAN = f"POST {PATH}"
BODY_BYTES_MAX = 3_000_000
# A stranger who sends more than this without an end is cut off.
DRAIN_BYTES_MAX = 64_000_000
# All bodies that are being read, together: strangers can send as much as they like before we know who they are.
READING_BYTES_MAX = 64_000_000
RETRY_AFTER_S = 2

_EMPTY = {"type": "http.response.body", "body": b""}
_STORED = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}

# How each error is answered: status, title, and the outcome in the metrics.
_ANSWERS: dict[type[InkgateError], tuple[int, str, str]] = {
    BadSignature: (401, "Not signed with the app secret", "unsigned"),
    BodyTooLarge: (413, "The body is too large", "too_large"),
    NotAWebhook: (400, "Not a webhook", "malformed"),
    QueueFull: (503, "Too many webhooks wait", "busy"),
    NotStored: (503, "Could not be stored, try again", "not_stored"),
}
# Looked up once: it is the hot path.
_OUTCOMES = {name: metrics.WEBHOOKS.labels(name) for name in ("stored", *(answer[2] for answer in _ANSWERS.values()))}


class Receiver:
    """One webhook from its bytes to the database."""

    def __init__(self, writer: Writer, secrets: tuple[bytes, ...], ours: frozenset[str], clock: Clock) -> None:
        self._writer = writer
        self._secrets = secrets
        self._ours = ours
        self._clock = clock

    async def take(self, body: bytes, signature: bytes | None, traceparent: str | None) -> None:
        """Return when everything in it is durable. Raises one of the errors in the table above."""
        if not signed(self._secrets, body, signature):
            raise _unsigned()
        received_at = self._clock.now()
        items = read(parse(body), received_at, self._ours)
        with trace.tracer.begin(SPAN, trace.valid(traceparent)) as span:
            if span.on:
                span.say({"http.request.method": "POST", "http.route": PATH, "inkgate.items": len(items)})
            await self._writer.store(items, received_at, span.traceparent or "", len(body))
            _log.debug("webhook stored", items=len(items))


class Door:
    """`POST /webhooks/whatsapp` as a bare ASGI application."""

    def __init__(self, receiver: Receiver, clock: Clock) -> None:
        self._receiver = receiver
        self._clock = clock
        self._reading_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = self._clock.monotonic()
        signature = traceparent = None
        for name, value in scope["headers"]:
            if name == b"x-hub-signature-256":
                signature = value
            elif name == b"traceparent":
                traceparent = value.decode("latin-1")
        try:
            body = await self._body(receive)
            if body is None:
                return
            await self._receiver.take(body, signature, traceparent)
        except InkgateError as error:
            outcome = await _refuse(error, send)
        except Exception as error:  # a bug: Meta keeps the webhook and sends it again
            _log.error("webhook failed", error=repr(error)[:300], exc_info=error)
            outcome = await _refuse(NotStored("unexpected"), send)
        else:
            await send(_STORED)  # type: ignore[arg-type]
            await send(_EMPTY)  # type: ignore[arg-type]
            outcome = "stored"
        _OUTCOMES[outcome].inc()
        metrics.ACK_SECONDS.observe(self._clock.monotonic() - started)

    async def _body(self, receive: Receive) -> bytes | None:
        """The whole body; None when the caller has gone. One that is too large is read to its end and not kept, because a
        caller that is still writing does not read our answer. Raises BodyTooLarge, or QueueFull when too much is read at
        the same time."""
        first = await receive()
        if first["type"] == "http.request" and not first.get("more_body"):
            body: bytes = first.get("body", b"")
            if len(body) > BODY_BYTES_MAX:
                raise _too_large()
            return body
        held = 0
        try:
            chunks: list[bytes] = []
            message: Any = first
            size = 0
            while message["type"] == "http.request":
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size <= BODY_BYTES_MAX:
                    chunks.append(chunk)
                    held += len(chunk)
                    self._reading_bytes += len(chunk)
                if self._reading_bytes > READING_BYTES_MAX:
                    raise QueueFull("too many bodies are being read")
                if not message.get("more_body") or size > DRAIN_BYTES_MAX:
                    if size > BODY_BYTES_MAX:
                        raise _too_large()
                    return b"".join(chunks)
                message = await receive()
            return None
        finally:
            self._reading_bytes -= held


def _unsigned() -> BadSignature:
    return BadSignature("X-Hub-Signature-256 is missing or wrong")


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"at most {BODY_BYTES_MAX} bytes are taken")


def _problem(error: InkgateError) -> Problem:
    status, title, _ = _ANSWERS[type(error)]
    return Problem(status, title, str(error) if status < 500 else None)


async def _refuse(error: InkgateError, send: Send) -> str:
    """Answer with a problem; the outcome for the metrics."""
    status, _, outcome = _ANSWERS[type(error)]
    body = msgspec.json.encode(_problem(error).body())
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    if status == 503:
        headers.append((b"retry-after", str(RETRY_AFTER_S).encode()))
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
    return outcome


def _stranger() -> Problem:
    return Problem(403, "Forbidden", "hub.mode must be subscribe and hub.verify_token ours")


_CHALLENGE = "1158201444"  # an example
# One of each status, as it is answered.
_REFUSALS = [_problem(error) for error in (_unsigned(), _too_large(), NotAWebhook("the body is not JSON"), NotStored())]


@get(
    PATH,
    media_type=MediaType.TEXT,
    sync_to_thread=False,
    summary="Meta's verify handshake",
    tags=["webhooks"],
    responses=answers(
        str,
        {403: ("It does not know the verify token.", _stranger())},
        media_type="text/plain",
        says="The challenge.",
        example=lambda: _CHALLENGE,
    ),
    operation_class=taking(
        asked={
            "hub.mode": lambda: "subscribe",
            "hub.verify_token": lambda: "not-a-secret",
            "hub.challenge": lambda: _CHALLENGE,
        }
    ),
)
def verify(
    state: State,
    mode: Annotated[str | None, QueryParameter(name="hub.mode")] = None,
    token: Annotated[str | None, QueryParameter(name="hub.verify_token")] = None,
    challenge: Annotated[str | None, QueryParameter(name="hub.challenge")] = None,
) -> Response[str]:
    """Answer the challenge of whoever knows the verify token; 403 for anybody else."""
    if mode != "subscribe" or not same(token or "", state.verify_token):
        raise _stranger()
    return Response((challenge or "")[:1024], media_type=MediaType.TEXT, headers={"x-content-type-options": "nosniff"})


@post(
    PATH,
    status_code=200,
    summary="A webhook of the WhatsApp Business Account",
    tags=["webhooks"],
    operation_class=taking(
        {"type": "object"},
        example={"object": "whatsapp_business_account", "entry": []},
        says="A notification as Meta writes it, signed over its raw bytes.",
        parameters=[header("X-Hub-Signature-256", "sha256=<HMAC-SHA256>", {"type": "string"}, required=True)],
    ),
    responses=answers(
        None, {one.status: (f"{one.title}.", one) for one in _REFUSALS}, says="Everything in it is durable."
    ),
)
async def receive_webhook(state: State) -> ASGIApp:
    """Read messages, statuses and echoes; 200 only when they are durable."""
    door: ASGIApp = state.door
    return door


class ShortCut:
    """The service's application: webhooks go straight to their door, everything else to Litestar."""

    def __init__(self, door: Callable[[Scope, Receive, Send], Awaitable[None]], application: ASGIApp) -> None:
        self._door = door
        self._application = application

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH:
            await self._door(scope, receive, send)
        else:
            await self._application(scope, receive, send)


ROUTES = (verify, receive_webhook)
