"""A cluster for a test run, with the operators' kinds in it, and the two sizes of the chart installed there."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import control_plane
from tests.cluster.control_plane import ControlPlane
from tests.cluster.programs import NotBuilt, programs
from tests.cluster.release import Release, make_namespace, make_secrets
from tests.deploy import definitions, golang, helm, schemas
from tests.deploy.written import WRITTEN

SMALL = helm.EXAMPLES / "values-small-studio.yaml"
ASKED = "INKGATE_TEST_CLUSTER"
LARGE = helm.EXAMPLES / "values-1000-messages-per-second.yaml"


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A Kubernetes that knows the kinds of all operators. Not in every run of the tests: it takes minutes and a machine to
    itself."""
    if ASKED not in os.environ:
        pytest.skip("no cluster was asked for: make cluster")
    try:
        built = programs()
        helm.helm()
        places = [*schemas.folders(), *schemas.places()]
    except (NotBuilt, golang.NoGo) as reason:
        pytest.skip(f"no cluster: {reason}")
    with control_plane.started(built, tmp_path_factory.mktemp("cluster")) as plane:
        for place in places:
            plane.kubectl("apply", "--server-side", "--force-conflicts", "--filename", "-", given=marked(place))
        for version, kind in WRITTEN.keys() - schemas.named().keys():
            plane.kubectl("apply", "--server-side", "--filename", "-", given=stand_in(version, kind))
        plane.kubectl("wait", "crd", "--all", "--for", "condition=Established", "--timeout", "60s")
        plane.kubectl("create", "priorityclass", "inkgate", "--value", "1000")
        yield plane


def marked(place: Path) -> str:
    """The definitions of a file or folder. Those made from Go types lack a mark that the server asks of groups under
    k8s.io, where the release has the number of its review."""
    found = [definition for _, definition in definitions.whole(place)]
    for item in found:
        if item["spec"]["group"].endswith(".k8s.io"):
            notes = item["metadata"].setdefault("annotations", {})
            notes.setdefault("api-approved.kubernetes.io", "unapproved, made for a test")
    return "".join(f"---\n{json.dumps(item)}\n" for item in found)


def stand_in(api_version: str, kind: str) -> str:
    """A definition of a kind whose own one is not to be had: it takes any fields (tests/deploy compares those)."""
    group, _, version = api_version.partition("/")
    name = kind.lower()
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{name}s.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": f"{name}s", "singular": name},
            "versions": [{"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    return json.dumps(definition)


def _release(cluster: ControlPlane, name: str, values: Path) -> Release:
    make_namespace(cluster, name)
    release = Release(cluster, name, values)
    make_secrets(release)
    return release


@pytest.fixture(scope="session")
def small(cluster: ControlPlane) -> Release:
    """The small studio's size, installed."""
    release = _release(cluster, "small", SMALL)
    release.install()
    return release


@pytest.fixture(scope="session")
def large(cluster: ControlPlane) -> Release:
    """The size for 1,000 messages a second, installed."""
    release = _release(cluster, "large", LARGE)
    release.install()
    return release


@pytest.fixture(params=["small", "large"])
def release(request: pytest.FixtureRequest) -> Release:
    """Each of them."""
    found: Release = request.getfixturevalue(request.param)
    return found
