"""Forgetting a person, and her coming back."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from inkgate_common.cloudevents import Event, new
from inkgate_common.contracts.control import ModeChanged, PersonErased
from inkgate_common.db import UnitOfWork
from inkgate_common.processor import Batch, Processor
from inkgate_intake import repository
from inkgate_intake.consumer import Handler
from inkgate_intake.domain.identity import Known, Name
from tests.builders import whatsapp
from tests.intake.conftest import ARTIST, Intake, now

pytestmark = pytest.mark.live


async def consume(intake: Intake, *events: Event) -> None:
    """Take these as one batch from Kafka."""
    types = [PersonErased.TYPE, ModeChanged.TYPE]
    await Processor(intake.database, Handler(), intake.settings, types).process(Batch(events=list(events)))


def erased(conversation: UUID, *, opted_out: bool = False) -> Event:
    data = PersonErased(at=now(), conversation_id=conversation, opted_out=opted_out)
    return new(data, source="dialogue", subject=conversation, time=now(), cause=uuid4())


def both(ann: str, user: str) -> dict[str, object]:
    return whatsapp.of_messages(whatsapp.text(**{"from": ann}), contacts=[whatsapp.contact(ann, user)])


async def back(intake: Intake, ann: str, epoch: int) -> list[tuple[int, bool]]:
    """Sequence and `opted_out_before` of what she wrote in that epoch."""
    key = str(intake.namer.conversation(whatsapp.NUMBER_ID, ann, epoch))
    return [
        (event.data.sequence, event.data.opted_out_before) for event in await intake.of(key, kinds="message.received")
    ]


async def test_she_comes_back_as_somebody_new(intake: Intake, ann: str) -> None:
    await intake.send(both(ann, whatsapp.user_id()))
    await consume(intake, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0)))
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    assert await back(intake, ann, 0) == [(1, False)]
    assert await back(intake, ann, 1) == [(1, False)]


async def test_only_that_she_had_opted_out_is_remembered_and_said_once(intake: Intake, ann: str) -> None:
    user = whatsapp.user_id()
    await intake.send(both(ann, user))
    await consume(intake, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0), opted_out=True))
    await intake.send(whatsapp.of_echoes(whatsapp.echo(to=ann)))
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    await intake.send(both(ann, user))
    assert await back(intake, ann, 1) == [(1, False), (2, True), (4, False)]


async def test_her_identifiers_are_nowhere(intake: Intake, ann: str) -> None:
    user = whatsapp.user_id()
    await intake.send(both(ann, user))
    await consume(intake, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0)))
    for table in ("seen", "conversations", "aliases", "erased", "unhandled"):
        (row,) = await intake.rows(f"select coalesce(string_agg(t::text, ''), '') as dump from {table} t")
        assert ann not in row.dump and user not in row.dump


async def test_the_same_erase_twice_raises_the_epoch_once(intake: Intake, ann: str) -> None:
    await intake.send(both(ann, whatsapp.user_id()))
    event = erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0))
    await consume(intake, event)
    await consume(intake, event, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0)))
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    assert await back(intake, ann, 1) == [(1, False)]


async def test_erased_again_and_again_she_is_new_each_time(intake: Intake, ann: str) -> None:
    for epoch in range(3):
        await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
        assert await back(intake, ann, epoch) == [(1, False)]
        await consume(intake, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, epoch)))


async def test_a_late_status_belongs_to_the_erased_conversation(intake: Intake, ann: str) -> None:
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    await consume(intake, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0)))
    await intake.send(whatsapp.of_statuses(whatsapp.status(recipient_id=ann)))
    assert len(await intake.events(ann, kinds="receipt.received")) == 1


async def test_messages_and_an_erase_at_the_same_time(intake: Intake, ann: str) -> None:
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    sends = [intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann}))) for _ in range(40)]
    await asyncio.gather(*sends[:20], consume(intake, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0))))
    await asyncio.gather(*sends[20:])
    found = [sequence for epoch in (0, 1) for sequence, _ in await back(intake, ann, epoch)]
    split = found.index(1, 1)
    assert found == [*range(1, split + 1), *range(1, 41 - split + 1)]


async def test_an_erase_between_look_up_and_lock(intake: Intake, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    real, event = repository.aliases, erased(intake.namer.conversation(whatsapp.NUMBER_ID, ann, 0))

    async def erased_meanwhile(uow: UnitOfWork, names: Sequence[Name]) -> dict[Name, Known]:
        found = await real(uow, names)
        monkeypatch.setattr(repository, "aliases", real)
        await consume(intake, event)
        return found

    monkeypatch.setattr(repository, "aliases", erased_meanwhile)
    await intake.send(whatsapp.of_messages(whatsapp.text(**{"from": ann})))
    assert (await back(intake, ann, 0), await back(intake, ann, 1)) == ([(1, False)], [(1, False)])


async def test_an_artists_conversation_goes_on(intake: Intake) -> None:
    await intake.send(whatsapp.of_messages(whatsapp.text("one", **{"from": ARTIST})))
    (row,) = await intake.rows(
        "select conversation_id from aliases where identifier = :name",
        name=intake.namer.name(whatsapp.NUMBER_ID, ARTIST),
    )
    await consume(intake, erased(row.conversation_id))
    await intake.send(whatsapp.of_messages(whatsapp.text("two", **{"from": ARTIST})))
    texts = [event.data.text for event in await intake.of(str(row.conversation_id), kinds="message.received")]
    assert texts[-2:] == ["one", "two"]


async def test_somebody_whom_nobody_knows(intake: Intake) -> None:
    await consume(intake, erased(uuid4()))


async def test_what_does_not_concern_intake_is_passed_by(intake: Intake) -> None:
    data = ModeChanged(at=now(), panic=True, pilot=False, by="a test")
    await consume(intake, new(data, source="dialogue", subject=whatsapp.NUMBER_ID, time=now(), cause=uuid4()))
