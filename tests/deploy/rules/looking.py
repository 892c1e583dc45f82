"""Finding one's way among objects: what every rule needs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.deploy.helm import Objects

Item = dict[str, Any]
SERVICES = ("intake", "dialogue", "sender", "payments")


@dataclass(frozen=True)
class Workload:
    """A Deployment or Job, and what of it runs."""

    item: Item
    pod: Item
    labels: dict[str, str]

    @property
    def name(self) -> str:
        return name_of(self.item)

    @property
    def containers(self) -> list[Item]:
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]

    @property
    def service(self) -> str:
        """Which of the four its command starts."""
        command: str = self.pod["containers"][0]["command"][0]
        return command.removeprefix("inkgate-")


def name_of(item: Item) -> str:
    return f"{item['kind']}/{item['metadata']['name']}"


def of(objects: Objects, *kinds: str) -> Objects:
    return [item for item in objects if item["kind"] in kinds]


def workloads(objects: Objects, *kinds: str) -> list[Workload]:
    """Deployments and Jobs (or the kinds that are named)."""
    found = of(objects, *(kinds or ("Deployment", "Job")))
    return [
        Workload(item, item["spec"]["template"]["spec"], item["spec"]["template"]["metadata"]["labels"])
        for item in found
    ]


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a label selector fits. matchExpressions are not used by the chart: asking for them is an error here."""
    assert not selector.get("matchExpressions"), "rules read matchLabels only"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def environment(container: Item) -> dict[str, Item]:
    return {entry["name"]: entry for entry in container.get("env", [])}


def value(container: Item, name: str, default: str = "") -> str:
    """A variable's text, where it stands in clear."""
    return str(environment(container).get(name, {}).get("value", default))


def hook(item: Item) -> str:
    found: str = item["metadata"].get("annotations", {}).get("helm.sh/hook", "")
    return found


def weight(item: Item) -> int:
    return int(item["metadata"]["annotations"].get("helm.sh/hook-weight", 0))


def megabytes(quantity: str) -> float:
    """A quantity of memory in MiB."""
    for suffix, factor in (("Ki", 1 / 1024), ("Mi", 1.0), ("Gi", 1024.0)):
        if quantity.endswith(suffix):
            return float(quantity.removesuffix(suffix)) * factor
    raise ValueError(f"{quantity}: say memory in Ki, Mi or Gi")


def each(objects: Objects, *kinds: str) -> Iterator[tuple[Workload, Item]]:
    """Every container with its workload."""
    for workload in workloads(objects, *kinds):
        for container in workload.containers:
            yield workload, container
