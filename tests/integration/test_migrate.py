"""`migrate` as an installation runs it: several at once, on accounts that may do little."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from inkgate_common.contracts import TOPICS
from inkgate_common.migrate import DAY_MS, make_topics
from inkgate_common.settings import KafkaSettings
from tests.integration.conftest import PARTITIONS
from tests.integration.footing import Footing
from tests.integration.product import Product, installed

pytestmark = pytest.mark.live


async def test_topics_have_the_partitions_that_were_asked_for_and_are_kept_as_long_as_they_must(
    product: Product,
) -> None:
    settings = KafkaSettings(
        kafka_bootstrap=product.footing.live.kafka_bootstrap, topic_prefix=product.around.topic_prefix
    )
    names = {f"{settings.topic(name)}{dlq}": name for name in TOPICS for dlq in ("", ".dlq")}
    admin = AIOKafkaAdminClient(**settings.client_options())
    await admin.start()
    try:
        described = await admin.describe_topics(list(names))
        configured = await admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": None}) for name in names]
        )
    finally:
        await admin.close()
    partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
    assert partitions == dict.fromkeys(names, PARTITIONS)
    kept = {entry[3]: int(entry[4][0][1]) for response in configured for entry in response.resources}
    assert kept == {full: (90 if name == "leads" else 7) * DAY_MS for full, name in names.items()}


async def test_an_account_that_may_not_make_topics_takes_those_that_are_there(footing: Footing) -> None:
    """Where topics are made by an operator of their own (as Strimzi's KafkaTopic), `migrate` needs no right to."""
    with tempfile.TemporaryDirectory(prefix="inkgate-integration-") as folder:
        async with installed(footing, Path(folder), makes_topics=False) as product:
            migration = product.run("migrate-sender", ("sender", "migrate"), product.environment("sender"))
            migration.start()
            assert await asyncio.to_thread(migration.wait) == 1
            assert "TopicAuthorizationFailed" in migration.log(), "it says which right is missing"
            made = KafkaSettings(kafka_bootstrap=footing.live.kafka_bootstrap, topic_prefix=product.around.topic_prefix)
            made = made.model_copy(update={"topic_replication": 1, "topic_partitions": 1})
            await make_topics(made, TOPICS)
            migration.start()
            assert await asyncio.to_thread(migration.wait) == 0, migration.log()
