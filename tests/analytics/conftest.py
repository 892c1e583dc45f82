"""A played set of leads, the same for all tests of a run; and an empty topic."""

import secrets
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from inkgate.analytics.facts import Fact
from inkgate_common.settings import KafkaSettings
from tests.analytics import played
from tests.analytics.topics import Topic
from tests.servers import LiveServers


@pytest.fixture(scope="session")
def facts() -> list[Fact]:
    """What forty clients come to, in the order of time."""
    return played.facts(played.events(played.lives(40)))


@pytest.fixture
async def topic(servers: LiveServers) -> AsyncIterator[Topic]:
    """A topic `leads` in three partitions."""
    kafka = KafkaSettings(
        kafka_bootstrap=servers.kafka_bootstrap, topic_prefix=f"{servers.prefix}{secrets.token_hex(3)}."
    )
    admin, producer = AIOKafkaAdminClient(**kafka.client_options()), AIOKafkaProducer(**kafka.client_options())
    await admin.start()
    await admin.create_topics([NewTopic(kafka.topic("leads"), 3, 1)])
    await producer.start()
    made = Topic(kafka, producer, admin)
    yield made
    await made.producer.stop()
    await admin.close()
