"""What the operators' own schemas refuse; definitions that somebody names go before ours; ours by hand take no more
than the real ones."""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from tests.deploy import check, definitions, helm, schemas
from tests.deploy.definitions import Schema
from tests.deploy.rules.looking import of
from tests.deploy.written import WRITTEN

Spec = dict[str, Any]
POSTGRESQL_V1 = "postgresql.cnpg.io/v1"


@cache
def examples() -> helm.Objects:
    files = (helm.EXAMPLES / name for name in ("strimzi.yaml", "cloudnativepg.yaml"))
    return [item for file in files for item in helm.objects(file.read_text())]


def first(kind: str) -> dict[str, Any]:
    """An example of that kind, to spoil."""
    return copy.deepcopy(of(examples(), kind)[0])


def listener(spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = spec["kafka"]["listeners"][0]
    return found


def acl(spec: Spec) -> dict[str, Any]:
    found: dict[str, Any] = spec["authorization"]["acls"][0]
    return found


SPOILT: list[tuple[str, Callable[[Spec], Any], str]] = [
    ("KafkaNodePool", lambda s: s.update(replica=3), "$.spec.replica: unknown field"),
    ("KafkaNodePool", lambda s: s["storage"]["volumes"][0].update(sizes="1Gi"), "volumes[0].sizes: unknown field"),
    ("KafkaNodePool", lambda s: s["roles"].append("brokers"), "'brokers' is not one of ['controller', 'broker']"),
    ("KafkaNodePool", lambda s: s["storage"].update(type="jbods"), "'jbods' is not one of"),
    ("KafkaNodePool", lambda s: s.update(replicas=-1), "-1 is less than the minimum of 0"),
    ("KafkaNodePool", lambda s: s["resources"]["limits"].update(memory="2 GB"), "'2 GB' does not match"),
    ("KafkaNodePool", lambda s: s.pop("roles"), "'roles' is a required property"),
    ("Kafka", lambda s: s["kafka"].update(authorisation={}), "$.spec.kafka.authorisation: unknown field"),
    ("Kafka", lambda s: s["entityOperator"]["userOperator"].update(prefix="k-"), "userOperator.prefix: unknown field"),
    ("Kafka", lambda s: listener(s).update(type="inside"), "'inside' is not one of"),
    ("Kafka", lambda s: listener(s).update(port=9091), "9091 is less than the minimum of 9092"),
    ("Kafka", lambda s: listener(s).update(name="TLS"), "'TLS' does not match"),
    ("Kafka", lambda s: listener(s).pop("tls"), "'tls' is a required property"),
    ("Kafka", lambda s: s["kafka"].pop("listeners"), "'listeners' is a required property"),
    ("KafkaTopic", lambda s: s.update(replica=3), "$.spec.replica: unknown field"),
    ("KafkaTopic", lambda s: s.update(partitions="six"), "'six' is not of type 'integer'"),
    ("KafkaTopic", lambda s: s.update(partitions=0), "0 is less than the minimum of 1"),
    ("KafkaUser", lambda s: s["authentication"].update(pasword={}), "authentication.pasword: unknown field"),
    ("KafkaUser", lambda s: s["authentication"].update(type="scram"), "'scram' is not one of"),
    ("KafkaUser", lambda s: acl(s)["operations"].append("Reed"), "'Reed' is not one of"),
    ("KafkaUser", lambda s: acl(s)["resource"].update(patternType="prefixed"), "'prefixed' is not one of"),
    ("KafkaUser", lambda s: s.update(quotas={"producerByteRate": -1}), "-1 is less than the minimum of 0"),
    ("KafkaUser", lambda s: acl(s).pop("resource"), "'resource' is a required property"),
    ("ObjectStore", lambda s: s.update(retention="14d"), "$.spec.retention: unknown field"),
    ("ObjectStore", lambda s: s["configuration"]["wal"].update(compression="zip"), "'zip' is not one of"),
    ("ObjectStore", lambda s: s["configuration"]["wal"].update(maxParallel=0), "0 is less than the minimum of 1"),
    ("ObjectStore", lambda s: s.update(retentionPolicy="14 days"), "'14 days' does not match"),
    ("ObjectStore", lambda s: s["configuration"].pop("destinationPath"), "'destinationPath' is a required property"),
    ("Cluster", lambda s: s.update(instance=3), "$.spec.instance: unknown field"),
    ("Cluster", lambda s: s["postgresql"]["synchronous"].update(method="all"), "'all' is not one of ['any', 'first']"),
    ("Cluster", lambda s: s.update(instances=0), "0 is less than the minimum of 1"),
    ("Cluster", lambda s: s["bootstrap"]["initdb"].update(databse="x"), "initdb.databse: unknown field"),
    ("Cluster", lambda s: s["plugins"][0].pop("name"), "'name' is a required property"),
    ("ScheduledBackup", lambda s: s.update(cron="0 0 3 * * *"), "$.spec.cron: unknown field"),
    ("ScheduledBackup", lambda s: s.update(backupOwnerReference="me"), "'me' is not one of"),
    ("ScheduledBackup", lambda s: s.pop("schedule"), "'schedule' is a required property"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "spoil", "why"), SPOILT, ids=[f"{kind}: {why}" for kind, _, why in SPOILT])
def test_what_the_operator_does_not_know_or_take_is_refused(
    chart: Path, kind: str, spoil: Callable[[Spec], Any], why: str
) -> None:
    item = first(kind)
    assert schemas.problems([item]) == []
    spoil(item["spec"])
    found = schemas.problems([item])
    assert any(why in problem for problem in found), found


def definition(kind: str, schema: Schema, *, version: str = "v1", served: bool = True) -> dict[str, Any]:
    """A CustomResourceDefinition of CloudNativePG's group, as a release has it."""
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.lower()}s.postgresql.cnpg.io"},
        "spec": {
            "group": "postgresql.cnpg.io",
            "names": {"kind": kind},
            "versions": [{"name": version, "served": served, "schema": {"openAPIV3Schema": schema}}],
        },
    }


ANYTHING = {"type": "object", "x-kubernetes-preserve-unknown-fields": True, "example": "="}


def test_definitions_are_read_among_other_documents_from_a_list_and_from_a_folder(tmp_path: Path) -> None:
    beside = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "cnpg-system"}}
    (tmp_path / "release.yaml").write_text(
        yaml.safe_dump_all([beside, definition("Cluster", ANYTHING), None]).replace("'='", "=")
    )
    whole = {"apiVersion": "v1", "kind": "List", "items": [definition("Pooler", ANYTHING)]}
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "all.json").write_text(json.dumps(whole))
    (tmp_path / "README.md").write_text("- not: [YAML")
    found = {(POSTGRESQL_V1, "Cluster"): ANYTHING, (POSTGRESQL_V1, "Pooler"): ANYTHING}
    assert definitions.read([tmp_path]) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{ toYaml .Values }}", "not YAML"),
        ("kind: Namespace", "no CustomResourceDefinition of apiextensions.k8s.io/v1 is there"),
        ("{kind: CustomResourceDefinition, apiVersion: apiextensions.k8s.io/v1}", "is not whole: KeyError('spec')"),
    ],
)
def test_a_file_without_definitions_is_refused_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    file = tmp_path / "crds.yaml"
    file.write_text(text)
    assert check.main(["--crds", str(file)]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(f"make chart: {file}: ") and said in printed


def test_a_named_definition_goes_before_ours() -> None:
    item = first("Cluster")
    item["spec"]["surprise"] = 1
    assert schemas.problems([item], {(POSTGRESQL_V1, "Cluster"): ANYTHING}) == []


def test_a_version_that_the_named_definition_does_not_serve_is_said(tmp_path: Path) -> None:
    file = tmp_path / "crds.yaml"
    old = [definition("Cluster", ANYTHING, version="v1beta1"), definition("Cluster", ANYTHING, served=False)]
    file.write_text(yaml.safe_dump_all(old))
    assert schemas.problems([first("Cluster")], definitions.read([file])) == [
        "Cluster/inkgate-intake-db: Cluster is served there as v1beta1, not as v1"
    ]


def test_a_required_field_with_a_default_may_be_left_out() -> None:
    least = {
        "type": "object",
        "properties": {"instances": {"type": "integer", "default": 1}},
        "required": ["instances"],
    }
    whole = {"type": "object", "properties": {"spec": least}}
    item = {"apiVersion": POSTGRESQL_V1, "kind": "Cluster", "metadata": {"name": "x"}, "spec": {}}
    key = (POSTGRESQL_V1, "Cluster")
    assert schemas.problems([item], {key: whole}) == []
    del least["properties"]["instances"]["default"]  # type: ignore[index]
    assert schemas.problems([item], {key: whole}) != []


def wider(ours: Schema, theirs: Schema, path: str = "$") -> Iterator[str]:
    """Where a schema of written.py takes what the real one refuses or drops. Texts are compared by ours' examples."""
    kind = ours.get("type")
    if kind in ("object", "array") and theirs.get("type") != kind:
        yield f"{path}: {theirs.get('type')} there"
    elif kind == "object":
        known, rest = theirs.get("properties", {}), theirs.get("additionalProperties")
        optional = set(theirs.get("required", [])) - set(ours.get("required", []))
        yield from (f"{path}.{name}: required there" for name in optional if "default" not in known[name])
        for name, one in ours.get("properties", {}).items():
            there = known.get(name, rest)
            yield from wider(one, there, f"{path}.{name}") if there else [f"{path}.{name}: not there"]
        if "additionalProperties" in ours:
            yield from wider(ours["additionalProperties"], rest, f"{path}.*") if rest else [f"{path}.*: not there"]
    elif kind == "array":
        yield from wider(ours["items"], theirs["items"], f"{path}[]")
    else:
        taken = {"boolean": [True], "integer": [ours.get("minimum")]}.get(kind or "", ours.get("examples"))
        for value in ours.get("enum", taken):
            assert list(jsonschema.Draft202012Validator(ours).iter_errors(value)) == []
            yield from (
                f"{path}: {e.message} there" for e in jsonschema.Draft202012Validator(theirs).iter_errors(value)
            )
    bounds = {"maximum", "maxLength", "maxItems", "minItems", "minProperties", "maxProperties", "oneOf"}
    if "enum" not in ours:
        bounds |= {"pattern", "minLength", "enum"}
    yield from (f"{path}: a {bound} there" for bound in sorted(bounds & theirs.keys() - ours.keys()))


@pytest.mark.parametrize("kind", ["Cluster", "ScheduledBackup"])
def test_what_is_written_by_hand_the_real_definition_takes(kind: str) -> None:
    real = schemas.named()
    if (POSTGRESQL_V1, kind) not in real:
        pytest.skip(f"{schemas.PLACES} names no CustomResourceDefinition of CloudNativePG's {kind} (docs/testing.md)")
    assert list(wider(WRITTEN[POSTGRESQL_V1, kind], real[POSTGRESQL_V1, kind])) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda s: s.pop("affinity"), "$.spec.affinity: not there"),
        (lambda s: s["walStorage"]["properties"].pop("size"), "$.spec.walStorage.size: not there"),
        (lambda s: s["instances"].update(minimum=2), "$.spec.instances: 1 is less"),
        (lambda s: s["instances"].update(maximum=2), "$.spec.instances: a maximum there"),
        (lambda s: s["storage"]["properties"]["size"].update(pattern="i$"), "$.spec.storage.size: '2' does not match"),
        (lambda s: s["postgresql"]["properties"]["synchronous"]["properties"]["method"]["enum"].pop(),
            "$.spec.postgresql.synchronous.method: 'first' is not one of"),
        (lambda s: s["resources"]["properties"]["limits"]["required"].append("cpu"),
            "$.spec.resources.limits.cpu: required there"),
        (lambda s: s["plugins"]["items"]["properties"]["isWALArchiver"].update(type="string"),
            "$.spec.plugins[].isWALArchiver: True is not of type 'string'"),
        (lambda s: s["plugins"].update(type="object"), "$.spec.plugins: object there"),
    ],
)  # fmt: skip
def test_a_real_definition_that_takes_less_than_ours_is_seen(change: Callable[[Spec], Any], where: str) -> None:
    ours = WRITTEN[POSTGRESQL_V1, "Cluster"]
    theirs = json.loads(json.dumps(ours))  # no part of it is shared
    assert list(wider(ours, theirs)) == []
    change(theirs["properties"]["spec"]["properties"])
    assert next(wider(ours, theirs), "").startswith(where)
