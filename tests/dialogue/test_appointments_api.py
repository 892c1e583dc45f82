"""Calendars over HTTP: an invitation by its link, a feed by its secret, and nothing for anybody else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import icalendar
import pytest
from litestar.testing import TestClient

from inkgate_common import web
from inkgate_dialogue.appointments_api import ROUTES
from tests.builders.leads import STUDIO

pytestmark = pytest.mark.domain("5.slots")

TOKEN = UUID("6b1f3c1e-1111-5222-8333-444455556666")
SECRET = "not-a-real-secret"
ROW: dict[str, Any] = {
    "token": TOKEN,
    "state": "booked",
    "starts_at": datetime(2026, 7, 4, 10, 0, tzinfo=UTC),
    "ends_at": datetime(2026, 7, 4, 13, 0, tzinfo=UTC),
    "sequence": 0,
    "updated_at": datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
}


class Queries:
    """One appointment, of Ana."""

    async def appointment(self, token: UUID) -> dict[str, Any] | None:
        return ROW if token == TOKEN else None

    async def appointments(self, since: datetime) -> list[dict[str, Any]]:
        return [{**ROW, "name": "Ana"}, {**ROW, "name": None, "token": UUID(int=7), "state": "held"}]


def served(secret: str | None) -> Iterator[TestClient[Any]]:
    app = web.application(
        "test",
        ROUTES,
        web.Health({}),
        body_bytes_max=1_000,
        handler=SimpleNamespace(studio=STUDIO),
        queries=Queries(),
        clock=SimpleNamespace(now=lambda: datetime(2026, 7, 1, tzinfo=UTC)),
        calendar_secret=secret,
    )
    with TestClient(app) as client:
        yield client


@pytest.fixture
def client() -> Iterator[TestClient[Any]]:
    yield from served(SECRET)


def test_the_link_gives_the_appointment_to_any_calendar(client: TestClient[Any]) -> None:
    answer = client.get(f"/appointments/{TOKEN}.ics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "private, no-store"
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == STUDIO.file.name
    assert "Ana" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"/appointments/{UUID(int=1)}.ics",
        f"/appointments/{TOKEN}",
        f"/appointments/{TOKEN}.txt",
        "/appointments/x.ics",
        "/appointments/.ics",
        "/calendar/x.ics",
        f"/calendar/{SECRET}",
        "/calendar/é.ics",
    ],
)
def test_anything_else_gives_nothing_away(client: TestClient[Any], path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["title"]) == (404, "No such calendar")


def test_the_feed_has_the_names_for_the_artist(client: TestClient[Any]) -> None:
    answer = client.get(f"/calendar/{SECRET}.ics")
    events = list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))
    assert [str(event["SUMMARY"]).split(" · ")[0] for event in events] == ["Ana", "Client"]
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "TENTATIVE"]


def test_without_a_secret_there_is_no_feed() -> None:
    for client in served(None):
        assert client.get("/calendar/None.ics").status_code == 404
