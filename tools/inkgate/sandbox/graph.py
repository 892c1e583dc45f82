"""The Graph API's side: `POST /{version}/{phone_number_id}/messages` and the media behind `GET /{version}/{media_id}`.

The messages route is in the measured path of the benchmark: an ASGI handler outside Litestar's routing (see app.py), JSON by
msgspec, dictionaries, one append to the log.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath
from litestar.types import HTTPScope, Receive
from litestar.types import Send as AsgiSend

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.chats import Client, Message
from inkgate.sandbox.faults import Fault, Faults
from inkgate.sandbox.graph_checks import Read, Send, check
from inkgate.sandbox.graph_errors import GraphError
from inkgate.sandbox.journal import Entry, Journal
from inkgate.sandbox.media import MediaStore
from inkgate.sandbox.times import Clock, HttpDate, iso_ms
from inkgate.sandbox.whatsapp import WhatsApp, new_wamid

BODY_BYTES_MAX = 1_000_000

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_READ_ANSWER = b'{"success":true}'


class Call:
    """One call to /messages as it is worked on."""

    __slots__ = ("answer", "body", "fault", "json_ok", "key", "message", "path", "read", "send", "started", "status")

    def __init__(self, path: str, body: bytes, started: float) -> None:
        self.path = path
        self.body = body
        self.started = started
        self.json_ok = False
        self.fault: Fault | None = None
        self.send: Send | None = None
        self.read: Read | None = None
        self.key: str | None = None
        self.message: Message | None = None
        self.status = 200
        self.answer = b""


class Graph:
    """Judges calls, accepts messages, and lets the statuses follow."""

    def __init__(
        self,
        whatsapp: WhatsApp,
        faults: Faults,
        journal: Journal,
        bus: Bus,
        clock: Clock,
        *,
        phone_number_id: str,
        access_token: str,
    ) -> None:
        self._whatsapp = whatsapp
        self._faults = faults
        self._journal = journal
        self._bus = bus
        self._clock = clock
        self._date = HttpDate()
        self._phone_number_id = phone_number_id
        self._authorization = f"Bearer {access_token}".encode()

    def authorized(self, authorization: bytes | None) -> bool:
        """Whether the header carries our access token."""
        return authorization == self._authorization

    async def handle(self, scope: HTTPScope, receive: Receive, send: AsgiSend, cut: Callable[[], None]) -> None:
        """Answer `POST /{version}/{phone_number_id}/messages`. `cut` closes the caller's connection at once."""
        started = self._clock()
        call = Call(scope["path"], await _read_body(receive), started)
        try:
            self._read_call(scope, call)
            if self._faults.any_whatsapp and call.send is not None:
                call.fault = self._faults.take("whatsapp", call.key)
            if call.fault is not None:
                await self._answer_with_fault(call, receive, send, cut)
                return
            self._take(call)
        except GraphError as error:
            await self._refuse(call, error, send)
            return
        await self._answer(call, send)
        self._follow(call)

    def _read_call(self, scope: HTTPScope, call: Call) -> None:
        if scope["method"] != "POST":
            raise GraphError(100, "Unsupported request. Please use POST.", http_status=400)
        authorization = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        if not self.authorized(authorization):
            raise GraphError(190, "The access token is missing or not the one this sandbox was started with.")
        number = call.path.split("/")[2]
        if number != self._phone_number_id:
            raise GraphError(
                100,
                f"Unsupported post request. Object with ID '{number}' does not exist, cannot be loaded due to missing "
                "permissions, or does not support this operation.",
                subcode=33,
            )
        try:
            decoded = _decode(call.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GraphError(100, f"The body is not JSON: {error}") from None
        call.json_ok = True
        found = check(decoded)
        if isinstance(found, Read):
            call.read = found
            return
        call.send = found
        call.key = found.to if found.to is not None else self._client(found).key

    def _client(self, send: Send) -> Client:
        if send.to is not None:
            return self._whatsapp.chats.client(send.to)
        assert send.recipient is not None
        return self._whatsapp.chats.by_recipient(send.recipient)

    def _take(self, call: Call) -> None:
        """Accept what the call says: the message is with WhatsApp now, whatever the caller gets to hear."""
        if call.read is not None:
            self._take_read(call.read)
            call.answer = _READ_ANSWER
            return
        send = call.send
        assert send is not None
        client = self._client(send)
        if send.kind != "template" and not self._whatsapp.window_open(client):
            raise GraphError(
                131047,
                "Message failed to send because more than 24 hours have passed since the customer last replied to "
                "this number.",
            )
        now = self._clock()
        message = Message(
            wamid=new_wamid(client.key), wa_id=client.key, direction="out", kind=send.kind, text=send.text, at=now
        )
        message.tracker = send.tracker
        message.buttons = send.buttons
        message.options = send.options
        message.media = send.media
        message.reply_to = send.reply_to
        self._whatsapp.chats.add(client, message)
        call.message = message
        contact = {"input": send.asked_to}
        if client.wa_id is not None:
            contact["wa_id"] = client.wa_id
        if client.user_id is not None:
            contact["user_id"] = client.user_id
        call.answer = _encode(
            {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message.wamid}]}
        )
        if self._bus.listening:
            self._bus.publish("chat", {"wa_id": client.key, "message": message.public(), "name": client.name})

    def _take_read(self, read: Read) -> None:
        message = self._whatsapp.chats.message(read.message_id)
        if message is None or message.direction != "in":
            return
        message.note_status("read", self._clock())
        if self._bus.listening:
            at = iso_ms(self._clock())
            told = {"wa_id": message.wa_id, "wamid": message.wamid, "status": "read", "shown": "read", "at": at}
            self._bus.publish("status", told)
            if read.typing:
                self._bus.publish("typing", {"wa_id": message.wa_id, "at": at})

    def _follow(self, call: Call) -> None:
        if call.message is None or call.send is None:
            return
        fault = call.fault
        if fault is not None and fault.no_status:
            return
        statuses = None if fault is None else fault.statuses
        late = None if fault is None else fault.late_failure
        self._whatsapp.follow_with_statuses(self._client(call.send), call.message, statuses, late)

    async def _answer_with_fault(self, call: Call, receive: Receive, send: AsgiSend, cut: Callable[[], None]) -> None:
        fault = call.fault
        assert fault is not None
        told = msgspec.to_builtins(fault)
        self._bus.publish("fault", {"used": told, "wa_id": call.key, "armed": len(self._faults.armed())})
        if fault.delay_s:
            # The caller may give up meanwhile; WhatsApp would go on all the same, so the sandbox does too.
            await asyncio.sleep(fault.delay_s)
        fails = fault.status is not None or fault.code is not None
        if fault.accepted or fault.drop_response or not (fails or fault.hang):
            self._take(call)
        if fault.hang:
            self._follow(call)
            await self._hang(call, receive)
        elif fault.drop_response:
            await self._cut(call, receive, cut)
            self._follow(call)
        elif fault.code is not None:
            error = GraphError(int(fault.code), "The sandbox was told to refuse this.", http_status=fault.status)
            await self._refuse(call, error, send)
            self._follow(call)
        elif fault.status is not None:
            call.status, call.answer = fault.status, b"<html><body>Sorry, something went wrong.</body></html>"
            await self._answer(call, send, b"text/html; charset=utf-8")
            self._follow(call)
        else:
            await self._answer(call, send)
            self._follow(call)

    async def _hang(self, call: Call, receive: Receive) -> None:
        self._log(call, "hung", None)
        self._tell(call, "hung", None)
        await wait_for_disconnect(receive)

    async def _cut(self, call: Call, receive: Receive, cut: Callable[[], None]) -> None:
        self._log(call, "dropped", None)
        self._tell(call, "dropped", None)
        cut()
        await wait_for_disconnect(receive)

    async def _refuse(self, call: Call, error: GraphError, send: AsgiSend) -> None:
        call.status, call.answer = error.http_status, error.body()
        await self._answer(call, send, error=error)

    async def _answer(
        self,
        call: Call,
        send: AsgiSend,
        content_type: bytes = b"application/json; charset=UTF-8",
        error: GraphError | None = None,
    ) -> None:
        answered = self._clock()
        headers = [
            (b"content-type", content_type),
            (b"content-length", b"%d" % len(call.answer)),
            (b"date", self._date.at(answered)),
        ]
        await send({"type": "http.response.start", "status": call.status, "headers": headers})
        await send({"type": "http.response.body", "body": call.answer, "more_body": False})
        self._log(call, "answered", self._clock(), error)
        if call.status != 200:
            self._tell(call, "refused", error)

    def _tell(self, call: Call, outcome: str, error: GraphError | None) -> None:
        if not self._bus.listening:
            return
        send = call.send
        self._bus.publish(
            "call",
            {
                "wa_id": call.key,
                "outcome": outcome,
                "http_status": call.status if outcome == "refused" else None,
                "code": None if error is None else error.code,
                "title": None if error is None else error.title,
                "details": None if error is None else error.details,
                "text": None if send is None else send.text,
                "biz_opaque_callback_data": None if send is None else send.tracker,
                "accepted": call.message is not None,
                "wamid": None if call.message is None else call.message.wamid,
                "at": iso_ms(self._clock()),
            },
        )

    def _log(self, call: Call, outcome: str, answered_at: float | None, error: GraphError | None = None) -> None:
        send, message, read = call.send, call.message, call.read
        json_answer = outcome == "answered" and call.answer[:1] == b"{"
        self._journal.add(
            Entry(
                kind="graph_call",
                direction="in",
                path=call.path,
                call_started_at=call.started,
                answered_at=answered_at,
                outcome=outcome,
                response_status=call.status if outcome == "answered" else None,
                request=msgspec.Raw(call.body) if call.json_ok else call.body[:2000].decode("utf-8", "replace"),
                response=msgspec.Raw(call.answer) if json_answer else None,
                wa_id=call.key,
                wamid=message.wamid if message is not None else None if read is None else read.message_id,
                biz_opaque_callback_data=None if send is None else send.tracker,
                accepted=message is not None or (read is not None and call.status == 200),
                what="read" if read is not None else None if send is None else send.kind,
                error_code=None if error is None else error.code,
                fault=None if call.fault is None else call.fault.id,
            ),
            self._clock(),
        )


async def _read_body(receive: Receive) -> bytes:
    event = await receive()
    if event["type"] != "http.request":
        return b""
    body = event["body"]
    if not event.get("more_body"):
        return body
    parts, size = [body], len(body)
    while event.get("more_body") and size <= BODY_BYTES_MAX:
        event = await receive()
        if event["type"] != "http.request":
            break
        parts.append(event["body"])
        size += len(event["body"])
    return b"".join(parts)


async def wait_for_disconnect(receive: Receive) -> None:
    """Return when the caller has gone (or the server stops)."""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return


def media_routes(graph: Graph, media: MediaStore, base_url: str) -> list[BaseRouteHandler]:
    """The routes of media."""

    @get("/{version:str}/{media_id:str}")
    async def media_info(
        request: Request[Any, Any, Any], version: FromPath[str], media_id: FromPath[str]
    ) -> Response[bytes]:
        return media.describe(graph, request.headers.get("authorization"), media_id, base_url)

    @get("/graph-media/{media_id:str}")
    async def media_bytes(request: Request[Any, Any, Any], media_id: FromPath[str]) -> Response[bytes]:
        return media.download(graph, request.headers.get("authorization"), media_id)

    return [media_info, media_bytes]
