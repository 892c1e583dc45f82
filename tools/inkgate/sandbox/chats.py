"""The clients and their chats, in memory: what a client's phone would show."""

from collections import deque
from typing import Any

from inkgate.sandbox.times import iso_ms

MESSAGES_PER_CLIENT_MAX = 1000
MESSAGES_KNOWN_MAX = 100_000

# A later status never takes an earlier one's place back (FACTS §1: statuses have a rank); failed stands beside them.
_RANK = {"accepted": 0, "sent": 1, "delivered": 2, "read": 3, "played": 4}


class Message:
    """One bubble. `status` of an outgoing one: accepted, sent, delivered, read, played or failed; of an incoming one: sent,
    delivered (our webhook was acknowledged) or read (our service marked it read)."""

    __slots__ = (
        "acked_at",
        "at",
        "buttons",
        "direction",
        "error",
        "kind",
        "media",
        "options",
        "reply_to",
        "status",
        "statuses",
        "text",
        "timestamp",
        "tracker",
        "wa_id",
        "wamid",
    )

    def __init__(self, *, wamid: str, wa_id: str, direction: str, kind: str, text: str, at: float) -> None:
        self.wamid = wamid
        self.wa_id = wa_id
        self.direction = direction
        self.kind = kind
        self.text = text
        self.at = at
        self.timestamp = int(at)
        self.status = "accepted" if direction == "out" else "sent"
        self.statuses: dict[str, float] = {}
        self.tracker: str | None = None
        self.buttons: list[dict[str, str]] | None = None
        self.options: dict[str, Any] | None = None
        self.media: dict[str, Any] | None = None
        self.reply_to: str | None = None
        self.error: dict[str, Any] | None = None
        self.acked_at: float | None = None

    def note_status(self, status: str, at_s: float) -> None:
        """Record a status; the shown one only moves up its rank, and failed gives way to a delivery."""
        self.statuses.setdefault(status, at_s)
        if status == "failed":
            if _RANK.get(self.status, 0) < _RANK["delivered"]:
                self.status = status
        elif _RANK.get(status, 0) > _RANK.get(self.status, 1 if self.status == "failed" else 0):
            self.status = status

    def public(self) -> dict[str, Any]:
        """As the control API and the page's events show it."""
        return {
            "wamid": self.wamid,
            "wa_id": self.wa_id,
            "direction": self.direction,
            "kind": self.kind,
            "text": self.text,
            "at": iso_ms(self.at),
            "timestamp": self.timestamp,
            "status": self.status,
            "statuses": {name: iso_ms(at) for name, at in self.statuses.items()},
            "biz_opaque_callback_data": self.tracker,
            "buttons": self.buttons,
            "list": self.options,
            "media": self.media,
            "reply_to": self.reply_to,
            "error": self.error,
            "acked_at": None if self.acked_at is None else iso_ms(self.acked_at),
        }


class Client:
    """One person with a phone. `last_in_s` is the WhatsApp timestamp of the newest message she wrote (None: never)."""

    __slots__ = ("key", "last_at", "last_in_s", "messages", "name", "user_id", "wa_id")

    def __init__(self, key: str, wa_id: str | None) -> None:
        self.key = key
        self.wa_id = wa_id
        self.user_id: str | None = None
        self.name: str | None = None
        self.last_in_s: int | None = None
        self.last_at: float | None = None
        self.messages: deque[Message] = deque(maxlen=MESSAGES_PER_CLIENT_MAX)

    def public(self) -> dict[str, Any]:
        """As `GET /sandbox/clients` shows it."""
        last = self.messages[-1] if self.messages else None
        return {
            "wa_id": self.key,
            "name": self.name,
            "user_id": self.user_id,
            "messages": len(self.messages),
            "last_at": None if self.last_at is None else iso_ms(self.last_at),
            "last_text": None if last is None else last.text[:80],
        }


class Chats:
    """All clients by key (`wa_id`, or the user id of one who has none), and messages by wamid."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        self._by_user_id: dict[str, str] = {}
        self._by_wamid: dict[str, Message] = {}

    def client(self, wa_id: str) -> Client:
        """The client with that key; made when new."""
        found = self.clients.get(wa_id)
        if found is None:
            found = self.clients[wa_id] = Client(wa_id, wa_id if wa_id.isdigit() else None)
        return found

    def link_user_id(self, client: Client, user_id: str) -> None:
        """Remember the business-scoped user id under which a client is reached as well."""
        client.user_id = user_id
        self._by_user_id[user_id] = client.key

    def by_recipient(self, recipient: str) -> Client:
        """The client of a business-scoped user id; made when new."""
        return self.client(self._by_user_id.get(recipient, recipient))

    def add(self, client: Client, message: Message) -> None:
        """Put a message at the end of a client's chat. The oldest known wamid is forgotten when there are too many."""
        client.messages.append(message)
        client.last_at = message.at
        if message.direction == "in":
            client.last_in_s = max(client.last_in_s or 0, message.timestamp)
        known = self._by_wamid
        known[message.wamid] = message
        if len(known) > MESSAGES_KNOWN_MAX:
            del known[next(iter(known))]

    def message(self, wamid: str) -> Message | None:
        """The newest message with that id, where it is still known."""
        return self._by_wamid.get(wamid)
