"""DOMAIN §5, Artist actions: links in a notice. One action on one lead, for as long as the lead stands where it stood.

A link carries what it is for and a signature, so that nothing of it is stored; that it was used is remembered as the
idempotency key of the action that it took. Opening one only shows a page: previews of links fire nothing.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import msgspec

_MAC_BYTES = 16
_TOKEN_MAX = 400


class Ticket(msgspec.Struct, frozen=True):
    """What a link is for. `key` is what makes it single-use."""

    lead_id: UUID
    action: str
    status: str
    expires_at: datetime
    key: str


class Links(msgspec.Struct, frozen=True):
    """How links are made: where dialogue is reached from outside, and the secret that signs them."""

    base_url: str
    secret: str

    def url(self, lead_id: UUID, action: str, status: str, expires_at: datetime) -> str:
        """The address of a link. Whole seconds."""
        said = lead_id.bytes + int(expires_at.timestamp()).to_bytes(5, "big") + f"{action}|{status}".encode()
        return f"{self.base_url.rstrip('/')}/act/{_text(said)}.{_text(self._mac(said))}"

    def read(self, token: str) -> Ticket | None:
        """What a token stands for, or None where it is not one of ours. Whether it has expired is for the reader to see."""
        first, _, second = token.partition(".")
        if len(token) > _TOKEN_MAX:
            return None
        try:
            said, mac = _bytes(first), _bytes(second)
            if not hmac.compare_digest(mac, self._mac(said)):
                return None
            action, _, status = said[21:].decode().partition("|")
            at = datetime.fromtimestamp(int.from_bytes(said[16:21], "big"), UTC)
            return Ticket(UUID(bytes=said[:16]), action, status, at, f"link:{_text(mac)}")
        except ValueError:
            return None

    def _mac(self, said: bytes) -> bytes:
        return hmac.new(self.secret.encode(), b"inkgate link\n" + said, hashlib.sha256).digest()[:_MAC_BYTES]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Raises ValueError for what `_text` would not have written."""
    raw = urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))
    if _text(raw) != text:
        raise ValueError("not written by us")
    return raw
