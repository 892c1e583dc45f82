"""One sender, live: what becomes of an intent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from inkgate.local.environment import PHONE_NUMBER_ID
from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.deliveries import MessageDelivered
from inkgate_common.contracts.intents import Template
from inkgate_common.contracts.receipts import ReceiptReceived
from tests.fakes.graph import LOST, VANISHED, refuse, slow
from tests.sender.conftest import Person, Rig, Sender, counter, moment

pytestmark = pytest.mark.live

OK = ("status:accepted", "delivered")


@pytest.fixture(scope="module")
async def running(rig: Rig) -> AsyncIterator[Sender]:
    async with rig.sender() as made:
        yield made


@pytest.fixture(autouse=True)
def _runs(running: Sender) -> None:
    """Every test of this module has a sender."""


async def rows(running: Sender, person: Person, columns: str) -> list[Any]:
    found = await running.service.database.read(
        f"select {columns} from sends where conversation_id = :id order by sequence", id=person.id
    )
    return [tuple(row) for row in found]


async def test_what_is_accepted_is_delivered(rig: Rig, anna: Person, running: Sender) -> None:
    intent_id = await rig.intent(anna, "How big?")
    status, delivered = await rig.until(anna, *OK)
    (call,) = rig.graph.of(anna.phone)
    assert call.text == "How big?" and call.tracker == f"{intent_id}:1"
    assert delivered.intent_id == status.intent_id == intent_id
    assert (delivered.wamid, delivered.attempts, delivered.basis) == (call.wamid, 1, "accepted")
    assert delivered.accepted_at.microsecond == 0 and delivered.began_at <= moment()


async def test_when_it_has_ended_nothing_personal_is_kept(rig: Rig, anna: Person, running: Sender) -> None:
    await rig.intent(anna, "a secret of hers")
    await rig.until(anna, *OK)
    assert await rows(running, anna, "payload, state") == [(None, "delivered")]
    found = await running.service.database.read(
        "select a.wamid, a.wamid_hash from attempts a join sends s using (intent_id) where s.conversation_id = :id",
        id=anna.id,
    )
    assert found[0].wamid is None and found[0].wamid_hash is not None


async def test_answers_reach_her_in_order_one_at_a_time(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131000, 500))
    for n in range(8):
        await rig.intent(anna, str(n))
    await rig.until(anna, *(OK * 8))
    assert [call.text for call in rig.graph.of(anna.phone)] == ["0", *(str(n) for n in range(8))]
    assert rig.graph.in_flight_max[anna.phone] == 1


async def test_a_permanent_error_fails_at_once(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131026))
    await rig.intent(anna)
    (failed,) = await rig.until(anna, "failed")
    assert (failed.code, failed.permanent, failed.title) == ("131026", True, "as the details say")
    assert len(rig.graph.of(anna.phone)) == 1


async def test_a_transient_error_is_tried_again_until_it_goes(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131000, 500), refuse(2, 503))
    await rig.intent(anna)
    _, delivered = await rig.until(anna, *OK)
    assert delivered.attempts == 3
    assert [call.attempt for call in rig.graph.of(anna.phone)] == [1, 2, 3]


async def test_when_the_budget_is_spent_it_fails(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, *[refuse(131000, 500)] * 4)
    await rig.intent(anna)
    (failed,) = await rig.until(anna, "failed")
    assert (failed.code, failed.permanent) == ("131000", False)
    assert len(rig.graph.of(anna.phone)) == 4


async def test_a_lost_answer_whose_status_comes_is_not_sent_twice(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, LOST)
    await rig.intent(anna)
    (call,) = await rig.graph.until(anna.phone, 1)
    await rig.receipt(anna, call, "sent")
    _, delivered = await rig.until(anna, "status:sent", "delivered")
    assert (delivered.basis, delivered.wamid) == ("status", call.wamid)
    await rig.intent(anna, "the next")
    await rig.until(anna, "status:sent", "delivered", *OK)
    assert len(rig.graph.of(anna.phone)) == 2


async def test_a_lost_answer_without_a_status_is_sent_again_and_counted(rig: Rig, anna: Person) -> None:
    resends, doubles = counter("inkgate_uncertain_resends_total"), counter("inkgate_duplicate_sends_total")
    rig.graph.plan(anna.phone, LOST)
    await rig.intent(anna)
    _, delivered = await rig.until(anna, *OK)
    first, second = rig.graph.of(anna.phone)
    assert delivered.attempts == 2 and second.tracker.endswith(":2")
    assert counter("inkgate_uncertain_resends_total") == resends + 1
    await rig.receipt(anna, first, "sent")
    await rig.until(anna, *OK, "status:sent")
    assert counter("inkgate_duplicate_sends_total") == doubles + 1


async def test_behind_an_uncertain_send_the_next_answer_waits(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, VANISHED)
    await rig.intent(anna, "first")
    await rig.graph.until(anna.phone, 1)
    await rig.intent(anna, "second")
    await rig.until(anna, *OK, *OK)
    assert [call.text for call in rig.graph.of(anna.phone)] == ["first", "first", "second"]


async def test_statuses_are_told_on_and_matched_by_wamid_where_they_carry_no_id(rig: Rig, anna: Person) -> None:
    await rig.intent(anna)
    await rig.until(anna, *OK)
    (call,) = rig.graph.of(anna.phone)
    await rig.receipt(anna, call, "delivered")
    await rig.receipt(anna, call, "sent")
    await rig.receipt(anna, call, "read", named=False)
    await rig.until(anna, *OK, "status:delivered", "status:read")


async def test_a_status_of_nobodys_message_is_dropped_and_counted(rig: Rig, anna: Person, running: Sender) -> None:
    before = counter("inkgate_receipts_total", kind="foreign")
    stray = ReceiptReceived(phone_number_id=PHONE_NUMBER_ID, wamid="wamid.stray", status="sent", at=moment())
    await rig.publish(stray, anna.id)
    await rig.intent(anna)
    await rig.until(anna, *OK)
    async with asyncio.timeout(20):
        while counter("inkgate_receipts_total", kind="foreign") == before:
            await asyncio.sleep(0.02)  # a counter has no event to wait for


async def test_a_failure_that_is_reported_later_is_told_as_such(rig: Rig, anna: Person) -> None:
    await rig.intent(anna)
    await rig.until(anna, *OK)
    await rig.receipt(anna, rig.graph.of(anna.phone)[0], "failed", code=131026)
    *_, failed = await rig.until(anna, *OK, "status:failed")
    assert failed.all_failed and failed.errors[0].code == 131026


async def test_a_status_for_what_had_failed_as_uncertain_makes_it_delivered(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, LOST)
    intent_id = await rig.intent(anna)
    (call,) = await rig.graph.until(anna.phone, 1)
    await rig.take_back(anna, intent_id, opt_out=True)
    (failed,) = await rig.until(anna, "failed")
    assert failed.code == "uncertain"
    await rig.receipt(anna, call, "sent")
    _, status = await rig.until(anna, "failed", "status:sent")
    assert status.makes_delivered and status.accepted_at is not None


async def test_what_waits_is_cancelled_before_it_is_sent(rig: Rig, anna: Person) -> None:
    go_on = asyncio.Event()
    rig.graph.plan(anna.phone, slow(go_on))
    await rig.intent(anna, "first")
    await rig.graph.until(anna.phone, 1)
    second = await rig.intent(anna, "second")
    await rig.take_back(anna, second)
    await rig.until(anna, "cancelled")
    go_on.set()
    _, first, _ = (*(await rig.until(anna, "cancelled", *OK)),)
    assert first.status == "accepted" and [call.text for call in rig.graph.of(anna.phone)] == ["first"]


async def test_what_is_between_two_tries_is_cancelled(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131056))
    intent_id = await rig.intent(anna)
    await rig.graph.until(anna.phone, 1)
    await rig.take_back(anna, intent_id)
    await rig.until(anna, "cancelled")


async def test_after_an_opt_out_an_uncertain_send_is_not_repeated_and_the_confirmation_goes_at_once(
    rig: Rig, anna: Person
) -> None:
    rig.graph.plan(anna.phone, LOST)
    intent_id = await rig.intent(anna, "question")
    (call,) = await rig.graph.until(anna.phone, 1)
    await rig.take_back(anna, intent_id, opt_out=True)
    confirmation = await rig.intent(anna, "You are out.", opt_out_confirmation=True)
    said = await rig.until(anna, *OK)
    assert {one.intent_id for one in said} == {confirmation}
    await rig.receipt(anna, call, "sent")
    *_, delivered = await rig.until(anna, *OK, "status:sent", "delivered")
    assert delivered.intent_id == intent_id and delivered.basis == "status"
    assert [one.text for one in rig.graph.of(anna.phone)] == ["question", "You are out."]


async def test_an_opt_out_stops_what_dialogue_did_not_name(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131056))
    named = await rig.intent(anna, "question")
    await rig.graph.until(anna.phone, 1)
    await rig.intent(anna, "reminder", queue="business", expires_at=moment() + timedelta(days=1))
    await rig.graph.until(anna.phone, 2)
    await rig.intent(anna, "answer")
    await rig.take_back(anna, named, opt_out=True)
    said = await rig.until(anna, *OK, "cancelled", "cancelled")
    texts = [call.text for call in rig.graph.of(anna.phone)]
    assert texts == ["question", "reminder"] and said[2].reason == "stop"


async def test_a_parked_reminder_does_not_block_a_reply(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131056))
    await rig.intent(anna, "reminder", queue="business")
    await rig.graph.until(anna.phone, 1)
    reply = await rig.intent(anna, "reply")
    said = await rig.until(anna, *OK)
    assert {one.intent_id for one in said} == {reply}


async def test_what_expired_fails_without_a_call(rig: Rig, anna: Person) -> None:
    await rig.intent(anna, queue="business", expires_at=moment() - timedelta(seconds=1))
    (failed,) = await rig.until(anna, "failed")
    assert failed.code == "expired" and not rig.graph.of(anna.phone)


async def test_outside_the_window_the_template_goes(rig: Rig, anna: Person) -> None:
    fallback = Template(name="carry_on", language="en_GB", parameters=["Anna"], same_content=True)
    await rig.intent(anna, window_expires_at=moment() - timedelta(seconds=1), fallback=fallback)
    said = await rig.until(anna, *OK)
    assert rig.graph.of(anna.phone)[0].body["template"]["name"] == "carry_on"
    assert all(one.fallback for one in said)


async def test_when_whatsapp_says_that_the_window_is_shut_the_template_goes(rig: Rig, anna: Person) -> None:
    rig.graph.plan(anna.phone, refuse(131047))
    await rig.intent(anna, fallback=Template(name="carry_on", language="en_GB"))
    said = await rig.until(anna, *OK)
    assert [call.body["type"] for call in rig.graph.of(anna.phone)] == ["text", "template"]
    assert all(one.fallback for one in said)


async def test_a_window_that_shuts_while_a_message_waits_is_seen_when_it_is_sent(
    rig: Rig, anna: Person, running: Sender
) -> None:
    go_on = asyncio.Event()
    rig.graph.plan(anna.phone, slow(go_on))
    await rig.intent(anna, "first")
    await rig.graph.until(anna.phone, 1)
    fallback = Template(name="carry_on", language="en_GB")
    ends = moment() + timedelta(seconds=0.5)
    second = await rig.intent(anna, "second", window_expires_at=ends, fallback=fallback)
    while moment() <= ends:
        await asyncio.sleep(0.05)  # a clock has no event to await
    go_on.set()
    said = await rig.until(anna, *OK, *OK)
    assert [(one.intent_id == second, one.fallback) for one in said] == [(False, False)] * 2 + [(True, True)] * 2
    assert [call.body["type"] for call in rig.graph.of(anna.phone)] == ["text", "template"]
    found = await running.service.database.read("select fallback from attempts where intent_id = :id", id=second)
    assert [row.fallback for row in found] == [True]  # what a status that comes late is told by


async def test_a_refused_template_is_marked(rig: Rig, anna: Person, running: Sender) -> None:
    rig.graph.plan(anna.phone, refuse(132015))
    await rig.intent(anna, body=Template(name="paused", language="en"))
    (failed,) = await rig.until(anna, "failed")
    assert failed.code == "132015"
    (row,) = await running.service.database.read("select name, code from bad_templates")
    assert tuple(row) == ("paused", 132015)


async def test_an_erased_person_leaves_nothing_behind_and_nothing_goes_out(
    rig: Rig, anna: Person, running: Sender
) -> None:
    rig.graph.plan(anna.phone, refuse(131056))
    await rig.intent(anna, "parked")
    await rig.graph.until(anna.phone, 1)
    await rig.intent(anna, "behind it")
    async with asyncio.timeout(20):
        while len(await rows(running, anna, "state")) < 2:
            await asyncio.sleep(0.02)  # the other topic must not overtake it
    await rig.publish(PersonErased(at=moment(), conversation_id=anna.id, opted_out=False), anna.id)
    await rig.until(anna, "cancelled", "cancelled")
    assert await rows(running, anna, "payload") == [(None,), (None,)]


async def test_a_user_id_is_the_recipient_where_there_is_no_number(rig: Rig, anna: Person) -> None:
    await rig.intent(anna, to=None, recipient="US.1349")
    await rig.until(anna, *OK)
    (call,) = rig.graph.of("US.1349")
    assert "to" not in call.body and call.body["recipient"] == "US.1349"


async def test_the_same_event_twice_is_one_message(rig: Rig, anna: Person) -> None:
    intent_id = await rig.intent(anna)
    anna.sequence -= 1
    await rig.intent(anna, intent_id=intent_id)
    await rig.intent(anna, "the next")
    await rig.until(anna, *OK, *OK)
    assert len(rig.graph.of(anna.phone)) == 2


async def test_an_intent_of_which_a_status_is_known_already_was_sent_in_an_earlier_life(
    rig: Rig, anna: Person, running: Sender
) -> None:
    intent_id = uuid4()
    heard = ReceiptReceived(
        phone_number_id=PHONE_NUMBER_ID,
        wamid="wamid.earlier",
        status="sent",
        intent_id=intent_id,
        attempt=1,
        at=moment().replace(microsecond=0),
    )
    before = counter("inkgate_receipts_total", kind="orphan")
    await rig.publish(heard, anna.id)
    async with asyncio.timeout(20):
        while counter("inkgate_receipts_total", kind="orphan") == before:
            await asyncio.sleep(0.02)  # a counter has no event to wait for
    await rig.intent(anna, intent_id=intent_id)
    _, delivered = await rig.until(anna, "status:sent", "delivered")
    assert isinstance(delivered, MessageDelivered) and delivered.basis == "status"
    assert delivered.accepted_at == heard.at and not rig.graph.of(anna.phone)
    assert not await running.service.database.read("select 1 from orphan_receipts")
