"""docs/metrics.md: every metric of every service, from the modules that define them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

import msgspec
from prometheus_client.metrics import MetricWrapperBase

SERVICES = ("intake", "dialogue", "sender", "payments")
# What a label may say. Each has few values, whatever happens: never a conversation, a person, a number or an id.
LABELS = {
    "topic": "a topic (its full name, or the short one: `inbound`)",
    "task": "a background task of the service",
    "part": "`database`, `kafka`, or `relay` and `consumer`",
    "outcome": "what became of it, a few words each",
    "kind": "a kind of message, receipt, fact or call",
    "status": "WhatsApp's statuses, or `other`",
    "reason": "why nothing was done, without what varies in it",
    "result": "what came of it",
    "state": "`waiting`, `sending`, `uncertain`, `accepted`",
    "scope": "`all`, `business`",
    "older_than_s": "`0`, `60`, `600`",
    "type": "an event type of topic `payments`",
    "service": "the service",
    "version": "the version of Inkgate",
    "python": "the version of Python",
}
_HEAD = """<!-- Generated from the services' metrics.py by `make docs`. Do not edit. -->
# Metrics
Every service answers `GET /metrics` in Prometheus' text format. Counters, gauges and histograms are those below; beside them
come `process_*` and `python_*` of the Prometheus client (memory, CPU, open files, collections). Which service a figure is of
says the scrape's `job` label. Gauges that speak of the whole database (what waits, ages, sizes) are the same from every
replica: take the maximum. Counters and histograms are each replica's own: add them up.

Labels are few, and so are their values:

| label | says |
|---|---|
"""


class Metric(msgspec.Struct, frozen=True):
    """One metric as Prometheus sees it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    help: str

    @property
    def samples(self) -> tuple[str, ...]:
        """The names under which its values are asked for."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{end}" for end in ("bucket", "sum", "count"))
        return (self.name,)


def metrics_of(module: str) -> Iterator[Metric]:
    """The metrics that a module defines, in its order."""
    for value in vars(importlib.import_module(module)).values():
        if isinstance(value, MetricWrapperBase):
            family = next(iter(value.describe()))
            name = f"{family.name}_total" if family.type == "counter" else family.name
            yield Metric(name, family.type, tuple(value._labelnames), family.documentation)


def common() -> list[Metric]:
    """What every service has."""
    return list(metrics_of("inkgate_common.metrics"))


def of_service(service: str) -> list[Metric]:
    """What a service has besides."""
    return list(metrics_of(f"inkgate_{service}.metrics"))


def everything() -> list[Metric]:
    """All of them."""
    return [*common(), *(one for service in SERVICES for one in of_service(service))]


def text() -> str:
    """The document."""
    parts = [_HEAD + "\n".join(f"| `{name}` | {says} |" for name, says in LABELS.items())]
    parts.append("## Every service\n" + _table(common()))
    parts += [f"## {service}\n" + _table(of_service(service)) for service in SERVICES]
    return "\n\n".join(parts) + "\n"


def _table(metrics: list[Metric]) -> str:
    rows = [
        f"| `{one.name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels)} | {one.help} |"
        for one in sorted(metrics, key=lambda one: one.name)
    ]
    return "\n".join(["| name | type | labels | says |", "|---|---|---|---|", *rows])
