"""Rules for the example with Strimzi: topics and users against what the code reads, writes and makes."""

from collections import defaultdict
from collections.abc import Iterator

from inkgate_common.contracts import TOPICS
from inkgate_common.migrate import DAY_MS, retention_days
from inkgate_common.settings import KafkaSettings
from tests.deploy.contracts import READS, WRITES
from tests.deploy.helm import Objects
from tests.deploy.rules.looking import SERVICES, name_of, of

Rights = dict[tuple[str, str], set[str]]


def full(topic: str) -> str:
    return f"inkgate.{topic}.v1"


def expected_rights(service: str) -> Rights:
    """(kind, name) → operations. Kafka's own rules: Read and Write include Describe; an idempotent producer needs no right
    of its own since 3.0 (KIP-679). tests/deploy/test_kafka_rights.py shows at a broker that they are enough."""
    rights: Rights = defaultdict(set)
    rights["group", f"inkgate-{service}"].add("Read")
    for topic in READS[service]:
        rights["topic", full(topic)].add("Read")
        rights["topic", f"{full(topic)}.dlq"].add("Write")
    for topic in WRITES[service]:
        rights["topic", full(topic)] |= {"Write", "Create"}
        rights["topic", f"{full(topic)}.dlq"].add("Create")
    return rights


def users_may_what_their_service_does(objects: Objects) -> Iterator[str]:
    """No right less, or a service stops at its first event; none more, or whoever breaks into one reads all clients'
    messages."""
    users = {item["metadata"]["name"]: item for item in of(objects, "KafkaUser")}
    for service in SERVICES:
        user = users.get(f"inkgate-{service}")
        if user is None:
            yield f"there is no user for {service}"
            continue
        given: Rights = defaultdict(set)
        for acl in user["spec"]["authorization"]["acls"]:
            if acl["resource"].get("patternType", "literal") != "literal":
                yield f"{name_of(user)}: {acl['resource']['name']} is a pattern"
            given[acl["resource"]["type"], acl["resource"]["name"]] |= set(acl["operations"])
        wanted = expected_rights(service)
        for key in sorted(given.keys() | wanted.keys()):
            if given.get(key, set()) != wanted.get(key, set()):
                yield f"{name_of(user)}: {key[1]}: {sorted(given.get(key, ()))}, needs {sorted(wanted.get(key, ()))}"


def topics_are_those_that_migrate_makes(objects: Objects) -> Iterator[str]:
    """Every topic and its dead letters, with the partitions and the days of the code: two truths would drift apart."""
    defaults = KafkaSettings.model_fields
    partitions, copies = defaults["topic_partitions"].default, defaults["topic_replication"].default
    found = {item["metadata"]["name"]: item["spec"] for item in of(objects, "KafkaTopic")}
    wanted = {full(topic) + end: retention_days(topic) * DAY_MS for topic in TOPICS for end in ("", ".dlq")}
    for name in sorted(found.keys() ^ wanted.keys()):
        yield f"{name}: {'is missing' if name in wanted else 'is nobody’s'}"
    for name in sorted(found.keys() & wanted.keys()):
        spec = found[name]
        told = (spec["partitions"], spec["replicas"], spec["config"]["retention.ms"])
        if told != (partitions, copies, wanted[name]):
            yield f"{name}: {told}, the code makes {(partitions, copies, wanted[name])}"
        if spec["config"]["min.insync.replicas"] >= spec["replicas"]:
            yield f"{name}: one broker away, and nothing can be written"


def belongs_to_the_cluster(objects: Objects) -> Iterator[str]:
    """Strimzi's operators pass by what names no cluster."""
    clusters = {item["metadata"]["name"] for item in of(objects, "Kafka")}
    for item in of(objects, "KafkaTopic", "KafkaUser", "KafkaNodePool"):
        if item["metadata"].get("labels", {}).get("strimzi.io/cluster") not in clusters:
            yield f"{name_of(item)}: belongs to no cluster"
