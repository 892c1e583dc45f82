"""Invitations and the feed, read back as calendars read them."""

from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
import pytest

from inkgate_dialogue.calendar import busy_times
from inkgate_dialogue.invitation import Booking, feed, invitation

pytestmark = pytest.mark.domain("5.slots")

LONDON = ZoneInfo("Europe/London")
TOKEN = UUID("6b1f3c1e-1111-5222-8333-444455556666")


def a_booking(state: str = "booked", **fields: object) -> Booking:
    known: dict[str, object] = {
        "token": TOKEN,
        "state": state,
        "starts_at": datetime(2026, 7, 4, 10, 0, tzinfo=UTC),
        "ends_at": datetime(2026, 7, 4, 13, 0, tzinfo=UTC),
        "sequence": 2,
        "updated_at": datetime(2026, 6, 1, 9, 30, tzinfo=UTC),
        "summary": "Ink & Sons; a studio, really",
    }
    return Booking(**(known | fields))  # type: ignore[arg-type]


def only(text: bytes) -> tuple[icalendar.Calendar, icalendar.Event]:
    calendar = icalendar.Calendar.from_ical(text)
    events = list(calendar.walk("VEVENT"))
    assert len(events) == 1
    return calendar, events[0]


def test_a_booking_is_published_with_its_zone_and_the_number_of_its_changes() -> None:
    calendar, event = only(invitation(a_booking(), "Ink & Sons", LONDON))
    assert calendar["METHOD"] == "PUBLISH"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (f"{TOKEN}@inkgate", 2, "CONFIRMED")
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event.start == datetime(2026, 7, 4, 11, 0, tzinfo=LONDON)
    assert event.end == datetime(2026, 7, 4, 14, 0, tzinfo=LONDON)
    assert event["DTSTAMP"].dt == datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
    assert event["SUMMARY"] == "Ink & Sons; a studio, really"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]


def test_a_cancelled_one_says_so_under_the_same_link() -> None:
    calendar, event = only(invitation(a_booking("released", sequence=3), "Ink & Sons", LONDON))
    assert calendar["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (f"{TOKEN}@inkgate", 3, "CANCELLED")
    assert event["TRANSP"] == "TRANSPARENT"


def test_lines_are_as_long_as_the_standard_allows() -> None:
    text = invitation(a_booking(summary="ñ" * 300), "Ink & Sons", LONDON)
    assert text.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in text.split(b"\r\n")) <= 75


def test_the_feed_has_all_of_them_and_what_is_only_held_is_tentative() -> None:
    text = feed([a_booking("held"), a_booking(token=UUID(int=7))], "Ink & Sons", LONDON)
    events = list(icalendar.Calendar.from_ical(text).walk("VEVENT"))
    assert [str(event["STATUS"]) for event in events] == ["TENTATIVE", "CONFIRMED"]
    assert feed([], "Ink & Sons", LONDON).startswith(b"BEGIN:VCALENDAR")


def test_our_own_feed_does_not_make_the_artist_busy() -> None:
    text = feed([a_booking()], "Ink & Sons", LONDON)
    assert busy_times(text, LONDON, datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)) == []
