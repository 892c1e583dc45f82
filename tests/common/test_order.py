"""Each conversation's numbered events in order, whatever order they come in; a gap is waited for, told, and given up."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkgate_common import inbox
from inkgate_common.cloudevents import Event
from inkgate_common.db import UnitOfWork
from inkgate_common.inbox import resequence
from inkgate_common.processor import GAP_ALARM_S
from tests.common.conftest import Process, Recorder, World, handled, number, unnumbered

live = pytest.mark.live
KEY = UUID(int=1)
EVENTS = {n: number(KEY, n) for n in range(1, 13)}


def numbers(events: Sequence[Event]) -> list[int]:
    return [event.sequence or 0 for event in events]


# The rule alone.


@given(st.permutations(sorted(EVENTS)), st.sets(st.sampled_from(sorted(EVENTS))), st.data())
def test_whatever_arrives_in_whatever_order_comes_out_in_order_and_nothing_is_lost(
    order: list[int], lost: set[int], data: st.DataObject
) -> None:
    """A stream fed in batches of any size, of which some events never come."""
    arriving = [n for n in order if n not in lost]
    position, held, out = 0, list[Event](), list[Event]()
    while arriving:
        size = data.draw(st.integers(1, len(arriving)))
        batch, arriving = arriving[:size], arriving[size:]
        ready, position, held = resequence(position, [*(EVENTS[n] for n in batch), *held])
        out += ready
    first_missing = min(lost, default=len(EVENTS) + 1)
    assert numbers(out) == list(range(1, first_missing))
    assert not any(event.restored for event in out)
    assert numbers(held) == sorted(n for n in EVENTS if n > first_missing and n not in lost)
    assert position == first_missing - 1


@given(st.permutations(range(1, 9)), st.integers(0, 10))
def test_what_has_a_number_that_was_taken_is_judged_and_marked(order: list[int], position: int) -> None:
    ready, new_position, held = resequence(position, [EVENTS[n] for n in order])
    assert [(event.sequence, event.restored) for event in ready if event.restored] == [
        (n, True) for n in range(1, min(position, 8) + 1)
    ]
    assert len(ready) + len(held) == 8 and new_position == max(position, 8 if position < 8 else 0)


def test_two_events_of_one_number_are_both_judged_and_the_second_is_marked() -> None:
    ready, position, held = resequence(0, [EVENTS[1], number(KEY, 1, "restored"), EVENTS[2]])
    assert [(event.sequence, event.restored) for event in ready] == [(1, False), (1, True), (2, False)]
    assert (position, held) == (2, [])


# With the tables.


@live
async def test_what_comes_early_waits_in_the_table_across_batches_and_restarts(world: World, anna: UUID) -> None:
    await world.feed(number(anna, 4), number(anna, 2))
    await world.feed(number(anna, 5))
    assert await world.taken(anna) == []
    after_a_restart = world.start()
    await after_a_restart.feed(number(anna, 1))
    assert await world.taken(anna) == handled(1, 2)
    await world.start().feed(number(anna, 3), number(anna, 6))
    assert await world.taken(anna) == handled(1, 2, 3, 4, 5, 6)
    assert await world.rows("select 1 from held") == [] and await world.position(anna) == 6


@live
async def test_a_held_event_that_comes_again_is_held_once(world: World, anna: UUID) -> None:
    await world.feed(number(anna, 2), number(anna, 2))
    await world.feed(number(anna, 2))
    await world.feed(number(anna, 1), number(anna, 2))
    assert await world.taken(anna) == handled(1, 2)


@live
async def test_a_held_event_comes_out_as_it_went_in(world: World, anna: UUID) -> None:
    early = number(anna, 2)
    await world.feed(early)
    await world.feed(number(anna, 1))
    assert world.handler.seen[1] == early


@live
async def test_a_conversation_that_waits_holds_up_no_other_and_no_other_topic(
    world: World, anna: UUID, bea: UUID
) -> None:
    await world.feed(number(anna, 2), number(bea, 1), unnumbered(anna))
    assert await world.taken(bea) == handled(1)
    assert await world.taken(anna) == [("handled", None)]


@live
async def test_an_unknown_id_at_a_number_that_was_taken_is_handled_and_marked(world: World, anna: UUID) -> None:
    await world.feed(*(number(anna, n) for n in range(1, 4)))
    await world.feed(number(anna, 2, "restored"))
    await world.feed(number(anna, 4))
    assert await world.taken(anna) == [*handled(1, 2, 3), ("restored", 2), *handled(4)]
    assert await world.position(anna) == 4


@live
async def test_two_processes_that_never_saw_the_stream_count_what_both_hold(world: World, anna: UUID) -> None:
    """Neither finds a row to lock; what one of them holds must be found by whoever comes next, whichever wrote last."""
    database, key = world.process.database, ("intents", str(anna))
    async with database.transaction() as mine:
        before = await inbox.streams(mine, [key])
        async with world.start().database.transaction() as theirs:
            await inbox.store_streams(theirs, await inbox.streams(theirs, [key]), {key: (0, [number(anna, 2)])})
        await inbox.store_streams(mine, before, {key: (1, [])})
    async with database.transaction() as uow:
        stream = (await inbox.streams(uow, [key]))[key]
        assert (stream.position, numbers(stream.held)) == (1, [2])


# Gaps.


async def age(world: World, key: UUID, seconds: float = GAP_ALARM_S + 1) -> None:
    """So much time passes for what this conversation holds."""
    await world.change(
        "update held set held_at = held_at - make_interval(secs => :by) where key = :key", by=seconds, key=str(key)
    )


async def gaps(world: World, key: UUID) -> int:
    return len([what for what, _ in await world.taken(key) if what == "gap"])


async def watch(process: Process) -> None:
    await process.processor.watch_gaps()


async def give_up(world: World, key: UUID) -> None:
    async with world.process.database.transaction() as uow:
        await inbox.skip_gaps(uow, str(key))


@live
async def test_a_gap_is_told_once_and_only_when_it_is_old(world: World, anna: UUID, bea: UUID) -> None:
    await world.feed(number(anna, 2), number(anna, 4), number(bea, 2))
    await watch(world.process)
    assert await gaps(world, anna) == 0
    await age(world, anna)
    await watch(world.process)
    await watch(world.start())
    assert (await gaps(world, anna), await gaps(world, bea)) == (1, 0)


@live
async def test_what_comes_later_behind_the_same_gap_is_no_new_alarm(world: World, anna: UUID) -> None:
    await world.feed(number(anna, 2))
    await age(world, anna)
    await watch(world.process)
    await world.feed(number(anna, 3))
    await age(world, anna)
    await watch(world.process)
    assert await gaps(world, anna) == 1


@live
async def test_replicas_that_look_at_the_same_moment_tell_it_once(world: World, anna: UUID) -> None:
    await world.feed(number(anna, 2), number(anna, 3))
    await age(world, anna)
    await asyncio.gather(*(watch(world.start()) for _ in range(4)))
    assert await gaps(world, anna) == 1


@live
async def test_what_is_given_up_lets_the_rest_be_taken(world: World, anna: UUID, bea: UUID) -> None:
    await world.feed(number(anna, 3), number(anna, 4), number(bea, 2))
    await give_up(world, anna)
    await watch(world.process)
    assert await world.taken(anna) == handled(3, 4) and await world.taken(bea) == []
    await world.feed(number(anna, 5))
    await world.feed(number(anna, 2))  # it comes after all
    assert await world.taken(anna) == [*handled(3, 4, 5), ("restored", 2)]


@live
async def test_a_second_gap_behind_the_first_is_told_too(world: World, anna: UUID) -> None:
    await world.feed(number(anna, 2), number(anna, 4))
    await age(world, anna)
    await watch(world.process)
    await give_up(world, anna)
    await watch(world.process)
    assert await world.taken(anna) == [("gap", None), *handled(2)]
    await watch(world.process)
    await watch(world.process)
    assert await world.taken(anna) == [("gap", None), *handled(2), ("gap", None)]


@live
async def test_a_gap_that_closes_by_itself_is_forgotten(world: World, anna: UUID) -> None:
    await world.feed(number(anna, 2))
    await age(world, anna)
    await world.feed(number(anna, 1))
    await watch(world.process)
    assert await world.taken(anna) == handled(1, 2)


@live
async def test_an_alarm_that_cannot_be_marked_holds_up_no_other(world: World) -> None:
    class Fails(Recorder):
        async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
            await super().gap(uow, topic, key)
            if key == str(first):
                raise LookupError("there is nothing to park")

    first, second = sorted((uuid4(), uuid4()), key=str)
    await world.feed(number(first, 2), number(second, 2))
    await age(world, first)
    await age(world, second)
    await watch(world.start(handler=Fails()))
    assert (await gaps(world, first), await gaps(world, second)) == (0, 1)


@live
async def test_a_poisoned_event_among_what_was_given_up_does_not_stop_the_rest(world: World, anna: UUID) -> None:
    world.handler.poison = {(bad := number(anna, 3)).id}
    await world.feed(bad, number(anna, 4))
    await give_up(world, anna)
    await watch(world.process)
    assert await world.taken(anna) == [("dead", 3), ("handled", 4)]
    (letter,) = await world.dead_letters()
    assert dict(letter.headers)["inkgate_origin"] == "held"
