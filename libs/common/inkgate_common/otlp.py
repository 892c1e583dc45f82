"""Spans of a turn by the OpenTelemetry SDK, sent over OTLP/HTTP. Loaded only where INKGATE_OTLP_ENDPOINT is set.

Names and attributes follow OpenTelemetry's semantic conventions (messaging, Kafka, HTTP, CloudEvents); what is ours begins
with `inkgate.`. Ids only: never a body, a text or a phone number. Spans leave in the background from a bounded queue:
a collector that is slow or gone costs spans, never a turn.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from importlib.metadata import version
from time import monotonic, time_ns
from typing import Any

from msgspec.structs import replace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import Tracer as OtelTracer

from inkgate_common import ids, log, metrics
from inkgate_common.cloudevents import Event, Record
from inkgate_common.settings import ServiceSettings
from inkgate_common.trace import Attributes, Batch, Kind, Late, Span, Tracer, sampled

_log = log.get("trace")

QUEUE_SPANS_MAX = 4_096
BATCH_SPANS_MAX = 512
EXPORT_EVERY_MS = 1_000
EXPORT_TIMEOUT_S = 5.0
# Producer spans whose acknowledgement is awaited; more than the relay has under way.
UNDER_WAY_MAX = 10_000
_TELL_AGAIN_S = 60.0
_PATH = "/v1/traces"

_KINDS: dict[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
}


def tracer(service: str, settings: ServiceSettings) -> "OtlpTracer":
    """The tracer that the settings ask for."""
    headers = settings.otlp_headers.get_secret_value() if settings.otlp_headers else ""
    exporter = OTLPSpanExporter(
        endpoint=endpoint(settings.otlp_endpoint or ""),
        headers=dict(_pair(part) for part in headers.split(",") if part.strip()),
        timeout=EXPORT_TIMEOUT_S,
        compression=Compression.Gzip,
    )
    # Its own lines come for every batch that fails; ours comes once a minute.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    return OtlpTracer(service, settings.topic, settings.trace_ratio, exporter)


def endpoint(base: str) -> str:
    """Where traces go, as OTEL_EXPORTER_OTLP_ENDPOINT is read: the base with the signal's path."""
    return base if base.endswith(_PATH) else base.rstrip("/") + _PATH


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip(), value.strip()


class Told(SpanExporter):
    """An exporter that counts what comes of the spans; losses are told once a minute."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._told_s = float("-inf")
        self.taken = 0
        """How many spans it was given."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans)
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # whatever the transport raises, the next batch is tried
            result = SpanExportResult.FAILURE
            self._tell(type(error).__name__)
        outcome = "exported" if result is SpanExportResult.SUCCESS else "failed"
        metrics.SPANS.labels(outcome).inc(len(spans))
        if outcome == "failed":
            self._tell("not taken")
        return result

    def dropped(self) -> None:
        """One was not given to it, because too many wait."""
        metrics.SPANS.labels("dropped").inc()
        self._tell("too slow")

    def _tell(self, error: str) -> None:
        if monotonic() - self._told_s > _TELL_AGAIN_S:
            self._told_s = monotonic()
            _log.warning("spans are lost: the collector does not take them", error=error)

    def shutdown(self) -> None:
        self._exporter.shutdown()


class Queue(SpanProcessor):
    """The SDK's batches, behind a bound of our own: theirs drops the oldest span uncounted, this one the newest, counted."""

    def __init__(self, exporter: Told) -> None:
        self._exporter = exporter
        self._handed = 0
        self._batches = BatchSpanProcessor(
            exporter,
            max_queue_size=QUEUE_SPANS_MAX,
            max_export_batch_size=BATCH_SPANS_MAX,
            schedule_delay_millis=EXPORT_EVERY_MS,
        )

    def on_end(self, span: ReadableSpan) -> None:
        # The exporter's thread only ever makes this smaller.
        if self._handed - self._exporter.taken >= QUEUE_SPANS_MAX:
            self._exporter.dropped()
            return
        self._handed += 1
        self._batches.on_end(span)

    def shutdown(self) -> None:
        self._batches.shutdown()  # type: ignore[no-untyped-call]


class _Drawn(Span):
    """A span that is drawn."""

    __slots__ = ("_span",)
    on = True

    def __init__(self, span: OtelSpan) -> None:
        super().__init__(_traceparent(span.get_span_context()))
        self._span = span

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        super().__exit__(kind, error, traceback)
        if error is not None:
            self.failed(type(error).__name__)
        self._span.end()

    def say(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def failed(self, what: str) -> None:
        self._span.set_attribute("error.type", what)
        self._span.set_status(Status(StatusCode.ERROR))


class OtlpTracer(Tracer):
    """Draws spans. `topic` gives a topic's full name; `ratio`: of how many traces that begin here the spans are kept."""

    on = True

    def __init__(self, service: str, topic: Callable[[str], str], ratio: float, exporter: SpanExporter) -> None:
        self._service = service
        self._topic = topic
        self._provider = TracerProvider(
            sampler=ParentBasedTraceIdRatio(ratio),
            resource=Resource.create(
                {
                    "service.name": f"inkgate-{service}",
                    "service.namespace": "inkgate",
                    "service.version": version("inkgate"),
                    "service.instance.id": str(ids.random_id()),
                    "host.name": socket.gethostname(),
                }
            ),
            shutdown_on_exit=False,  # `close` does it, in its time
        )
        self._provider.add_span_processor(Queue(Told(exporter)))
        self._tracer = self._provider.get_tracer("inkgate")
        self._publishing: OrderedDict[Any, OtelSpan] = OrderedDict()

    def begin(self, name: str, parent: str | None = None, kind: Kind = "server") -> Span:
        return _Drawn(self._tracer.start_span(name, _context(parent), _KINDS[kind]))

    def span(self, name: str, parent: str | None, kind: Kind = "internal") -> Span:
        if parent is None or not sampled(parent):
            return Span(parent)
        return _Drawn(self._tracer.start_span(name, _context(parent), _KINDS[kind]))

    def mark(self, name: str, parent: str | None, attributes: Attributes, link: str | None = None) -> None:
        if parent is None or not sampled(parent):
            return
        links = [Link(_span_context(link))] if link else None
        self._tracer.start_span(name, _context(parent), attributes=attributes, links=links).end()

    def late(self, name: str) -> Late:
        return _Late(self._tracer, name)

    # Consuming.

    def batch(self) -> Batch:
        return _Handling(self)

    def processing(self, event: Event, together: int) -> OtelSpan:
        """The span of one event's handling, in its own trace."""
        topic = self._topic(event.topic)
        attributes: dict[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.destination.name": topic,
            "messaging.consumer.group.name": f"inkgate-{self._service}",
            "messaging.kafka.message.key": event.subject,
            "messaging.message.id": str(event.id),
            "cloudevents.event_id": str(event.id),
            "cloudevents.event_type": event.type,
        }
        if together > 1:
            attributes["messaging.batch.message_count"] = together
        return self._tracer.start_span(f"process {topic}", _context(event.traceparent), SpanKind.CONSUMER, attributes)

    def together(self, traceparents: Sequence[str]) -> OtelSpan:
        """The span of a transaction that handles events of several traces: its own, with a link to each."""
        links = [Link(_span_context(each)) for each in traceparents]
        attributes: dict[str, str | int] = {"messaging.system": "kafka", "messaging.batch.message_count": len(links)}
        return self._tracer.start_span("batch", Context(), SpanKind.CONSUMER, attributes, links)

    # Publishing.

    def publishing(self, records: list[Record]) -> list[Record]:
        return [self._publish(record) for record in records]

    def _publish(self, record: Record) -> Record:
        parent = next((value for name, value in record.headers if name == "traceparent"), None)
        if parent is None or not sampled(parent):
            return record
        names = dict(record.headers)
        span = self._tracer.start_span(
            f"send {record.topic}",
            _context(parent),
            SpanKind.PRODUCER,
            {
                "messaging.system": "kafka",
                "messaging.operation.name": "send",
                "messaging.operation.type": "send",
                "messaging.destination.name": record.topic,
                "messaging.kafka.message.key": record.key,
                "messaging.message.id": str(record.id),
                "cloudevents.event_id": names.get("ce_id", ""),
                "cloudevents.event_type": names.get("ce_type", ""),
            },
        )
        self._end(record.id, "interrupted")  # it is tried again
        self._publishing[record.id] = span
        while len(self._publishing) > UNDER_WAY_MAX:
            self._end(next(iter(self._publishing)), "interrupted")
        own = _traceparent(span.get_span_context())
        return replace(record, headers=[(n, own if n == "traceparent" else v) for n, v in record.headers])

    def published(self, records: Sequence[Record], error: str | None) -> None:
        for record in records:
            self._end(record.id, error)

    def _end(self, key: Any, error: str | None) -> None:
        span = self._publishing.pop(key, None)
        if span is not None:
            _finish(span, error)

    # The end.

    async def close(self) -> None:
        """Send what waits. A collector that hangs is left behind: its thread ends with the process."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def work() -> None:
            self._provider.shutdown()
            with contextlib.suppress(RuntimeError):  # nobody waits any more
                loop.call_soon_threadsafe(done.set)

        threading.Thread(target=work, name="last spans", daemon=True).start()
        await done.wait()


class _Late:
    """A server span that begins with its block and learns its parent later."""

    def __init__(self, tracer: OtelTracer, name: str) -> None:
        self._tracer = tracer
        self._name = name
        self._began_ns = time_ns()
        self._span: OtelSpan | None = None

    async def __aenter__(self) -> Late:
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if self._span is not None:
            _finish(self._span, None if error is None else type(error).__name__)

    def join(self, parent: str | None) -> str | None:
        if parent is not None and not sampled(parent):
            return parent
        self._span = self._tracer.start_span(
            self._name, _context(parent), SpanKind.SERVER, {"http.request.method": "POST"}, start_time=self._began_ns
        )
        return _traceparent(self._span.get_span_context())


class _Handling:
    """The spans of one transaction: as long as it, with its error."""

    def __init__(self, tracer: OtlpTracer) -> None:
        self._tracer = tracer
        self._spans: list[OtelSpan] = []

    async def __aenter__(self) -> Batch:
        return self

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        for span in self._spans:
            _finish(span, None if error is None else type(error).__name__)

    def of(self, events: list[Event]) -> list[Event]:
        handled: list[Event] = []
        traces: dict[str, str] = {}
        for event in events:
            if event.traceparent is not None and not sampled(event.traceparent):
                handled.append(event)
                continue
            span = self._tracer.processing(event, len(events))
            own = _traceparent(span.get_span_context())
            if span.is_recording():
                traces[own[3:35]] = own
            self._spans.append(span)
            handled.append(replace(event, traceparent=own))
        if len(traces) > 1:
            self._spans.append(self._tracer.together(list(traces.values())))
        return handled


def _finish(span: OtelSpan, error: str | None) -> None:
    if error is not None:
        span.set_attribute("error.type", error)
        span.set_status(Status(StatusCode.ERROR))
    span.end()


def _traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def _span_context(traceparent: str) -> SpanContext:
    return SpanContext(
        trace_id=int(traceparent[3:35], 16),
        span_id=int(traceparent[36:52], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(traceparent[53:55], 16)),
    )


def _context(parent: str | None) -> Context:
    """The SDK's context with this parent; a trace of its own without one."""
    return set_span_in_context(NonRecordingSpan(_span_context(parent)), Context()) if parent else Context()
