"""A turn is one trace across all services, through Kafka, outbox and mailbox; its log lines are joined to it; and a
collector that is gone costs spans, never a turn."""

import asyncio
import json
import re
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from inkgate.documents import metrics
from inkgate.local.environment import SERVICES
from tests.e2e.otlp import Collector, Seen, collecting, tree
from tests.e2e.stack import ANSWERS, Stack, running, surroundings
from tests.servers import LiveServers

pytestmark = pytest.mark.live

PAGE = Path(__file__).parents[2] / "docs" / "tracing.md"
PERSONAL = re.compile(r"\d{7}|[0-9a-f]{8}-")


@pytest.fixture(scope="module")
async def collector() -> AsyncIterator[Collector]:
    async with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
async def traced(servers: LiveServers, collector: Collector) -> AsyncIterator[Stack]:
    """The whole product with traces on; the sandbox sends no statuses, which are webhooks and traces of their own."""
    with tempfile.TemporaryDirectory(prefix="inkgate-trace-") as folder:
        around = surroundings(
            servers,
            Path(folder),
            INKGATE_OTLP_ENDPOINT=collector.url,
            INKGATE_OTLP_HEADERS="x-tenant=studio",
            INKGATE_LOG_FORMAT="json",
            INKGATE_LOG_LEVEL="debug",
            INKGATE_SANDBOX_STATUSES="",
        )
        async with running(around, Path(folder) / "logs") as stack:
            yield stack


def of_event(collector: Collector, kind: str, conversation: str) -> list[list[Seen]]:
    """The traces that carried an event of this type for a conversation, oldest first."""
    return [
        spans
        for spans in collector.traces().values()
        if any(
            span.attributes.get("cloudevents.event_type") == kind
            and span.attributes.get("messaging.kafka.message.key") == conversation
            for span in spans
        )
    ]


async def whole(stack: Stack, collector: Collector, kind: str, conversation: str, number: int = 0) -> list[Seen]:
    """The trace of the `number`-th such event, once its gate was applied and nothing of it is under way."""

    async def look() -> list[Seen] | None:
        traces = of_event(collector, kind, conversation)
        if len(traces) <= number:
            return None
        spans = traces[number]
        known = {span.span_id for span in spans}
        orphans = [span for span in spans if span.parent_id and span.parent_id not in known]
        sent = {span.span_id for span in spans if span.name.startswith("send ") and "leads" not in span.name}
        waiting = sent - {span.parent_id for span in spans}
        applied = any(span.name == "gate applied" for span in spans)
        facts = any(
            "leads" in span.name and span.attributes["cloudevents.event_type"].endswith("gate_closed") for span in spans
        )
        return spans if applied and facts and not orphans and not waiting else None

    return await stack.wait_for(f"the trace of {kind}", look) or []


async def test_a_message_is_one_trace_as_the_page_draws_it(traced: Stack, collector: Collector) -> None:
    lead = await traced.client().begin()
    spans = await whole(traced, collector, "inkgate.message.received", lead["conversation_id"])
    assert len(of_event(collector, "inkgate.message.received", lead["conversation_id"])) == 1
    assert len(of_event(collector, "inkgate.intent.created", lead["conversation_id"])) == 1
    drawn = tree(spans, traced.around.topic_prefix)
    print(drawn)
    assert f"```\n{drawn}\n```" in PAGE.read_text()
    by_name = {span.name: span for span in spans}
    call = by_name["POST messages"]
    assert call.attributes["inkgate.outcome"] == "accepted" and call.attributes["inkgate.attempt"] == 1
    assert by_name["gate applied"].start_ns >= call.end_ns
    assert not any(span.failed for span in spans)
    said = json.dumps([span.attributes for span in spans])
    assert "time for a new piece" not in said and not re.search(r"4477\d{6}", said)
    resources = {span.service: span.resource for span in spans}
    assert set(resources) == {"intake", "dialogue", "sender"}
    assert all(one["service.version"] and one["service.instance.id"] for one in resources.values())
    assert collector.requests[0]["x-tenant"] == "studio"


async def test_a_message_that_waited_in_the_mailbox_stays_in_its_trace(traced: Stack, collector: Collector) -> None:
    client = traced.client()
    lead = await client.begin()
    await traced.fault(on="whatsapp", wa_id=client.wa_id, delay_s=1)
    await client.say("yes")
    await client.until("the open gate", lambda lead: lead["open_gate"])
    await client.say("HUMAN")
    waiting = await client.until("the mailbox", lambda lead: lead["mailbox"])
    assert waiting["open_gate"]
    await client.until("the handover", lambda lead: lead["handover"])
    spans = await whole(traced, collector, "inkgate.message.received", lead["conversation_id"], 2)
    late = next(span for span in spans if span.attributes.get("inkgate.waited"))
    before = await whole(traced, collector, "inkgate.message.received", lead["conversation_id"], 1)
    assert late.name == "decide" and late.links == (before[0].trace_id,)
    assert {"POST /webhooks/whatsapp", "POST messages", "gate applied"} <= {span.name for span in spans}


async def test_a_payment_is_one_trace_from_the_approval_to_the_confirmation(
    traced: Stack, collector: Collector
) -> None:
    client = traced.client()
    lead = await client.paid()
    key = lead["conversation_id"]
    spans = await whole(traced, collector, "inkgate.deposit.paid", key)
    assert spans == (await whole(traced, collector, "inkgate.deposit.requested", key))
    steps = [
        ("dialogue", "action"),
        ("payments", "stripe create"),
        ("sender", "POST messages"),
        ("dialogue", "gate applied"),
        ("payments", "POST /webhooks/stripe"),
        ("sender", "POST messages"),
        ("dialogue", "gate applied"),
    ]
    rest = iter([(span.service, span.name) for span in spans])
    assert all(step in rest for step in steps), tree(spans, traced.around.topic_prefix)
    parents = {span.span_id: span for span in spans}
    webhook = next(span for span in spans if span.name == "POST /webhooks/stripe")
    assert parents[webhook.parent_id].name.startswith("process ")


async def test_the_log_lines_of_a_turn_share_the_webhooks_trace(traced: Stack, collector: Collector) -> None:
    lead = await traced.client().begin()
    spans = await whole(traced, collector, "inkgate.message.received", lead["conversation_id"])
    for service in ("intake", "dialogue", "sender"):
        lines = [json.loads(line) for line in traced.log(service).splitlines()]
        mine = [line for line in lines if line.get("trace_id") == spans[0].trace_id]
        assert mine, f"{service} has no line of the turn"
        ids = {span.span_id for span in spans}
        assert all(line["span_id"] in ids and line["trace_flags"] for line in mine)
        assert all(line["service"] == service for line in lines)


async def test_every_metric_is_listed_and_no_label_names_a_person_or_an_id(traced: Stack) -> None:
    for service in SERVICES:
        async with traced.http.get(traced.around.url(service) + "/metrics") as response:
            text = await response.text()
        listed = {one.name: one for one in [*metrics.common(), *metrics.of_service(service)]}
        found = set()
        for family in text_string_to_metric_families(text):
            if not family.name.startswith("inkgate_"):
                continue
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found.add(name)
            for sample in family.samples:
                labels = {label: value for label, value in sample.labels.items() if label != "le"}
                assert set(labels) <= set(listed[name].labels), name
                for value in labels.values():
                    value = value.replace(traced.around.topic_prefix, "")
                    assert len(value) <= 60 and not PERSONAL.search(value), f"{name}: {labels}"
        assert found >= {one.name for one in listed.values() if not one.labels}, service


async def test_a_collector_that_is_gone_costs_spans_and_no_turn_and_the_last_spans_leave_at_the_stop(
    traced: Stack, collector: Collector
) -> None:
    client = traced.client()
    collector.answer = 503
    await client.begin()
    await client.turn("yes")

    async def told() -> bool:
        async with traced.http.get(traced.around.url("intake") + "/metrics") as response:
            return 'inkgate_spans_total{outcome="failed"}' in await response.text()

    await traced.wait_for("the count of lost spans", told)
    collector.answer = 200
    collector.spans.clear()
    await client.turn("yes")

    async def heard() -> bool:
        return {span.service for span in collector.spans} >= {"intake", "dialogue", "sender"}

    await traced.wait_for("spans from everybody again", heard)
    lead = await client.turn(ANSWERS["idea"])
    await asyncio.to_thread(traced.stop, *SERVICES)
    newest = of_event(collector, "inkgate.message.received", lead["conversation_id"])[-1]
    assert {"POST /webhooks/whatsapp", "POST messages", "gate applied"} <= {span.name for span in newest}
