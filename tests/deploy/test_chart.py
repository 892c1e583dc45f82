"""The chart: refused or right. Everything that Helm renders is checked against schemas that know every field, and by
our rules."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from inkgate.documents import chart as values_page
from tests.deploy import admission, helm, rules, schemas
from tests.deploy.conftest import EVERYTHING, FOUR, SOMEBODY
from tests.deploy.rules import settings
from tests.deploy.rules.looking import SERVICES, of, value, workloads

SIZES = sorted(helm.EXAMPLES.glob("values-*.yaml"))
SCHEMA: dict[str, Any] = json.loads((helm.CHART / "values.schema.json").read_text())
VALUES: dict[str, Any] = yaml.safe_load((helm.CHART / "values.yaml").read_text())

# Each service signs in with a certificate of its own.
EVERY_FILE = {f"services.{name}.kafkaCertificate.name": f"kafka-{name}" for name in SERVICES}

# What somebody may turn, besides nothing and everything: each alone, over the four that must be set.
VARIANTS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "everything": EVERYTHING,
    "gateway": {
        "gateway.enabled": True,
        "gateway.parentRefs": [{"name": "public", "namespace": "gateways"}],
        "networkPolicy.ingressFrom": SOMEBODY,
    },
    "plain Kafka": {"kafka.securityProtocol": "PLAINTEXT", "kafka.bootstrap": "kafka:9092"},
    "Kafka by certificates": {
        "kafka.securityProtocol": "SSL",
        "kafka.caSecret.name": "ca",
        **EVERY_FILE,
    },
    "a prefix": {
        "kafka.topics.prefix": "test-",
        "kafka.topics.partitions": 3,
        "services.dialogue.autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 3},
        "services.sender.autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 3},
        "services.payments.autoscaling.enabled": True,
    },
    "traces by https": {"traces": {"endpoint": "https://otlp.example/v1", "ratio": 0.5}, "networkPolicy.tracesTo": SOMEBODY},
    "no policies, no migrations": {"networkPolicy.enabled": False, "migrations.enabled": False},
    "secrets from elsewhere": {
        "services.intake.secretName": "studio-intake",
        "services.intake.secretRefs": {"INKGATE_DATABASE_URL": {"name": "db-app", "key": "uri"}},
    },
    "an image by digest": {"image.tag": "1.2.3", "image.digest": f"sha256:{'0' * 64}", "image.pullSecrets": ["registry"]},
    "pods": {
        "pod.labels": {"team": "bookings"},
        "pod.annotations": {"sidecar.istio.io/inject": "false"},
        "pod.priorityClassName": "important",
        "pod.nodeSelector": {"pool": "small"},
        "pod.tolerations": [{"key": "pool", "operator": "Exists"}],
        "pod.affinity": {"nodeAffinity": {}},
        "pod.spread": {"zones": "DoNotSchedule", "hosts": "DoNotSchedule"},
        "pod.extraEnv": [{"name": "TZ", "value": "Europe/London"}],
        "shutdown": {"preStopSeconds": 20, "gracePeriodSeconds": 60},
        "serviceAccounts.annotations": {"example.com/identity": "inkgate"},
        "studio.existingConfigMap": "studio",
        "services.sender.settings": {"INKGATE_GATE_ON": "delivered", "INKGATE_WHATSAPP_RATE": 1000},
    },
}  # fmt: skip

# The sleep of preStop does what it would.
LEFT_ALONE = {"INKGATE_HTTP_LINGER"}

# What Helm refuses, and the words by which it says so.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a misspelt value": ({"image.tga": "1"}, "tga"),
    "a misspelt setting": ({"services.sender.settings": {"INKGATE_GATE": "x"}}, "INKGATE_GATE"),
    "another service's secret": ({"services.intake.secretRefs": {"INKGATE_API_KEY": {"name": "a", "key": "b"}}}, "API_KEY"),
    "a moving tag": ({"image.tag": "latest"}, "/image/tag"),
    "an address in clear": ({"publicUrl": "http://studio.example"}, "/publicUrl"),
    "a number that is a number": ({"whatsapp.phoneNumberIds": [106540352242922]}, "/whatsapp/phoneNumberIds/0"),
    "more pods than partitions": (
        {"services.dialogue.autoscaling": {"enabled": True, "maxReplicas": 25}}, "above kafka.topics.partitions"),
    "bounds upside down": (
        {"services.intake.autoscaling": {"enabled": True, "minReplicas": 9, "maxReplicas": 3}}, "above maxReplicas"),
    "no time to drain": ({"shutdown": {"preStopSeconds": 20}}, "drains for up to 10 s"),
    "nobody let in": ({"ingress.enabled": True}, "networkPolicy.ingressFrom"),
    "nobody may measure": ({"metrics.serviceMonitor.enabled": True}, "networkPolicy.metricsFrom"),
    "two ways in": ({"ingress.enabled": True, "gateway.enabled": True, "gateway.parentRefs": [{"name": "a"}]}, "choose one"),
    "two studios": ({"studio": {"files": {"studio.toml": ""}, "existingConfigMap": "studio"}}, "choose one"),
    "a gateway without a name": ({"gateway.enabled": True}, "/gateway/parentRefs"),
    "a console without a host": ({"ingress.console.enabled": True}, "/ingress/console/host"),
    "a body limit below WhatsApp's": ({"ingress.bodyLimitMiB": 1}, "/ingress/bodyLimitMiB"),
    "a setting past the values": ({"pod.extraEnv": [{"name": "INKGATE_API_KEY", "value": "x"}]}, "/pod/extraEnv/0/name"),
    "an affinity that is none": ({"pod.affinity": {"nodeAffinty": {}}}, "nodeAffinty"),
    "a script in the studio": ({"studio.files": {"../x.sh": ""}}, "'../x.sh' does not match pattern"),
}  # fmt: skip


def wrong(objects: helm.Objects) -> list[str]:
    return schemas.problems(objects) + rules.problems(objects)


@pytest.mark.parametrize("values", VARIANTS.values(), ids=VARIANTS)
def test_whatever_is_turned_the_objects_are_right(chart: Path, values: dict[str, Any]) -> None:
    assert wrong(helm.objects(helm.template(values=FOUR | values))) == []


@pytest.mark.parametrize("size", SIZES, ids=[size.stem for size in SIZES])
def test_an_example_passes_helms_lint_and_is_right(chart: Path, size: Path) -> None:
    assert "1 chart(s) linted, 0 chart(s) failed" in helm.run("lint", "--strict", str(chart), "--values", str(size))
    objects = helm.objects(helm.template(size))
    assert len(of(objects, "Deployment")) == len(of(objects, "Job")) == 4
    assert wrong(objects) == []


def test_kubernetes_itself_takes_every_pod_at_restricted(everything: helm.Objects) -> None:
    assert admission.refused(everything) == {}
    assert [admission.refused(helm.objects(helm.template(size))) for size in SIZES] == [{}] * len(SIZES)


@pytest.mark.parametrize(("values", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_work_is_refused_and_named(chart: Path, values: dict[str, Any], words: str) -> None:
    with pytest.raises(helm.Refused, match=re.escape(words)):
        helm.template(values=FOUR | values)


def test_all_that_must_be_set_is_named_at_once(chart: Path) -> None:
    with pytest.raises(helm.Refused) as refused:
        helm.template()
    assert {name for name in FOUR if f"/{name.replace('.', '/')}'" in str(refused.value)} == set(FOUR)


def test_a_release_is_named_once(chart: Path) -> None:
    names = {
        item["metadata"]["name"]
        for item in helm.objects(helm.template(values=FOUR, release="studio"))
        + helm.objects(helm.template(values=FOUR))
    }
    assert "studio-inkgate-intake" in names and "inkgate-intake" in names and "inkgate-inkgate-intake" not in names


def test_a_long_tag_and_a_release_with_a_dot_still_make_names(chart: Path) -> None:
    objects = helm.objects(helm.template(values=FOUR | {"image.tag": f"{'1' * 62}-rc.1"}, release="studio.north"))
    assert wrong(objects) == []
    for item in objects:
        assert (
            re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", item["metadata"]["name"])
            and len(item["metadata"]["name"]) <= 63
        )
        for label in item["metadata"]["labels"].values():
            assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", label)


def test_a_changed_studio_file_starts_no_pod_anew(chart: Path) -> None:
    """The running service takes it up by itself; a restart would cost a rebalance for nothing."""
    one, other = (
        of(helm.objects(helm.template(values=FOUR | {"studio.files": {"studio.toml": text}})), "Deployment")
        for text in ("name = 'A'", "name = 'B'")
    )
    assert one == other


def test_a_changed_setting_starts_the_pods_anew(chart: Path) -> None:
    one, other = (
        of(helm.objects(helm.template(values=FOUR | {"log.format": form})), "Deployment") for form in ("json", "text")
    )
    assert one != other


def test_values_and_their_schema_name_the_same() -> None:
    """Every default is there to be read, and every value is known: `additionalProperties` is false all the way down."""

    def compare(values: dict[str, Any], schema: dict[str, Any], path: str) -> None:
        while "$ref" in schema:
            schema = SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]]
        if "properties" not in schema:
            return
        assert schema["additionalProperties"] is False, path
        known = set(schema["properties"]) - {"global"}
        if path.endswith(
            (".secretRefs", ".settings", ".requests", ".limits", ".affinity")
        ):  # what may be there, not what must
            return
        assert set(values) == known, path
        for key in known:
            if isinstance(values[key], dict):
                compare(values[key], schema["properties"][key], f"{path}.{key}")

    compare(VALUES, SCHEMA, "")


def test_every_value_says_what_it_is_for() -> None:
    """In values.yaml; a service's keys once, under intake."""
    told = values_page.meanings((helm.CHART / "values.yaml").read_text())

    def explained(path: str) -> bool:
        as_intake = re.sub(r"^services\.\w+", "services.intake", path)
        return bool(told.get(path) or told.get(as_intake) or ("." in path and explained(path.rpartition(".")[0])))

    leaves = [path for path in told if not any(other.startswith(f"{path}.") for other in told)]
    assert [path for path in leaves if not explained(path)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_can_be_given(chart: Path, service: str) -> None:
    """Each setting of a service is in its pods, or may be by `settings`, or is left alone on purpose."""
    schema = SCHEMA["properties"]["services"]["properties"][service]["properties"]
    rendered = workloads(helm.objects(helm.template(values=EVERYTHING | EVERY_FILE)), "Deployment")
    given = {entry["name"] for w in rendered if w.service == service for entry in w.pod["containers"][0]["env"]}
    assert given | set(schema["settings"]["properties"]) | LEFT_ALONE >= set(settings.names(service))
    secrets = {name for name, secret in settings.names(service).items() if secret}
    assert secrets == set(schema["secretRefs"]["properties"])


def test_the_page_tells_every_secret() -> None:
    page = (helm.ROOT / "docs" / "kubernetes.md").read_text()
    for service in SERVICES:
        row = next(line for line in page.splitlines() if line.startswith(f"| `inkgate-{service}` |"))
        told = set(re.findall(r"`(INKGATE_\w+)`", row)) | {"INKGATE_KAFKA_SASL_PASSWORD", "INKGATE_OTLP_HEADERS"}
        assert told == {name for name, secret in settings.names(service).items() if secret}


def test_the_chart_is_of_this_version() -> None:
    project = tomllib.loads((helm.ROOT / "pyproject.toml").read_text())["project"]
    assert yaml.safe_load((helm.CHART / "Chart.yaml").read_text())["appVersion"] == project["version"]


def test_the_example_for_1000_messages_a_second_holds_what_was_measured(chart: Path) -> None:
    """CPU a turn (docs/benchmarks.md) × 1,000 turns/s, no pod above 60 % of a core, also with one of three zones away;
    and what each asks for is what it then needs."""
    page = (helm.ROOT / "docs" / "benchmarks.md").read_text()
    rows = " ".join(re.findall(r"CPU a turn, all statuses \|([^|]*)\|", page))
    size = helm.EXAMPLES / "values-1000-messages-per-second.yaml"
    values = yaml.safe_load(size.read_text())["services"]
    for service in ("intake", "dialogue", "sender"):
        cores = 1000 * max(map(float, re.findall(rf"{service} ([\d.]+)", rows))) / 1000
        pods = values[service]["autoscaling"]["minReplicas"]
        asked = float(values[service]["resources"]["requests"]["cpu"].removesuffix("m")) / 1000
        assert cores / (pods * 2 / 3) <= 0.6, service
        assert cores / pods <= asked, service
        assert pods <= 24 == int(value(_first(size, service), "INKGATE_TOPIC_PARTITIONS"))


def _first(size: Path, service: str) -> dict[str, Any]:
    found = [w for w in workloads(helm.objects(helm.template(size)), "Deployment") if w.service == service]
    container: dict[str, Any] = found[0].pod["containers"][0]
    return container
