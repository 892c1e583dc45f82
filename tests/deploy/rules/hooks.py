"""Rules for the migrations: Jobs that Helm runs before anything else of the release is there or has changed."""

from collections.abc import Iterator

from tests.deploy.helm import Objects
from tests.deploy.rules.looking import SERVICES, hook, name_of, of, weight, workloads


def migrates_every_service(objects: Objects) -> Iterator[str]:
    """Each service's database is brought up to date before its new pods start, by `migrate` and nothing else: that
    command is safe to repeat, alone or with others (tests/common/test_migrate.py). Nothing of the kind runs at a
    rollback: the old version runs on the newer schema, and its `migrate` has nothing to say."""
    jobs = workloads(objects, "Job")
    if jobs and {job.service for job in jobs} != set(SERVICES):
        yield f"migrates {sorted(job.service for job in jobs)}"
    for job in jobs:
        if job.pod["containers"][0]["command"] != [f"inkgate-{job.service}", "migrate"] or len(job.containers) != 1:
            yield f"{job.name}: does something else than migrate"
        if set(hook(job.item).split(",")) != {"pre-install", "pre-upgrade"}:
            yield f"{job.name}: runs at {hook(job.item) or 'no hook'}"


def can_run_first(objects: Objects) -> Iterator[str]:
    """At an install nothing of the release exists yet but hooks of a lower weight: what a Job needs of the chart is one
    of them."""
    hooks = {name_of(item): item for item in objects if hook(item)}
    ordinary = {name_of(item) for item in objects if not hook(item)}
    for job in workloads(objects, "Job"):
        account = hooks.get(f"ServiceAccount/{job.pod.get('serviceAccountName')}")
        if account is None or weight(account) >= weight(job.item):
            yield f"{job.name}: its ServiceAccount is not there before it"
        for volume in job.pod.get("volumes", []):
            if f"ConfigMap/{volume.get('configMap', {}).get('name')}" in ordinary:
                yield f"{job.name}: mounts {volume['name']}, which is not there before it"
    policies = of(objects, "NetworkPolicy")
    if policies and workloads(objects, "Job") and not any(hook(policy) for policy in policies):
        yield "no NetworkPolicy lets the Jobs out before the release is there"


def can_run_again(objects: Objects) -> Iterator[str]:
    """A hook that is still there from the last time is replaced; one that failed is tried again, and not for ever."""
    for item in [item for item in objects if hook(item)]:
        if "before-hook-creation" not in item["metadata"]["annotations"].get("helm.sh/hook-delete-policy", ""):
            yield f"{name_of(item)}: stands in the way of the next upgrade"
    for job in workloads(objects, "Job"):
        spec = job.item["spec"]
        if not spec.get("activeDeadlineSeconds") or not 1 <= spec.get("backoffLimit", 0) <= 10:
            yield f"{job.name}: is not tried again, or for ever"
        if job.pod.get("restartPolicy") != "Never":
            yield f"{job.name}: a failed try takes its log along"
