"""Facts about the person: who she is, what she may be told, what waits for her."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from inkgate_dialogue.domain.events.fact import Fact, LeadFact
from inkgate_dialogue.domain.lead import Noticed, Word


class PersonSeen(Fact, frozen=True, kw_only=True):
    """Who writes, and until when a plain text may be sent to her."""

    KIND: ClassVar[str] = "person_seen"
    SHOWN: ClassVar[bool] = False
    phone: str | None
    user_id: str | None
    profile_name: str | None
    window_expires_at: datetime | None


class LanguageChosen(Fact, frozen=True, kw_only=True):
    """In which language she is spoken to from now on. `by`: text (her first message), number, or wish."""

    KIND: ClassVar[str] = "language_chosen"
    language: str
    by: str


class Paused(Fact, frozen=True, kw_only=True):
    """A message waits for the end of panic mode; `held_at`: she is told so now."""

    KIND: ClassVar[str] = "paused"
    held_at: datetime | None = None


class PauseEnded(Fact, frozen=True, kw_only=True):
    """Panic mode is over; what she wrote up to `until` is judged as one."""

    KIND: ClassVar[str] = "pause_ended"
    SHOWN: ClassVar[bool] = False
    until: datetime


class Joined(Fact, frozen=True, kw_only=True):
    """A flood: what she wrote up to `until` is judged as one."""

    KIND: ClassVar[str] = "joined"
    SHOWN: ClassVar[bool] = False
    until: datetime


class ArtistWrote(Fact, frozen=True, kw_only=True):
    """The artist wrote to her from her own phone."""

    KIND: ClassVar[str] = "artist_wrote"
    at: datetime


class WordHeard(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "word_heard"
    SHOWN: ClassVar[bool] = False
    word: Word


class OptedOut(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "opted_out"


class OptedIn(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "opted_in"


class Parked(Fact, frozen=True, kw_only=True):
    """The conversation waits for an operator; None lets it go on."""

    KIND: ClassVar[str] = "parked"
    reason: str | None


class ClosedInto(Fact, frozen=True, kw_only=True):
    """This person's other conversation takes all that follows."""

    KIND: ClassVar[str] = "closed_into"
    into: UUID


class PersonErased(Fact, frozen=True, kw_only=True):
    """Who she is and what she wrote is forgotten; that she had opted out stays."""

    KIND: ClassVar[str] = "person_erased"
    at: datetime


class NoticeGiven(Fact, frozen=True, kw_only=True):
    """An artist is told of a lead: what she answers to it is for that lead."""

    KIND: ClassVar[str] = "notice_given"
    SHOWN: ClassVar[bool] = False
    noticed: Noticed


class NoticeTaken(Fact, frozen=True, kw_only=True):
    """WhatsApp took a notice, under this id: she may quote it."""

    KIND: ClassVar[str] = "notice_taken"
    SHOWN: ClassVar[bool] = False
    intent_id: UUID
    wamid: str


class TimerSet(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "timer_set"
    SHOWN: ClassVar[bool] = False
    timer: str
    due_at: datetime


class TimerFired(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "timer_fired"
    timer: str
    outcome: str
