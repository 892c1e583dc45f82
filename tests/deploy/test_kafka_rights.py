"""The rights of examples/strimzi.yaml at a real broker with Kafka's own authorizer: enough for all that a service does."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from inkgate.local.kafka import KafkaServer
from inkgate.local.ports import HOST, free_port
from inkgate_common.migrate import make_topics
from inkgate_common.settings import KafkaSettings
from tests.deploy import helm
from tests.deploy.contracts import READS, WRITES
from tests.deploy.rules.looking import SERVICES, of

pytestmark = pytest.mark.live

PASSWORD = "not-a-secret"
# Numbers of Kafka's protocol: ResourceType, AclOperation, and the pattern 'literal', the permission 'allow'.
KINDS = {"topic": 2, "group": 3}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8}
LITERAL, ALLOW = 3, 3
USERS = {
    user["metadata"]["name"]: user["spec"]["authorization"]["acls"]
    for user in of(helm.objects((helm.EXAMPLES / "strimzi.yaml").read_text()), "KafkaUser")
}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[KafkaServer, int]]:
    """A broker that asks at one listener who one is, and lets at the other everybody do everything."""
    ports: list[int] = []
    for _ in range(3):
        ports.append(free_port(frozenset(ports)))
    plain, controller, signed = ports
    logins = " ".join(f'user_{user}="{PASSWORD}"' for user in USERS)
    settings = {
        "listeners": f"PLAINTEXT://{HOST}:{plain},SIGNED://{HOST}:{signed},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{plain},SIGNED://{HOST}:{signed}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SIGNED:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.signed.plain.sasl.jaas.config": (
            f"org.apache.kafka.common.security.plain.PlainLoginModule required {logins};"
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
    }
    home: Path = tmp_path_factory.mktemp("rights")
    server = KafkaServer(home, plain, controller, "aW5rZ2F0ZS1yaWdodHMtMQ", settings=settings)
    server.start()
    yield server, signed
    server.stop()


@pytest.fixture(scope="module")
async def signed(broker: tuple[KafkaServer, int]) -> AsyncIterator[dict[str, KafkaSettings]]:
    """How each user signs in at a broker that has all rights of the example, and no topic yet."""
    server, port = broker
    admin = AIOKafkaAdminClient(bootstrap_servers=server.bootstrap)
    await admin.start()
    try:
        for user, acls in USERS.items():
            for acl in [acl for acl in acls if "patternType" not in acl["resource"]]:
                for operation in acl["operations"]:
                    kind, name = KINDS[acl["resource"]["type"]], acl["resource"]["name"]
                    request = CreateAclsRequest(kind, name, LITERAL, f"User:{user}", "*", OPERATIONS[operation], ALLOW)
                    answer = await admin._send_request(request)
                    assert [error[0] for error in answer.creation_responses] == [0]
    finally:
        await admin.close()
    common: dict[str, Any] = {
        "kafka_bootstrap": f"{HOST}:{port}",
        "kafka_security_protocol": "SASL_PLAINTEXT",
        "kafka_sasl_mechanism": "PLAIN",
        "kafka_sasl_password": PASSWORD,
        "topic_partitions": 1,
        "topic_replication": 1,
    }
    settings = {user: KafkaSettings(kafka_sasl_username=user, **common) for user in USERS}
    for service in SERVICES:  # `migrate`, as far as Kafka is concerned: each service what it writes
        await make_topics(settings[f"inkgate-{service}"], WRITES[service])
    yield settings


async def send(settings: KafkaSettings, topics: list[str]) -> None:
    """As the relay does: idempotent, without transactions."""
    producer = AIOKafkaProducer(**settings.client_options(), enable_idempotence=True, request_timeout_ms=5_000)
    await producer.start()
    try:
        for topic in topics:
            await producer.send_and_wait(topic, b"x", key=b"k")
    finally:
        await producer.stop()


async def read(settings: KafkaSettings, topics: list[str], group: str) -> None:
    """As the consumer does: in its group, with its position committed."""
    consumer = AIOKafkaConsumer(
        *topics, **settings.client_options(), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=200)
        await consumer.commit(dict.fromkeys(consumer.assignment(), 0))
        assert {partition.topic for partition in consumer.assignment()} == set(topics)
        await consumer.end_offsets(consumer.assignment())
    finally:
        await consumer.stop()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_do_all_that_it_does(signed: dict[str, KafkaSettings], service: str) -> None:
    settings = signed[f"inkgate-{service}"]
    await make_topics(settings, WRITES[service])  # again: an upgrade finds them there
    dead = [f"{settings.topic(topic)}.dlq" for topic in READS[service]]
    await send(settings, [*map(settings.topic, WRITES[service]), *dead])
    await read(settings, [*map(settings.topic, READS[service])], f"inkgate-{service}")
