"""What can be offered: hours, buffer, notice, holidays, the artist's calendar, other leads, and clocks that change."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import pytest

from inkgate_dialogue.domain.agenda import EMPTY, Agenda
from inkgate_dialogue.domain.appointments import Appointments
from inkgate_dialogue.domain.booking import Session
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules import slots
from inkgate_dialogue.domain.studio import Studio
from tests.builders.leads import a_studio

pytestmark = pytest.mark.domain("5.slots")

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SIZES = {
    "SMALL": {"width_cm": 5.0, "height_cm": 5.0},
    "MEDIUM": {"width_cm": 8.0, "height_cm": 12.0},
    "LARGE": {"width_cm": 15.0, "height_cm": 15.0},
    "XL": {"width_cm": 20.0, "height_cm": 20.0},
}


def a_lead(size: str = "MEDIUM") -> Lead:
    return Lead(
        id=UUID(int=7),
        conversation_id=UUID(int=8),
        created_at=MONDAY,
        updated_at=MONDAY,
        answers={"placement": "left forearm"},
        values={"dimensions": SIZES[size]},
    )


def studio(zone: str = "Europe/London", **section: Any) -> Studio:
    return a_studio(time_zone=zone, appointments=Appointments(**section))


def offered(
    *, size: str = "MEDIUM", agenda: Agenda = EMPTY, now: datetime = MONDAY, zone: str = "Europe/London", **section: Any
) -> list[str]:
    """As the studio's wall clock shows them."""
    found = slots.to_offer(a_lead(size), studio(zone, **section), agenda, now)
    return [f"{one.starts_at.astimezone(ZoneInfo(zone)):%a %d %H:%M}" for one in found]


@pytest.mark.parametrize(("size", "minutes"), [("SMALL", 120), ("MEDIUM", 180), ("LARGE", 240), ("XL", 360)])
def test_a_session_takes_as_long_as_its_category(size: str, minutes: int) -> None:
    for session in slots.to_offer(a_lead(size), studio(), EMPTY, MONDAY):
        assert session.ends_at - session.starts_at == timedelta(minutes=minutes)
        assert session.busy_until - session.ends_at == timedelta(minutes=30)


def test_five_to_eight_are_offered_the_first_and_the_last_of_each_day() -> None:
    assert offered() == [
        "Tue 06 12:00",
        "Wed 07 10:00",
        "Wed 07 13:30",
        "Thu 08 10:00",
        "Thu 08 13:30",
        "Fri 09 10:00",
        "Fri 09 13:30",
        "Sat 10 10:00",
    ]


def test_nothing_starts_within_the_notice() -> None:
    # A day from Monday noon is Tuesday noon: ten is too soon, and then it goes on from noon.
    assert offered()[0] == "Tue 06 12:00"
    assert offered(notice_hours=0)[0] == "Mon 05 12:00"
    assert offered(notice_hours=100)[0] == "Sat 10 10:00"


def test_nothing_is_offered_further_ahead_than_the_studio_plans() -> None:
    assert offered(days_ahead=2, offered_max=9) == ["Tue 06 12:00", "Wed 07 10:00", "Wed 07 13:30"]


def test_sunday_and_holidays_are_closed() -> None:
    days = offered(closed=["2026-01-07", "2026-01-09/2026-01-11"], offered_max=9)
    assert days[:3] == ["Tue 06 12:00", "Thu 08 10:00", "Thu 08 13:30"]
    assert not {day[:6] for day in days} & {"Wed 07", "Fri 09", "Sat 10", "Sun 11"}


def test_a_session_ends_before_closing_time() -> None:
    assert not [one for one in offered(size="XL", offered_max=9) if one[-5:] > "12:00"]
    assert offered(size="XL", hours={"sat": "10:00-15:59"}) == []


def test_a_day_may_have_a_break() -> None:
    assert offered(hours={"wed": "09:00-12:00, 14:00-18:00"}, days_ahead=3) == ["Wed 07 09:00", "Wed 07 14:00"]


def test_sessions_of_other_leads_keep_the_buffer_apart() -> None:
    begins = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
    agenda = Agenda(taken={uuid4(): (begins, begins + timedelta(hours=2, minutes=30))})
    # Half past two is free again: two hours and the buffer after twelve. Ten to one would leave no buffer before twelve.
    assert offered(agenda=agenda, hours={"wed": "10:00-18:00"}, days_ahead=3) == ["Wed 07 14:30"]
    assert offered(agenda=agenda, hours={"wed": "08:30-18:00"}, days_ahead=3) == ["Wed 07 08:30", "Wed 07 14:30"]


def test_her_own_time_does_not_stand_in_her_way() -> None:
    begins = datetime(2026, 1, 7, 10, 0, tzinfo=UTC)
    agenda = Agenda(taken={a_lead().id: (begins, begins + timedelta(hours=8))})
    assert "Wed 07 10:00" in offered(agenda=agenda)


def test_the_artists_calendar_is_respected_with_the_buffer_beside_it() -> None:
    busy = ((datetime(2026, 1, 7, 0, 0, tzinfo=UTC), datetime(2026, 1, 7, 13, 0, tzinfo=UTC)),)
    assert offered(agenda=Agenda(busy=busy), hours={"wed": "10:00-18:00"}, days_ahead=3) == ["Wed 07 13:30"]


def test_nothing_is_offered_while_a_calendar_was_never_read() -> None:
    assert offered(agenda=Agenda(unread=True)) == []


def test_fewer_are_offered_where_there_are_no_more() -> None:
    assert offered(hours={"wed": "10:00-13:00"}, days_ahead=10) == ["Wed 07 10:00", "Wed 14 10:00"]


def test_where_two_a_day_are_too_few_all_of_them_are_offered() -> None:
    assert offered(size="SMALL", hours={"wed": "10:00-18:00"}, days_ahead=3) == [
        "Wed 07 10:00",
        "Wed 07 12:30",
        "Wed 07 15:00",
    ]


# --- clocks change ------------------------------------------------------------------------------------------------------

# London: 01:00 → 02:00 on Sunday 29 March 2026, 02:00 → 01:00 on Sunday 25 October 2026.
SPRING = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(("now", "day"), [(SPRING, "Sun 29"), (AUTUMN, "Sun 25")])
def test_the_studio_opens_at_its_own_hour_on_the_day_clocks_change(now: datetime, day: str) -> None:
    assert offered(now=now, hours={"sun": "10:00-18:00"}, notice_hours=0, days_ahead=1) == [
        f"{day} 10:00",
        f"{day} 13:30",
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(SPRING, ["Sun 29 00:30", "Sun 29 02:00", "Sun 29 02:30"], id="it does not exist"),
        pytest.param(AUTUMN, ["Sun 25 00:30", "Sun 25 02:00", "Sun 25 02:30"], id="it exists twice"),
    ],
)
def test_a_start_that_does_not_exist_or_exists_twice_is_not_offered(now: datetime, expected: list[str]) -> None:
    starts = offered(
        size="SMALL",
        now=now,
        hours={"sun": "00:30-06:00"},
        notice_hours=0,
        days_ahead=1,
        buffer_minutes=0,
        small_minutes=30,
        offered_min=9,
        offered_max=9,
    )
    assert starts[:3] == expected


@pytest.mark.parametrize(("now", "ends"), [(SPRING, "04:30"), (AUTUMN, "02:30")])
def test_three_hours_are_three_hours_over_the_change(now: datetime, ends: str) -> None:
    hours = {"sun": "00:30-09:00"}
    one = slots.to_offer(a_lead(), studio(hours=hours, notice_hours=0, days_ahead=1), EMPTY, now)[0]
    assert one.ends_at - one.starts_at == timedelta(hours=3)
    assert f"{one.ends_at.astimezone(LONDON):%H:%M}" == ends


@pytest.mark.parametrize(
    ("day", "minutes", "there_once"),
    [
        (date(2026, 3, 29), 90, False),
        (date(2026, 3, 29), 120, True),
        (date(2026, 10, 25), 90, False),
        (date(2026, 10, 25), 120, True),
        (date(2026, 1, 7), 90, True),
    ],
)
def test_a_time_is_on_the_wall_once_twice_or_not_at_all(day: date, minutes: int, there_once: bool) -> None:
    assert slots.once(day, minutes, LONDON) is there_once


def test_another_time_zone_is_the_studios_own() -> None:
    found = slots.to_offer(a_lead(), studio("America/New_York"), EMPTY, MONDAY)
    assert found[0].starts_at == datetime(2026, 1, 6, 15, 0, tzinfo=UTC)  # 10:00 there


# --- what was offered ---------------------------------------------------------------------------------------------------


def test_a_slot_is_free_until_it_is_taken_or_has_begun() -> None:
    one: Session = slots.to_offer(a_lead(), studio(), EMPTY, MONDAY)[0]
    taken = Agenda(taken={uuid4(): (one.ends_at, one.ends_at + timedelta(hours=1))})
    assert slots.is_free(one, a_lead(), studio(), EMPTY, MONDAY)
    assert not slots.is_free(one, a_lead(), studio(), taken, MONDAY), "the buffer after it is hers too"
    assert not slots.is_free(one, a_lead(), studio(), EMPTY, one.starts_at)


def test_a_piece_of_several_days_is_offered_its_first() -> None:
    assert slots.several_days(a_lead("XL"), studio())
    assert not slots.several_days(a_lead("LARGE"), studio())
    assert {slots.session_minutes(a_lead("XL"), studio())} == {360}


def test_an_old_studio_file_has_the_hours_of_the_trade() -> None:
    section = msgspec.convert({}, Appointments)
    assert section.open_on(date(2026, 1, 5)) == [(600, 1080)]
    assert section.open_on(date(2026, 1, 10)) == [(600, 960)]
    assert section.open_on(date(2026, 1, 11)) == []
