"""W3C trace context, carried from the webhook through every event (https://www.w3.org/TR/trace-context/), and the seam for
the spans of a turn.

`tracer` draws nothing until `configure` finds INKGATE_OTLP_ENDPOINT (then it is otlp.py's): whoever does a piece of work
asks it for a span, and what the work causes carries `span.traceparent`. `current` is the context of the work under way; log
lines take their trace from it.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

if TYPE_CHECKING:
    from inkgate_common.cloudevents import Event, Record
    from inkgate_common.settings import ServiceSettings

_FORM = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}\Z")

Kind = Literal["internal", "server", "client"]
Attributes = Mapping[str, str | int | float | bool | Sequence[str]]

current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def new() -> str:
    """A `traceparent` that starts a trace."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"


def valid(traceparent: str | None) -> str | None:
    """The traceparent if it is well formed, else None (a stranger's header is never trusted to be)."""
    return traceparent if traceparent and _FORM.match(traceparent) else None


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hex digits that all logs and events of one turn share."""
    return traceparent[3:35] if valid(traceparent) and traceparent else None


def fields(traceparent: str | None) -> dict[str, str]:
    """What joins a log line to its trace, by OpenTelemetry's names (specification, 'Trace Context in non-OTLP Log Formats').
    A span is named only where there is one: elsewhere its id stands for nothing."""
    if not traceparent:
        return {}
    if tracer.on and sampled(traceparent):
        return {"trace_id": traceparent[3:35], "span_id": traceparent[36:52], "trace_flags": traceparent[53:55]}
    return {"trace_id": traceparent[3:35]}


def sampled(traceparent: str) -> bool:
    """Whether the spans of this trace are kept: whoever began it decided that for all."""
    return traceparent[54] in "13579bdf"


class Span:
    """A piece of work, as a context manager; an error that leaves it is noted. This one is only its context: nothing is
    drawn. `traceparent` is for what the work causes."""

    __slots__ = ("_token", "traceparent")
    on = False

    def __init__(self, traceparent: str | None) -> None:
        self.traceparent = traceparent
        self._token: Token[str | None] | None = None

    def __enter__(self) -> Self:
        self._token = current.set(self.traceparent)
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if self._token is not None:
            current.reset(self._token)

    def say(self, attributes: Attributes) -> None:
        """Add attributes. Ask `on` first where making them costs something."""

    def failed(self, what: str) -> None:
        """Mark it as failed; `what` is a type or code, never words."""


class Batch(Protocol):
    """The spans of the events that one transaction handles."""

    async def __aenter__(self) -> "Batch": ...

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None: ...

    def of(self, events: "list[Event]") -> "list[Event]":
        """These are handled now. What they cause becomes part of their spans: handle the events that this returns."""


class _NoBatch:
    async def __aenter__(self) -> "Batch":
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None: ...

    def of(self, events: "list[Event]") -> "list[Event]":
        return events


class Late(Protocol):
    """A span whose trace is only known when a part of the work is done. It began when the block did."""

    async def __aenter__(self) -> "Late": ...

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None: ...

    def join(self, parent: str | None) -> str | None:
        """It belongs to this parent (None: to a trace of its own); the context of what it causes."""


class _NoLate:
    async def __aenter__(self) -> "Late":
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None: ...

    def join(self, parent: str | None) -> str | None:
        return parent


class Tracer:
    """The tracer that draws nothing, and costs nothing that could be measured."""

    on = False
    _no_batch = _NoBatch()
    _no_late = _NoLate()

    def begin(self, name: str, parent: str | None = None, kind: Kind = "server") -> Span:
        """The first span of a turn here, of a trace of its own where there is no parent."""
        return Span(parent or new())

    def span(self, name: str, parent: str | None, kind: Kind = "internal") -> Span:
        """A piece of work. Without a parent there is none: nobody would find it."""
        return Span(parent)

    def late(self, name: str) -> Late:
        """A request to us, which turns out to belong to a turn that began long ago."""
        return self._no_late

    def mark(self, name: str, parent: str | None, attributes: Attributes, link: str | None = None) -> None:
        """Something that takes no time; `link`: another span that brought it about."""

    def batch(self) -> Batch:
        """For one transaction of a consumer."""
        return self._no_batch

    def publishing(self, records: "list[Record]") -> "list[Record]":
        """These go to Kafka now; publish what this returns."""
        return records

    def published(self, records: "Sequence[Record]", error: str | None) -> None:
        """Kafka has them, or not."""

    async def close(self) -> None:
        """Send what is not yet sent."""


tracer = Tracer()


def configure(service: str, settings: "ServiceSettings") -> None:
    """Draw spans from now on, if the settings say where to."""
    global tracer
    if settings.otlp_endpoint:
        # Loaded for this alone: the SDK's modules would cost every process start-up time and memory.
        from inkgate_common import otlp

        tracer = otlp.tracer(service, settings)
