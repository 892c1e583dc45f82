"""What the examples put beside the chart: secrets, Kafka, databases. They fit their schemas, the code, and the
values."""

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from inkgate_dialogue import studio_file
from tests.deploy import helm, schemas
from tests.deploy.rules import kafka, scaling, settings
from tests.deploy.rules.looking import SERVICES, each, environment, megabytes, of, workloads

BESIDE = sorted(file for file in helm.EXAMPLES.glob("*.yaml") if not file.name.startswith("values-"))
LARGE = helm.EXAMPLES / "values-1000-messages-per-second.yaml"


def example(name: str) -> helm.Objects:
    return helm.objects((helm.EXAMPLES / name).read_text())


def secrets_made() -> dict[str, set[str]]:
    """Each Secret that the examples bring about, with its keys as far as we use them."""
    made = {
        item["metadata"]["name"]: {entry["secretKey"] for entry in item["spec"]["data"]}
        for item in example("external-secrets.yaml")
    }
    prefix = of(example("strimzi.yaml"), "Kafka")[0]["spec"]["entityOperator"]["userOperator"]["secretPrefix"]
    made |= {prefix + user["metadata"]["name"]: {"password"} for user in of(example("strimzi.yaml"), "KafkaUser")}
    made |= {
        f"{kafka['metadata']['name']}-cluster-ca-cert": {"ca.crt"} for kafka in of(example("strimzi.yaml"), "Kafka")
    }
    for database in of(example("cloudnativepg.yaml"), "Cluster"):
        name = database["metadata"]["name"]
        made |= {f"{name}-app": {"uri"}, f"{name}-ca": {"ca.crt"}}
    return made


@pytest.mark.parametrize("file", BESIDE, ids=[file.stem for file in BESIDE])
def test_every_object_fits_its_schema(chart: Path, file: Path) -> None:
    assert schemas.problems(helm.objects(file.read_text())) == []


@pytest.mark.parametrize(
    "rule",
    [kafka.users_may_what_their_service_does, kafka.topics_are_those_that_migrate_makes, kafka.belongs_to_the_cluster],
    ids=lambda rule: rule.__name__,
)
def test_kafkas_topics_and_users_are_what_the_code_says(rule: Callable[[helm.Objects], Any]) -> None:
    assert list(rule(example("strimzi.yaml"))) == []


def named(objects: helm.Objects, name: str) -> dict[str, Any]:
    return next(item for item in objects if item["metadata"]["name"] == name and item["kind"] != "Secret")


def acls(objects: helm.Objects, user: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = named(objects, user)["spec"]["authorization"]["acls"]
    return found


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [
        (kafka.users_may_what_their_service_does, lambda o: acls(o, "inkgate-sender").pop()),
        (kafka.users_may_what_their_service_does, lambda o: acls(o, "inkgate-payments").extend(acls(o, "inkgate-intake"))),
        (kafka.users_may_what_their_service_does, lambda o: acls(o, "inkgate-intake")[1]["operations"].append("Create")),
        (kafka.users_may_what_their_service_does, lambda o: acls(o, "inkgate-intake")[1]["resource"].update(
            patternType="prefix")),
        (kafka.users_may_what_their_service_does, lambda o: o.remove(named(o, "inkgate-dialogue"))),
        (kafka.topics_are_those_that_migrate_makes, lambda o: o.remove(named(o, "inkgate.leads.v1.dlq"))),
        (kafka.topics_are_those_that_migrate_makes, lambda o: named(o, "inkgate.leads.v1")["spec"]["config"].update(
            {"retention.ms": 1})),
        (kafka.topics_are_those_that_migrate_makes, lambda o: named(o, "inkgate.leads.v1")["spec"].update(partitions=6)),
        (kafka.topics_are_those_that_migrate_makes, lambda o: named(o, "inkgate.leads.v1")["spec"]["config"].update(
            {"min.insync.replicas": 3})),
        (kafka.belongs_to_the_cluster, lambda o: named(o, "inkgate.leads.v1")["metadata"].pop("labels")),
    ],
)  # fmt: skip
def test_what_departs_from_the_code_is_seen(rule: Callable[[helm.Objects], Any], spoil: Callable[[Any], Any]) -> None:
    spoilt = copy.deepcopy(example("strimzi.yaml"))
    spoil(spoilt)
    assert list(rule(spoilt)) != []


def test_external_secrets_bring_each_service_all_its_secrets_and_no_others() -> None:
    for item in [item for item in example("external-secrets.yaml") if item["metadata"]["name"] != "inkgate-backup"]:
        service = item["metadata"]["name"].removeprefix("inkgate-")
        brought = {entry["secretKey"] for entry in item["spec"]["data"]}
        secrets = {name for name, secret in settings.names(service).items() if secret}
        assert brought == secrets - {"INKGATE_OTLP_HEADERS"}  # with a collector that asks for them only
        assert item["spec"]["target"]["name"] == item["metadata"]["name"]


@pytest.mark.parametrize("size", sorted(helm.EXAMPLES.glob("values-*.yaml")), ids=lambda size: size.stem)
def test_every_secret_that_a_size_asks_for_is_made_by_some_example(chart: Path, size: Path) -> None:
    made = secrets_made()
    for workload, container in each(helm.objects(helm.template(size))):
        for entry in environment(container).values():
            source = entry.get("valueFrom", {}).get("secretKeyRef")
            brought = source is None or source.get("optional") or source["key"] in made[source["name"]]
            assert brought, (workload.name, source)
        for volume in workload.pod.get("volumes", []):
            assert (
                "secret" not in volume
                or {item["key"] for item in volume["secret"]["items"]} <= made[volume["secret"]["secretName"]]
            )


@pytest.mark.parametrize("size", sorted(helm.EXAMPLES.glob("values-*.yaml")), ids=lambda size: size.stem)
def test_what_a_sizes_pods_name_and_nothing_makes_is_made_by_the_commands_in_its_head(chart: Path, size: Path) -> None:
    objects = helm.objects(helm.template(size))
    named = set()
    for workload in workloads(objects):
        if "priorityClassName" in workload.pod:
            named.add(("priorityclass", workload.pod["priorityClassName"]))
        for volume in workload.pod.get("volumes", []):
            if "configMap" in volume:
                named.add(("configmap", volume["configMap"]["name"]))
    made = {("configmap", item["metadata"]["name"]) for item in of(objects, "ConfigMap")}
    told = set(re.findall(r"^# +kubectl .*\bcreate (\w+) (\S+)", size.read_text(), re.MULTILINE))
    assert named - made == told


def test_the_small_studios_file_is_one_that_dialogue_takes(tmp_path: Path) -> None:
    files = yaml.safe_load((helm.EXAMPLES / "values-small-studio.yaml").read_text())["studio"]["files"]
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert studio_file.read(tmp_path).file.name == "Needle & Thread"


def test_users_and_their_names_in_the_values_agree(chart: Path) -> None:
    users = {user["metadata"]["name"] for user in of(example("strimzi.yaml"), "KafkaUser")}
    told = {
        environment(container)["INKGATE_KAFKA_SASL_USERNAME"]["value"]
        for _, container in each(helm.objects(helm.template(LARGE)))
    }
    assert told == {f"inkgate-{service}" for service in SERVICES} <= users


def test_keda_may_see_the_groups_and_topics_that_it_scales_on(chart: Path) -> None:
    objects = helm.objects(helm.template(LARGE))
    assert list(scaling.reads_what_waits(objects)) == []
    rights = {acl["resource"]["name"] for acl in acls(example("strimzi.yaml"), "inkgate-keda")}
    triggers = [trigger for item in of(objects, "ScaledObject") for trigger in item["spec"]["triggers"]]
    lags = [trigger for trigger in triggers if trigger["type"] == "kafka"]
    assert {trigger["metadata"][key] for trigger in lags for key in ("topic", "consumerGroup")} == rights
    logins = {item["metadata"]["name"]: item["spec"] for item in of(example("strimzi.yaml"), "TriggerAuthentication")}
    for trigger in lags:
        login = logins[trigger["authenticationRef"]["name"]]
        assert all(entry["key"] in secrets_made()[entry["name"]] for entry in login["secretTargetRef"])


def test_databases_have_room_for_the_connections_of_all_pods(chart: Path) -> None:
    """Eight connections a pod at most (six of intake), at the most pods, and some for the operator."""
    values = yaml.safe_load(LARGE.read_text())["services"]
    for item in of(example("cloudnativepg.yaml"), "Cluster"):
        service = item["metadata"]["name"].removeprefix("inkgate-").removesuffix("-db")
        pods = values[service].get("autoscaling", {}).get("maxReplicas") or values[service]["replicas"]
        room = int(item["spec"]["postgresql"]["parameters"]["max_connections"])
        # One more pod while an update rolls, and 20 for replicas, backups and people.
        assert room >= (pods + 1) * 8 + 20


def test_services_know_the_size_of_their_volumes(chart: Path) -> None:
    sizes = {
        item["metadata"]["name"].removeprefix("inkgate-").removesuffix("-db"): item["spec"]["storage"]["size"]
        for item in of(example("cloudnativepg.yaml"), "Cluster")
    }
    for workload, container in each(helm.objects(helm.template(LARGE)), "Deployment"):
        told = int(environment(container)["INKGATE_DATABASE_BYTES_MAX"]["value"])
        assert told == megabytes(sizes[workload.service]) * 1024**2


def test_every_database_is_backed_up(chart: Path) -> None:
    objects = example("cloudnativepg.yaml")
    stores = {item["metadata"]["name"] for item in of(objects, "ObjectStore")}
    backed_up = {item["spec"]["cluster"]["name"] for item in of(objects, "ScheduledBackup")}
    clusters = of(objects, "Cluster")
    assert {item["metadata"]["name"] for item in clusters} == backed_up == {f"inkgate-{name}-db" for name in SERVICES}
    assert {
        plugin["parameters"]["barmanObjectName"] for item in clusters for plugin in item["spec"]["plugins"]
    } == stores
