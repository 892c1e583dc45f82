"""Time as the sandbox shows it: seconds since the epoch inside, ISO 8601 in UTC outside.

A clock is passed in by the composition root, so that a test can set it.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import formatdate

Clock = Callable[[], float]
"""Returns seconds since the epoch, as `time.time` does."""


def iso_ms(at_s: float) -> str:
    """`at_s` (seconds since the epoch) as ISO 8601 in UTC with milliseconds: what pages and chats show."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_us(at_s: float) -> str:
    """`at_s` as ISO 8601 in UTC with microseconds: what the log shows, where the order of two calls may matter."""
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class HttpDate:
    """Formats the `Date` header and keeps it for the second it is true for.

    The HTTP server's own header may be a second old; the sender compares this one with the second in which a client
    wrote (PROTOCOL §2), so it has to be right.
    """

    def __init__(self) -> None:
        self._second = -1
        self._text = b""

    def at(self, now_s: float) -> bytes:
        """The header's value for `now_s`, rounded down to the second as HTTP has it."""
        second = int(now_s)
        if second != self._second:
            self._second = second
            self._text = formatdate(second, usegmt=True).encode()
        return self._text
