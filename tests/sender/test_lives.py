"""Poisoned intents, a restored database, a lease that was lost: live."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from inkgate_common.migrate import make_database, upgrade
from inkgate_sender.app import MIGRATIONS
from tests.fakes.graph import LOST, slow
from tests.sender.conftest import Person, Rig, Sender, counter, installed
from tests.servers import LiveServers

pytestmark = pytest.mark.live

OK = ("status:accepted", "delivered")


@pytest.fixture
async def rig(servers: LiveServers) -> AsyncIterator[Rig]:
    """Its databases come and go: each test has an installation of its own."""
    async with installed(servers) as made:
        yield made


async def states(sender: Sender, person: Person) -> list[tuple[str, int]]:
    rows = await sender.service.database.read(
        "select state, attempt from sends where conversation_id = :id order by sequence", id=person.id
    )
    return [(row.state, row.attempt) for row in rows]


async def until(sender: Sender, person: Person, *wanted: tuple[str, int]) -> None:
    async with asyncio.timeout(40):
        while await states(sender, person) != list(wanted):
            await asyncio.sleep(0.05)  # rows have no event to wait for


async def test_an_intent_that_cannot_be_taken_in_fails_and_the_next_goes_on(rig: Rig) -> None:
    anna, ben = Person(), Person()
    async with rig.sender():
        poisoned = await rig.intent(anna, phone_number_id="10\x0065")
        await rig.intent(anna, "the next")
        await rig.intent(ben)
        failed, *_ = await rig.until(anna, "failed", *OK)
        assert (failed.intent_id, failed.code) == (poisoned, "dead_letter")
        await rig.until(ben, *OK)


async def test_what_a_restored_database_reads_again_is_not_sent_again_when_its_status_is_on_the_topic(rig: Rig) -> None:
    anna, ben = Person(), Person()
    async with rig.sender():
        for person in (anna, ben):
            await rig.intent(person)
            await rig.until(person, *OK)
        await rig.receipt(anna, rig.graph.of(anna.phone)[0], "sent")
        await rig.until(anna, *OK, "status:sent")
    # The oldest backup there can be: an empty database, beside topics that were read.
    other = f"{rig.settings().database_url.get_secret_value()}_restored"
    await make_database(other)
    await upgrade(other, MIGRATIONS)
    resends = counter("inkgate_uncertain_resends_total")
    async with rig.sender(database_url=other) as restored:
        await until(restored, anna, ("delivered", 1))
        await until(restored, ben, ("delivered", 2))
        assert len(rig.graph.of(anna.phone)) == 1, "its status says that it went out"
        assert len(rig.graph.of(ben.phone)) == 2, "nobody could know"
        assert counter("inkgate_uncertain_resends_total") == resends + 1
        await rig.intent(anna, "and on it goes")
        await until(restored, anna, ("delivered", 1), ("delivered", 1))


async def test_an_answer_that_comes_after_the_lease_was_lost_settles_what_it_is_about(rig: Rig) -> None:
    anna, go_on = Person(), asyncio.Event()
    rig.graph.plan(anna.phone, slow(go_on))
    async with rig.sender(uncertain_wait="600") as sender:
        await rig.intent(anna)
        await rig.graph.until(anna.phone, 1)
        async with sender.service.database.transaction() as uow:
            await uow.run("delete from workers")
        await until(sender, anna, ("uncertain", 1))
        go_on.set()
        await rig.until(anna, *OK)
        assert len(rig.graph.of(anna.phone)) == 1
        await rig.intent(anna, "under a new name")
        await rig.until(anna, *OK, *OK)


async def test_an_answer_of_an_attempt_that_is_not_current_overwrites_nothing(rig: Rig) -> None:
    anna, go_on = Person(), asyncio.Event()
    rig.graph.plan(anna.phone, slow(go_on))
    doubles = counter("inkgate_duplicate_sends_total")
    async with rig.sender() as sender:
        await rig.intent(anna)
        await rig.graph.until(anna.phone, 1)
        async with sender.service.database.transaction() as uow:
            await uow.run("delete from workers")
        _, delivered = await rig.until(anna, *OK)
        assert delivered.attempts == 2 and len(rig.graph.of(anna.phone)) == 2
        go_on.set()
        async with asyncio.timeout(20):
            while counter("inkgate_duplicate_sends_total") == doubles:
                await asyncio.sleep(0.02)  # a counter has no event to wait for
        assert await states(sender, anna) == [("delivered", 2)] and len(rig.kinds(anna)) == 2


async def test_while_receipts_are_not_read_to_the_end_an_uncertain_send_waits(rig: Rig) -> None:
    anna, other = Person(), uuid4()
    rig.graph.plan(anna.phone, LOST)
    async with rig.sender(uncertain_wait="0.5") as sender:
        async with sender.service.database.transaction() as uow:
            await uow.run(
                """insert into workers (id, seen_at, caught_up, partitions)
                values (:id, now() + interval '1 hour', -6, 6)""",
                id=other,
            )
        await rig.intent(anna)
        await until(sender, anna, ("uncertain", 1))
        ticks = "select seconds from receipts_clock"
        (before,) = await sender.service.database.read(ticks)
        async with asyncio.timeout(20):
            while (await _ticked_at(sender)) < 3:
                await asyncio.sleep(0.05)  # the clock's row has no event to wait for
        (after,) = await sender.service.database.read(ticks)
        assert after.seconds == before.seconds and await states(sender, anna) == [("uncertain", 1)]
        async with sender.service.database.transaction() as uow:
            await uow.run("delete from workers where id = :id", id=other)
        await rig.until(anna, *OK)


_seen: set[object] = set()


async def _ticked_at(sender: Sender) -> int:
    """How many ticks of the receipts clock were seen."""
    (row,) = await sender.service.database.read("select ticked_at from receipts_clock")
    _seen.add(row.ticked_at)
    return len(_seen)
