"""An OTLP/HTTP collector for the tests: takes what the services send, as protobuf, and keeps it in memory."""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Seen:
    """One span as it arrived."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    failed: bool
    attributes: dict[str, Any] = field(hash=False)
    links: tuple[str, ...] = ()
    resource: dict[str, Any] = field(default_factory=dict, hash=False)


class Collector:
    """What has arrived. `answer` is the status of the next answers; `gate`, when set, is awaited before one."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.requests: list[dict[str, str]] = []
        self.answer = 200
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip" and body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        message = ExportTraceServiceRequest.FromString(body)
        self.requests.append(dict(request.headers))
        if self.answer != 200:
            return web.Response(status=self.answer)
        for of_resource in message.resource_spans:
            resource = _values(of_resource.resource.attributes)
            for scope in of_resource.scope_spans:
                self.spans += [_seen(span, resource) for span in scope.spans]
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf"
        )

    def traces(self) -> dict[str, list[Seen]]:
        """Trace id → its spans, by their beginning."""
        found: dict[str, list[Seen]] = defaultdict(list)
        for span in sorted(self.spans, key=lambda span: span.start_ns):
            found[span.trace_id].append(span)
        return found


def tree(spans: list[Seen], prefix: str = "") -> str:
    """A trace as text: a line a span, under its parent, in the order in which they began. Equal neighbours are counted.
    `prefix` is taken from the topics' names."""
    known = {span.span_id for span in spans}
    below: dict[str, list[Seen]] = defaultdict(list)
    for span in spans:
        below[span.parent_id if span.parent_id in known else ""].append(span)

    def lines(parent: str, depth: int) -> list[str]:
        blocks = [(one, lines(one.span_id, depth + 1)) for one in below[parent]]
        drawn: list[str] = []
        counted: list[tuple[tuple[str, ...], int]] = []
        for span, inner in blocks:
            event = str(span.attributes.get("cloudevents.event_type", "")).removeprefix("inkgate.")
            said = f" ({event})" if event and span.name.startswith("send ") else ""
            own = (f"{span.service:<10}{'  ' * depth}{span.name.replace(prefix, '')}{said}", *inner)
            if counted and counted[-1][0] == own:
                counted[-1] = (own, counted[-1][1] + 1)
            else:
                counted.append((own, 1))
        for (first, *rest), times in counted:
            drawn += [first + (f" x{times}" if times > 1 else ""), *rest]
        return drawn

    return "\n".join(lines("", 0))


def _seen(span: Any, resource: dict[str, Any]) -> Seen:
    return Seen(
        service=str(resource["service.name"]).removeprefix("inkgate-"),
        name=span.name,
        kind=span.kind,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        failed=span.status.code == 2,
        attributes=_values(span.attributes),
        links=tuple(link.trace_id.hex() for link in span.links),
        resource=resource,
    )


def _values(attributes: Any) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        kind = value.WhichOneof("value")
        return [plain(one) for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)

    return {one.key: plain(one.value) for one in attributes}


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """A collector on a free port of this machine."""
    collector = Collector()
    app = web.Application(client_max_size=64_000_000)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    server: Any = site._server
    collector.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    try:
        yield collector
    finally:
        await runner.cleanup()
