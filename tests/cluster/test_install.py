"""What the server says to an installation, and what comes of it."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.release import Release, component, is_ready
from tests.deploy import helm
from tests.deploy.rules.looking import SERVICES

BESIDE = sorted(file for file in helm.EXAMPLES.glob("*.yaml") if not file.name.startswith("values-"))


def strictly(release: Release, text: str) -> None:
    """Shows objects to the server, which runs all its checks and refuses fields that it does not know."""
    how = ("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict")
    release.kubectl("apply", *how, "--filename=-", given=text)


def has_token(pod: dict[str, Any]) -> bool:
    parts = [
        part for volume in pod["spec"].get("volumes", []) for part in volume.get("projected", {}).get("sources", [])
    ]
    return any("serviceAccountToken" in part for part in parts)


def test_the_server_takes_every_object_and_knows_every_field(release: Release) -> None:
    strictly(release, helm.template(release.values))


@pytest.mark.parametrize("file", BESIDE, ids=[file.stem for file in BESIDE])
def test_the_server_takes_what_goes_beside_the_chart(small: Release, file: Path) -> None:
    strictly(small, file.read_text())


def test_every_pod_is_placed_and_available(release: Release) -> None:
    for deployment in release.get("deployments"):
        asked = deployment["spec"]["replicas"]
        assert deployment["status"]["availableReplicas"] == deployment["status"]["updatedReplicas"] == asked
        assert sum(is_ready(pod) for pod in release.pods(component(deployment))) == asked


def test_no_zone_has_two_pods_of_a_service_more_than_another(large: Release) -> None:
    nodes = [node["metadata"] for node in large.plane.get("nodes")]
    zone = {node["name"]: node["labels"]["topology.kubernetes.io/zone"] for node in nodes}
    for service in SERVICES:
        placed = Counter(dict.fromkeys(zone.values(), 0))
        placed.update(zone[pod["spec"]["nodeName"]] for pod in large.pods(service))
        assert max(placed.values()) - min(placed.values()) <= 1


def test_every_service_is_reached_at_its_own_pods(release: Release) -> None:
    for service in SERVICES:
        slices = release.get("endpointslices", "--selector", f"kubernetes.io/service-name=inkgate-{service}")
        ends = [end for part in slices for end in part["endpoints"] if end["conditions"]["ready"]]
        assert {end["targetRef"]["name"] for end in ends} == {pod["metadata"]["name"] for pod in release.pods(service)}


def test_no_pod_has_a_token(release: Release) -> None:
    assert not any(has_token(pod) for pod in release.get("pods"))
    # It is the chart that sees to it: without a word the server gives one.
    plain = release.kubectl("run", "plain", "--namespace=default", "--image=plain", "--dry-run=server", "--output=json")
    assert has_token(json.loads(plain))


def test_the_namespace_refuses_a_pod_that_is_not_restricted(small: Release) -> None:
    """So it is no accident that it took those of the chart."""
    with pytest.raises(Exception, match="violates PodSecurity"):
        small.kubectl("run", "plain", "--image=plain")
