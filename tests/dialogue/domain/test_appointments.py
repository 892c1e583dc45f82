"""The studio file's section on appointments: what is wrong with it, at which key."""

from typing import Any

import pytest

from inkgate_dialogue.domain.appointments import Appointments, problems
from inkgate_dialogue.domain.studio_checks import check
from tests.builders.leads import a_studio

pytestmark = pytest.mark.domain("5.slots")


@pytest.mark.parametrize(
    ("section", "at", "says"),
    [
        ({"hours": {"monday": "10:00-18:00"}}, "appointments.hours.monday", "is no weekday; they are mon, tue"),
        ({"hours": {"mon": "10-18"}}, "appointments.hours.mon", "must be like 10:00-18:00"),
        ({"hours": {"mon": "18:00-10:00"}}, "appointments.hours.mon", "must open before it closes"),
        ({"hours": {"mon": "10:75-18:00"}}, "appointments.hours.mon", "must open before it closes"),
        ({"hours": {"mon": "10:00-14:00, 13:00-18:00"}}, "appointments.hours.mon", "has times that overlap"),
        ({"closed": ["2026-01-01", "25 December"]}, "appointments.closed[2]", "must be a date like 2026-12-25"),
        ({"closed": ["2027-01-02/2026-12-24"]}, "appointments.closed[1]", "ends before it begins"),
        ({"offered_max": 10}, "appointments.offered_max", "must be from 1 to 9, not 10"),
        ({"offered_min": 8, "offered_max": 5}, "appointments.offered_min", "must be at most offered_max (5)"),
        ({"days_ahead": 0}, "appointments.days_ahead", "must be from 1 to 365"),
        ({"small_minutes": 0}, "appointments.small_minutes", "must be from 5 to 1440"),
        ({"buffer_minutes": -1}, "appointments.buffer_minutes", "must be from 0 to 1440"),
    ],
)
def test_a_bad_section_is_named_with_what_would_be_right(section: dict[str, Any], at: str, says: str) -> None:
    found = list(problems(Appointments(**section)))
    assert [problem.where for problem in found] == [at]
    assert says in found[0].says
    file = a_studio(appointments=Appointments(**section)).file
    assert found[0] in check(file)


def test_what_comes_with_inkgate_is_right() -> None:
    assert list(problems(Appointments())) == []


def test_hours_may_be_several_and_end_at_midnight() -> None:
    section = Appointments(hours={"mon": "20:00-24:00, 10:00-14:00"})
    assert list(problems(section)) == []
    assert section.week[0] == [(600, 840), (1200, 1440)]
