"""WhatsApp's webhooks: what clients write and what became of our messages, in Meta's envelope, signed.

Shapes: WhatsApp Business Platform, 'Webhooks › messages › components', and the payloads published with pywa.
Signature: `X-Hub-Signature-256: sha256=<hex HMAC-SHA256 of the raw body with the app secret>` (Graph API, 'Webhooks:
validate payloads'). Meta escapes non-ASCII characters and slashes: a receiver that serialises anew gets another one.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from typing import Any

import msgspec

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.chats import Chats, Client, Message
from inkgate.sandbox.graph_errors import title_of
from inkgate.sandbox.times import Clock, iso_ms
from inkgate.sandbox.webhooks import Deliverer, Job

BUSINESS_ACCOUNT_ID = "102290129340398"
# A number from Ofcom's range for drama: nobody's.
BUSINESS_NUMBER = "447700900000"
WINDOW_S = 24 * 3600
_CODE_HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

_encode = msgspec.json.Encoder().encode


def encode_like_meta(value: object) -> bytes:
    """JSON without spaces, ASCII only, slashes escaped."""
    body = _encode(value)
    if not body.isascii():
        body = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
    return body.replace(b"/", b"\\/") if b"/" in body else body


class MetaSigner:
    """Raw body → the headers of a webhook POST as Meta sends it."""

    def __init__(self, app_secret: str) -> None:
        self._key = app_secret.encode()

    def __call__(self, body: bytes) -> Mapping[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "facebookexternalua",
            "X-Hub-Signature-256": "sha256=" + hmac.digest(self._key, body, "sha256").hex(),
        }


def new_wamid(number: str) -> str:
    """A message id in the outward shape of WhatsApp's: base64, with '/', '+' and '=' in it now and then."""
    raw = b"\x1d\x18" + bytes((len(number) % 256,)) + number.encode() + b"\x15\x02\x00\x11\x18\x12" + os.urandom(12)
    return "wamid." + base64.b64encode(raw).decode()


class WhatsApp:
    """The other side of the phone number: keeps chats and sends webhooks to intake."""

    def __init__(
        self,
        chats: Chats,
        deliverer: Deliverer,
        bus: Bus,
        clock: Clock,
        *,
        phone_number_id: str,
        statuses: tuple[str, ...],
        status_delay_ms: int,
    ) -> None:
        self.chats = chats
        self._deliverer = deliverer
        self._bus = bus
        self._clock = clock
        self._metadata = {"display_phone_number": BUSINESS_NUMBER, "phone_number_id": phone_number_id}
        self._statuses = statuses
        self._delay_s = status_delay_ms / 1000
        self._statuses_to_come = 0

    @property
    def waiting(self) -> int:
        """Webhooks that are still to be acknowledged, statuses whose time has not come among them."""
        return self._deliverer.pending + self._statuses_to_come

    def window_open(self, client: Client) -> bool:
        """Whether plain text may go to her: she wrote within 24 h. One who never wrote here (the artist) is let through."""
        return client.last_in_s is None or self._clock() - client.last_in_s < WINDOW_S

    def receive(self, client: Client, message: Message, wire: dict[str, Any], contact: dict[str, Any] | None) -> bool:
        """A client wrote: put it into her chat and send `wire` (Meta's message object) to intake.

        contact: the `contacts` entry, None for a payload without one. Returns False when too many webhooks wait already.
        """
        self.chats.add(client, message)
        value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": self._metadata}
        if contact is not None:
            value["contacts"] = [contact]
        value["messages"] = [wire]
        if self._bus.listening:
            self._bus.publish("chat", {"wa_id": client.key, "message": message.public(), "name": client.name})

        def acknowledged(now: float) -> None:
            if message.acked_at is None:
                message.acked_at = now
                message.note_status("delivered", now)

        return self._deliverer.offer(
            Job(
                self._envelope(value),
                what="message",
                key=client.key,
                wa_id=client.key,
                wamid=message.wamid,
                logged=msgspec.Raw(_encode(wire)),
                on_ack=acknowledged,
            )
        )

    def send_raw(self, body: bytes) -> bool:
        """Sign and send any body to intake as it is. Returns False when too many webhooks wait already."""
        return self._deliverer.offer(Job(body, what="raw"))

    def _envelope(self, value: dict[str, Any]) -> bytes:
        return encode_like_meta(
            {
                "object": "whatsapp_business_account",
                "entry": [{"id": BUSINESS_ACCOUNT_ID, "changes": [{"value": value, "field": "messages"}]}],
            }
        )

    def follow_with_statuses(
        self, client: Client, message: Message, statuses: list[str] | None, late_failure: int | None
    ) -> None:
        """Let the statuses of an accepted message come, one after another. None: the settings' list."""
        wanted = list(self._statuses) if statuses is None else list(statuses)
        if late_failure is not None:
            wanted = [*(statuses or ()), "failed"]
        loop = asyncio.get_running_loop()
        for index, status in enumerate(wanted):
            code = late_failure if status == "failed" else None
            self._statuses_to_come += 1
            if self._delay_s:
                loop.call_later(self._delay_s * (index + 1), self._report_in_time, client, message, status, code)
            else:
                loop.call_soon(self._report_in_time, client, message, status, code)

    def _report_in_time(self, client: Client, message: Message, status: str, code: int | None) -> None:
        self._statuses_to_come -= 1
        self.report_status(client, message, status, code)

    def report_status(
        self, client: Client, message: Message, status: str, code: int | None = None, timestamp_s: int | None = None
    ) -> bool:
        """Send one status webhook for an outgoing message now. `code`: the error of a `failed` one (131026 by default)."""
        now = self._clock()
        message.note_status(status, now)
        at = int(now) if timestamp_s is None else timestamp_s
        report: dict[str, Any] = {"id": message.wamid, "status": status, "timestamp": str(at)}
        contact: dict[str, Any] = {"profile": {"name": client.name or client.key}}
        if client.wa_id is not None:
            report["recipient_id"] = contact["wa_id"] = client.wa_id
        if client.user_id is not None:
            report["recipient_user_id"] = contact["user_id"] = client.user_id
        if message.tracker is not None:
            report["biz_opaque_callback_data"] = message.tracker
        if status == "failed":
            message.error = _status_error(131026 if code is None else code)
            report["errors"] = [message.error]
        else:
            self._add_pricing(report, client, message, status, at)
        if self._bus.listening:
            told = {"wa_id": client.key, "wamid": message.wamid, "status": status, "at": iso_ms(now)}
            self._bus.publish("status", {**told, "shown": message.status, "error": message.error})
        value = {
            "messaging_product": "whatsapp",
            "metadata": self._metadata,
            "contacts": [contact],
            "statuses": [report],
        }
        return self._deliverer.offer(
            Job(
                self._envelope(value),
                what="status",
                wa_id=client.key,
                wamid=message.wamid,
                status=status,
                tracker=message.tracker,
            )
        )

    def _add_pricing(self, report: dict[str, Any], client: Client, message: Message, status: str, at: int) -> None:
        category = "utility" if message.kind == "template" else "service"
        conversation: dict[str, Any] = {
            "id": hashlib.md5(client.key.encode(), usedforsecurity=False).hexdigest(),
            "origin": {"type": category},
        }
        if status == "sent":
            conversation["expiration_timestamp"] = str((client.last_in_s or at) + WINDOW_S)
        report["conversation"] = conversation
        report["pricing"] = {"billable": category != "service", "pricing_model": "PMP", "category": category}


def _status_error(code: int) -> dict[str, Any]:
    title = title_of(code)
    details = {"details": f"{title} (said the sandbox, because it was told to)"}
    return {"code": code, "title": title, "message": title, "error_data": details, "href": _CODE_HREF}
