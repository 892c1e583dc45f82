"""Upgrades as the server saw them: every state of every pod, in order."""

from typing import Any

import pytest

from tests.cluster.control_plane import standing, until
from tests.cluster.release import IMAGE, NAME, Release, component, is_ready
from tests.deploy import helm
from tests.deploy.helm import Objects
from tests.deploy.rules.looking import SERVICES


def promised(release: Release) -> dict[str, int]:
    """Service → how many pods it has."""
    return {component(item): item["spec"]["replicas"] for item in release.get("deployments")}


def fewest_ready(changes: Objects, before: int) -> dict[str, int]:
    """Service → the fewest of its pods that served at any moment after the first `before` changes."""
    moments = [standing(changes[:number]) for number in range(before, len(changes) + 1)]
    return {
        service: min(sum(component(pod) == service and is_ready(pod) for pod in there) for there in moments)
        for service in SERVICES
    }


def image(pod: dict[str, Any]) -> str:
    found: str = pod["spec"]["containers"][0]["image"]
    return found


def test_an_upgrade_takes_no_pod_away_before_another_serves(release: Release) -> None:
    asked, there = promised(release), len(release.get("pods"))
    with release.plane.watching_pods(release.namespace) as changes:
        release.upgrade({"image.tag": "0.2.0"})
    assert fewest_ready(changes, there) == asked == promised(release)
    assert {image(pod) for pod in release.get("pods") if is_ready(pod)} == {f"{IMAGE}:0.2.0"}


def test_every_migration_has_ended_before_the_first_new_pod_is_made(release: Release) -> None:
    with release.plane.watching_pods(release.namespace) as changes:
        release.upgrade({"image.tag": "0.3.0"})
    migrated: set[str] = set()
    for change in changes:
        if image(change) == f"{IMAGE}:0.3.0":
            if component(change) in SERVICES:
                break
            if change["status"]["phase"] == "Succeeded":
                migrated.add(change["spec"]["containers"][0]["command"][0])
    assert migrated == {f"inkgate-{service}" for service in SERVICES}


def test_a_migration_that_fails_stops_the_upgrade_before_any_pod_has_changed(small: Release) -> None:
    kinds = "deployments,services,configmaps"
    before = small.states(kinds)
    with pytest.raises(helm.Refused, match="inkgate-migrate-"):
        small.upgrade({"image.tag": "fails", "migrations.deadlineSeconds": 30})
    assert small.states(kinds) == before
    small.upgrade({"image.tag": "0.4.0"})  # the cause is mended, and the same command goes through


def test_where_new_pods_never_get_ready_the_old_ones_serve_on_and_a_rollback_mends_it(small: Release) -> None:
    asked, there = promised(small), len(small.get("pods"))
    with small.plane.watching_pods(small.namespace) as changes:
        with pytest.raises(helm.Refused):
            small.upgrade({"image.tag": "never-ready"}, timeout="20s")
        small.helm("rollback", NAME, "--wait", "--timeout", "2m")
    assert fewest_ready(changes, there) == asked
    until(
        lambda: not any("never-ready" in image(pod) for pod in small.get("pods") if component(pod) in SERVICES),
        "they left",
    )
    made = {
        pod["metadata"]["name"] for pod in changes[there:] if component(pod) == "migrate" and pod["event"] == "ADDED"
    }
    assert len(made) == len(SERVICES)  # the upgrade's; a rollback migrates nothing


@pytest.mark.parametrize(
    ("key", "value"),
    [("services.intake.replicas", -1), ("pod.affinity", {"nodeAffinty": {}}), ("kafka.bootstrp", "x")],
)
def test_a_bad_value_is_refused_before_anything_changes(small: Release, key: str, value: object) -> None:
    before = small.states()
    with pytest.raises(helm.Refused, match=key.rpartition(".")[2]):
        small.upgrade({key: value})
    assert small.states() == before


def test_what_only_the_server_sees_is_refused_with_the_migrations_and_changes_no_service(small: Release) -> None:
    kinds = "deployments,services,configmaps"
    before = small.states(kinds)
    with pytest.raises(helm.Refused, match=r"inkgate-migrate-.*tolerations.*operator"):
        small.upgrade({"pod.tolerations": [{"key": "gpu", "operator": "Sometimes"}]})
    assert small.states(kinds) == before
