"""Least privilege at Kafka: with the rights of examples/strimzi.yaml a service's account may do what is written there, to
each topic and group, and is refused all the rest. Everything is really asked of the broker."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.admin import CreateAclsRequest, CreatePartitionsRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest

from inkgate.local.environment import SERVICES, Surroundings
from inkgate_common.contracts import TOPICS
from inkgate_common.settings import KafkaSettings
from tests.integration.accounts import MECHANISM, Account, grants, open_accounts
from tests.integration.footing import Footing

pytestmark = pytest.mark.live

REFUSED = TopicAuthorizationFailedError.errno


@dataclass
class Installation:
    """Topics and accounts, and nothing that runs. `topics`: all of the contract's, their dead letters, and a stranger's."""

    around: Surroundings
    accounts: Mapping[str, Account]
    footing: Footing
    topics: list[str]

    def settings(self, service: str) -> KafkaSettings:
        account = self.accounts[service]
        return KafkaSettings(
            kafka_bootstrap=self.footing.services_bootstrap,
            kafka_security_protocol="SASL_SSL",
            kafka_ssl_cafile=str(self.footing.certificate.authority),
            kafka_sasl_mechanism=MECHANISM,
            kafka_sasl_username=account.name,
            kafka_sasl_password=account.password,  # type: ignore[arg-type]
        )

    def granted(self, service: str, operation: str, kind: str = "topic") -> set[str]:
        """What the example lets it do that to, with this installation's prefix."""
        return {
            f"{self.around.topic_prefix}{name}" for of, name, may in grants(service) if (of, may) == (kind, operation)
        }


@pytest.fixture(scope="module")
async def installation(footing: Footing) -> Installation:
    around = footing.live.installation()
    prefix = around.topic_prefix
    topics = [f"{prefix}inkgate.{name}.v1{dlq}" for name in (*TOPICS, "stranger") for dlq in ("", ".dlq")]
    admin = AIOKafkaAdminClient(bootstrap_servers=footing.live.kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1) for name in topics])
    finally:
        await admin.close()
    return Installation(around, await open_accounts(around), footing, topics)


@pytest.fixture(scope="module", params=SERVICES)
async def service(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
async def admin(installation: Installation, service: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client of that service's account."""
    made = AIOKafkaAdminClient(**installation.settings(service).client_options())
    await made.start()
    yield made
    await made.close()


# What each does to a topic: the error code that Kafka answers.


async def write(admin: AIOKafkaAdminClient, settings: KafkaSettings, topic: str) -> int:
    producer = AIOKafkaProducer(**settings.client_options(), enable_idempotence=True)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"x")
        return 0
    except TopicAuthorizationFailedError:
        return REFUSED
    finally:
        await producer.stop()


async def read(admin: AIOKafkaAdminClient, settings: KafkaSettings, topic: str) -> int:
    asked = FetchRequest(0, 0, 1_000, 0, [(topic, [(0, 0, 1_000)])])
    ((_, ((_, code, *_),)),) = (await admin._send_request(asked)).topics
    return int(code)


async def create(admin: AIOKafkaAdminClient, settings: KafkaSettings, topic: str) -> int:
    """It is there already, which Kafka says to those only who might have made it."""
    answer = await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    return int(answer.topic_errors[0][1])


async def delete(admin: AIOKafkaAdminClient, settings: KafkaSettings, topic: str) -> int:
    answer = await admin.delete_topics([topic])
    return int(answer.topic_error_codes[0][1])


async def alter(admin: AIOKafkaAdminClient, settings: KafkaSettings, topic: str) -> int:
    partitions = admin._convert_topic_partitions({topic: NewPartitions(total_count=2)})
    answer = await admin._send_to_controller(CreatePartitionsRequest(partitions, 5_000, False))
    return int(answer.topic_errors[0][1])


Act = Callable[[AIOKafkaAdminClient, KafkaSettings, str], Awaitable[int]]
ACTS: dict[str, Act] = {"Write": write, "Read": read, "Create": create, "Delete": delete, "Alter": alter}


@pytest.mark.parametrize("operation", ACTS)
async def test_a_service_may_do_to_a_topic_what_the_example_says_and_no_more(
    installation: Installation, admin: AIOKafkaAdminClient, service: str, operation: str
) -> None:
    settings = installation.settings(service)
    answers = {topic: await ACTS[operation](admin, settings, topic) for topic in installation.topics}
    may = {topic for topic, code in answers.items() if code != REFUSED}
    assert may == installation.granted(service, operation), answers


async def test_a_service_joins_its_own_group_and_no_other(
    installation: Installation, admin: AIOKafkaAdminClient, service: str
) -> None:
    groups = [f"{installation.around.topic_prefix}inkgate-{name}" for name in (*SERVICES, "stranger")]
    answers = {}
    for group in groups:
        asked = JoinGroupRequest(group, 10_000, 10_000, "", None, "consumer", [("range", b"")])  # type: ignore[arg-type]
        answers[group] = (await admin._send_request(asked)).error_code
    may = {group for group, code in answers.items() if code != GroupAuthorizationFailedError.errno}
    assert may == installation.granted(service, "Read", "group"), answers


async def test_a_service_gives_itself_no_right(
    installation: Installation, admin: AIOKafkaAdminClient, service: str
) -> None:
    name = installation.accounts[service].name
    topic, allow, literal, everything = 2, 3, 3, 2  # of Kafka's protocol
    asked = CreateAclsRequest(topic, installation.topics[0], literal, f"User:{name}", "*", everything, allow)
    answer = await admin._send_to_controller(asked)
    assert [error[0] for error in answer.creation_responses] == [ClusterAuthorizationFailedError.errno]


async def test_what_the_example_grants_is_read_from_it_and_is_not_everything(installation: Installation) -> None:
    """Or the comparison above would hold for an example that is empty, or lets everybody do all."""
    for service in SERVICES:
        assert installation.granted(service, "Read") and installation.granted(service, "Write")
        for operation in ACTS:
            assert installation.granted(service, operation) < set(installation.topics)
