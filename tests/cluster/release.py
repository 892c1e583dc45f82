"""A release of the chart in a namespace that enforces `restricted`, with the Secrets that the chart wants to find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.control_plane import ControlPlane
from tests.deploy import helm
from tests.deploy.helm import CHART, Objects

NAME = "inkgate"
COMPONENT = "app.kubernetes.io/component"
IMAGE = "registry.example/inkgate"


@dataclass(frozen=True)
class Release:
    """One in a namespace of its own."""

    plane: ControlPlane
    namespace: str
    values: Path

    def helm(self, command: str, *arguments: str) -> str:
        """What Helm prints. Raises helm.Refused."""
        where = ("--kubeconfig", str(self.plane.kubeconfig), "--namespace", self.namespace)
        return helm.run(command, *arguments, *where)

    def install(self) -> None:
        """As docs/kubernetes.md says. Raises helm.Refused."""
        self._roll("install", {}, "5m")

    def upgrade(self, values: Mapping[str, Any] | None = None, timeout: str = "5m") -> None:
        """The same with other values, and with the ones of the beginning besides. Raises helm.Refused."""
        self._roll("upgrade", values or {}, timeout)

    def _roll(self, command: str, values: Mapping[str, Any], timeout: str) -> None:
        told = [f"--set-json={key}={json.dumps(value)}" for key, value in values.items()]
        self.helm(command, NAME, str(CHART), "--values", str(self.values), *told, "--wait", "--timeout", timeout)

    def kubectl(self, *arguments: str, given: str | None = None) -> str:
        """kubectl in this namespace. Raises Refused."""
        return self.plane.kubectl("--namespace", self.namespace, *arguments, given=given)

    def get(self, kinds: str, *arguments: str) -> Objects:
        """Objects of these kinds in this namespace."""
        return self.plane.get(kinds, "--namespace", self.namespace, *arguments)

    def pods(self, component: str) -> Objects:
        """Pods of a service, or of `migrate`."""
        return self.get("pods", "--selector", f"{COMPONENT}={component}")

    def states(self, kinds: str = "deployments,services,configmaps,networkpolicies,jobs") -> dict[str, str]:
        """Which object it is and what is asked of it, by kind and name: the same as before where nothing was changed. How
        it goes is left out."""
        found = {}
        for item in self.get(kinds):
            about = item["metadata"]
            asked = about.get("generation", about["resourceVersion"])  # what has no status has no generation
            found[f"{item['kind']}/{about['name']}"] = f"{about['uid']} {asked}"
        return found


def component(item: dict[str, Any]) -> str:
    """Which part of the installation an object belongs to."""
    found: str = item["metadata"]["labels"][COMPONENT]
    return found


def is_ready(pod: dict[str, Any]) -> bool:
    """Whether it serves: ready, and not on its way out."""
    conditions = {found["type"]: found["status"] for found in pod["status"].get("conditions", [])}
    return conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]


def make_namespace(plane: ControlPlane, name: str) -> None:
    """One that takes restricted pods only."""
    plane.kubectl("create", "namespace", name)
    plane.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")


def make_secrets(release: Release) -> None:
    """Every Secret that the pods of this release read, obviously fake."""
    templates = [item["spec"]["template"] for item in helm.objects(helm.template(release.values)) if is_workload(item)]
    for name, keys in secrets_asked_for(templates).items():
        literals = [f"--from-literal={key}=not-a-secret" for key in sorted(keys)]
        release.kubectl("create", "secret", "generic", name, *literals)


def is_workload(item: dict[str, Any]) -> bool:
    return item["kind"] in ("Deployment", "Job")


def secrets_asked_for(pods: Objects) -> dict[str, set[str]]:
    """Name → keys of every Secret that these pods, or templates of pods, cannot start without."""
    asked: dict[str, set[str]] = {}
    for pod in pods:
        for container in pod["spec"]["containers"]:
            for entry in container["env"]:
                source = entry.get("valueFrom", {}).get("secretKeyRef")
                if source and not source.get("optional"):
                    asked.setdefault(source["name"], set()).add(source["key"])
        for volume in pod["spec"].get("volumes", []):
            if "secret" in volume:
                keys = {item["key"] for item in volume["secret"]["items"]}
                asked.setdefault(volume["secret"]["secretName"], set()).update(keys)
    return asked
