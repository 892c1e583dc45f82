"""One sender with `gate_on = delivered`, live."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.graph import LOST
from tests.sender.conftest import Person, Rig, Sender

pytestmark = pytest.mark.live

OK = ("status:accepted", "delivered")


@pytest.fixture(scope="module")
async def running(rig: Rig) -> AsyncIterator[Sender]:
    async with rig.sender(gate_on="delivered", gate_timeout="3") as made:
        yield made


@pytest.fixture(autouse=True)
def _runs(running: Sender) -> None:
    """Every test of this module has a sender."""


async def test_message_delivered_waits_for_the_status_delivered(rig: Rig, anna: Person, running: Sender) -> None:
    await rig.intent(anna)
    await rig.until(anna, "status:accepted")
    (call,) = rig.graph.of(anna.phone)
    await rig.receipt(anna, call, "sent")
    await rig.until(anna, "status:accepted", "status:sent")
    await rig.receipt(anna, call, "delivered")
    *_, delivered = await rig.until(anna, "status:accepted", "status:sent", "status:delivered", "delivered")
    assert (delivered.basis, delivered.wamid) == ("status", call.wamid)
    found = await running.service.database.read(
        "select wamid from attempts a join sends s using (intent_id) where s.conversation_id = :id", id=anna.id
    )
    assert [row.wamid for row in found] == [None]


async def test_without_a_status_acceptance_is_enough_after_a_while(rig: Rig, anna: Person) -> None:
    await rig.intent(anna)
    _, delivered = await rig.until(anna, *OK)
    assert delivered.basis == "timeout" and delivered.wamid == rig.graph.of(anna.phone)[0].wamid


async def test_acceptance_frees_the_queue(rig: Rig, anna: Person) -> None:
    await rig.intent(anna, "first")
    await rig.intent(anna, "second")
    await rig.until(anna, "status:accepted", "status:accepted")
    assert [call.text for call in rig.graph.of(anna.phone)] == ["first", "second"]


async def test_a_failure_that_is_reported_fails_or_is_tried_again_by_its_code(rig: Rig, anna: Person) -> None:
    await rig.intent(anna)
    await rig.until(anna, "status:accepted")
    await rig.receipt(anna, rig.graph.of(anna.phone)[0], "failed", code=131000)
    (*_, second) = await rig.graph.until(anna.phone, 2)
    said = ("status:accepted", "status:failed", "status:accepted")
    await rig.until(anna, *said)
    await rig.receipt(anna, second, "failed", code=131026)
    *_, failed = await rig.until(anna, *said, "status:failed", "failed")
    assert failed.code == "131026"


async def test_sent_ends_the_wait_of_a_lost_answer_and_delivered_opens_the_gate(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, LOST)
    await rig.intent(anna)
    (call,) = await rig.graph.until(anna.phone, 1)
    await rig.receipt(anna, call, "sent")
    await rig.until(anna, "status:sent")
    await rig.receipt(anna, call, "read")
    *_, delivered = await rig.until(anna, "status:sent", "status:read", "delivered")
    assert delivered.basis == "status" and len(rig.graph.of(anna.phone)) == 1
