"""The consumer on real Kafka: positions live with the effects, outages are waited for, partitions move."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition

from inkgate_common.cloudevents import Event
from inkgate_common.errors import TransientError
from inkgate_common.outbox import partition_hash
from tests.common.conftest import Read, Recorder, World, handled, number, unnumbered
from tests.common.faults import Way

pytestmark = pytest.mark.live


def ids(events: Sequence[Event]) -> set[UUID]:
    return {event.id for event in events}


async def test_what_is_published_is_handled_once_and_in_order(world: World, anna: UUID, bea: UUID) -> None:
    await world.make_topics()
    events = [number(key, n) for n in (2, 1, 3, 3, 1) for key in (anna, bea)]
    await world.publish(*events, unnumbered(anna), events[0])
    async with world.process.consuming():
        await world.handler.until(7)
    assert [one for one in await world.taken(anna) if one[1]] == handled(1, 2, 3)
    assert await world.taken(bea) == handled(1, 2, 3)


async def test_a_stop_and_a_start_go_on_where_it_stopped(world: World, anna: UUID) -> None:
    await world.make_topics()
    await world.publish(number(anna, 1))
    async with world.process.consuming():
        await world.handler.until(1)
    await world.publish(number(anna, 2))
    second = Recorder()
    process = world.start(handler=second)
    async with process.consuming() as consumer:
        assert [event.sequence for event in await second.until(1)] == [2]
        assert consumer.connected
    assert not consumer.connected


async def test_positions_win_over_kafkas_offsets_after_a_restored_backup(world: World, anna: UUID) -> None:
    await world.make_topics()
    await world.publish(*(number(anna, n) for n in range(1, 6)))
    async with world.process.consuming() as consumer:
        await world.handler.until(5)
    # The backup is from when two events had been handled; Kafka's committed offset knows nothing of it.
    topic = world.settings.topic("intents")
    await world.change("update positions set next_offset = 2 where topic = :topic and next_offset = 5", topic=topic)
    await world.change("update streams set position = 2")
    await world.change("delete from inbox where id in (select id from effects where sequence > 2)")
    await world.change("delete from effects where sequence > 2")
    again = Recorder()
    process = world.start(handler=again)
    async with process.consuming(mark_reread=True):
        await again.until(3)
        assert await world.taken(anna) == handled(1, 2, 3, 4, 5)
        assert [event.reread for event in again.seen] == [True, True, True]
        await world.publish(number(anna, 6))
        assert not (await again.until(4))[3].reread
    assert not consumer.connected


async def test_a_crash_before_the_commit_leaves_nothing_and_after_it_nothing_to_do(world: World, anna: UUID) -> None:
    """The process dies in the middle of a batch; the next one reads it again."""
    await world.make_topics()
    await world.publish(number(anna, 1), number(anna, 2))
    reached = asyncio.Event()

    async def hang(events: Sequence[Event]) -> None:
        reached.set()
        await asyncio.Event().wait()

    doomed = Recorder()
    doomed.before = hang
    process = world.start(handler=doomed)
    task = asyncio.ensure_future(process.consumer().run())
    async with asyncio.timeout(30):
        await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await world.taken(anna) == []
    async with world.process.consuming():
        await world.handler.until(2)
    assert await world.taken(anna) == handled(1, 2)


async def test_a_database_that_is_down_is_waited_for(world: World, anna: UUID) -> None:
    await world.make_topics()
    async with Way(world.url).open() as way:
        process = world.start(way.url)
        async with process.consuming():
            await world.publish(number(anna, 1))
            await world.handler.until(1)
            way.cut()
            await world.publish(number(anna, 2))
            async with asyncio.timeout(30):
                for _ in range(3):
                    await way.refused.acquire()
            assert await world.taken(anna) == handled(1)
            way.mend()
            await world.handler.until(2)
        assert await world.taken(anna) == handled(1, 2)
        assert await world.dead_letters() == []
        assert await world.rows("select 1 from inbox where state = 'dead'") == []


async def test_a_database_that_is_down_at_the_start_is_waited_for(world: World, anna: UUID) -> None:
    await world.make_topics()
    await world.publish(number(anna, 1))
    async with world.process.consuming():
        await world.handler.until(1)
    async with Way(world.url).open() as way:
        way.cut()
        process = world.start(way.url)
        async with process.consuming():
            async with asyncio.timeout(30):
                await way.refused.acquire()
            way.mend()
            await world.publish(number(anna, 2))
            await world.handler.until(2)
    assert await world.taken(anna) == handled(1, 2)


async def test_what_passes_is_tried_again_and_never_dead(world: World, anna: UUID) -> None:
    await world.make_topics()
    tries: list[int] = []

    async def fail(events: Sequence[Event]) -> None:
        tries.append(1)
        if len(tries) < 6:
            raise TransientError("not now")

    world.handler.before = fail
    await world.publish(number(anna, 1))
    async with world.process.consuming():
        await world.handler.until(1)
    assert len(tries) == 6 and await world.dead_letters() == []


async def test_a_poisoned_event_reaches_the_dead_letter_topic_and_a_replay_brings_it_back(
    world: World, anna: UUID
) -> None:
    await world.make_topics()
    world.handler.poison = {(bad := number(anna, 1)).id}
    async with world.process.consuming(), world.process.relaying():
        await world.publish(bad, number(anna, 2))
        topic = world.settings.topic("intents")
        (letter,) = await world.on_topic(f"{topic}.dlq", 1)
        await world.handler.until(1)
        told = dict(letter.headers)
        assert told["inkgate_error"] == b"ValueError: it is poisoned" and told["ce_id"] == str(bad.id).encode()
        assert told["inkgate_origin"] == f"{topic}/{partition_hash(str(anna)) % 2}/0".encode()
        world.handler.poison = set()
        await world.publish(world.process.record(bad, ("inkgate_replay", b"yes")))
        await world.handler.until(2)
    assert await world.taken(anna) == [("dead", 1), *handled(2, 1)]


async def test_a_record_with_nothing_in_it_does_not_stop_the_partition(world: World, anna: UUID) -> None:
    await world.make_topics()
    topic = world.settings.topic("intents")
    good = number(anna, 1)
    junk = Read(topic, 0, 0, str(anna).encode(), None, [("ce_type", b"inkgate.intent.cancelled"), ("ce_id", b"\x00")])
    await world.publish(junk, good)
    async with world.process.consuming(), world.process.relaying():
        await world.handler.until(1)
        (letter,) = await world.on_topic(f"{topic}.dlq", 1)
    assert dict(letter.headers)["inkgate_origin"].startswith(topic.encode())


async def test_two_replicas_share_the_partitions_and_each_event_is_handled_once(world: World) -> None:
    await world.make_topics()
    people = [uuid4() for _ in range(8)]
    first, second = Recorder(), Recorder()
    one, other = world.start(handler=first), world.start(handler=second)
    await world.publish(*(number(key, 1) for key in people))
    async with one.consuming() as a:
        await first.until(8)
        async with other.consuming() as b:
            async with asyncio.timeout(30):
                while not (len(a.reach("intents")) == len(b.reach("intents")) == 1):
                    await asyncio.sleep(0.02)  # a rebalance has no event of ours
            await world.publish(*(number(key, n) for n in (3, 2) for key in people))
            async with asyncio.timeout(30):
                while len(first.seen) + len(second.seen) < 24:
                    await asyncio.sleep(0.02)
        # What the second one leaves behind is the first one's again.
        await world.publish(*(number(key, 4) for key in people))
        async with asyncio.timeout(30):
            while len(first.seen) + len(second.seen) < 32:
                await asyncio.sleep(0.02)
    assert second.seen and ids(first.seen).isdisjoint(ids(second.seen))
    for key in people:
        assert await world.taken(key) == handled(1, 2, 3, 4)


async def test_it_says_how_far_it_has_got(world: World, anna: UUID) -> None:
    await world.make_topics()
    await world.publish(number(anna, 1), number(anna, 2))
    async with world.process.consuming() as consumer:
        await world.handler.until(2)
        partition = partition_hash(str(anna)) % 2
        assert consumer.partitions("intents") == 2
        async with asyncio.timeout(30):
            while consumer.reach("intents")[partition].handled < 2:
                await asyncio.sleep(0.01)
        assert consumer.reach("intents")[1 - partition].handled == 0


async def test_kafkas_offset_follows(world: World, anna: UUID) -> None:
    """For lag and autoscaling."""
    await world.make_topics()
    await world.publish(number(anna, 1), number(anna, 2))
    async with world.process.consuming() as consumer:
        await world.handler.until(2)
        client = consumer._client
        assert client is not None
        where = TopicPartition(world.settings.topic("intents"), partition_hash(str(anna)) % 2)
        async with asyncio.timeout(30):
            while await client.committed(where) != 2:
                await asyncio.sleep(0.05)
