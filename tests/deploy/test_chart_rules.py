"""Each rule sees what it is for: a rendering that is right is spoilt in one place, and the rule says so."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import admission, rules, schemas
from tests.deploy.helm import Objects
from tests.deploy.rules import hooks, pods, scaling, settings, wiring

Spoil = Callable[[Objects], Any]


def one(objects: Objects, name: str) -> dict[str, Any]:
    """The object of that kind and name."""
    return next(item for item in objects if f"{item['kind']}/{item['metadata']['name']}" == name)


def pod(objects: Objects, name: str = "Deployment/inkgate-dialogue") -> dict[str, Any]:
    found: dict[str, Any] = one(objects, name)["spec"]["template"]["spec"]
    return found


def container(objects: Objects, name: str = "Deployment/inkgate-dialogue") -> dict[str, Any]:
    found: dict[str, Any] = pod(objects, name)["containers"][0]
    return found


def variable(objects: Objects, name: str, service: str = "dialogue") -> dict[str, Any]:
    return next(entry for entry in container(objects, f"Deployment/inkgate-{service}")["env"] if entry["name"] == name)


def trigger(objects: Objects, number: int) -> dict[str, Any]:
    found: dict[str, Any] = one(objects, "ScaledObject/inkgate-dialogue")["spec"]["triggers"][number]["metadata"]
    return found


def path(objects: Objects, name: str = "Ingress/inkgate") -> dict[str, Any]:
    found: dict[str, Any] = one(objects, name)["spec"]["rules"][0]["http"]["paths"][0]
    return found


def policy(objects: Objects, service: str = "dialogue") -> dict[str, Any]:
    found: dict[str, Any] = one(objects, f"NetworkPolicy/inkgate-{service}")["spec"]
    return found


MIGRATE = "Job/inkgate-migrate-dialogue"

SPOILT: list[tuple[rules.Rule, Spoil]] = [
    (pods.restricted, lambda o: pod(o).update(hostNetwork=True)),
    (pods.restricted, lambda o: pod(o)["securityContext"].pop("runAsNonRoot")),
    (pods.restricted, lambda o: pod(o)["securityContext"].pop("seccompProfile")),
    (pods.restricted, lambda o: pod(o).update(volumes=[{"name": "host", "hostPath": {"path": "/"}}])),
    (pods.restricted, lambda o: container(o)["securityContext"].pop("allowPrivilegeEscalation")),
    (pods.restricted, lambda o: container(o, MIGRATE)["securityContext"].pop("capabilities")),
    (pods.restricted, lambda o: container(o)["ports"][0].update(hostPort=80)),
    (pods.read_only, lambda o: container(o)["securityContext"].update(readOnlyRootFilesystem=False)),
    (pods.no_token, lambda o: pod(o).pop("automountServiceAccountToken")),
    (pods.no_token, lambda o: pod(o, MIGRATE).update(serviceAccountName="default")),
    (pods.has_resources, lambda o: container(o, MIGRATE)["resources"]["limits"].pop("memory")),
    (pods.has_resources, lambda o: container(o)["resources"]["limits"].update(memory="16Mi")),
    (pods.probes_differ, lambda o: container(o)["livenessProbe"]["httpGet"].update(path="/health/ready")),
    (pods.probes_differ, lambda o: container(o).pop("startupProbe")),
    (pods.probes_differ, lambda o: container(o)["livenessProbe"].update(failureThreshold=1)),
    (pods.stops_gracefully, lambda o: container(o).pop("lifecycle")),
    (pods.stops_gracefully, lambda o: pod(o).update(terminationGracePeriodSeconds=15)),
    (pods.image_is_pinned, lambda o: [container(o, f"{i['kind']}/{i['metadata']['name']}").update(image="inkgate:latest")
                                      for i in o if i["kind"] in ("Deployment", "Job")]),
    (pods.image_is_pinned, lambda o: container(o, MIGRATE).update(image="registry.example/inkgate:0.0.9")),
    (pods.keeps_serving, lambda o: one(o, "Deployment/inkgate-intake")["spec"].pop("strategy")),
    (pods.is_spread, lambda o: pod(o)["topologySpreadConstraints"].pop()),
    (pods.is_spread, lambda o: pod(o)["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"].pop(
        "app.kubernetes.io/component")),
    (settings.service_starts, lambda o: container(o)["env"].remove(variable(o, "INKGATE_API_KEY"))),
    (settings.service_starts, lambda o: variable(o, "INKGATE_PUBLIC_URL", "payments").update(value="studio.example")),
    (settings.studio_is_right, lambda o: one(o, "ConfigMap/inkgate-studio")["data"].update(
        {"studio.toml": "name = 'Needle'\ndeposits = 3\n"})),
    (settings.settings_exist, lambda o: variable(o, "INKGATE_LOG_FORMAT").update(name="INKGATE_LOGFORMAT")),
    (settings.no_secret_in_clear, lambda o: container(o)["env"].append({"name": "INKGATE_API_KEY", "value": "x"})),
    (settings.no_secret_in_clear, lambda o: one(o, "ConfigMap/inkgate-studio")["data"].update(api_token="x")),
    (settings.no_secret_in_clear, lambda o: o.append({"kind": "Secret", "metadata": {"name": "inkgate"}})),
    (settings.secrets_are_a_services_own, lambda o: variable(o, "INKGATE_DATABASE_URL")["valueFrom"]["secretKeyRef"].update(
        name="inkgate-intake")),
    (wiring.selectors_match, lambda o: one(o, "Service/inkgate-sender")["spec"]["selector"].update(
        {"app.kubernetes.io/component": "dialogue-2"})),
    (wiring.selectors_match, lambda o: one(o, "Deployment/inkgate-sender")["spec"]["selector"]["matchLabels"].pop(
        "app.kubernetes.io/component")),
    (wiring.ports_match, lambda o: container(o)["ports"][0].update(containerPort=80)),
    (wiring.ports_match, lambda o: one(o, "Service/inkgate-sender")["spec"]["ports"][0].update(port=80)),
    (wiring.eviction_is_possible, lambda o: one(o, "PodDisruptionBudget/inkgate-intake")["spec"].update(maxUnavailable=0)),
    (wiring.eviction_is_possible, lambda o: o.remove(one(o, "PodDisruptionBudget/inkgate-intake"))),
    (wiring.network_is_closed, lambda o: o.remove(one(o, "NetworkPolicy/inkgate-migrate"))),
    (wiring.network_is_closed, lambda o: policy(o)["ingress"][0].pop("from")),
    (wiring.network_is_closed, lambda o: policy(o, "intake")["egress"].append(policy(o, "sender")["egress"][-1])),
    (wiring.network_is_closed, lambda o: policy(o, "sender")["egress"][-1]["to"][0]["ipBlock"].pop("except")),
    (wiring.network_is_open_enough, lambda o: policy(o, "sender")["egress"].pop()),
    (wiring.network_is_open_enough, lambda o: policy(o)["egress"][2].update(ports=[{"port": 9999}])),
    (wiring.network_is_open_enough, lambda o: policy(o)["ingress"][0].update(ports=[{"port": "web"}])),
    (wiring.nothing_inside_is_routed, lambda o: path(o).update(path="/", pathType="Prefix")),
    (wiring.nothing_inside_is_routed, lambda o: path(o, "Ingress/inkgate-console").update(pathType="Prefix")),
    (wiring.routes_exist, lambda o: path(o).update(path="/webhook/whatsapp")),
    (wiring.routes_exist, lambda o: path(o)["backend"]["service"].update(name="inkgate-web")),
    (wiring.routes_exist, lambda o: path(o)["backend"]["service"].update(port={"name": "https"})),
    (wiring.bodies_fit, lambda o: one(o, "Ingress/inkgate")["metadata"]["annotations"].update(
        {"nginx.ingress.kubernetes.io/proxy-body-size": "1m"})),
    (wiring.monitor_finds_services, lambda o: one(o, "ServiceMonitor/inkgate")["spec"]["endpoints"][0].update(port="web")),
    (wiring.monitor_finds_services, lambda o: one(o, "Service/inkgate-intake")["metadata"]["labels"].pop(
        "app.kubernetes.io/instance")),
    (wiring.monitor_keeps_our_labels, lambda o: one(o, "ServiceMonitor/inkgate")["spec"]["endpoints"][0].pop("honorLabels")),
    (scaling.target_exists, lambda o: one(o, "ScaledObject/inkgate-dialogue")["spec"]["scaleTargetRef"].update(name="x")),
    (scaling.target_exists, lambda o: one(o, "ScaledObject/inkgate-dialogue")["spec"].update(minReplicaCount=0)),
    (scaling.one_says_how_many, lambda o: one(o, "Deployment/inkgate-dialogue")["spec"].update(replicas=2)),
    (scaling.one_says_how_many, lambda o: one(o, "Deployment/inkgate-payments")["spec"].pop("replicas")),
    (scaling.no_pod_is_idle, lambda o: one(o, "Deployment/inkgate-sender")["spec"].update(replicas=25)),
    (scaling.reads_what_waits, lambda o: trigger(o, 0).update(consumerGroup="dialogue")),
    (scaling.reads_what_waits, lambda o: trigger(o, 0).update(topic="inkgate.intents.v1")),
    (scaling.reads_what_waits, lambda o: one(o, "ScaledObject/inkgate-dialogue")["spec"].update(maxReplicaCount=25)),
    (scaling.metrics_exist, lambda o: trigger(o, 1).update(query='max(inkgate_outbox_age{service="inkgate-dialogue"})')),
    (scaling.metrics_exist, lambda o: trigger(o, 1).update(query="max(inkgate_outbox_oldest_seconds)")),
    (hooks.migrates_every_service, lambda o: o.remove(one(o, MIGRATE))),
    (hooks.migrates_every_service, lambda o: container(o, MIGRATE).update(command=["inkgate-dialogue", "serve"])),
    (hooks.migrates_every_service, lambda o: one(o, MIGRATE)["metadata"]["annotations"].update(
        {"helm.sh/hook": "pre-install,pre-upgrade,pre-rollback"})),
    (hooks.can_run_first, lambda o: one(o, "ServiceAccount/inkgate-migrate")["metadata"].pop("annotations")),
    (hooks.can_run_first, lambda o: pod(o, MIGRATE).update(
        volumes=[{"name": "studio", "configMap": {"name": "inkgate-studio"}}])),
    (hooks.can_run_first, lambda o: one(o, "NetworkPolicy/inkgate-migrate")["metadata"].pop("annotations")),
    (hooks.can_run_again, lambda o: one(o, MIGRATE)["metadata"]["annotations"].pop("helm.sh/hook-delete-policy")),
    (hooks.can_run_again, lambda o: one(o, MIGRATE)["spec"].pop("activeDeadlineSeconds")),
    (hooks.can_run_again, lambda o: pod(o, MIGRATE).update(restartPolicy="OnFailure")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "spoil"), SPOILT, ids=[rule.__name__ for rule, _ in SPOILT])
def test_a_rule_sees_what_it_is_for(everything: Objects, rule: rules.Rule, spoil: Spoil) -> None:
    spoilt = copy.deepcopy(everything)
    assert list(rule(spoilt)) == []
    spoil(spoilt)
    assert list(rule(spoilt)) != []


@pytest.mark.parametrize("spoil", [spoil for rule, spoil in SPOILT if rule is pods.restricted])
def test_what_our_rule_finds_kubernetes_refuses(everything: Objects, spoil: Spoil) -> None:
    spoilt = copy.deepcopy(everything)
    spoil(spoilt)
    assert list(admission.refused(spoilt)) == [problem.partition(":")[0] for problem in pods.restricted(spoilt)]


def test_every_rule_is_shown_to_see_something() -> None:
    assert {rule for rule, _ in SPOILT} == set(rules.RULES)


def test_a_field_that_kubernetes_does_not_know_is_refused(everything: Objects) -> None:
    spoilt = copy.deepcopy(one(everything, "Deployment/inkgate-dialogue"))
    spoilt["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    assert len(schemas.problems([spoilt])) == len(schemas.KUBERNETES)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("ScaledObject/inkgate-dialogue", "maxReplicas", 3),
        ("ScaledObject/inkgate-dialogue", "maxReplicaCount", "three"),
        ("ServiceMonitor/inkgate", "endpoint", []),
        ("ServiceMonitor/inkgate", "endpoints", [{"port": "http", "interval": "often"}]),
    ],
)
def test_a_field_that_an_operator_does_not_know_or_take_is_refused(
    everything: Objects, name: str, field: str, value: object
) -> None:
    spoilt = copy.deepcopy(one(everything, name))
    assert schemas.problems([spoilt]) == []
    spoilt["spec"][field] = value
    assert schemas.problems([spoilt]) != []


def test_an_object_of_a_kind_that_nobody_knows_is_refused(chart: Path) -> None:
    unknown = {"apiVersion": "studio.example/v1", "kind": "Needle", "metadata": {"name": "x"}}
    assert schemas.problems([unknown]) == ["Needle/x: no schema is known for studio.example/v1 Needle"]
