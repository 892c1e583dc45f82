"""Services that are stopped, killed and multiplied while people write."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from inkgate.local.environment import SERVICES
from tests.e2e.stack import Client
from tests.faults.crowd import crowd, phones
from tests.integration.product import Product, replicas

pytestmark = pytest.mark.live

SEED = 20_261_126
CLIENTS = 10


async def test_asked_to_stop_every_service_ends_by_itself_and_what_was_under_way_is_neither_lost_nor_doubled(
    product: Product, client: Client
) -> None:
    """WhatsApp holds the sender's call when the stop comes. An exit code of 0 means that each ended within the 10 s it is
    given, and was not killed."""
    await client.answer_until("dimensions")
    await product.fault(on="whatsapp", wa_id=client.wa_id, delay_s=1.0)
    await client.say("8x12cm")

    await client.until("an open gate", lambda lead: lead["open_gate"] is not None)
    assert await product.stop_in_order(*replicas(1)) == [0, 0, 0, 0]
    await product.start_again(*replicas(1))
    await client.until("the next question", lambda lead: lead["question"] == "style", within_s=45)
    assert sum("Which style" in text for text in await client.received()) == 1
    await client.qualified()
    await product.check(settle_s=45)


async def test_each_service_in_turn_is_restarted_in_mid_conversation_and_loses_nothing(product: Product) -> None:
    async with phones(product) as listening:
        playing = asyncio.create_task(crowd(product, listening, CLIENTS, SEED))
        for service in SERVICES:
            assert await listening.somebody_writes(within_s=20), "the restart meets nobody's turn"
            assert await product.stop_in_order(f"{service}-1") == [0]
            await product.start_again(f"{service}-1")
        clients = await playing
    for client in clients:
        lead = await client.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL", within_s=45)
        assert len(lead["answers"]) == 13
    await product.check(settle_s=45)


@pytest.fixture
async def doubled(product: Product) -> AsyncIterator[Product]:
    """Two of each service, for one test."""
    await product.start_again(*replicas(2))
    yield product
    await product.stop_in_order(*replicas(2))
    await product.start_again(*replicas(1))  # whatever the test did to them


async def test_two_replicas_of_each_keep_every_conversations_order_also_when_one_of_each_is_killed(
    doubled: Product,
) -> None:
    async with phones(doubled) as listening:
        playing = asyncio.create_task(crowd(doubled, listening, CLIENTS, SEED + 1))
        assert await listening.somebody_writes(within_s=20)
        for name in replicas(1):
            await asyncio.to_thread(doubled.kill, name)
        clients = await playing
    for client in clients:
        lead = await client.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL", within_s=45)
        assert len(lead["answers"]) == 13
    await doubled.check(settle_s=45)
