"""Bookings as iCalendar (RFC 5545, methods by RFC 5546): a client's invitation, and a feed for the artist's own calendar.

An invitation is fetched by its link, not mailed, so its method is PUBLISH, and CANCEL once the appointment is off. Its UID
is the same through all changes; SEQUENCE counts them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import msgspec

from inkgate_dialogue.calendar import UID_DOMAIN

_PRODUCT = "-//Inkgate//Appointments//EN"


class Booking(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as a calendar shows it. `state` is held, booked or released."""

    token: UUID
    state: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    updated_at: datetime
    summary: str


def invitation(booking: Booking, studio: str, zone: ZoneInfo) -> bytes:
    """One appointment, for the client."""
    off = booking.state == "released"
    calendar = _calendar("CANCEL" if off else "PUBLISH", studio)
    calendar.add_component(_event(booking, studio, zone))
    return _written(calendar, [booking])


def feed(bookings: Sequence[Booking], studio: str, zone: ZoneInfo) -> bytes:
    """The artist's appointments; those that are held and not booked yet are tentative."""
    calendar = _calendar("PUBLISH", studio)
    calendar.add("x-wr-calname", studio)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    for booking in bookings:
        calendar.add_component(_event(booking, studio, zone))
    return _written(calendar, bookings)


def _calendar(method: str, studio: str) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    return calendar


def _event(booking: Booking, studio: str, zone: ZoneInfo) -> icalendar.Event:
    event = icalendar.Event()
    event.add("uid", f"{booking.token}@{UID_DOMAIN}")
    event.add("dtstamp", booking.updated_at)
    event.add("last-modified", booking.updated_at)
    event.add("dtstart", booking.starts_at.astimezone(zone))
    event.add("dtend", booking.ends_at.astimezone(zone))
    event.add("summary", booking.summary)
    event.add("sequence", booking.sequence)
    event.add("status", {"released": "CANCELLED", "held": "TENTATIVE"}.get(booking.state, "CONFIRMED"))
    event.add("transp", "TRANSPARENT" if booking.state == "released" else "OPAQUE")
    # RFC 5546 wants an organizer, whose address is no mail box here; this is how calendars write that.
    organizer = icalendar.vCalAddress("invalid:nomail")
    organizer.params["CN"] = studio
    event.add("organizer", organizer)
    return event


def _written(calendar: icalendar.Calendar, bookings: Sequence[Booking]) -> bytes:
    if bookings:
        first = min(booking.starts_at for booking in bookings).date() - timedelta(days=365)
        last = max(booking.ends_at for booking in bookings).date() + timedelta(days=730)
        calendar.add_missing_timezones(first_date=first, last_date=last)
    written: bytes = calendar.to_ical()
    return written
