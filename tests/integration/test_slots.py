"""Two clients never hold or book one time, whoever judges them: real PostgreSQL, several of dialogue's handlers at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import msgspec
import pytest
from msgspec.structs import replace

from inkgate_common import ids
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.db import Database
from inkgate_common.migrate import make_database, upgrade
from inkgate_common.outbox import Outbox
from inkgate_common.settings import KafkaSettings
from inkgate_dialogue import repository_slots
from inkgate_dialogue.app import MIGRATIONS
from inkgate_dialogue.calendar import ArtistsCalendar, source_of
from inkgate_dialogue.domain.appointments import Appointments
from inkgate_dialogue.domain.booking import Offer, Session
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.handlers import Handler
from inkgate_dialogue.queries import Queries
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.builders.messages import event, written
from tests.dialogue.language import slots
from tests.servers import LiveServers

pytestmark = [pytest.mark.live, pytest.mark.domain("5.slots")]

REPLICAS = 3
WORLD = ("after_deposit", "offered")


class StoodClock:
    """The time of the conversation that everybody here has had."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


@dataclass
class Person:
    """A client to whom slots were offered, as dialogue has stored her."""

    id: UUID
    lead_id: UUID
    world: Conversing
    written: int = 100

    def says(self, text: str) -> Event:
        self.written += 1
        at = self.world.now + timedelta(seconds=5)
        data = written(text, sequence=self.written, sent_at=at, message_id=f"wamid.{self.id}.{self.written}")
        return event(data, id=uuid4(), subject=self.id, time=at)

    def booked_by_the_artist(self, slot: str) -> Event:
        at = self.world.now + timedelta(seconds=5)
        data = OperatorActed(
            action_id=uuid4(), lead_id=self.lead_id, action="book", arguments={"slot": slot}, by="mia", at=at
        )
        return event(data, id=uuid4(), subject=self.id, time=at)


class Studio:
    """Dialogue's database, and several of its replicas' handlers."""

    def __init__(self, url: str, settings: KafkaSettings, world: Conversing) -> None:
        self.world, self.url = world, url
        clock = StoodClock(world.now + timedelta(seconds=10))
        self.databases = [Database(url, outbox=Outbox(settings), pool_size=4) for _ in range(REPLICAS)]
        self.handlers = [Handler(world.studio, clock, "1", public_url="https://s.example") for _ in self.databases]
        self.queries = Queries(self.databases[0], world.studio)

    async def person(self, *, offer: Sequence[Session] | None = None) -> Person:
        """Somebody who has paid and to whom the same slots were offered (or others)."""
        person = Person(uuid4(), uuid4(), self.world)
        state, lead = self.world.state, self.world.lead
        if offer is not None and lead.offer is not None:
            lead = replace(lead, offer=replace(lead.offer, sessions=tuple(offer)))
        async with self.databases[0].transaction() as uow:
            for table, value, more in (("conversations", state, {}), ("leads", lead, {"status": lead.status})):
                text = msgspec.json.encode(value).decode()
                text = text.replace(str(self.world.id), str(person.id)).replace(str(lead.id), str(person.lead_id))
                if table == "conversations":
                    await uow.run(
                        "insert into conversations (id, lead_id, state) values (:id, :lead, :state)",
                        id=person.id,
                        lead=person.lead_id,
                        state=text,
                    )
                else:
                    await uow.run(
                        """insert into leads (id, conversation_id, status, flags, version, state, created_at, updated_at)
                        values (:id, :conversation, :status, '{}', :version, :state, now(), now())""",
                        id=person.lead_id,
                        conversation=person.id,
                        version=lead.version,
                        state=text,
                        **more,
                    )
        return person

    async def handles(self, replica: int, *events: Event) -> None:
        """One batch in one replica, as the consumer hands it over."""
        async with self.databases[replica].transaction() as uow:
            await self.handlers[replica].handle(uow, events)

    async def lead(self, person: Person) -> Lead:
        rows = await self.databases[0].read("select state from leads where id = :id", id=person.lead_id)
        return msgspec.json.decode(rows[0].state, type=Lead)

    async def said(self, person: Person) -> str:
        """The copy of the newest message to her."""
        rows = await self.databases[0].read("select state from conversations where id = :id", id=person.id)
        state = msgspec.json.decode(rows[0].state, type=Conversation)
        return state.gate.sending.copy if state.gate is not None else ""

    async def live(self) -> list[tuple[datetime, datetime]]:
        rows = await self.databases[0].read(
            "select starts_at, busy_until from appointments where live order by starts_at"
        )
        return [(row.starts_at, row.busy_until) for row in rows]


@pytest.fixture(scope="session")
async def installed(servers: LiveServers) -> tuple[str, KafkaSettings]:
    where = servers.installation()
    environment = where.of("dialogue")
    url = environment["INKGATE_DATABASE_URL"]
    await make_database(url)
    await upgrade(url, MIGRATIONS)
    settings = KafkaSettings(kafka_bootstrap=servers.kafka_bootstrap, topic_prefix=where.topic_prefix)
    return url, settings


@pytest.fixture
async def studio(installed: tuple[str, KafkaSettings]) -> AsyncIterator[Studio]:
    url, settings = installed
    made = Studio(url, settings, slots(*WORLD).fork())
    async with made.databases[0].transaction() as uow:
        for table in ("appointments", "leads", "conversations"):
            await uow.run(f"delete from {table}")
        await uow.run("update calendar set source = '', busy = '[]', read_at = null, tried_at = null")
    yield made
    for database in made.databases:
        await database.close()


async def test_of_many_who_choose_one_slot_at_once_one_has_it_and_the_others_are_offered_others(studio: Studio) -> None:
    people = [await studio.person() for _ in range(12)]
    await asyncio.gather(*(studio.handles(n % REPLICAS, one.says("3")) for n, one in enumerate(people)))
    said = [await studio.said(one) for one in people]
    assert sorted(said) == ["slot_confirmation"] + ["slots_gone"] * 11
    assert len(await studio.live()) == 1
    winner = people[said.index("slot_confirmation")]
    loser = people[said.index("slots_gone")]
    assert (await studio.lead(winner)).appointment is not None
    assert (await studio.lead(loser)).appointment is None


async def test_in_one_batch_too(studio: Studio) -> None:
    people = [await studio.person() for _ in range(5)]
    await studio.handles(0, *(one.says("3") for one in people))
    assert sorted([await studio.said(one) for one in people]) == ["slot_confirmation"] + ["slots_gone"] * 4
    assert len(await studio.live()) == 1


async def test_times_of_different_length_that_touch_exclude_each_other(studio: Studio) -> None:
    offer = studio.world.lead.offer
    assert offer is not None
    third = offer.sessions[2]
    # Two hours that end in the middle of it, and four that begin within its buffer.
    others = [(third.starts_at - timedelta(hours=1), 2), (third.ends_at + timedelta(minutes=15), 4)]
    for begins, hours in others:
        ends = begins + timedelta(hours=hours)
        odd = Session(starts_at=begins, ends_at=ends, busy_until=ends + timedelta(minutes=30))
        one, other = await studio.person(), await studio.person(offer=[odd])
        await asyncio.gather(studio.handles(0, one.says("3")), studio.handles(1, other.says("1")))
        leads = [await studio.lead(one), await studio.lead(other)]
        assert sum(lead.appointment is not None and lead.appointment.live for lead in leads) == 1
        async with studio.databases[0].transaction() as uow:
            await uow.run("delete from appointments")


async def test_changing_places_ends_well_whatever_the_order(studio: Studio) -> None:
    one, other = await studio.person(), await studio.person()
    await studio.handles(0, one.says("3"))
    await studio.handles(1, other.says("4"))
    for person in (one, other):  # their confirmations went out, as far as this test cares
        await _settled(studio, person)
    await asyncio.gather(studio.handles(0, one.says("4")), studio.handles(1, other.says("5")))
    await _settled(studio, one)
    await studio.handles(2, one.says("4"))
    held = {(await studio.lead(person)).appointment.starts_at for person in (one, other)}  # type: ignore[union-attr]
    assert len(held) == len(await studio.live()) == 2


async def _settled(studio: Studio, person: Person) -> None:
    """Her gate is over."""
    async with studio.databases[0].transaction() as uow:
        rows = await uow.run("select state from conversations where id = :id", id=person.id)
        state = msgspec.json.decode(rows[0].state, type=Conversation)
        bare = replace(state, gate=None, under_way={})
        await uow.run(
            "update conversations set state = :state where id = :id",
            id=person.id,
            state=msgspec.json.encode(bare).decode(),
        )


async def test_the_artist_and_a_client_race_for_one_time(studio: Studio) -> None:
    offer = studio.world.lead.offer
    assert offer is not None
    slot = f"{offer.sessions[2].starts_at:%Y-%m-%dT%H:%M:%SZ}"
    one, other = await studio.person(), await studio.person()
    await asyncio.gather(studio.handles(0, one.says("3")), studio.handles(1, other.booked_by_the_artist(slot)))
    assert len(await studio.live()) == 1


async def test_the_database_itself_keeps_two_leads_apart(studio: Studio) -> None:
    """Whatever happens to the lock: the second insert does not stand."""
    one, other = await studio.person(), await studio.person()
    await studio.handles(0, one.says("3"))
    lead = await studio.lead(one)
    twin = replace(await studio.lead(other), appointment=replace(lead.appointment, token=uuid4()))  # type: ignore[type-var]
    with pytest.raises(asyncpg.ExclusionViolationError):
        async with studio.databases[1].transaction() as uow:
            await repository_slots.store_appointments(uow, [twin])
    assert len(await studio.live()) == 1


async def test_what_is_released_can_be_had_by_others(studio: Studio) -> None:
    one, other = await studio.person(), await studio.person()
    await studio.handles(0, one.says("3"))
    await _settled(studio, one)
    await studio.handles(0, one.says("5"))
    await studio.handles(1, other.says("3"))
    assert await studio.said(other) == "slot_confirmation"
    assert len(await studio.live()) == 2


async def test_the_artists_calendar_counts_and_one_that_was_never_read_offers_nothing(studio: Studio) -> None:
    world = studio.world.studio
    section = Appointments(calendar="busy.ics")
    for handler in studio.handlers:
        handler.studio = a_studio(slots="after_deposit", appointments=section)
    offer: Offer | None = studio.world.lead.offer
    assert offer is not None
    third = offer.sessions[2]
    one = await studio.person()
    async with studio.databases[0].transaction() as uow:
        busy = [(third.starts_at, third.ends_at)]
        await repository_slots.store_calendar(uow, source_of("busy.ics"), busy, datetime.now(UTC))  # noqa: TID251
    await studio.handles(0, one.says("3"))
    assert await studio.said(one) == "slots_gone"
    other = await studio.person()
    async with studio.databases[0].transaction() as uow:
        await uow.run("update calendar set read_at = null")
    act: dict[str, Any] = {"action_id": uuid4(), "lead_id": other.lead_id, "action": "offer_slots", "by": "mia"}
    at = studio.world.now + timedelta(seconds=5)
    await studio.handles(0, event(OperatorActed(**act, at=at), id=ids.random_id(), subject=other.id, time=at))
    assert await studio.said(other) == "windows_ask"
    assert world.file.slots == "after_deposit"


async def test_a_calendar_finds_an_appointment_by_its_link_and_the_feed_has_all(studio: Studio) -> None:
    one, other = await studio.person(), await studio.person()
    await studio.handles(0, one.says("3"), other.says("5"))
    token = (await studio.lead(one)).appointment.token  # type: ignore[union-attr]
    found = await studio.queries.appointment(token)
    assert found is not None
    assert (found["state"], found["sequence"]) == ("held", 0)
    assert await studio.queries.appointment(uuid4()) is None
    rows = await studio.queries.appointments(studio.world.now)
    assert [row["name"] for row in rows] == ["Ana Whitfield", "Ana Whitfield"]
    assert rows[0]["starts_at"] < rows[1]["starts_at"]


class Web:
    """Somebody's calendar on the web: answers, one after another."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Exception] = []
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


BUSY = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260107T130000Z\r\n"
    b"DURATION:PT3H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
THEN = datetime(2026, 1, 7, 13, tzinfo=UTC)


async def test_the_calendar_is_read_by_one_replica_and_what_was_read_stays_when_it_fails(
    studio: Studio, tmp_path: Path
) -> None:
    web = Web()
    clock = StoodClock(studio.world.now)
    webs = Appointments(calendar="webcal://calendar.example/secret.ics", calendar_every_s=60)

    def reader(number: int, section: Appointments = webs) -> ArtistsCalendar:
        http = httpx.AsyncClient(transport=httpx.MockTransport(web))
        file = a_studio(slots="after_deposit", appointments=section)
        return ArtistsCalendar(studio.databases[number], clock, lambda: file, tmp_path, http)

    async def known(section: Appointments = webs) -> tuple[list[Any], bool]:
        async with studio.databases[0].transaction() as uow:
            _, busy, read = await repository_slots.agenda(uow, source_of(section.calendar), clock.now())
        return list(busy), read

    readers = [reader(number) for number in range(REPLICAS)]
    web.answers = [httpx.Response(503)]
    await asyncio.gather(*(one.refresh() for one in readers))
    assert web.asked == 1, "one replica reads it"
    assert await known() == ([], False)

    clock.at += timedelta(seconds=61)
    web.answers = [httpx.Response(200, content=BUSY)]
    await asyncio.gather(*(one.refresh() for one in readers))
    expected = ([(THEN, THEN + timedelta(hours=3))], True)
    assert await known() == expected

    for wrong in (httpx.ConnectError("no"), httpx.Response(200, content=b"<html>"), httpx.Response(404)):
        clock.at += timedelta(seconds=61)
        web.answers = [wrong]
        await readers[0].refresh()
        assert await known() == expected, "what was read stays"
    async with studio.databases[0].transaction() as uow:
        state = await repository_slots.calendar_state(uow)
    assert "404" in state.failure
    assert "secret" not in state.failure

    (tmp_path / "busy.ics").write_bytes(BUSY)
    file = Appointments(calendar="busy.ics")
    await reader(1, file).refresh()  # another calendar is read at once
    assert await known(file) == expected
    assert await known() == ([], False), "its times do not count for the first"
