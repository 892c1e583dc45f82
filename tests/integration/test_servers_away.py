"""PostgreSQL or Kafka is stopped in the middle of a conversation and comes back: each service says what it lacks, nobody
has to restart anything, and the conversation goes on."""

import asyncio
from collections.abc import Mapping

import pytest

from inkgate.local.environment import SERVICES
from tests.e2e.stack import Client
from tests.integration.product import Product

pytestmark = pytest.mark.live


async def lacks(product: Product) -> dict[str, set[str]]:
    """What each service says that it lacks, database or Kafka: nothing when it is ready. All of them live."""
    found = {}
    for service in SERVICES:
        assert (await product.call(service, "GET", "/health/live"))[0] == 200
        status, answer = await product.call(service, "GET", "/health/ready")
        # Some name the parts of theirs that reach Kafka: relay, consumer.
        found[service] = {"database" if name == "database" else "kafka" for name in answer.get("problems", {})}
        assert (status == 200) == (not found[service])
    return found


async def until_they_lack(product: Product, expected: Mapping[str, set[str]]) -> None:
    async def look() -> bool:
        return await lacks(product) == expected

    await product.wait_for(f"services that lack {dict(expected)}", look)


async def acknowledged(product: Product, client: Client, message_id: str) -> None:
    async def look() -> bool:
        return any(message["wamid"] == message_id and message["acked_at"] for message in await client.chat())

    await product.wait_for("the webhook's 200", look)


READY: Mapping[str, set[str]] = {service: set() for service in SERVICES}


async def test_without_kafka_intake_still_takes_messages_and_the_others_are_not_ready(
    product: Product, client: Client
) -> None:
    await client.answer_until("dimensions")
    await asyncio.to_thread(product.footing.kafka.stop)
    try:
        await until_they_lack(product, {**{service: {"kafka"} for service in SERVICES}, "intake": set()})
        message_id = await client.say("8x12cm")
        await acknowledged(product, client, message_id)
    finally:
        await asyncio.to_thread(product.footing.kafka.start)
    lead = await client.until("the next question", lambda lead: lead["question"] == "style", within_s=45)
    assert lead["answers"]["dimensions"] == "8x12cm"
    await until_they_lack(product, READY)
    await client.qualified()
    await product.check(settle_s=45)


async def test_without_its_database_no_service_is_ready_and_meta_is_asked_to_try_again(
    product: Product, client: Client
) -> None:
    await client.answer_until("dimensions")
    await asyncio.to_thread(product.footing.postgres.stop)
    try:
        await until_they_lack(product, {service: {"database"} for service in SERVICES})
        message_id = await client.say("8x12cm")

        async def refused() -> bool:
            webhooks = await product.log_entries("webhook", client.wa_id)
            return any(entry["wamid"] == message_id and entry["response_status"] == 503 for entry in webhooks)

        await product.wait_for("a 503 for the webhook", refused)
    finally:
        await asyncio.to_thread(product.footing.postgres.start)
    lead = await client.until("the next question", lambda lead: lead["question"] == "style", within_s=45)
    assert lead["answers"]["dimensions"] == "8x12cm"
    await until_they_lack(product, READY)
    await client.qualified()
    await product.check(settle_s=45)
