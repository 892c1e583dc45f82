"""Taking in, batch by batch, without Kafka and without callers: what one transaction does with what it is given. Live."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from inkgate_common.cloudevents import Event, decode, new
from inkgate_common.contracts import Data
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_common.processor import Batch
from inkgate_common.service import Service
from inkgate_sender.app import build
from tests.builders.sends import NUMBER, intent
from tests.sender.conftest import Person, Rig, moment

pytestmark = pytest.mark.live


class Still:
    """A sender that takes in and does nothing else. `begin`: its lease is held, so that messages may begin."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def begin(self) -> None:
        await self.service.tasks["lease"].args[1]()  # type: ignore[attr-defined]

    async def take(self, *events: Event) -> None:
        await self.service.consumers[0].processor.process(Batch(events=list(events)))

    async def states(self, person: Person) -> list[tuple[int, str]]:
        rows = await self.service.database.read(
            "select sequence, state from sends where conversation_id = :id order by sequence", id=person.id
        )
        return [(row.sequence, row.state) for row in rows]

    async def said(self, person: Person) -> list[Any]:
        """What lies in the outbox for her, by number."""
        rows = await self.service.database.read(
            "select headers, value from outbox where key = :key", key=str(person.id)
        )
        found = [decode(msgspec.json.decode(row.headers, type=list[tuple[str, str]]), row.value) for row in rows]
        return sorted((event.data for event in found if event), key=lambda data: data.sequence)


@pytest.fixture
async def still(rig: Rig) -> AsyncIterator[Still]:
    made = Still(await build(rig.settings()))
    yield made
    for close in (*made.service.closers, made.service.database.close):
        await close()


def event(person: Person, data: Data, *, reread: bool = False) -> Event:
    made = new(data, source="dialogue", subject=person.id, time=moment(), cause=uuid4())
    return msgspec.structs.replace(made, reread=reread)


def created(person: Person, **fields: Any) -> IntentCreated:
    person.sequence += 1
    return intent(**{"intent_id": uuid4(), "sequence": person.sequence, "to": person.phone, **fields})


def taken_back(person: Person, intent_id: UUID, *, opt_out: bool = False) -> IntentCancelled:
    person.sequence += 1
    return IntentCancelled(
        intent_id=intent_id, sequence=person.sequence, phone_number_id=NUMBER, reason="stop", opt_out=opt_out
    )


async def test_the_first_of_each_lane_begins_in_the_transaction_that_takes_it_in(still: Still, anna: Person) -> None:
    await still.begin()
    batch = [created(anna), created(anna), created(anna, queue="business")]
    await still.take(*(event(anna, one) for one in batch))
    assert await still.states(anna) == [(1, "sending"), (2, "waiting"), (3, "waiting")]
    await still.take(event(anna, created(anna)))
    assert await still.states(anna) == [(1, "sending"), (2, "waiting"), (3, "waiting"), (4, "waiting")]


async def test_without_a_lease_nothing_begins(still: Still, anna: Person) -> None:
    await still.take(event(anna, created(anna)))
    assert await still.states(anna) == [(1, "waiting")]


async def test_an_intent_and_its_cancellation_in_one_batch_never_begin(still: Still, anna: Person) -> None:
    await still.begin()
    one = created(anna)
    await still.take(event(anna, one), event(anna, taken_back(anna, one.intent_id)), event(anna, created(anna)))
    assert await still.states(anna) == [(1, "cancelled"), (3, "sending")]
    (said,) = await still.said(anna)
    assert said.intent_id == one.intent_id and said.sequence == 1


async def test_an_opt_out_and_what_it_stops_in_one_batch(still: Still, anna: Person) -> None:
    await still.begin()
    one, two = created(anna), created(anna, queue="business")
    stop = taken_back(anna, one.intent_id, opt_out=True)
    confirmation = created(anna, opt_out_confirmation=True)
    await still.take(*(event(anna, data) for data in (one, two, stop, confirmation)))
    assert await still.states(anna) == [(1, "cancelled"), (2, "cancelled"), (4, "sending")]


async def test_an_event_that_comes_again_changes_nothing(still: Still, anna: Person) -> None:
    await still.begin()
    same = event(anna, created(anna))
    await still.take(same)
    await still.take(same)
    assert await still.states(anna) == [(1, "sending")]


async def test_an_intent_that_comes_again_under_another_event_id_is_not_taken_twice(still: Still, anna: Person) -> None:
    await still.begin()
    one = created(anna)
    await still.take(event(anna, one))
    await still.take(event(anna, one))
    assert await still.states(anna) == [(1, "sending")]


async def test_what_comes_early_waits_for_its_predecessor(still: Still, anna: Person) -> None:
    await still.begin()
    one, two = created(anna), created(anna)
    await still.take(event(anna, two))
    assert await still.states(anna) == []
    await still.take(event(anna, one))
    assert await still.states(anna) == [(1, "sending"), (2, "waiting")]


async def test_what_is_read_again_after_a_restore_does_not_begin(still: Still, anna: Person) -> None:
    await still.begin()
    await still.take(event(anna, created(anna), reread=True))
    assert await still.states(anna) == [(1, "waiting")]
    (row,) = await still.service.database.read("select suspect from sends where conversation_id = :id", id=anna.id)
    assert row.suspect


async def test_a_failure_heard_before_the_intent_was_a_delivery_that_failed_late(still: Still, anna: Person) -> None:
    await still.begin()
    one = created(anna)
    heard = ReceiptReceived(
        phone_number_id=NUMBER, wamid="wamid.1", status="failed", intent_id=one.intent_id, attempt=1, at=moment()
    )
    await still.take(event(anna, heard), event(anna, one, reread=True))
    assert await still.states(anna) == [(1, "delivered")]
    accepted, delivered, failed = await still.said(anna)
    assert accepted.status == "accepted" and delivered.basis == "accepted" and failed.all_failed


async def test_receipts_of_many_people_are_judged_in_one_batch(still: Still) -> None:
    await still.begin()
    people = [Person() for _ in range(50)]
    intents = [created(person) for person in people]
    await still.take(*(event(person, one) for person, one in zip(people, intents, strict=True)))
    heard = [
        event(
            person,
            ReceiptReceived(
                phone_number_id=NUMBER, wamid="w", status=status, intent_id=one.intent_id, attempt=1, at=moment()
            ),
        )
        for person, one in zip(people, intents, strict=True)
        for status in ("delivered", "sent", "read")
    ]
    await still.take(*heard)
    for person in people:
        assert [said.status for said in await still.said(person)] == ["delivered", "read"]
