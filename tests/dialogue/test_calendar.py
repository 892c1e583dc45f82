"""The artist's calendar: what counts as busy, in any way that calendars write it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from inkgate_dialogue.calendar import CalendarError, busy_times, source_of

pytestmark = pytest.mark.domain("5.slots")

LONDON = ZoneInfo("Europe/London")
SINCE, UNTIL = datetime(2026, 3, 23, tzinfo=UTC), datetime(2026, 4, 6, tzinfo=UTC)


def calendar(*events: str) -> bytes:
    inner = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{inner}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def busy(*events: str) -> list[str]:
    found = busy_times(calendar(*events), LONDON, SINCE, UNTIL)
    return [f"{begins:%d %H:%M}–{ends:%d %H:%M}" for begins, ends in found]


def test_a_time_with_a_zone() -> None:
    event = "UID:1\nDTSTART;TZID=Europe/Madrid:20260325T100000\nDTEND;TZID=Europe/Madrid:20260325T113000"
    assert busy(event) == ["25 09:00–25 10:30"]


def test_a_time_in_utc_and_a_length() -> None:
    assert busy("UID:1\nDTSTART:20260401T100000Z\nDURATION:PT2H") == ["01 10:00–01 12:00"]


def test_a_time_without_a_zone_is_the_studios() -> None:
    assert busy("UID:1\nDTSTART:20260401T100000\nDTEND:20260401T120000") == ["01 09:00–01 11:00"]


def test_whole_days_are_the_studios_days_also_when_clocks_change() -> None:
    one_day = "UID:1\nDTSTART;VALUE=DATE:20260329\nDTEND;VALUE=DATE:20260330"
    assert busy(one_day) == ["29 00:00–29 23:00"]
    several = "UID:2\nDTSTART;VALUE=DATE:20260401\nDTEND;VALUE=DATE:20260404"
    assert busy(several) == ["31 23:00–03 23:00"]


def test_what_is_repeated_keeps_its_hour_over_the_change_and_its_exceptions() -> None:
    weekly = (
        "UID:1\nDTSTART;TZID=Europe/London:20260302T100000\nDTEND;TZID=Europe/London:20260302T110000\n"
        "RRULE:FREQ=WEEKLY;BYDAY=MO,WE\nEXDATE;TZID=Europe/London:20260325T100000"
    )
    moved = "UID:1\nRECURRENCE-ID;TZID=Europe/London:20260401T100000\nDTSTART:20260401T140000Z\nDTEND:20260401T150000Z"
    assert busy(weekly, moved) == ["23 10:00–23 11:00", "30 09:00–30 10:00", "01 14:00–01 15:00"]


def test_free_and_cancelled_events_and_our_own_do_not_count() -> None:
    time = "DTSTART:20260401T100000Z\nDTEND:20260401T120000Z"
    assert (
        busy(f"UID:1\n{time}\nTRANSP:TRANSPARENT", f"UID:2\n{time}\nSTATUS:CANCELLED", f"UID:x@inkgate\n{time}") == []
    )


def test_events_that_touch_are_one_time() -> None:
    events = [
        f"UID:{hour}\nDTSTART:20260401T{hour}0000Z\nDURATION:PT{length}H"
        for hour, length in ((10, 2), (12, 1), (11, 1))
    ]
    assert busy(*events) == ["01 10:00–01 13:00"]


def test_a_broken_event_does_not_spoil_the_others() -> None:
    assert busy("UID:1\nDTSTART:nonsense", "UID:2\nDTSTART:20260401T100000Z\nDURATION:PT1H") == ["01 10:00–01 11:00"]


@pytest.mark.parametrize("text", [b"", b"<html>", b"\xff\xfe", b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\n"])
def test_what_is_no_calendar_says_so(text: bytes) -> None:
    with pytest.raises(CalendarError, match="no iCalendar file"):
        busy_times(text, LONDON, SINCE, UNTIL)


def test_a_calendars_name_tells_nothing_of_its_address() -> None:
    name = source_of("https://calendar.example/private-123/basic.ics")
    assert "private" not in name and len(name) == 32
    assert source_of("") == ""
