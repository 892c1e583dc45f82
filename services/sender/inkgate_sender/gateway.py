"""WhatsApp's Cloud API: the only file that knows it. One call, `POST /{version}/{phone_number_id}/messages`; its outcome
is a value (domain/outcome.py).

Sources: WhatsApp Business Platform, 'Cloud API › Messages' (bodies, `biz_opaque_callback_data`); Graph API, 'Handling
errors'.

Bare aiohttp instead of httpx over it: a quarter of the CPU a call (docs/decisions/0006), and it tells apart what must
be told apart here. httpx-aiohttp 0.2 reports a connection that broke after the request was written
(ServerDisconnectedError) as a ConnectTimeout, which would be sent twice. In aiohttp 3.14 exactly three families prove that
no byte went out: ClientConnectorError (refused, no route, no name, TLS; the same of a proxy), ConnectionTimeoutError (no
connection within the limit) and ClientHttpProxyError (the proxy would not connect us). It repeats no POST by itself
(client.IDEMPOTENT_METHODS).
"""

import asyncio
import re
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import msgspec
from multidict import CIMultiDictProxy
from yarl import URL

from inkgate_common.contracts.intents import Body, Buttons, ListMenu, Template, Text
from inkgate_sender.domain.outcome import Accepted, NotSent, Refused, Unknown

CONNECT_S_MAX = 5.0
# Below the idle limit of common servers (5 s and more): a request written to a connection that the other side is just
# closing would be uncertain.
KEEPALIVE_S = 4.0
TITLE_CHARS_MAX = 300

# Meta refuses newlines, tabs and more than four spaces in a row in template parameters (code 132018).
_NOT_IN_PARAMETERS = re.compile(r"[\n\r\t]+| {5,}")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Message(msgspec.Struct, frozen=True):
    """What one call sends. `to` (a phone number) wins over `recipient` (a user id); `tracker` comes back in statuses."""

    phone_number_id: str
    to: str | None
    recipient: str | None
    body: Body
    tracker: str


def request_body(message: Message) -> dict[str, Any]:
    """The JSON of a call."""
    addressed = {"to": message.to} if message.to is not None else {"recipient": message.recipient}
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **addressed,
        **_content(message.body),
        "biz_opaque_callback_data": message.tracker,
    }


def _content(body: Body) -> dict[str, Any]:
    match body:
        case Text():
            return {"type": "text", "text": {"body": body.text, "preview_url": False}}
        case Buttons():
            replies = [{"type": "reply", "reply": {"id": b.id, "title": b.title}} for b in body.buttons]
            return _interactive("button", body.text, {"buttons": replies})
        case ListMenu():
            rows = [
                {"id": row.id, "title": row.title} | ({"description": row.description} if row.description else {})
                for row in body.rows
            ]
            return _interactive("list", body.text, {"button": body.button, "sections": [{"rows": rows}]})
        case Template():
            return {"type": "template", "template": _template(body)}


def _interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _template(body: Template) -> dict[str, Any]:
    template: dict[str, Any] = {"name": body.name, "language": {"code": body.language}}
    if body.parameters:
        values = [_NOT_IN_PARAMETERS.sub(" ", value) for value in body.parameters]
        parameters = [{"type": "text", "text": value} for value in values]
        template["components"] = [{"type": "body", "parameters": parameters}]
    return template


class WhatsApp:
    """The Graph API at `base`, through `proxy` (http://user:password@proxy:3128) where there is one. Must be made inside a
    running event loop. `trusted`: the door for tests that are their own authority."""

    def __init__(
        self,
        base: str,
        version: str,
        token: str,
        *,
        timeout_s: float,
        connections: int,
        proxy: str | None = None,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._base = f"{base}/{version}"
        self._urls: dict[str, URL] = {}
        self._dates: tuple[str, datetime | None] = ("", None)
        # With each call: the session's own headers go to the proxy too, and an Authorization as if it were the proxy's.
        self._authorization = {"Authorization": f"Bearer {token}"}
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=connections, keepalive_timeout=KEEPALIVE_S, ssl=True if trusted is None else trusted
            ),
            proxy=proxy,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Content-Type": "application/json", "User-Agent": "inkgate"},
            timeout=aiohttp.ClientTimeout(total=timeout_s, connect=min(CONNECT_S_MAX, timeout_s / 2)),
            skip_auto_headers=("Accept", "Accept-Encoding"),
            auto_decompress=True,
        )

    async def send(self, message: Message) -> Accepted | Refused | Unknown | NotSent:
        """Make the call. Raises nothing but CancelledError."""
        try:
            if not message.phone_number_id.isdigit():
                return Refused(100, "the phone number id is not a number", 400)
            url = self._url(message.phone_number_id)
            body = _encode(request_body(message))
        except (ValueError, TypeError) as error:
            return Refused(100, f"cannot be put into a request: {type(error).__name__}", 400)
        try:
            async with self._session.post(
                url, data=body, headers=self._authorization, allow_redirects=False
            ) as response:
                return self._outcome(response.status, response.headers, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError) as error:
            return NotSent(type(error).__name__)
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError) as error:  # noqa: UP041  it is not OSError before 3.11
            return Unknown(type(error).__name__)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    def _url(self, phone_number_id: str) -> URL:
        url = self._urls.get(phone_number_id)
        if url is None:
            url = URL(self._base) / phone_number_id / "messages"
            if len(self._urls) < 10_000:
                self._urls[phone_number_id] = url
        return url

    def _outcome(self, status: int, headers: CIMultiDictProxy[str], body: bytes) -> Accepted | Refused | Unknown:
        if status == 200:
            return Accepted(_wamid(body), self._date(headers.get("Date")))
        code, title = _graph_error(body)
        if code is None and status >= 500:
            return Unknown(f"http_{status}")
        return Refused(code, title, status, _seconds(headers.get("Retry-After")))

    def _date(self, text: str | None) -> datetime | None:
        """The Date header (RFC 9110): the same for a second's worth of answers."""
        if text is None:
            return None
        if self._dates[0] != text:
            try:
                parsed = parsedate_to_datetime(text)
                self._dates = (text, parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC))
            except ValueError:
                self._dates = (text, None)
        return self._dates[1]


def _wamid(body: bytes) -> str | None:
    """The id of an accepted message; an answer without one was accepted all the same."""
    try:
        wamid = _decode(body)["messages"][0]["id"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, IndexError, TypeError):
        return None
    return wamid if isinstance(wamid, str) and wamid else None


def _graph_error(body: bytes) -> tuple[int | None, str | None]:
    """Code and words of a Graph error; None where the body holds none."""
    try:
        error = _decode(body)["error"]
        code = int(error["code"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError):
        return None, None
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    title = str(details or error.get("message") or "")
    return code, title.replace("\x00", "")[:TITLE_CHARS_MAX] or None


def _seconds(text: str | None) -> float:
    """A Retry-After in seconds, at most an hour; 0 where there is none (the date form is not used by the Graph API)."""
    return min(3600.0, float(text)) if text is not None and text.isascii() and text.isdigit() else 0.0
