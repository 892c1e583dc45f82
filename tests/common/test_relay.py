"""The outbox and its relay on real Kafka: what was committed is published, whoever committed it, whatever crashed."""

import asyncio
from uuid import UUID, uuid4

import pytest

from inkgate_common import dead_letters, outbox
from inkgate_common.cloudevents import decode, new
from inkgate_common.contracts.commands import NoticeRequested
from inkgate_common.errors import EventTooLarge
from inkgate_common.outbox import partition_hash
from tests.common.conftest import TIME, World, number, unnumbered

pytestmark = pytest.mark.live


def names(world: World) -> str:
    return world.settings.topic("intents")


async def sequences(world: World, count: int) -> list[int]:
    """The numbers on the topic once there are so many."""
    events = [decode(record.headers, record.value) for record in await world.on_topic(names(world), count)]
    return [event.sequence or 0 for event in events if event]


async def old(world: World) -> None:
    """Two seconds pass for what is in the outbox."""
    await world.change("update outbox set created_at = created_at - interval '2 seconds'")


async def test_an_event_leaves_by_the_transaction_and_only_then(world: World, anna: UUID) -> None:
    await world.make_topics()
    async with world.process.relaying():
        with pytest.raises(LookupError):
            async with world.process.database.transaction() as uow:
                uow.emit(number(anna, 1))
                uow.emit(unnumbered(anna))
                raise LookupError
        await world.process.emit(number(anna, 2))
        assert await sequences(world, 1) == [2]
        await world.until_no_rows("outbox")


async def test_what_is_committed_is_published_in_order_with_key_and_headers_and_deleted(
    world: World, anna: UUID
) -> None:
    await world.make_topics()
    events = [number(anna, n) for n in range(1, 51)]
    async with world.process.relaying():
        await world.process.emit(*events[:20])
        await world.process.emit(*events[20:])
        records = await world.on_topic(names(world), 50)
        await world.until_no_rows("outbox")
    assert [decode(record.headers, record.value) for record in records] == events
    assert {record.key for record in records} == {str(anna).encode()}
    assert {record.partition for record in records} == {partition_hash(str(anna)) % 2}


async def test_what_is_published_is_deleted_by_the_next_transaction(world: World, anna: UUID) -> None:
    await world.make_topics()
    relay = asyncio.ensure_future(world.process.relay.run())  # without the scan, which deletes when it is idle
    try:
        await world.process.emit(number(anna, 1))
        await world.on_topic(names(world), 1)
        async with asyncio.timeout(30):
            while not world.process.outbox.published:
                await asyncio.sleep(0.01)
        await world.process.emit(number(anna, 2))
        assert number(anna, 1).id not in {record.id for record in await world.outbox()}
    finally:
        relay.cancel()
        with pytest.raises(asyncio.CancelledError):
            await relay


async def test_what_a_crash_left_behind_is_published_by_another_process(world: World, anna: UUID) -> None:
    await world.make_topics()
    crashed = world.start()
    await crashed.emit(*(number(anna, n) for n in range(1, 4)))
    await old(world)
    async with world.process.relaying():
        assert await sequences(world, 3) == [1, 2, 3]
        await world.until_no_rows("outbox")


async def test_more_than_memory_holds_is_left_to_the_scan(
    world: World, anna: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "WAITING_MAX", 3)
    await world.make_topics()
    await world.process.emit(*(number(anna, n) for n in range(1, 11)))
    assert len(world.process.outbox.waiting) == 3
    await old(world)
    async with world.process.relaying():
        assert sorted(set(await sequences(world, 10))) == list(range(1, 11))
        await world.until_no_rows("outbox")


async def test_replicas_that_all_publish_lose_nothing_and_consumers_see_each_event_once(world: World) -> None:
    await world.make_topics()
    people = [uuid4() for _ in range(5)]
    crashed, other = world.start(), world.start()
    for n in range(1, 5):
        await crashed.emit(*(number(key, n) for key in people))
    await old(world)
    async with world.process.relaying(), other.relaying():
        await other.emit(*(number(key, 5) for key in people))
        async with world.process.consuming(topics=["intents"]):
            await world.handler.until(25)
        await world.until_no_rows("outbox")
    for key in people:
        assert await world.taken(key) == [("handled", n) for n in range(1, 6)]


async def test_the_same_event_emitted_twice_is_one_row(world: World, anna: UUID) -> None:
    """A batch that is handled again derives the same ids."""
    await world.process.emit(number(anna, 1))
    await world.process.emit(number(anna, 1))
    assert len(await world.outbox()) == 1


async def test_what_could_never_be_published_is_refused_when_it_is_written(world: World, anna: UUID) -> None:
    notice = NoticeRequested(lead_id=anna, notice="n", to="1", text="x" * 1_000_000, phone_number_id="1")
    with pytest.raises(EventTooLarge):
        await world.process.emit(number(anna, 1), new(notice, source="test", subject=anna, time=TIME, cause="x"))
    assert await world.outbox() == []


async def test_the_largest_event_and_the_largest_dead_letter_go_through(world: World, anna: UUID) -> None:
    await world.make_topics("intents", "commands")
    notice = NoticeRequested(lead_id=anna, notice="n", to="1", text="x" * 899_000, phone_number_id="1")
    largest = new(notice, source="test", subject=anna, time=TIME, cause="x")
    topic = world.settings.topic("commands")
    async with world.process.relaying():
        await world.process.emit(largest)
        (record,) = await world.on_topic(topic, 1)
        assert decode(record.headers, record.value) == largest
        dead = dead_letters.of_event(largest, topic, "ü" * 1000, world.process.record(largest))
        async with world.process.database.transaction() as uow:
            uow.emit_record(dead)
        (letter,) = await world.on_topic(f"{topic}.dlq", 1)
        assert letter.value == record.value
        await world.until_no_rows("outbox")


async def test_at_the_end_what_is_queued_is_published_and_deleted(world: World, anna: UUID) -> None:
    await world.make_topics()
    async with world.process.relaying() as relay:
        async with asyncio.timeout(30):
            while not relay.connected:
                await asyncio.sleep(0.01)
        await world.process.emit(*(number(anna, n) for n in range(1, 6)))
        await relay.flush(10)
        assert await world.outbox() == []
    assert await sequences(world, 5) == [1, 2, 3, 4, 5]
    assert not relay.connected


async def test_a_relay_without_kafka_ends_when_it_is_told(world: World) -> None:
    nowhere = world.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    process = world.start()
    process.relay._kafka = nowhere
    async with process.relaying() as relay:
        await relay.flush(10)
        assert not relay.connected
