"""The studio file's section `[appointments]`: when the studio works, and how slots are cut from that time."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise

import msgspec

from inkgate_dialogue.domain.problem import Problem

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_WEEK = {**dict.fromkeys(DAYS[:5], "10:00-18:00"), "sat": "10:00-16:00", "sun": ""}

ROWS_MAX = 9  # WhatsApp's lists have ten rows (FACTS §2); one of them says 'none of these'
_A_DAY = 24 * 60
_LIMITS = {
    "buffer_minutes": (0, _A_DAY),
    "notice_hours": (0, 24 * 365),
    "days_ahead": (1, 365),
    "step_minutes": (5, _A_DAY),
    "offered_min": (1, ROWS_MAX),
    "offered_max": (1, ROWS_MAX),
    "small_minutes": (5, _A_DAY),
    "medium_minutes": (5, _A_DAY),
    "large_minutes": (5, _A_DAY),
    "extra_large_minutes": (5, _A_DAY),
    "calendar_every_s": (10, 7 * 86_400),
}


class Appointments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """`hours` are by weekday (`mon` … `sun`): `"10:00-18:00"`, several separated by commas, `""` for closed. `closed` are
    dates (`2026-12-25`) and ranges of dates (`2026-12-24/2027-01-02`, both included). A session takes `*_minutes` by size;
    an extra large piece is offered its first day. `buffer_minutes` stay free between sessions and beside the calendar's
    events, `notice_hours` before the first, and nothing is offered more than `days_ahead`. `calendar` is an iCalendar file
    (beside the studio file) or URL of the artist's busy times, read again after `calendar_every_s`."""

    hours: dict[str, str] = msgspec.field(default_factory=lambda: dict(_WEEK))
    closed: list[str] = []
    buffer_minutes: int = 30
    notice_hours: float = 24
    days_ahead: int = 21
    step_minutes: int = 30
    offered_min: int = 5
    offered_max: int = 8
    small_minutes: int = 120
    medium_minutes: int = 180
    large_minutes: int = 240
    extra_large_minutes: int = 360
    calendar: str = ""
    calendar_every_s: float = 600

    @property
    def buffer(self) -> timedelta:
        return timedelta(minutes=self.buffer_minutes)

    @property
    def notice(self) -> timedelta:
        return timedelta(hours=self.notice_hours)

    @cached_property
    def week(self) -> list[list[tuple[int, int]]]:
        """For each weekday from Monday, the opening times in minutes after midnight."""
        return [_opening(self.hours.get(day, "")) for day in DAYS]

    @cached_property
    def holidays(self) -> list[tuple[date, date]]:
        """First and last day of each time in which the studio is closed."""
        return [_range(text) for text in self.closed]

    def open_on(self, day: date) -> list[tuple[int, int]]:
        """The opening times of a date, in minutes after midnight."""
        if any(first <= day <= last for first, last in self.holidays):
            return []
        return self.week[day.weekday()]


def _opening(text: str) -> list[tuple[int, int]]:
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _HOURS.fullmatch(part)
        if match is None:
            raise ValueError(f"'{part}' must be like 10:00-18:00")
        opens, closes = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if not (0 <= opens < closes <= 24 * 60 and int(match[2]) < 60 and int(match[4]) < 60):
            raise ValueError(f"'{part}' must open before it closes, within one day")
        found.append((opens, closes))
    found.sort()
    if any(later[0] < before[1] for before, later in pairwise(found)):
        raise ValueError(f"'{text}' has times that overlap")
    return found


def _range(text: str) -> tuple[date, date]:
    first, _, last = text.partition("/")
    try:
        begins, ends = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        raise ValueError(f"'{text}' must be a date like 2026-12-25, or two with / between them") from None
    if ends < begins:
        raise ValueError(f"'{text}' ends before it begins")
    return begins, ends


def problems(section: Appointments) -> Iterator[Problem]:
    """What is wrong with the section, and what would be right."""
    at = ("appointments",)
    for day, text in section.hours.items():
        if day not in DAYS:
            yield Problem((*at, "hours", day), f"is no weekday; they are {', '.join(DAYS)}")
            continue
        try:
            _opening(text)
        except ValueError as error:
            yield Problem((*at, "hours", day), str(error))
    for number, text in enumerate(section.closed):
        try:
            _range(text)
        except ValueError as error:
            yield Problem((*at, "closed", number), str(error))
    for name, (least, most) in _LIMITS.items():
        value = getattr(section, name)
        if not least <= value <= most:
            yield Problem((*at, name), f"must be from {least} to {most}, not {value:g}")
    if section.offered_min > section.offered_max:
        yield Problem((*at, "offered_min"), f"must be at most offered_max ({section.offered_max})")
