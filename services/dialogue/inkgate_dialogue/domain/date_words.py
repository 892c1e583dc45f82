"""Names of days and months, and how a time is written, by language. What people write of them is read with the same table
(`rules/choice.py`). A language that is not here reads and writes as English."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """`weekdays` begin on Monday. `long` and `short` are patterns for a day; `between` says from when to when."""

    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    long: str
    short: str
    between: str


ENGLISH = Words(
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    weekdays_short=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    months=(
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
    months_short=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    long="{weekday} {day} {month}, {time}",
    short="{weekday} {day} {month}, {time}",
    between="{start} to {end}",
)  # fmt: skip

SPANISH = Words(
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    weekdays_short=("lun", "mar", "mié", "jue", "vie", "sáb", "dom"),
    months=(
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
        "diciembre",
    ),
    months_short=("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"),
    long="{weekday} {day} de {month}, {time}",
    short="{weekday} {day} {month}, {time}",
    between="de {start} a {end}",
)  # fmt: skip

LANGUAGES = {"en": ENGLISH, "es": SPANISH}


def words_of(language: str | None) -> Words:
    return LANGUAGES.get((language or "en").split("-")[0].lower(), ENGLISH)


def label(at: datetime, zone: ZoneInfo, language: str | None) -> str:
    """`Saturday 10 January, 11:00`, in the zone's time."""
    words = words_of(language)
    return _written(words.long, at.astimezone(zone), words.weekdays, words.months)


def short_label(at: datetime, zone: ZoneInfo, language: str | None) -> str:
    """`Sat 10 Jan, 11:00`."""
    words = words_of(language)
    return _written(words.short, at.astimezone(zone), words.weekdays_short, words.months_short)


def _written(pattern: str, local: datetime, weekdays: tuple[str, ...], months: tuple[str, ...]) -> str:
    weekday, month = weekdays[local.weekday()], months[local.month - 1]
    return pattern.format(weekday=weekday, day=local.day, month=month, time=f"{local:%H:%M}")


def span_label(starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: str | None) -> str:
    """`11:00 to 14:00`."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    return words_of(language).between.format(start=f"{start:%H:%M}", end=f"{end:%H:%M}")
