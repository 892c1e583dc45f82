"""DOMAIN §5: the slots that can be offered. Cut from the studio's hours, in its own time, around what is taken.

On a day on which clocks change, a start that does not exist, or exists twice, is not offered; a session's length is what
the clock on the wall measures for the person who sits through it (3 hours are 3 hours), and it ends before closing time.

An extra large piece of several days is offered its first day as one session; the artist agrees the others with her.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from inkgate_dialogue.domain.agenda import Agenda, Span, overlap
from inkgate_dialogue.domain.appointments import Appointments
from inkgate_dialogue.domain.booking import Session
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules.estimate import category, xl_days
from inkgate_dialogue.domain.studio import Studio

A_DAY_MAX = 2  # the first and the last of a day: mornings and afternoons, and more than one day


def session_minutes(lead: Lead, studio: Studio) -> int:
    """How long a session of this piece takes."""
    section = studio.file.appointments
    match category(lead, studio):
        case "SMALL":
            return section.small_minutes
        case "MEDIUM":
            return section.medium_minutes
        case "LARGE":
            return section.large_minutes
        case _:
            return section.extra_large_minutes


def several_days(lead: Lead, studio: Studio) -> bool:
    """Whether the slot is only the first of its days."""
    return category(lead, studio) == "XL" and xl_days(lead, studio) > 1


def session_at(starts_at: datetime, lead: Lead, studio: Studio) -> Session:
    """This lead's session from that moment on."""
    starts_at = starts_at.astimezone(UTC)
    ends_at = starts_at + timedelta(minutes=session_minutes(lead, studio))
    return Session(starts_at=starts_at, ends_at=ends_at, busy_until=ends_at + studio.file.appointments.buffer)


def to_offer(lead: Lead, studio: Studio, agenda: Agenda, now: datetime) -> tuple[Session, ...]:
    """Between `offered_min` and `offered_max` free slots in the order of time, spread over several days; fewer where there
    are no more. None while a calendar is configured that was never read."""
    if agenda.unread:
        return ()
    section = studio.file.appointments
    days = list(_days(lead, studio, agenda, now))
    spread = [session for day in days for session in ([day[0], day[-1]] if len(day) > 1 else day)[:A_DAY_MAX]]
    chosen = spread if len(spread) >= section.offered_min else sorted((s for day in days for s in day), key=_begins)
    return tuple(chosen[: section.offered_max])


def is_free(session: Session, lead: Lead, studio: Studio, agenda: Agenda, now: datetime) -> bool:
    """Whether a slot that was offered can still be had. Its notice has been given when it was offered; that it lies ahead is
    enough now."""
    span = (session.starts_at, session.busy_until)
    spans = agenda.spans(studio.file.appointments.buffer, lead.id)
    return session.starts_at > now and not any(overlap(span, other) for other in spans)


def _begins(session: Session) -> datetime:
    return session.starts_at


def _days(lead: Lead, studio: Studio, agenda: Agenda, now: datetime) -> Iterator[list[Session]]:
    """The free slots of each day that has any."""
    section, zone = studio.file.appointments, ZoneInfo(studio.file.time_zone)
    earliest = now + section.notice
    spans = agenda.spans(section.buffer, lead.id)
    today = now.astimezone(zone).date()
    for ahead in range(section.days_ahead + 1):
        day = today + timedelta(days=ahead)
        begins, ends = _moment(day, 0, zone), _moment(day + timedelta(days=1), 0, zone)
        near = [span for span in spans if span[0] < ends + section.buffer and begins < span[1]]
        found = [
            session
            for opens, closes in section.open_on(day)
            for session in _of(day, opens, closes, zone, lead, studio, near, earliest)
        ]
        if found:
            yield found


def _of(
    day: date,
    opens: int,
    closes: int,
    zone: ZoneInfo,
    lead: Lead,
    studio: Studio,
    taken: list[Span],
    earliest: datetime,
) -> Iterator[Session]:
    """One opening time, filled from its beginning: a session, the buffer, the next."""
    section: Appointments = studio.file.appointments
    minutes, closing = session_minutes(lead, studio), _moment(day, closes, zone)
    at = opens
    while at + minutes <= closes + 120:  # clocks may be set forward or back meanwhile: the moment decides
        session = session_at(_moment(day, at, zone), lead, studio)
        fits = once(day, at, zone) and session.ends_at <= closing and session.starts_at >= earliest
        span = (session.starts_at, session.busy_until)
        if fits and not any(overlap(span, other) for other in taken):
            yield session
            at += minutes + section.buffer_minutes
            at += -(at - opens) % section.step_minutes
        else:
            at += section.step_minutes


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """A time on the studio's wall, in UTC."""
    midnight = datetime(day.year, day.month, day.day)
    return (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)


def once(day: date, minutes: int, zone: ZoneInfo) -> bool:
    """Whether that time is on the wall exactly once that day. PEP 495: where it is there twice, or not at all, both folds
    have other offsets."""
    local = (datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)).replace(tzinfo=zone)
    return local.utcoffset() == local.replace(fold=1).utcoffset()
