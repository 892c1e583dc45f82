"""What libraries log again and again, said once: aiokafka has about ten lines a second while Kafka is away.

Of each logger and template (the words before ids and addresses are put in) the first line goes out at once, with its
traceback if it has one. Those that follow are counted, and each period one line tells how many they were and how the last
one read. After a period without any the next one is a first line again. Our own lines do not come this way.
"""

import contextvars
import logging
import threading
from dataclasses import dataclass

PERIOD_S = 60.0
# Templates that are told apart within a period; whoever puts words of its own into each line is not held back for ever.
KEYS_MAX = 1_000


@dataclass
class _Seen:
    left_out: int = 0
    last: logging.LogRecord | None = None


class Repeats(logging.Handler):
    """Stands before `target`, the handler that writes. A summary has the attribute `left_out`."""

    def __init__(self, target: logging.Handler, period_s: float = PERIOD_S) -> None:
        super().__init__()
        self._target = target
        self._period_s = period_s
        self._seen: dict[tuple[str, int, str], _Seen] = {}
        self._timer: threading.Timer | None = None
        self._context = contextvars.copy_context()  # names the service, in the timer's thread too

    def emit(self, record: logging.LogRecord) -> None:
        key = (record.name, record.levelno, str(record.msg))
        seen = self._seen.get(key)
        if seen is not None:
            seen.left_out, seen.last = seen.left_out + 1, record
            return
        if len(self._seen) < KEYS_MAX:
            self._seen[key] = _Seen()
            self._start_timer()
        self._target.handle(record)

    def tell(self) -> None:
        """The end of a period: a line for each template that came again, and those that did not are forgotten."""
        self.acquire()
        try:
            told = [seen for seen in self._seen.values() if seen.last is not None]
            self._seen = {key: _Seen() for key, seen in self._seen.items() if seen.last is not None}
            self._timer = None
            if self._seen:
                self._start_timer()
        finally:
            self.release()
        for seen in told:
            assert seen.last is not None
            self._target.handle(_summary(seen.last, seen.left_out, self._period_s))

    def close(self) -> None:
        """At the end of the process: what is not yet told."""
        self.tell()
        if self._timer is not None:
            self._timer.cancel()
        super().close()

    def _start_timer(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._period_s, self._context.copy().run, (self.tell,))
            self._timer.daemon = True
            self._timer.start()


def _summary(last: logging.LogRecord, left_out: int, period_s: float) -> logging.LogRecord:
    record = logging.LogRecord(
        last.name,
        last.levelno,
        last.pathname,
        last.lineno,
        "%s (the last of %d like it within %.0f s)",
        (last.getMessage(), left_out, period_s),
        None,
    )
    record.left_out = left_out
    return record
