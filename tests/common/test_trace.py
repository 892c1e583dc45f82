"""Spans: none and no SDK unless a collector is named; parent and child through records and events; never in the way."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from inkgate_common import log, metrics, otlp, trace
from inkgate_common.cloudevents import Event, Record, new
from inkgate_common.contracts.control import ModeChanged

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = PARENT[:-1] + "0"


class Kept(SpanExporter):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


def tracer(exporter: SpanExporter, ratio: float = 1.0) -> otlp.OtlpTracer:
    return otlp.OtlpTracer("test", lambda name: f"inkgate.{name}.v1", ratio, exporter)


async def drawn(by: otlp.OtlpTracer, kept: Kept) -> dict[str, ReadableSpan]:
    await by.close()
    return {span.name: span for span in kept.spans}


def event(traceparent: str | None) -> Event:
    now = datetime(2026, 5, 4, tzinfo=UTC)
    data = ModeChanged(at=now, panic=True, pilot=False, by="a test")
    return new(data, source="test", subject="1", time=now, cause=uuid4(), traceparent=traceparent)


def record(traceparent: str) -> Record:
    headers = [("ce_id", "x"), ("ce_type", "inkgate.y"), ("traceparent", traceparent), ("inkgate_error", "z")]
    return Record(uuid4(), "inkgate.control.v1", "1", headers, b"{}")


def context(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"00-{span.context.trace_id:032x}-{span.context.span_id:016x}-{span.context.trace_flags:02x}"


def parent_of(span: ReadableSpan) -> str | None:
    return None if span.parent is None else f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}"


# Off.


def test_without_a_collector_no_service_loads_the_sdk() -> None:
    code = (
        "import sys, inkgate_intake.app, inkgate_dialogue.app, inkgate_sender.app, inkgate_payments.app\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


async def test_without_a_collector_everything_is_handed_through() -> None:
    off = trace.Tracer()
    records, events = [record(PARENT)], [event(PARENT)]
    assert off.publishing(records) is records
    async with off.batch() as spans:
        assert spans.of(events) is events
    async with off.late("x") as late:
        assert late.join(PARENT) == PARENT
    with off.span("x", PARENT) as span:
        assert span.traceparent == trace.current.get() == PARENT and not span.on
    with off.begin("x") as span:
        assert trace.valid(span.traceparent) and span.traceparent != PARENT
    assert trace.current.get() is None


# On.


async def test_a_span_is_a_child_of_its_parent_and_notes_an_error_by_type_only() -> None:
    kept = Kept()
    on = tracer(kept)
    with pytest.raises(ValueError, match="secret"), on.begin("work", PARENT):
        raise ValueError("a secret")
    span = (await drawn(on, kept))["work"]
    assert parent_of(span) == PARENT[3:52]
    assert not span.status.is_ok and span.attributes == {"error.type": "ValueError"}
    assert "secret" not in span.to_json()


async def test_a_record_is_published_under_its_producer_span_and_the_row_keeps_its_own() -> None:
    kept = Kept()
    on = tracer(kept)
    row = record(PARENT)
    [sent] = on.publishing([row])
    on.published([sent], None)
    span = (await drawn(on, kept))["send inkgate.control.v1"]
    assert dict(row.headers)["traceparent"] == PARENT and parent_of(span) == PARENT[3:52]
    assert dict(sent.headers)["traceparent"] == context(span)
    assert [name for name, _ in sent.headers] == [name for name, _ in row.headers] and sent.id == row.id


async def test_a_record_that_is_tried_again_has_a_span_for_each_try() -> None:
    kept = Kept()
    on = tracer(kept)
    row = record(PARENT)
    on.publishing([row])  # the producer was replaced, and nobody said what became of it
    [again] = on.publishing([row])
    on.published([again], "KafkaTimeoutError")
    await on.close()
    assert [span.attributes["error.type"] for span in kept.spans if span.attributes] == [
        "interrupted",
        "KafkaTimeoutError",
    ]


async def test_each_event_of_a_batch_is_handled_in_its_own_trace_and_one_span_links_them() -> None:
    kept = Kept()
    on = tracer(kept)
    other = trace.new()
    async with on.batch() as spans:
        first, second = spans.of([event(PARENT), event(other)])
    await on.close()
    handling = [span for span in kept.spans if span.name == "process inkgate.control.v1"]
    assert [parent_of(span) for span in handling] == [PARENT[3:52], other[3:52]]
    assert [first.traceparent, second.traceparent] == [context(span) for span in handling]
    [batch] = [span for span in kept.spans if span.name == "batch"]
    assert batch.parent is None and [link.context.trace_id for link in batch.links] == [
        int(each[3:35], 16) for each in (PARENT, other)
    ]


async def test_events_of_one_trace_need_no_span_of_the_batch_and_a_failed_one_is_marked() -> None:
    kept = Kept()
    on = tracer(kept)
    with pytest.raises(OSError):
        async with on.batch() as spans:
            spans.of([event(PARENT), event(PARENT)])
            raise OSError
    await on.close()
    assert [span.name for span in kept.spans] == ["process inkgate.control.v1"] * 2
    assert not any(span.status.is_ok for span in kept.spans)


async def test_a_request_that_learns_its_turn_late_is_as_long_as_its_block() -> None:
    kept = Kept()
    on = tracer(kept)
    async with on.late("webhook") as late:
        with on.begin("before"):
            pass
        own = late.join(PARENT)
    spans = await drawn(on, kept)
    assert own == context(spans["webhook"]) and parent_of(spans["webhook"]) == PARENT[3:52]
    assert (spans["webhook"].start_time or 0) <= (spans["before"].start_time or 0)


async def test_who_begins_a_trace_decides_for_all_whether_it_is_kept() -> None:
    kept = Kept()
    none, everything = tracer(kept, ratio=0), tracer(kept)
    with none.begin("not kept") as span:
        own = span.traceparent or ""
    assert trace.valid(own) and not trace.sampled(own)
    for on in (none, everything):
        [row] = on.publishing([record(own)])
        async with on.batch() as spans:
            [handled] = spans.of([event(own)])
        with on.span("work", own) as span:
            assert row.headers[2] == ("traceparent", own) and handled.traceparent == span.traceparent == own
        await on.close()
    assert kept.spans == []
    with tracer(kept, ratio=0).begin("kept", PARENT) as span:
        assert trace.sampled(span.traceparent or "")


# In nobody's way.


class Hanging(SpanExporter):
    """A collector that takes a connection and never answers."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Event(), threading.Event()
        self.given = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.given += len(spans)
        self.asked.set()
        self.let_go.wait()
        return SpanExportResult.FAILURE


async def test_a_collector_that_hangs_holds_up_no_work_and_no_stop() -> None:
    hanging = Hanging()
    on = tracer(hanging)
    try:
        for _ in range(otlp.QUEUE_SPANS_MAX + 2 * otlp.BATCH_SPANS_MAX):  # more than fit
            with on.begin("work"):
                pass
        assert hanging.asked.wait(10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):  # as the service ends: it goes on without
                await on.close()
    finally:
        hanging.let_go.set()


async def test_what_the_queue_has_no_room_for_is_counted_and_no_span_is_lost_uncounted() -> None:
    counted = metrics.SPANS.labels("dropped")._value
    before = counted.get()
    hanging = Hanging()
    on = tracer(hanging)
    ended = otlp.QUEUE_SPANS_MAX + 2 * otlp.BATCH_SPANS_MAX
    for _ in range(ended):
        with on.begin("work"):
            pass
    # One batch, at most, is with the collector, and the queue is full.
    dropped = counted.get() - before
    assert otlp.BATCH_SPANS_MAX <= dropped <= 2 * otlp.BATCH_SPANS_MAX
    hanging.let_go.set()
    await on.close()
    assert hanging.given + dropped == ended


class Broken(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        raise ConnectionError("http://user:password@collector refused")


def test_a_failing_collector_is_counted_and_told_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, str]] = []
    monkeypatch.setattr(otlp._log, "warning", lambda _, **fields: told.append(fields), raising=False)
    before = metrics.SPANS.labels("failed")._value.get()
    exporter = otlp.Told(Broken())
    for _ in range(3):
        assert exporter.export([None, None]) is SpanExportResult.FAILURE  # type: ignore[list-item]
    assert metrics.SPANS.labels("failed")._value.get() - before == 6
    assert told == [{"error": "ConnectionError"}]


@pytest.mark.parametrize("base", ["http://collector:4318", "http://collector:4318/", "http://collector:4318/v1/traces"])
def test_the_endpoint_is_a_base_as_in_other_products(base: str) -> None:
    assert otlp.endpoint(base) == "http://collector:4318/v1/traces"


# Log lines.


def test_a_line_carries_the_trace_of_the_work_under_way_or_the_one_it_names() -> None:
    assert log._joined(None, "", {"event": "x"}) == {"event": "x"}
    with trace.Tracer().span("x", PARENT):
        assert log._joined(None, "", {})["trace_id"] == PARENT[3:35]
        assert log._joined(None, "", {"trace_id": "other"})["trace_id"] == "other"


def test_a_line_names_a_span_only_where_spans_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trace.fields(PARENT) == {"trace_id": PARENT[3:35]}
    monkeypatch.setattr(trace, "tracer", tracer(Kept()))
    assert trace.fields(PARENT) == {"trace_id": PARENT[3:35], "span_id": PARENT[36:52], "trace_flags": "01"}
    assert trace.fields(UNSAMPLED) == {"trace_id": PARENT[3:35]}
