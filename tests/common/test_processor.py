"""A batch is one transaction: each event's effects once, however often it comes, and a poisoned one alone is left out."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from inkgate_common.cloudevents import Event, Record, decode
from inkgate_common.contracts.intents import IntentCreated
from inkgate_common.dead_letters import REPLAY_HEADER
from inkgate_common.errors import TransientError
from inkgate_common.processor import TRIES_OF_A_FAILING_EVENT
from tests.common.conftest import Read, World, handled, number, unnumbered

pytestmark = pytest.mark.live


def headers(record: Record) -> dict[str, str]:
    return dict(record.headers)


# Once.


async def test_an_event_is_handled_once_however_often_it_comes(world: World, anna: UUID) -> None:
    one, other = number(anna, 1), unnumbered(anna)
    await world.feed(one, one, other)
    await world.feed(other, one)
    await world.start().feed(one, other)
    assert sorted(await world.taken(anna), key=str) == [("handled", 1), ("handled", None)]


async def test_two_processes_at_the_same_time_handle_each_event_once(world: World, anna: UUID, bea: UUID) -> None:
    """A rebalance: the old owner of a partition is still at work when the new one begins."""
    events = [number(key, n) for n in range(1, 30) for key in (anna, bea)]
    first, second = world.process, world.start()
    await asyncio.gather(first.feed(*events[:40]), second.feed(*events), second.feed(*events[10:]), first.feed(*events))
    for key in (anna, bea):
        assert await world.taken(key) == handled(*range(1, 30))
    assert await world.rows("select 1 from held") == []


async def test_two_processes_that_meet_on_a_new_conversation_lose_nothing_that_is_held(
    world: World, anna: UUID
) -> None:
    """The early event is held by one process while the other is still handling the first of the conversation."""
    process, other = world.process, world.start()
    at_work, go_on = asyncio.Event(), asyncio.Event()

    async def wait(events: Sequence[Event]) -> None:
        at_work.set()
        await go_on.wait()

    world.handler.before = wait
    first = asyncio.ensure_future(process.feed(number(anna, 1)))
    await at_work.wait()
    second = asyncio.ensure_future(other.feed(number(anna, 2)))
    locked = "select 1 from pg_locks where not granted"
    async with asyncio.timeout(10):
        while not second.done() and not await world.rows(locked):
            await asyncio.sleep(0.01)  # a lock that is waited for has no event
    go_on.set()
    await asyncio.gather(first, second)
    await process.processor.watch_gaps()
    assert await world.taken(anna) == handled(1, 2)


async def test_what_fails_leaves_nothing_behind(world: World, anna: UUID) -> None:
    async def fail(events: Sequence[Event]) -> None:
        raise TransientError("the third party's database")

    world.handler.before = fail
    with pytest.raises(TransientError):
        await world.feed(number(anna, 1), unnumbered(anna))
    for table in ("inbox", "streams", "positions", "effects", "outbox"):
        assert await world.rows(f"select 1 from {table}") == []
    world.handler.before = None
    await world.feed(number(anna, 1))
    assert await world.taken(anna) == handled(1)


async def test_effects_events_and_positions_are_one_transaction(world: World, anna: UUID) -> None:
    said = unnumbered(anna)
    world.handler.emits = lambda _: said
    record = world.process.record(number(anna, 1), partition=1)
    await world.feed(record)
    rows = await world.rows("select topic, partition, next_offset from positions")
    assert [tuple(row) for row in rows] == [(record.topic, 1, record.offset + 1)]
    assert [published.id for published in await world.outbox()] == [said.id]


async def test_types_that_nobody_here_reads_are_passed_over(world: World, anna: UUID) -> None:
    assert IntentCreated.TYPE not in world.process.processor._types
    unknown = Read("t", 0, 4, b"k", b"{}", [("ce_id", b"x"), ("ce_type", b"inkgate.invented.next_year")])
    await world.feed(unknown)
    assert await world.rows("select 1 from effects") == [] and await world.outbox() == []
    assert [row.next_offset for row in await world.rows("select next_offset from positions")] == [5]


# Poison.


async def test_one_poisoned_event_and_everything_else_goes_through(world: World, anna: UUID, bea: UUID) -> None:
    events = [number(key, n) for n in range(1, 8) for key in (anna, bea)] + [unnumbered(anna)]
    bad = events[4]  # Anna's third
    world.handler.poison = {bad.id}
    await world.feed(*events)
    assert await world.taken(bea) == handled(*range(1, 8))
    taken = await world.taken(anna)
    assert taken.count(("handled", None)) == 1
    assert [one for one in taken if one[1] is not None] == [
        *handled(1, 2), ("dead", 3), *handled(4, 5, 6, 7),
    ]  # fmt: skip
    assert await world.position(anna) == 7 and await world.state(bad) == "dead"


async def test_the_dead_letter_tells_what_went_wrong_and_where_it_came_from(world: World, anna: UUID) -> None:
    record = world.process.record(bad := number(anna, 1), partition=1)
    world.handler.poison = {bad.id}
    await world.feed(record)
    (letter,) = await world.dead_letters()
    assert letter.topic == f"{world.settings.topic('intents')}.dlq" and letter.key == str(anna)
    assert headers(letter)["inkgate_error"] == "ValueError: it is poisoned"
    assert headers(letter)["inkgate_origin"] == f"{record.topic}/1/{record.offset}"
    again = decode(letter.headers, letter.value)
    assert again == bad


async def test_a_dead_letter_keeps_what_a_newer_producer_added(world: World, anna: UUID) -> None:
    good = world.process.record(bad := number(anna, 1))
    assert good.value is not None
    newer = good.value[:-1] + b',"since_next_year":1}'
    world.handler.poison = {bad.id}
    await world.feed(Read(good.topic, 0, good.offset, good.key, newer, [*good.headers, ("new", b"header")]))
    (letter,) = await world.dead_letters()
    assert letter.value == newer and headers(letter)["new"] == "header"


async def test_a_failing_event_is_tried_a_few_times_and_may_recover(world: World, anna: UUID) -> None:
    tries: list[int] = []

    async def fail(events: Sequence[Event]) -> None:
        tries.append(len(events))
        if len(tries) <= TRIES_OF_A_FAILING_EVENT:
            raise ValueError("for now")

    world.handler.before = fail
    await world.feed(number(anna, 1))
    assert len(tries) == TRIES_OF_A_FAILING_EVENT + 1  # the batch, then alone
    assert await world.taken(anna) == handled(1) and await world.dead_letters() == []


async def test_a_handler_that_cannot_mark_a_dead_event_does_not_stop_the_partition(world: World, anna: UUID) -> None:
    bad = number(anna, 1)
    world.handler.poison = world.handler.unmarkable = {bad.id}
    await world.feed(bad, number(anna, 2))
    assert await world.taken(anna) == handled(2)
    assert await world.state(bad) == "dead" and len(await world.dead_letters()) == 1


async def test_several_poisoned_events_of_one_batch(world: World, anna: UUID, bea: UUID) -> None:
    events = [number(key, n) for n in range(1, 11) for key in (anna, bea)]
    dead = {1, 2, 5, 10}
    world.handler.poison = {event.id for event in events if event.subject == str(anna) and event.sequence in dead}
    await world.feed(*events)
    assert await world.taken(bea) == handled(*range(1, 11))
    assert await world.taken(anna) == [("dead" if n in dead else "handled", n) for n in range(1, 11)]
    assert len(await world.dead_letters()) == 4


async def test_a_poisoned_event_that_was_held(world: World, anna: UUID) -> None:
    bad = number(anna, 2)
    world.handler.poison = {bad.id}
    await world.feed(bad, number(anna, 3))
    await world.feed(number(anna, 1))
    assert await world.taken(anna) == [("handled", 1), ("dead", 2), ("handled", 3)]
    assert await world.rows("select 1 from held") == [] and await world.state(bad) == "dead"


async def test_a_database_that_refuses_the_value_is_poison_and_not_an_outage(world: World, anna: UUID) -> None:
    """What PostgreSQL cannot store must not be waited for."""
    values: list[object] = ["a\x00b", "\ud800", 2**70]
    for ordinal, value in enumerate(values):
        bad = unnumbered(anna, ordinal)

        async def write(events: Sequence[Event], value: object = value) -> None:
            column = "sequence" if isinstance(value, int) else "what"
            await world.change(f"insert into effects ({column}) values (:value)", value=value)

        world.handler.before = write
        await world.feed(bad)
        assert await world.state(bad) == "dead"


# What is no event.


NOT_EVENTS: dict[str, tuple[bytes | None, bytes | None, dict[str, bytes | None]]] = {
    "no headers": (b"k", b"{}", {}),
    "no value": (b"k", None, {"ce_id": str(uuid4()).encode(), "ce_type": b"inkgate.mode.changed", "ce_subject": b"k"}),
    "a null header": (b"k", b"{}", {"ce_id": None, "ce_type": b"inkgate.mode.changed"}),
    "no key": (None, b"{}", {}),
    "a key that is not text": (b"\xff\x00\xfe", b"{}", {}),
    "a header that is not text": (b"k", b"{}", {"ce_id": b"\xff\x00", "ce_type": b"inkgate.mode.changed"}),
    "a value larger than a record may be": (b"k", b"v" * 2_000_000, {}),
    "headers larger than a record may be": (b"k", b"v", {f"h{n}": b"x" * 100_000 for n in range(20)}),
}


@pytest.mark.parametrize("what", NOT_EVENTS)
async def test_what_is_no_event_goes_to_the_dead_letters_and_the_rest_goes_on(
    world: World, anna: UUID, what: str
) -> None:
    key, value, found = NOT_EVENTS[what]
    junk = Read(world.settings.topic("intents"), 0, 7, key, value, list(found.items()))
    await world.feed(junk, number(anna, 1))
    assert await world.taken(anna) == handled(1)
    (letter,) = await world.dead_letters()
    assert letter.topic == f"{junk.topic}.dlq" and headers(letter)["inkgate_error"]
    assert headers(letter)["inkgate_origin"] == f"{junk.topic}/0/7"
    size = len(letter.value) + sum(len(name) + len(text.encode()) for name, text in letter.headers)
    assert size < 1_000_000  # the broker takes it
    await world.feed(junk)
    assert len(await world.dead_letters()) == 1  # the same record has the same id


HUGE = 10**30


@pytest.mark.parametrize(
    ("header", "value"),
    [("ce_subject", "a\x00b"), ("ce_subject", "s" * 5000), ("ce_subject", ""), ("ce_time", "2026-05-04T12:00:00")],
)
async def test_an_event_that_no_table_takes_is_no_event(world: World, anna: UUID, header: str, value: str) -> None:
    good = world.process.record(number(anna, 1))
    bad = Read(
        good.topic, 0, good.offset, good.key, good.value,
        [(name, value.encode() if name == header else old) for name, old in good.headers],
    )  # fmt: skip
    await world.feed(bad, number(anna, 1, "other"))
    assert await world.taken(anna) == handled(1) and len(await world.dead_letters()) == 1


@pytest.mark.parametrize("sequence", [0, -1, 2**63, HUGE])
async def test_a_number_that_is_none_is_no_event(world: World, anna: UUID, sequence: int) -> None:
    good = world.process.record(number(anna, 1))
    assert good.value is not None
    value = good.value.replace(b'"sequence":1', b'"sequence":%d' % sequence)
    await world.feed(Read(good.topic, 0, good.offset, good.key, value, good.headers), number(anna, 1, "other"))
    assert await world.taken(anna) == handled(1) and len(await world.dead_letters()) == 1


async def test_json_nested_too_deep_is_no_event(world: World, anna: UUID) -> None:
    good = world.process.record(number(anna, 1))
    assert good.value is not None
    value = good.value[:-1] + b',"new":' + b"[" * 5000 + b"]" * 5000 + b"}"
    await world.feed(Read(good.topic, 0, good.offset, good.key, value, good.headers), number(anna, 1, "other"))
    assert await world.taken(anna) == handled(1) and len(await world.dead_letters()) == 1


# Once more.


def replayed(world: World, event: Event) -> Read:
    return world.process.record(event, (REPLAY_HEADER, b"where it lay"))


async def test_a_replay_reopens_a_dead_event(world: World, anna: UUID) -> None:
    bad = number(anna, 1)
    world.handler.poison = {bad.id}
    await world.feed(bad, number(anna, 2))
    world.handler.poison = set()
    await world.feed(bad)  # again, but nobody asked for it
    assert await world.state(bad) == "dead"
    await world.feed(replayed(world, bad))
    await world.feed(replayed(world, bad))
    assert await world.taken(anna) == [("dead", 1), ("handled", 2), ("handled", 1)]
    assert await world.state(bad) == "done"


async def test_a_replay_of_what_was_handled_changes_nothing(world: World, anna: UUID) -> None:
    await world.feed(one := number(anna, 1))
    await world.feed(replayed(world, one))
    assert await world.taken(anna) == handled(1)


async def test_a_replay_that_fails_again_is_dead_again(world: World, anna: UUID) -> None:
    world.handler.poison = {(bad := number(anna, 1)).id}
    await world.feed(bad)
    await world.feed(replayed(world, bad))
    assert await world.taken(anna) == [("dead", 1), ("dead", 1)] and await world.state(bad) == "dead"
    assert {headers(letter)["inkgate_origin"] for letter in await world.dead_letters()} != set()
    assert len(await world.dead_letters()) == 2


async def test_a_replay_read_before_its_number_was_taken_takes_it(world: World, anna: UUID) -> None:
    """The database was restored from before the event died: original and replay come together."""
    await world.feed(one := number(anna, 1), replayed(world, one), number(anna, 2))
    assert await world.taken(anna) == handled(1, 2)
