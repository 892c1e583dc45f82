"""Rules for who decides how many pods there are."""

import re
from collections.abc import Iterator
from typing import Any

from inkgate.documents import metrics
from tests.deploy.contracts import READS
from tests.deploy.helm import Objects
from tests.deploy.rules.looking import Workload, name_of, of, value, workloads


def _scalers(objects: Objects) -> Iterator[tuple[dict[str, Any], Workload | None, int, int]]:
    """Each autoscaler, its target, its bounds."""
    for item in of(objects, "ScaledObject", "HorizontalPodAutoscaler"):
        spec = item["spec"]
        target = spec["scaleTargetRef"]
        found = [w for w in workloads(objects, "Deployment") if w.name == f"{target['kind']}/{target['name']}"]
        keda = item["kind"] == "ScaledObject"
        least, most = ("minReplicaCount", "maxReplicaCount") if keda else ("minReplicas", "maxReplicas")
        yield item, found[0] if found else None, spec[least], spec[most]


def target_exists(objects: Objects) -> Iterator[str]:
    """An autoscaler without its Deployment scales nothing; and none goes to zero (timers and outbox need a process)."""
    for item, target, least, most in _scalers(objects):
        if target is None:
            yield f"{name_of(item)}: its target is not there"
        if not 1 <= least <= most:
            yield f"{name_of(item)}: between {least} and {most} pods"
        if item["spec"].get("fallback", {}).get("replicas", least) < least:
            yield f"{name_of(item)}: falls back below its least"


def one_says_how_many(objects: Objects) -> Iterator[str]:
    """Either the Deployment says its replicas or one autoscaler does: both, and every upgrade throws the autoscaler's
    number away."""
    scaled = [target.name for _, target, _, _ in _scalers(objects) if target is not None]
    for workload in workloads(objects, "Deployment"):
        told = ("replicas" in workload.item["spec"]) + scaled.count(workload.name)
        if told != 1:
            yield f"{workload.name}: its replicas are said {told} times"


def no_pod_is_idle(objects: Objects) -> Iterator[str]:
    """A partition is read by one pod: with fewer of them than pods, some would read nothing."""
    for workload in workloads(objects, "Deployment"):
        partitions = int(value(workload.containers[0], "INKGATE_TOPIC_PARTITIONS"))
        pods = workload.item["spec"].get("replicas", 0)
        if READS[workload.service] and pods > partitions:
            yield f"{workload.name}: {pods} pods for {partitions} partitions (kafka.topics.partitions)"


def reads_what_waits(objects: Objects) -> Iterator[str]:
    """The lag that counts is that of the group and of a topic that this service reads, by the names that the code gives
    them; more pods than partitions would find nothing to read."""
    for item, target, _, most in _scalers(objects):
        if target is None:
            continue
        container = target.containers[0]
        prefix = value(container, "INKGATE_TOPIC_PREFIX")
        for trigger in [trigger for trigger in item["spec"].get("triggers", []) if trigger["type"] == "kafka"]:
            told = trigger["metadata"]
            if told["consumerGroup"] != f"{prefix}inkgate-{target.service}":
                yield f"{name_of(item)}: {told['consumerGroup']} is not the group of {target.service}"
            if told["topic"] not in {f"{prefix}inkgate.{topic}.v1" for topic in READS[target.service]}:
                yield f"{name_of(item)}: {target.service} does not read {told['topic']}"
            if told["bootstrapServers"] != value(container, "INKGATE_KAFKA_BOOTSTRAP"):
                yield f"{name_of(item)}: asks other brokers than {target.service}"
            if most > int(value(container, "INKGATE_TOPIC_PARTITIONS")):
                yield f"{name_of(item)}: more pods than partitions"


def metrics_exist(objects: Objects) -> Iterator[str]:
    """A query of a metric that nobody has answers nothing, for ever, in silence."""
    known = {name for metric in metrics.everything() for name in metric.samples}
    for item, target, _, _ in _scalers(objects):
        for trigger in [trigger for trigger in item["spec"].get("triggers", []) if trigger["type"] == "prometheus"]:
            query = trigger["metadata"]["query"]
            for name in set(re.findall(r"inkgate_\w+", query)) - known:
                yield f"{name_of(item)}: nobody measures {name}"
            if target is not None and f'service="{target.item["metadata"]["name"]}"' not in query:
                yield f"{name_of(item)}: looks at other services too: {query}"
