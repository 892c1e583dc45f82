"""The log of everything received and sent: append-only, bounded, read by the checker (format: README.md, 'The log')."""

from collections import deque
from itertools import islice
from typing import Any

import msgspec

from inkgate.sandbox.times import iso_us

_TIMES = ("at", "call_started_at", "answered_at")


class Entry(msgspec.Struct, gc=False, kw_only=True):
    """One call in or out, written down when it has ended. Times are seconds since the epoch."""

    kind: str
    """graph_call, media_call, webhook, stripe_call, stripe_webhook"""
    direction: str
    """in: a service called the sandbox; out: the sandbox called a service"""
    path: str
    call_started_at: float
    n: int = 0
    at: float = 0.0
    answered_at: float | None = None
    outcome: str | None = None
    """answered; dropped (cut without an answer); hung (never answered); no_connection, timeout (webhooks); discarded"""
    response_status: int | None = None
    request: msgspec.Raw | str | None = None
    response: msgspec.Raw | None = None
    wa_id: str | None = None
    wamid: str | None = None
    biz_opaque_callback_data: str | None = None
    accepted: bool | None = None
    """graph_call: the message was taken and reaches the client, whatever the caller was told"""
    delivered_to_us: bool | None = None
    """webhook: our service answered 200"""
    what: str | None = None
    """webhook: message, status or raw; graph_call: the message's type, or read; stripe_webhook: the event's type"""
    status: str | None = None
    """the status that a webhook reports"""
    error_code: int | str | None = None
    attempt: int | None = None
    fault: int | None = None
    """id of the armed fault that shaped this"""
    event_id: str | None = None
    session: str | None = None
    idempotency_key: str | None = None
    replayed: bool | None = None


class Journal:
    """A ring of entries with gapless, rising `n`. Nothing here waits or costs more than an append."""

    def __init__(self, entries_max: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=entries_max)
        self._n = 0

    def add(self, entry: Entry, at_s: float) -> None:
        """Number `entry` and keep it; the oldest falls out when the ring is full."""
        self._n += 1
        entry.n = self._n
        entry.at = at_s
        self._entries.append(entry)

    def since(self, n: int, limit: int | None, kind: str | None, wa_id: str | None) -> dict[str, Any]:
        """Entries after number `n`, oldest first, at most `limit`, filtered where `kind` or `wa_id` is given."""
        oldest = self._entries[0].n if self._entries else self._n + 1
        found: list[dict[str, Any]] = []
        last = max(n, oldest - 1)
        for entry in islice(self._entries, max(0, n + 1 - oldest), None):
            if limit is not None and len(found) >= limit:
                break
            last = entry.n
            if (kind is None or entry.kind == kind) and (wa_id is None or entry.wa_id == wa_id):
                found.append(_public(entry))
        return {"items": found, "last_n": last, "newest_n": self._n, "oldest_n": oldest}

    def clear(self) -> int:
        """Forget every entry; numbers go on. Returns how many there were."""
        count = len(self._entries)
        self._entries.clear()
        return count


def _public(entry: Entry) -> dict[str, Any]:
    data: dict[str, Any] = {"n": entry.n, "at": entry.at}
    data |= {name: getattr(entry, name) for name in entry.__struct_fields__}
    for name in _TIMES:
        if data[name] is not None:
            data[name] = iso_us(data[name])
    return data
