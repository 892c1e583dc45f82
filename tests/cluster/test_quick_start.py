"""docs/kubernetes.md, followed as it stands: its commands, in its order, in a shell."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.cluster.conftest import SMALL
from tests.cluster.control_plane import ControlPlane, until
from tests.cluster.release import COMPONENT, Release, is_ready, secrets_asked_for
from tests.deploy import helm
from tests.deploy.rules.looking import SERVICES

PAGE = helm.ROOT / "docs" / "kubernetes.md"
# The controllers' own, which come and go with others.
PASSING = {"events", "events.events.k8s.io", "endpointslices.discovery.k8s.io", "endpoints", "pods.metrics.k8s.io"}


def commands(heading: str) -> list[str]:
    """The blocks of commands under a heading of the page."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks: list[str] = re.findall(r"^ *(?:\d\. )?```\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    return blocks


def keys_of_the_page() -> dict[str, list[str]]:
    """Service → the keys that the page's table of Secrets tells."""
    rows = re.findall(r"^\| `inkgate-(\w+)` \| (.*?) \|", PAGE.read_text(), re.MULTILINE)
    return {service: [*re.findall(r"`(\w+)`", keys), "INKGATE_KAFKA_SASL_PASSWORD"] for service, keys in rows}


class User:
    """Somebody with a checkout, kubectl, Helm and the page."""

    def __init__(self, cluster: ControlPlane, folder: Path) -> None:
        self.folder = folder
        path = os.pathsep.join([str(cluster.programs), str(helm.helm().parent), os.environ["PATH"]])
        self.environment = os.environ | {"PATH": path, "KUBECONFIG": str(cluster.kubeconfig), "HOME": str(folder)}
        (folder / "deploy").symlink_to(helm.ROOT / "deploy")

    def types(self, lines: str) -> str:
        """What the shell prints, of lines that must all succeed."""
        shell = ["bash", "-euo", "pipefail", "-c", lines]
        done = subprocess.run(shell, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def everything(user: User) -> set[str]:
    """Kind/name of all that is in the namespace."""
    kinds = set(user.types("kubectl api-resources --verbs=list --namespaced --output=name").split())
    return set(user.types(f"kubectl -n inkgate get {','.join(sorted(kinds - PASSING))} --output=name").split())


def test_the_page_leads_to_an_installation_and_out_of_it_again(cluster: ControlPlane, tmp_path: Path) -> None:
    user = User(cluster, tmp_path)
    release = Release(cluster, "inkgate", SMALL)
    operators, install = commands("Install")
    user.types(operators)
    for service, keys in keys_of_the_page().items():
        (tmp_path / f"{service}.env").write_text("".join(f"{key}=not-a-secret\n" for key in keys))
    user.types(*commands("Secrets"))
    shutil.copy(SMALL, tmp_path / "my-values.yaml")
    before = everything(user)

    told = user.types(install)
    assert "https://studio.example/webhooks/whatsapp" in told and "https://studio.example/webhooks/stripe" in told
    for service in SERVICES:
        assert [pod for pod in release.pods(service) if is_ready(pod)]
    there = {secret["metadata"]["name"]: set(secret["data"]) for secret in release.get("secrets")}
    there["inkgate-cluster-ca-cert"] = {"ca.crt"}  # Strimzi's operator makes it, and is not here
    asked = secrets_asked_for(release.get("pods"))
    assert all(keys <= there[name] for name, keys in asked.items())

    *lines, hooks = commands("Upgrade, roll back, uninstall")[0].splitlines()
    for line in lines:
        user.types(line)
    until(lambda: not [pod for service in SERVICES for pod in release.pods(service)], "the services' pods were gone")
    left = everything(user) - before
    marked = user.types(
        f"kubectl -n inkgate get all,sa,networkpolicy --selector {COMPONENT}=migrate --output=name"
    ).split()
    assert left == set(marked)
    user.types(hooks)
    until(lambda: everything(user) == before, "nothing was left of the release")
