"""Rules for how the objects find each other, and for what may reach what."""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from typing import Any

from litestar.handlers import BaseRouteHandler

from inkgate.documents import metrics
from inkgate_dialogue import api as dialogue_api
from inkgate_dialogue import appointments_api
from inkgate_dialogue.console import action_links, pages
from inkgate_intake import api as intake_api
from inkgate_payments import api as payments_api
from inkgate_sender import api as sender_api
from tests.deploy.helm import Objects
from tests.deploy.rules.looking import Workload, each, name_of, of, selects, value, workloads
from tests.deploy.rules.settings import CLASSES

# Answered by every service, and nobody's business outside.
INSIDE = ("/metrics", "/health/live", "/health/ready", "/schema/openapi.json")
ROUTES: dict[str, Sequence[Any]] = {
    "intake": intake_api.ROUTES,
    "dialogue": [*dialogue_api.ROUTES, *appointments_api.ROUTES, *pages.ROUTES, *action_links.ROUTES],
    "sender": sender_api.ROUTES,
    "payments": payments_api.ROUTES,
}
DNS_PORT, HTTPS_PORT = 53, 443
CALLS_OUT = {"sender", "payments"}


def paths(service: str) -> set[str]:
    """The paths that a service answers, as its code says them."""
    found: set[str] = set()
    for handler in ROUTES[service]:
        found |= handler.paths if isinstance(handler, BaseRouteHandler) else {handler.path}
    return found


def selectors_match(objects: Objects) -> Iterator[str]:
    """A Deployment's selector fits its own pods and no other's; a Service's fits the pods of one Deployment."""
    deployments = workloads(objects, "Deployment")
    for workload in deployments:
        found = [other.name for other in workloads(objects) if selects(workload.item["spec"]["selector"], other.labels)]
        if found != [workload.name]:
            yield f"{workload.name}: selects {found}"
    for service in of(objects, "Service"):
        if len(_behind(service, deployments)) != 1:
            yield f"{name_of(service)}: stands before {len(_behind(service, deployments))} Deployments"


def _behind(service: dict[str, Any], deployments: list[Workload]) -> list[Workload]:
    return [w for w in deployments if selects({"matchLabels": service["spec"]["selector"]}, w.labels)]


def ports_match(objects: Objects) -> Iterator[str]:
    """Container, Service and the service's own setting name the same port."""
    for workload, container in each(objects, "Deployment"):
        default = CLASSES[workload.service].model_fields["http_port"].default
        ports = {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        told = int(value(container, "INKGATE_HTTP_PORT", str(default)))
        if ports != {"http": told}:
            yield f"{workload.name}: listens on {told}, says {ports}"
    for service in of(objects, "Service"):
        for workload in _behind(service, workloads(objects, "Deployment")):
            names = {port["name"]: port["containerPort"] for c in workload.containers for port in c.get("ports", [])}
            for port in service["spec"]["ports"]:
                if names.get(port["targetPort"]) != port["port"]:
                    yield f"{name_of(service)}: port {port['port']} leads to {port['targetPort']} of {names}"


def eviction_is_possible(objects: Objects) -> Iterator[str]:
    """Each Deployment has one budget, and the budget lets a node be drained, also with one replica."""
    budgets = of(objects, "PodDisruptionBudget")
    for workload in workloads(objects, "Deployment"):
        if sum(selects(budget["spec"]["selector"], workload.labels) for budget in budgets) != 1:
            yield f"{workload.name}: has not one PodDisruptionBudget"
    for budget in budgets:
        if not budget["spec"].get("maxUnavailable"):
            yield f"{name_of(budget)}: may forbid every eviction"
        if not any(selects(budget["spec"]["selector"], w.labels) for w in workloads(objects, "Deployment")):
            yield f"{name_of(budget)}: protects nothing"


def _policies(objects: Objects, workload: Workload) -> list[dict[str, Any]]:
    return [
        policy["spec"]
        for policy in of(objects, "NetworkPolicy")
        if selects(policy["spec"]["podSelector"], workload.labels)
    ]


def _may_call_out(workload: Workload) -> set[str]:
    """Of whom it is known why: WhatsApp, Stripe, the artist's calendar, a collector of traces that is far away."""
    if workload.item["kind"] == "Job":
        return set()
    traced = value(workload.containers[0], "INKGATE_OTLP_ENDPOINT").startswith("https:")
    return set(CLASSES) if traced else CALLS_OUT | {"dialogue"}


def _is_world(rule: dict[str, Any]) -> bool:
    blocks = [to["ipBlock"]["cidr"] for to in rule.get("to", []) if "ipBlock" in to]
    return not rule.get("to") or any(block.endswith("/0") for block in blocks)


def network_is_closed(objects: Objects) -> Iterator[str]:
    """Where there are policies, each pod is covered in both directions, only sender and payments reach the world
    (dialogue where a calendar is asked for), never a cloud's metadata address, and nothing is let in from
    everywhere."""
    if not of(objects, "NetworkPolicy"):
        return
    for workload in workloads(objects):
        policies = _policies(objects, workload)
        if {"Ingress", "Egress"} - {kind for policy in policies for kind in policy["policyTypes"]}:
            yield f"{workload.name}: a direction is open"
        for rule in [rule for policy in policies for rule in policy.get("ingress", [])]:
            if not rule.get("from") or not rule.get("ports"):
                yield f"{workload.name}: lets everybody in"
        for rule in [rule for policy in policies for rule in policy.get("egress", [])]:
            ports = {port["port"] for port in rule.get("ports", [])}
            if not ports:
                yield f"{workload.name}: may call any port"
            if HTTPS_PORT in ports and workload.service not in _may_call_out(workload) and _is_world(rule):
                yield f"{workload.name}: may call out"
            for block in [to["ipBlock"] for to in rule.get("to", []) if "ipBlock" in to]:
                if block["cidr"] == "0.0.0.0/0" and "169.254.0.0/16" not in block.get("except", []):
                    yield f"{workload.name}: may call the metadata address of a cloud"


def network_is_open_enough(objects: Objects) -> Iterator[str]:
    """What the service needs goes through: names, its database, the brokers at the port it was told, WhatsApp and
    Stripe."""
    if not of(objects, "NetworkPolicy"):
        return
    for workload in workloads(objects):
        rules = [rule for policy in _policies(objects, workload) for rule in policy.get("egress", [])]
        allowed = {(port.get("protocol", "TCP"), port["port"]) for rule in rules for port in rule.get("ports", [])}
        needed = {("UDP", DNS_PORT), ("TCP", DNS_PORT)}
        brokers = value(workload.containers[0], "INKGATE_KAFKA_BOOTSTRAP").split(",")
        needed |= {("TCP", int(broker.rpartition(":")[2])) for broker in brokers}
        if workload.service in CALLS_OUT and workload.item["kind"] == "Deployment":
            needed.add(("TCP", HTTPS_PORT))
        if needed - allowed:
            yield f"{workload.name}: cannot reach {sorted(needed - allowed)}"
        # The port of its database stands in a Secret: some port must be left for it.
        if not allowed - needed - {("TCP", HTTPS_PORT)}:
            yield f"{workload.name}: cannot reach its database"
        inward = [rule for policy in _policies(objects, workload) for rule in policy.get("ingress", [])]
        names = {port["name"] for c in workload.containers for port in c.get("ports", [])}
        for port in [port["port"] for rule in inward for port in rule["ports"]]:
            if port not in names:
                yield f"{workload.name}: lets in at {port}, listens at {sorted(names)}"


Route = tuple[str, str, str, str, Any]


def routes(objects: Objects) -> list[Route]:
    """(object, Exact or Prefix, path, Service, port) of each Ingress and HTTPRoute."""
    found: list[Route] = []
    for item in of(objects, "Ingress"):
        for path in [path for rule in item["spec"]["rules"] for path in rule["http"]["paths"]]:
            to = path["backend"]["service"]
            found.append((name_of(item), path["pathType"], path["path"], to["name"], *to["port"].values()))
    for item in of(objects, "HTTPRoute"):
        for rule in item["spec"]["rules"]:
            for match, to in [(match["path"], to) for match in rule["matches"] for to in rule["backendRefs"]]:
                kind = match["type"].removeprefix("Path")
                found.append((name_of(item), kind, match["value"], to["name"], to["port"]))
    return found


def _opens(kind: str, route: str, path: str) -> bool:
    return path == route if kind == "Exact" else path == route or path.startswith(route.rstrip("/") + "/")


def nothing_inside_is_routed(objects: Objects) -> Iterator[str]:
    """Metrics tell an attacker and a competitor much, health much about an outage; nobody outside needs either. The
    console and the API have a host of their own."""
    for owner, kind, route, _, _ in routes(objects):
        for path in INSIDE:
            if _opens(kind, route, path):
                yield f"{owner}: {route} opens {path}"
        if not owner.endswith("-console") and (route == "/" or _opens(kind, route, "/api/leads")):
            yield f"{owner}: {route} opens the console or the API to everybody"


def routes_exist(objects: Objects) -> Iterator[str]:
    """A route leads to a Service that is there, at a port it has, on a path that the service behind it answers."""
    services = {item["metadata"]["name"]: item for item in of(objects, "Service")}
    for owner, kind, route, name, port in routes(objects):
        service = services.get(name)
        if service is None:
            yield f"{owner}: {route} leads to {name}, which is not there"
            continue
        if not any(port in (own["name"], own["port"]) for own in service["spec"]["ports"]):
            yield f"{owner}: {route} leads to port {port} of {name}"
        answered = paths(service["metadata"]["labels"]["app.kubernetes.io/component"])
        if not any(_opens(kind, route, re.sub(r"\{[^}]*\}", "x", path)) for path in answered):
            yield f"{owner}: nothing answers {route} at {name}"


def bodies_fit(objects: Objects) -> Iterator[str]:
    """WhatsApp's webhooks are up to 3 MB (Meta, Webhooks: Getting Started), more than most controllers let through by
    themselves."""
    for item in of(objects, "Ingress"):
        for key, limit in item["metadata"].get("annotations", {}).items():
            if fnmatch(key, "*body-size") and float(limit.removesuffix("m")) * 1024**2 < intake_api.BODY_BYTES_MAX:
                yield f"{name_of(item)}: {key} is {limit}, intake takes {intake_api.BODY_BYTES_MAX} bytes"


def monitor_finds_services(objects: Objects) -> Iterator[str]:
    """Every Service is scraped by one monitor, at a port it has and a path that answers."""
    monitors = of(objects, "ServiceMonitor")
    for service in of(objects, "Service") if monitors else []:
        labels = service["metadata"]["labels"]
        found = [monitor for monitor in monitors if selects(monitor["spec"]["selector"], labels)]
        if len(found) != 1:
            yield f"{name_of(service)}: is scraped {len(found)} times"
        for endpoint in [endpoint for monitor in found for endpoint in monitor["spec"]["endpoints"]]:
            if (
                endpoint["port"] not in {port["name"] for port in service["spec"]["ports"]}
                or endpoint["path"] != "/metrics"
            ):
                yield f"{name_of(service)}: is scraped at {endpoint['port']}{endpoint['path']}"


# What the Prometheus operator says of every series it scrapes by a ServiceMonitor.
TARGET_LABELS = {"container", "endpoint", "instance", "job", "namespace", "pod", "service"}


def monitor_keeps_our_labels(objects: Objects) -> Iterator[str]:
    """Where a metric has a label that the operator sets too, Prometheus renames ours to `exported_…`, unless it is told
    to honour it: then alerts that ask for ours find nothing, and `absent()` fires for ever."""
    taken = sorted(metric.name for metric in metrics.everything() if TARGET_LABELS & set(metric.labels))
    for monitor in of(objects, "ServiceMonitor") if taken else []:
        if not all(endpoint.get("honorLabels") for endpoint in monitor["spec"]["endpoints"]):
            yield f"{name_of(monitor)}: renames labels of {', '.join(taken)}"
