"""Two batches of one process at a time, on real PostgreSQL: while one is written, the next is judged."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import pytest

from inkgate_common.clock import SystemClock
from inkgate_common.cloudevents import Event
from inkgate_common.errors import TransientError
from inkgate_common.pipeline import Pipeline
from inkgate_common.processor import Batch
from tests.common.conftest import World, handled, number

pytestmark = pytest.mark.live

PATIENCE_S = 30


class Line:
    """A pipeline of the world's process, beyond its first batch. The nth batch after that is all of partition n, which ends
    at offset 1: so a test can hold up the writing of one batch."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.done: list[int] = []
        self.pipeline = Pipeline(
            world.process.processor, SystemClock(), lambda: 0.0, lambda: False, self._is_done, overlap=True
        )
        self._batches = 0

    def _is_done(self, batch: Batch) -> None:
        self.done += [partition for _, partition in batch.positions]

    async def begin(self) -> None:
        await self.pipeline.take(Batch(positions={("t", partition): 0 for partition in range(10)}))
        self.done.clear()

    async def take(self, *events: Event, replayed: bool = False) -> None:
        self._batches += 1
        again = {event.id for event in events} if replayed else set()
        async with asyncio.timeout(PATIENCE_S):
            await self.pipeline.take(Batch(events=list(events), positions={("t", self._batches): 1}, replayed=again))

    async def finish(self) -> None:
        """Until nothing waits any more."""
        while self.pipeline.waits:
            await self.pipeline.take(Batch())
        await self.pipeline.finish()

    async def stored(self) -> list[int]:
        """The batches whose positions are stored."""
        rows = await self.world.rows("select partition from positions where next_offset = 1 order by 1")
        return [row.partition for row in rows]

    @asynccontextmanager
    async def holding_up(self, batch: int) -> AsyncIterator[None]:
        """For the block, the nth batch cannot be written: its position is locked."""
        async with self.world.process.database.transaction() as uow:
            await uow.run("select 1 from positions where partition = :n for update", n=batch)
            yield


@pytest.fixture
async def line(world: World) -> Line:
    made = Line(world)
    await made.begin()
    return made


async def test_a_batch_is_judged_while_the_one_before_it_is_written(
    line: Line, world: World, anna: UUID, bea: UUID
) -> None:
    second = asyncio.Event()

    async def note(events: Sequence[Event]) -> None:
        if events[0].subject == str(bea):
            second.set()

    world.handler.before = note
    async with line.holding_up(1):
        await line.take(number(anna, 1))
        younger = asyncio.ensure_future(line.take(number(bea, 1)))
        async with asyncio.timeout(PATIENCE_S):
            await second.wait()
        assert await world.taken(anna) == await world.taken(bea) == []
        assert not younger.done()
    await younger
    await line.finish()
    assert [event.subject for event in world.handler.seen] == [str(anna), str(bea)]
    assert await line.stored() == line.done == [1, 2]


async def test_what_comes_for_a_conversation_that_is_being_written_waits_for_the_batch_after(
    line: Line, world: World, anna: UUID, bea: UUID
) -> None:
    async with line.holding_up(2):
        async with line.holding_up(1):
            await line.take(number(anna, 1))
            second = asyncio.ensure_future(line.take(number(anna, 2), number(bea, 1)))
            await asyncio.sleep(0)
        await second
        assert line.pipeline.waits
        assert await line.stored() == [1]
    await line.finish()
    assert await world.taken(anna) == handled(1, 2)
    assert await world.taken(bea) == handled(1)
    assert await line.stored() == line.done == [1, 2]


async def test_no_position_is_stored_before_what_waited_behind_it_is_handled(
    line: Line, world: World, anna: UUID, bea: UUID
) -> None:
    async with line.holding_up(1):
        await line.take(number(anna, 1))
        second = asyncio.ensure_future(line.take(number(anna, 2), number(bea, 1)))
        await asyncio.sleep(0)
    await second
    await line.pipeline.finish()
    assert await world.taken(bea) == handled(1)
    assert await world.taken(anna) == handled(1)
    assert await line.stored() == [1]
    await line.finish()
    assert await world.taken(anna) == handled(1, 2)
    assert await line.stored() == [1, 2]


async def test_a_batch_that_shares_most_with_the_one_before_it_waits_for_it(
    line: Line, world: World, anna: UUID, bea: UUID
) -> None:
    async with line.holding_up(1):
        await line.take(number(anna, 1))
        second = asyncio.ensure_future(line.take(number(anna, 2), number(anna, 3), number(bea, 1)))
        await asyncio.sleep(0)
    await second
    assert not line.pipeline.waits
    await line.finish()
    assert world.handler.sizes == [1, 3]


async def test_where_a_batch_fails_while_it_is_written_the_next_is_undone_and_follows_it(
    line: Line, world: World, anna: UUID, bea: UUID
) -> None:
    async with line.holding_up(1):
        await line.take(number(anna, 1))
        younger = asyncio.ensure_future(line.take(number(bea, 1)))
        async with asyncio.timeout(PATIENCE_S):
            while not await world.rows(
                """select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock' and query like '%into positions%'"""
            ):
                await asyncio.sleep(0.01)  # a backend that waits has no event to wait for
    await younger
    await line.finish()
    rows = await world.rows("select key from effects order by ordinal")
    assert [row.key for row in rows] == [str(anna), str(bea)]
    assert await line.stored() == [1, 2]


async def test_a_poisoned_event_is_singled_out_behind_a_batch_that_is_written(
    line: Line, world: World, anna: UUID, bea: UUID
) -> None:
    bad = number(bea, 1)
    world.handler.poison.add(bad.id)
    async with line.holding_up(1):
        await line.take(number(anna, 1))
        younger = asyncio.ensure_future(line.take(bad, number(bea, 2)))
        await asyncio.sleep(0)
    await younger
    await line.finish()
    assert await world.taken(anna) == handled(1)
    assert await world.state(bad) == "dead"
    assert ("handled", 2) in await world.taken(bea)
    assert await line.stored() == [1, 2]


async def test_a_replay_that_waits_is_still_one(line: Line, world: World, anna: UUID, bea: UUID) -> None:
    bad = number(anna, 1)
    world.handler.poison.add(bad.id)
    await line.take(bad)
    world.handler.poison.clear()
    async with line.holding_up(2):
        await line.take(number(anna, 2))
        again = asyncio.ensure_future(line.take(bad, number(bea, 1), replayed=True))
        await asyncio.sleep(0)
    await again
    assert line.pipeline.waits
    await line.finish()
    assert await world.taken(anna) == [("dead", 1), *handled(2, 1)]


async def test_what_passes_is_tried_again_in_its_turn(line: Line, world: World, anna: UUID, bea: UUID) -> None:
    tries: list[int] = []

    async def fail(events: Sequence[Event]) -> None:
        if events[0].subject == str(bea):
            tries.append(1)
            if len(tries) < 3:
                raise TransientError("not now")

    world.handler.before = fail
    await line.take(number(anna, 1))
    await line.take(number(bea, 1))
    await line.take(number(anna, 2))
    await line.finish()
    assert [event.subject for event in world.handler.seen] == [str(anna), str(bea), str(anna)]
    assert len(tries) == 3


async def test_whoever_ends_it_leaves_nothing_under_way(line: Line, world: World, anna: UUID, bea: UUID) -> None:
    async with line.holding_up(1):
        await line.take(number(anna, 1))
        younger = asyncio.ensure_future(line.take(number(bea, 1)))
        await asyncio.sleep(0)
        younger.cancel()
        with suppress(asyncio.CancelledError):
            await younger
    assert await world.taken(anna) == await world.taken(bea) == []
    assert await line.stored() == []
