"""Evictions, as a drain of a node makes them, against the PodDisruptionBudgets."""

import json

import pytest

from tests.cluster.control_plane import Refused, until
from tests.cluster.release import Release, is_ready


def evict(release: Release, pod: str) -> None:
    """Raises Refused where a budget does not allow it."""
    asked = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": release.namespace}}
    path = f"/api/v1/namespaces/{release.namespace}/pods/{pod}/eviction"
    release.kubectl("create", "--raw", path, "--filename", "-", given=json.dumps(asked))


def serving(release: Release, service: str) -> list[str]:
    return [pod["metadata"]["name"] for pod in release.pods(service) if is_ready(pod)]


def may_leave(release: Release, service: str) -> int:
    return int(release.kubectl("get", "pdb", f"inkgate-{service}", "--output=jsonpath={.status.disruptionsAllowed}"))


def test_one_pod_of_a_service_may_leave_and_the_next_one_when_another_serves(large: Release) -> None:
    until(lambda: may_leave(large, "intake") == 1, "a pod of intake might leave")
    nodes = [node["metadata"]["name"] for node in large.plane.get("nodes")]
    large.kubectl("cordon", *nodes)  # so that no other takes its place yet
    try:
        first, second, *_ = serving(large, "intake")
        evict(large, first)
        with pytest.raises(Refused, match=r"TooManyRequests.*disruption budget"):
            evict(large, second)
        evict(large, serving(large, "payments")[0])  # each service has a budget of its own
    finally:
        large.kubectl("uncordon", *nodes)
    until(lambda: may_leave(large, "intake") == 1, "another one served")
    evict(large, second)


def test_a_service_of_one_pod_does_not_stop_a_drain(small: Release) -> None:
    (pod,) = small.pods("sender")
    try:
        small.kubectl("drain", pod["spec"]["nodeName"], "--timeout", "60s")
        small.kubectl("wait", "deployment/inkgate-sender", "--for", "condition=Available", "--timeout", "60s")
        assert pod["metadata"]["name"] not in serving(small, "sender")
    finally:
        small.kubectl("uncordon", pod["spec"]["nodeName"])
