"""What happens in the sandbox, told to the pages that are open: a bounded queue per page, nothing when none is open."""

import asyncio
from typing import Any

import msgspec

QUEUE_EVENTS_MAX = 4000


class Subscription:
    """One open page. `get` waits for the next event as the bytes of a server-sent event, or None: the stream is over."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE_EVENTS_MAX)
        self.overflowed = False

    async def get(self, timeout_s: float) -> bytes | None:
        """The next event; a comment line when `timeout_s` passed without one (it keeps the connection alive)."""
        try:
            return await asyncio.wait_for(self._queue.get(), timeout_s)
        except TimeoutError:
            return b": still here\n\n"

    def put(self, data: bytes | None) -> None:
        """Hand over an event. A page that does not keep up is cut off: it connects again and reads everything anew."""
        if self.overflowed:
            return
        try:
            self._queue.put_nowait(data)
        except asyncio.QueueFull:
            self.overflowed = True
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(None)


class Bus:
    """Fan-out of events to the open pages."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()
        self._closed = False
        self._n = 0
        self._encoder = msgspec.json.Encoder()

    @property
    def listening(self) -> bool:
        """Whether anyone would see an event: callers on the measured path skip building one when not."""
        return bool(self._subscriptions)

    def publish(self, name: str, data: dict[str, Any]) -> None:
        """Send `data` as event `name` to every open page."""
        if not self._subscriptions:
            return
        self._n += 1
        event = b"id: %d\nevent: %s\ndata: %s\n\n" % (self._n, name.encode(), self._encoder.encode(data))
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self) -> Subscription:
        """Open a stream; it must be given back to `unsubscribe`."""
        subscription = Subscription()
        if self._closed:
            subscription.put(None)
        self._subscriptions.add(subscription)
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a stream."""
        self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End every stream, so that the server can stop without waiting for them."""
        self._closed = True
        for subscription in self._subscriptions:
            subscription.put(None)
