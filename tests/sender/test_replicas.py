"""Several senders at once, and senders that end while calls are under way. Live."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inkgate.processes import ServiceProcess
from tests.fakes.graph import LOST, refuse, slow
from tests.sender.conftest import Person, Rig, Sender, counter, installed
from tests.servers import LiveServers

pytestmark = pytest.mark.live

OK = ("status:accepted", "delivered")
# How long one may wait for a dead process's lease to end and its sends to be taken over.
TAKEOVER_S = 40.0


@pytest.fixture
async def rig(servers: LiveServers) -> AsyncIterator[Rig]:
    """Whose processes come and go: each test has an installation of its own."""
    async with installed(servers) as made:
        yield made


async def one(sender: Sender, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in await sender.service.database.read(query)]


async def test_three_replicas_keep_the_order_and_never_have_two_calls_for_one_person(rig: Rig) -> None:
    people = [Person() for _ in range(24)]
    chance = random.Random(7)
    for person in people:
        rig.graph.plan(person.phone, *chance.choices([refuse(131000, 500), refuse(131000, 500), LOST], k=2))
    async with rig.sender(uncertain_wait="2") as first:
        for n in range(3):
            await asyncio.gather(*(rig.intent(person, str(n)) for person in people))
        async with rig.sender(uncertain_wait="2"):
            for n in range(3, 6):
                await asyncio.gather(*(rig.intent(person, str(n)) for person in people))
            await first.stop()
            async with rig.sender(uncertain_wait="2"):
                for n in range(6, 8):
                    await asyncio.gather(*(rig.intent(person, str(n)) for person in people))
                for person in people:
                    await rig.until(person, *(OK * 8))
    for person in people:
        texts = [call.text for call in rig.graph.of(person.phone)]
        assert texts == sorted(texts) and set(texts) == {str(n) for n in range(8)}
        assert rig.graph.in_flight_max[person.phone] == 1


async def test_what_a_dead_process_had_under_way_is_delivered_when_its_status_comes(rig: Rig, anna: Person) -> None:
    never = asyncio.Event()
    rig.graph.plan(anna.phone, slow(never))
    first = await rig.start()
    intent_id = await rig.intent(anna)
    (call,) = await rig.graph.until(anna.phone, 1)
    await first.kill()
    taken_over = counter("inkgate_sends_taken_over_total")
    async with rig.sender(uncertain_wait="60") as second:
        async with asyncio.timeout(TAKEOVER_S):
            while counter("inkgate_sends_taken_over_total") == taken_over:
                await asyncio.sleep(0.05)  # a counter has no event to wait for
        assert await one(second, "select state, attempt, owner from sends") == [("uncertain", 1, None)]
        await rig.receipt(anna, call, "delivered")
        _, delivered = await rig.until(anna, "status:delivered", "delivered")
        assert (delivered.intent_id, delivered.basis) == (intent_id, "status")
        assert len(rig.graph.of(anna.phone)) == 1
    never.set()


async def test_a_stop_lets_calls_end_and_gives_the_rest_away(rig: Rig) -> None:
    quick, hanging, behind = Person(), Person(), Person()
    soon, never = asyncio.Event(), asyncio.Event()
    rig.graph.plan(quick.phone, slow(soon))
    rig.graph.plan(hanging.phone, slow(never))
    first = await rig.start()
    for person in (quick, hanging):
        await rig.intent(person)
        await rig.graph.until(person.phone, 1)
    stop = asyncio.ensure_future(first.stop())
    soon.set()
    await rig.until(quick, *OK)
    await stop
    async with rig.sender(uncertain_wait="60") as second:
        rows = "select state from sends where ended_at is null"
        assert await one(second, rows) == [("uncertain",)], "it is nobody's at once"
        assert len(await one(second, "select 1 from workers")) == 1
        await rig.receipt(hanging, rig.graph.of(hanging.phone)[0], "sent")
        await rig.until(hanging, "status:sent", "delivered")
        await rig.intent(behind)
        await rig.until(behind, *OK)
    never.set()


async def test_after_a_kill_minus_9_between_call_and_record_it_is_sent_again_once(
    rig: Rig, anna: Person, tmp_path: Path
) -> None:
    never = asyncio.Event()
    rig.graph.plan(anna.phone, slow(never))
    log = tmp_path / "sender.log"
    argv = [str(Path(sys.executable).parent / "inkgate-sender"), "serve"]
    process = ServiceProcess("sender", argv, rig.environment(), log)
    await asyncio.to_thread(process.start)
    try:
        await asyncio.to_thread(process.wait_ready)
        await rig.intent(anna, "question")
        await rig.intent(anna, "and the next")
        await rig.graph.until(anna.phone, 1)
        await asyncio.to_thread(process.kill)
        await asyncio.to_thread(process.start)
        said = await rig.until(anna, *OK, *OK)
        assert [call.text for call in rig.graph.of(anna.phone)] == ["question", "question", "and the next"]
        assert said[1].attempts == 2
        assert await asyncio.to_thread(process.terminate) == 0
    finally:
        await asyncio.to_thread(process.kill)
        never.set()
