"""The writer on the real database: dedupe, order, gapless sequences, one bad item alone."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from inkgate.local.environment import Surroundings
from inkgate_common import ids
from inkgate_common.contracts.inbound import IdentityLinked, MessageReceived
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_intake import handlers, repository
from inkgate_intake.errors import ConversationMoved
from tests.builders import whatsapp
from tests.intake.conftest import ARTIST, Intake, running, settings_of

pytestmark = pytest.mark.live


def text(body: str, sender: str, **more: Any) -> dict[str, Any]:
    return whatsapp.of_messages(whatsapp.text(body, **{"from": sender} | more))


async def test_the_message_id_alone_decides(intake: Intake, ann: str) -> None:
    """The same id with other text is a duplicate: one answer, one event."""
    same = whatsapp.wamid()
    await intake.send(text("first", ann, id=same), text("other", ann, id=same), text("next", ann))
    messages = await intake.messages(ann)
    assert [(message.sequence, message.text) for message in messages] == [(1, "first"), (2, "next")]


async def test_the_same_id_twice_in_one_webhook_is_one_message(intake: Intake, ann: str) -> None:
    same = whatsapp.wamid()
    twice = [whatsapp.text(body, **{"from": ann, "id": same}) for body in ("first", "other")]
    await intake.send(whatsapp.of_messages(*twice))
    assert await intake.texts(ann) == ["first"]


async def test_each_status_of_a_message_counts_once(intake: Intake, ann: str) -> None:
    same = whatsapp.wamid()
    names = ["sent", "delivered", "delivered", "read", "sent"]
    await intake.send(*(whatsapp.of_statuses(whatsapp.status(name, id=same, recipient_id=ann)) for name in names))
    assert sorted(event.data.status for event in await intake.events(ann)) == ["delivered", "read", "sent"]


async def test_what_a_message_becomes(intake: Intake, ann: str) -> None:
    message_id = whatsapp.wamid()
    contact = whatsapp.contact(ann, "GB." + ann, name="Ann")
    await intake.send(whatsapp.of_messages(whatsapp.text("hi", **{"from": ann, "id": message_id}), contacts=[contact]))
    (event,) = await intake.events(ann)
    assert event.id == ids.derive(f"{whatsapp.NUMBER_ID}/{message_id}", "inkgate.message.received")
    assert (event.source, event.time) == ("/inkgate/intake", whatsapp.RECEIVED_AT)
    assert event.data == MessageReceived(
        phone_number_id=whatsapp.NUMBER_ID, sequence=1, message_id=message_id, sent_at=whatsapp.SENT_AT,
        received_at=whatsapp.RECEIVED_AT, from_=ann, user_id="GB." + ann, profile_name="Ann", kind="text", text="hi",
    )  # fmt: skip


async def test_what_a_status_becomes(intake: Intake, ann: str) -> None:
    wamid, intent = whatsapp.wamid(), "0b8f2d1c-3c44-5a55-9d7e-0a1b2c3d4e5f"
    entry = whatsapp.status("sent", id=wamid, recipient_id=ann, biz_opaque_callback_data=f"{intent}:1")
    await intake.send(whatsapp.of_statuses(entry))
    (event,) = await intake.events(ann)
    assert event.data == ReceiptReceived(
        phone_number_id=whatsapp.NUMBER_ID, wamid=wamid, status="sent", intent_id=UUID(intent), attempt=1,
        at=whatsapp.SENT_AT, recipient=ann,
    )  # fmt: skip


async def test_a_status_begins_no_conversation(intake: Intake, ann: str) -> None:
    await intake.send(whatsapp.of_statuses(whatsapp.status(recipient_id=ann)), text("hi", ann))
    assert [message.sequence for message in await intake.messages(ann)] == [1]


async def test_a_webhooks_messages_are_ordered_by_when_they_were_written(intake: Intake, ann: str) -> None:
    def at(seconds: int) -> str:
        return whatsapp.stamp(whatsapp.SENT_AT + timedelta(seconds=seconds))

    written = [("c", 1), ("a", 0), ("d", 1), ("b", 0)]
    entries = [whatsapp.text(body, **{"from": ann, "timestamp": at(seconds)}) for body, seconds in written]
    await intake.send(whatsapp.of_messages(*entries))
    assert await intake.texts(ann) == ["a", "b", "c", "d"]


async def test_what_waits_together_is_ordered_by_when_it_was_written(intake: Intake, ann: str) -> None:
    """Ten webhooks that arrive while the writer is busy, the last-written first."""
    bodies = [str(index) for index in range(10)]
    stamps = {body: whatsapp.stamp(whatsapp.SENT_AT - timedelta(seconds=30 - int(body))) for body in bodies}
    await asyncio.gather(*(intake.send(text(body, ann, timestamp=stamps[body])) for body in reversed(bodies)))
    assert await intake.texts(ann) == bodies


async def test_sequences_have_no_gap_with_two_replicas_at_once(installation: Surroundings) -> None:
    people = [whatsapp.number() for _ in range(6)]
    async with running(settings_of(installation)) as one, running(settings_of(installation)) as two:
        sends = []
        for index in range(240):
            sender, replica = people[index % len(people)], (one, two)[index % 2]
            payload = text(f"{index}", sender)
            sends.append(replica.send(payload))
            if index % 5 == 0:  # the same webhook at the other replica too
                sends.append((two, one)[index % 2].send(payload))
        await asyncio.gather(*sends)
        for sender in people:
            messages = await one.messages(sender)
            assert [message.sequence for message in messages] == list(range(1, 41))
            assert len({message.message_id for message in messages}) == 40


async def test_two_replicas_meet_a_client_at_the_same_time_under_two_names(installation: Surroundings) -> None:
    async with running(settings_of(installation)) as one, running(settings_of(installation)) as two:
        for _ in range(10):
            ann, user = whatsapp.number(), whatsapp.user_id()
            by_both = whatsapp.of_messages(
                whatsapp.text("both", **{"from": ann}), contacts=[whatsapp.contact(ann, user)]
            )
            by_user = whatsapp.of_messages(whatsapp.text("user", **{"from": None, "from_user_id": user}))
            await asyncio.gather(one.send(by_both), two.send(by_user))
            await one.send(text("then", ann))
            texts = Counter([*await one.texts(ann), *await one.texts(user)])
            assert texts == Counter(["both", "user", "then"])
            names = [one.namer.name(whatsapp.NUMBER_ID, found) for found in (ann, user)]
            rows = await one.rows(
                "select distinct conversation_id from aliases where identifier = any(cast(:names as bytea[]))",
                names=names,
            )
            assert len(rows) == 1


async def test_a_restart_goes_on_counting(installation: Surroundings, ann: str) -> None:
    for number in range(1, 4):
        async with running(settings_of(installation)) as fresh:
            await fresh.send(text(f"{number}", ann))
            assert [message.sequence for message in await fresh.messages(ann)] == list(range(1, number + 1))


async def test_two_conversations_that_are_one_person(intake: Intake, ann: str) -> None:
    user = whatsapp.user_id()
    await intake.send(text("by number", ann))
    await intake.send(whatsapp.of_messages(whatsapp.text("by user id", **{"from": None, "from_user_id": user})))
    await intake.send(
        whatsapp.of_messages(whatsapp.text("by both", **{"from": ann}), contacts=[whatsapp.contact(ann, user)])
    )
    await intake.send(whatsapp.of_messages(whatsapp.text("again", **{"from": None, "from_user_id": user})))
    older = [event.data for event in await intake.events(ann)]
    younger = [event.data for event in await intake.events(user)]
    one, other = (intake.namer.conversation(whatsapp.NUMBER_ID, found, 0) for found in (ann, user))
    assert [getattr(data, "text", None) for data in older] == ["by number", None, "by both", "again"]
    assert [data.sequence for data in older] == [1, 2, 3, 4]
    assert isinstance(older[1], IdentityLinked) and older[1].took_over == [other]
    assert [data.sequence for data in younger] == [1, 2]
    assert isinstance(younger[1], IdentityLinked) and younger[1].closed_into == one


async def test_a_changed_number_keeps_the_conversation(intake: Intake, ann: str) -> None:
    new = whatsapp.number()
    await intake.send(
        text("old number", ann), whatsapp.of_messages(whatsapp.changed_number(ann, new)), text("new", new)
    )
    events = [event.data for event in await intake.events(ann)]
    assert [type(data) for data in events] == [MessageReceived, IdentityLinked, MessageReceived, MessageReceived]
    assert (events[1].from_, events[2].kind, events[3].from_) == (new, "system", new)


async def test_the_status_of_a_message_to_somebody_with_a_new_number(intake: Intake, ann: str) -> None:
    new = whatsapp.number()
    await intake.send(text("hi", ann), whatsapp.of_messages(whatsapp.changed_number(ann, new)))
    await intake.send(whatsapp.of_statuses(whatsapp.status("read", recipient_id=new)))
    (receipt,) = await intake.events(ann, kinds="receipt.received")
    assert receipt.data.recipient == new


async def test_the_artists_own_number(intake: Intake) -> None:
    theirs, ours = whatsapp.wamid(), whatsapp.wamid()
    await intake.send(text("approve", ARTIST, id=theirs))
    await intake.send(whatsapp.of_statuses(whatsapp.status(recipient_id=ARTIST, id=ours)))
    events = await intake.of(str(ids.artist_conversation(whatsapp.NUMBER_ID, ARTIST)))
    (message,) = [one.data for one in events if getattr(one.data, "message_id", None) == theirs]
    (receipt,) = [one.data for one in events if getattr(one.data, "wamid", None) == ours]
    assert (message.audience, receipt.recipient) == ("artist", ARTIST)


async def test_an_echo_stands_in_the_clients_conversation(intake: Intake, ann: str) -> None:
    await intake.send(text("hi", ann), whatsapp.of_echoes(whatsapp.echo(to=ann)))
    assert [(message.kind, message.sequence) for message in await intake.messages(ann)] == [("text", 1), ("echo", 2)]


async def test_a_very_large_webhook_is_stored_whole(intake: Intake, ann: str) -> None:
    entries = [whatsapp.text(f"{index}", **{"from": ann}) for index in range(1_200)]
    await intake.send(whatsapp.of_messages(*entries))
    assert [message.sequence for message in await intake.messages(ann)] == list(range(1, 1_201))
    assert await intake.texts(ann) == [f"{index}" for index in range(1_200)]


async def test_one_item_that_cannot_be_stored_is_alone(
    intake: Intake, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = handlers.events.message_received

    def refuse(item: Any, *rest: Any) -> Any:
        if item.text == "poison":
            raise ValueError("not this one")
        return real(item, *rest)

    monkeypatch.setattr(handlers.events, "message_received", refuse)
    bad = whatsapp.wamid()
    both = whatsapp.of_messages(
        whatsapp.text("before", **{"from": ann}),
        whatsapp.text("poison", **{"from": ann, "id": bad}),
        whatsapp.text("after", **{"from": ann}),
    )
    await asyncio.gather(*(intake.send(text(f"{index}", ann)) for index in range(20)), intake.send(both))
    messages = await intake.messages(ann)
    assert [message.sequence for message in messages] == list(range(1, 23))
    texts = [message.text for message in messages]
    assert "poison" not in texts and texts.index("before") < texts.index("after")
    (row,) = await intake.rows("select * from unhandled where excerpt like :bad", bad=f"%{bad}%")
    assert row.reason == "not storable: ValueError"


async def test_a_lost_connection_is_tried_again(intake: Intake, ann: str) -> None:
    await intake.send(text("before", ann))
    url = intake.settings.database_url.get_secret_value()
    other = await asyncpg.connect(url)
    await other.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()"
    )
    await other.close()
    await intake.send(text("after", ann))
    assert await intake.texts(ann) == ["before", "after"]


async def test_a_conversation_that_moved_between_look_up_and_lock_is_looked_up_again(
    intake: Intake, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = repository.take, []

    async def moved_once(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise ConversationMoved("now")
        return await real(*arguments)

    monkeypatch.setattr(repository, "take", moved_once)
    await intake.send(text("hi", ann))
    assert await intake.texts(ann) == ["hi"] and len(calls) == 2


async def test_a_full_queue_refuses_and_takes_in_nothing(
    installation: Surroundings, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "WAITING_ITEMS_MAX", 3)
    async with running(settings_of(installation)) as intake:
        holder = await asyncpg.connect(intake.settings.database_url.get_secret_value())
        await intake.send(text("first", ann))
        async with holder.transaction():
            await holder.execute("lock table conversations in access exclusive mode")
            held = [asyncio.ensure_future(intake.post(text(f"{index}", ann))) for index in range(10)]
            answers = {(await done).status_code for done in asyncio.as_completed(held[4:])}
        await holder.close()
        answers |= {answer.status_code for answer in await asyncio.gather(*held)}
        assert answers == {200, 503}
        stored = [message.sequence for message in await intake.messages(ann)]
        assert stored == list(range(1, len(stored) + 1))


async def test_a_database_that_hangs_is_answered_in_time(
    installation: Surroundings, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handlers, "ANSWER_WITHIN_S", 0.3)
    async with running(settings_of(installation)) as intake:
        payload = text("held", ann)
        holder = await asyncpg.connect(intake.settings.database_url.get_secret_value())
        async with holder.transaction():
            await holder.execute("lock table seen in access exclusive mode")
            assert (await intake.post(payload)).status_code == 503
            assert (await intake.post(payload)).status_code == 503
        await holder.close()
        await intake.send(payload)
        assert [message.sequence for message in await intake.messages(ann)] == [1]
