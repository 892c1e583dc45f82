"""Appointments over HTTP, for calendars: a client's invitation under a link that cannot be guessed, and the artist's feed
under a secret. Neither asks for the API's key: calendars send none."""

import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from inkgate_common.openapi import Makes, answers, taking
from inkgate_dialogue import examples, invitation, problems

ICS = "text/calendar"  # the server adds the charset
FEED_BACK = timedelta(days=90)


def _described(name: Makes, example: Makes) -> dict[str, Any]:
    nowhere = problems.no_calendar()
    shown = answers(str, {404: (f"{nowhere}", nowhere)}, media_type=ICS, says="iCalendar.", example=example)
    return {"tags": ["calendar"], "operation_class": taking(asked={"name": name}), "responses": shown}


def _calendar(body: bytes, name: str) -> Response[bytes]:
    headers = {
        "content-disposition": f'inline; filename="{name}.ics"',
        "cache-control": "private, no-store",
        "x-robots-tag": "noindex",
        "referrer-policy": "no-referrer",
    }
    return Response(body, media_type=ICS, headers=headers)


@get(
    "/appointments/{name:str}",
    summary="A client's appointment",
    **_described(examples.appointment_name, examples.appointment),
)
async def appointment(state: State, name: FromPath[str]) -> Response[bytes]:
    """A client's appointment as an iCalendar file, also once it is cancelled. The name is `<token>.ics`."""
    text, _, kind = name.rpartition(".")
    try:
        token = UUID(text)
    except ValueError:
        raise problems.no_calendar() from None
    found = await state.queries.appointment(token) if kind == "ics" else None
    if found is None:
        raise problems.no_calendar()
    file = state.handler.studio.file
    booking = _booking(found, file.name)
    return _calendar(invitation.invitation(booking, file.name, ZoneInfo(file.time_zone)), "appointment")


@get(
    "/calendar/{name:str}",
    summary="The artist's appointments",
    **_described(lambda: "not-a-secret.ics", examples.bookings),
)
async def feed(state: State, name: FromPath[str]) -> Response[bytes]:
    """The artist's appointments as an iCalendar feed. The name is `<INKGATE_CALENDAR_SECRET>.ics`."""
    secret = state.calendar_secret
    if secret is None or not hmac.compare_digest(name.encode(), f"{secret}.ics".encode()):
        raise problems.no_calendar()
    file = state.handler.studio.file
    rows = await state.queries.appointments(state.clock.now() - FEED_BACK)
    bookings = [_booking(row, f"{row['name'] or 'Client'} · {file.name}") for row in rows]
    return _calendar(invitation.feed(bookings, file.name, ZoneInfo(file.time_zone)), "bookings")


def _booking(row: dict[str, Any], summary: str) -> invitation.Booking:
    return invitation.Booking(
        token=row["token"],
        state=row["state"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        sequence=row["sequence"],
        updated_at=row["updated_at"],
        summary=summary,
    )


ROUTES: list[ControllerRouterHandler] = [appointment, feed]
