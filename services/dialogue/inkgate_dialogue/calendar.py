"""The artist's calendar: an iCalendar file or URL (RFC 5545), read on a timer by one replica at a time and kept with its
age.

Where it cannot be read, what was read before stays. Until it was read once, no slot is offered at all.
"""

import asyncio
import hashlib
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import icalendar
import recurring_ical_events

from inkgate_common import log
from inkgate_common.clock import Clock
from inkgate_common.db import Database
from inkgate_dialogue import metrics, repository_slots
from inkgate_dialogue.domain.agenda import Span
from inkgate_dialogue.domain.studio import Studio

_log = log.get("calendar")

BYTES_MAX = 8 * 1024 * 1024
TIMEOUT_S = 15.0
EVENTS_MAX = 5_000
LOOK_EVERY_S = 10.0
UID_DOMAIN = "inkgate"


class CalendarError(Exception):
    """It could not be read; the text says why, and never where it is (the address may be a secret)."""


def source_of(address: str) -> str:
    """A name for a calendar that does not tell its address; '' where there is none."""
    return hashlib.sha256(address.encode()).hexdigest()[:32] if address else ""


class ArtistsCalendar:
    """Reads the calendar that the studio file names. `folder` is where a file's path begins."""

    def __init__(
        self, database: Database, clock: Clock, studio: Callable[[], Studio], folder: Path, http: httpx.AsyncClient
    ) -> None:
        self._database, self._clock, self._studio, self._folder, self._http = database, clock, studio, folder, http

    async def refresh(self) -> None:
        """Read it if it is due, and nobody else does. Raises nothing that a calendar can bring about."""
        studio = self._studio()
        section = studio.file.appointments
        if not section.calendar:
            return
        now, source = self._clock.now(), source_of(section.calendar)
        async with self._database.transaction() as uow:
            mine = await repository_slots.claim_calendar(
                uow, source, now, now - timedelta(seconds=section.calendar_every_s)
            )
            state = await repository_slots.calendar_state(uow)
        read_at = state.read_at if state.source == source else None
        metrics.CALENDAR_AGE.set(math.inf if read_at is None else (now - read_at).total_seconds())
        if not mine:
            return
        try:
            text = await self._read(section.calendar)
            until = now + timedelta(days=section.days_ahead + 2)
            zone = ZoneInfo(studio.file.time_zone)
            busy = await asyncio.to_thread(busy_times, text, zone, now - timedelta(days=1), until)
        except CalendarError as error:
            metrics.CALENDAR_FAILURES.inc()
            _log.warning("the artist's calendar cannot be read", reason=str(error))
            async with self._database.transaction() as uow:
                await repository_slots.calendar_failed(uow, source, str(error))
            return
        metrics.CALENDAR_AGE.set(0)
        async with self._database.transaction() as uow:
            await repository_slots.store_calendar(uow, source, busy, now)

    async def _read(self, address: str) -> bytes:
        if not address.lower().startswith(("http://", "https://", "webcal://")):
            return await asyncio.to_thread(_file, self._folder / address)
        url = f"https{address[6:]}" if address.lower().startswith("webcal") else address
        try:
            async with self._http.stream("GET", url) as response:
                if response.status_code != 200:
                    raise CalendarError(f"the server answered {response.status_code}")
                whole = bytearray()
                async for part in response.aiter_bytes():
                    whole += part
                    if len(whole) > BYTES_MAX:
                        raise CalendarError(f"it has more than {BYTES_MAX} bytes")
                return bytes(whole)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CalendarError(type(error).__name__) from None


def _file(path: Path) -> bytes:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise CalendarError(f"it has more than {BYTES_MAX} bytes")
        return path.read_bytes()
    except OSError as error:
        raise CalendarError(error.strerror or "cannot be read") from None


def busy_times(text: bytes, zone: ZoneInfo, since: datetime, until: datetime) -> list[Span]:
    """The times in which the artist is busy, in UTC, in order, those that touch as one. All-day events and times without a
    zone are in the studio's own; free (TRANSP) and cancelled events do not count, nor do bookings of ours that came back by
    our own feed. Raises CalendarError."""
    if not text.rstrip().upper().endswith(b"END:VCALENDAR"):
        raise CalendarError("it is no iCalendar file, or cut off")  # half of it would make her look free
    try:
        parsed = icalendar.Calendar.from_ical(text)
        events = recurring_ical_events.of(parsed, skip_bad_series=True).between(since, until)
    except Exception as error:  # whatever a stranger's file brings about in the parsers, it is the file
        raise CalendarError(f"it is no iCalendar file ({type(error).__name__})") from None
    spans = []
    for event in events[:EVENTS_MAX]:
        if str(event.get("TRANSP", "")).upper() == "TRANSPARENT" or str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        if str(event.get("UID", "")).endswith(f"@{UID_DOMAIN}"):
            continue
        begins, ends = _moment(event.start, zone), _moment(event.end, zone)
        if begins < ends:
            spans.append((begins, ends))
    return _joined(spans)


def _moment(at: date, zone: ZoneInfo) -> datetime:
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)
    return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for begins, ends in sorted(spans):
        if joined and begins <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((begins, ends))
    return joined
