"""What the core needs to know of a studio, as values. `studio_file` reads them."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Literal

import msgspec

from inkgate_common.contracts.intents import Template
from inkgate_common.errors import InkgateError
from inkgate_dialogue.domain.appointments import Appointments
from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.language import Speakers, Tongues
from inkgate_dialogue.domain.links import Links
from inkgate_dialogue.domain.questions.reading import Setting
from inkgate_dialogue.domain.quiet import QuietHours
from inkgate_dialogue.domain.studio_words import Asides, Corrections, Triggers, Words
from inkgate_dialogue.domain.touring import Touring

DAY_S = 86_400


class StudioError(InkgateError):
    """The studio file or its copy is wrong: `problems` has a line for each thing that is, with file, line and what is
    expected; the text is the first of them."""

    def __init__(self, *problems: str) -> None:
        more = f" (and {len(problems) - 1} more: 'inkgate studio check' lists them)" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}")
        self.problems = problems


class Artist(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An artist of the studio. `number` is digits as in WhatsApp's `wa_id`."""

    number: str
    name: str


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pence. `countries` are ISO 3166 codes; the region without any is the rest of the world."""

    minimum_pence: int
    hourly_pence: int
    countries: list[str] = []


class Timers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Seconds. `reminders_s` and `abandoned_s` count from the delivery of our last question; a reminder that was not sent
    within `reminder_expires_s` is not sent. The others count from the moment at which the waiting began: `…_reminders_s` are
    reminders (to the artist, where it is her that one waits for), an `…_s` alone is the limit. No reminders: an empty list.
    `appointment_reminder_s` is before the appointment (0: none), `completed_s` after its end."""

    reminders_s: list[float]
    abandoned_s: float
    opt_out_status_s: float
    hold_reply_cooldown_s: float
    deposit_link_s: float
    reminder_expires_s: float = 3_600
    approval_reminders_s: tuple[float, ...] = (2 * DAY_S,)
    approval_stale_s: float = 3 * DAY_S
    deposit_reminders_s: tuple[float, ...] = (
        6 * 3_600,
        20 * 3_600,
    )
    booking_reminders_s: tuple[float, ...] = (DAY_S,)
    booking_overdue_s: float = 3 * DAY_S
    windows_reminders_s: tuple[float, ...] = (DAY_S,)
    windows_overdue_s: float = 3 * DAY_S
    handover_reminders_s: tuple[float, ...] = (
        4 * 3_600,
        DAY_S,
    )
    handover_stale_s: float = 14 * DAY_S
    tour_reminders_s: tuple[float, ...] = (2 * DAY_S,)
    appointment_reminder_s: float = DAY_S
    completed_s: float = DAY_S
    link_s: float = 7 * DAY_S


class Messages(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How what she writes is taken. `collect_s`: messages that follow each other within so many seconds are judged as one
    (0: none waits). More than `flood_max` waiting ones are always judged as one. `unread_max`: how often she is asked to
    write where she sends voice notes, stickers and the like; after that the artist takes over. `album_s`: pictures that come
    within it are thanked for once. The same status reply is given `status_replies_max` times in a row, and then again after
    `status_reply_s` at the earliest, each time after twice as long. `takeover_s`: how long the bot keeps quiet after the
    artist wrote from her own phone, and then reminds her once."""

    collect_s: float = 0
    flood_max: int = 20
    unread_max: int = 2
    album_s: float = 60
    status_replies_max: int = 3
    status_reply_s: float = 60
    takeover_s: float = DAY_S


class Deposits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pence by size category; an extra large piece takes one for each of its days."""

    small_pence: int
    medium_pence: int
    large_pence: int
    extra_large_day_pence: int


class Consent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A yes/no question of the studio's own, asked before the others: 18 or older, use of data. Its words stand under `key`
    in the copy file's [questions] and [hints]. An answer other than `required` ends the enquiry."""

    key: str
    required: Literal["yes", "no"] = "yes"


class Estimates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hours of work by size category, from and to; an extra large piece takes them on each of its days. Internal."""

    small_hours: list[float] = msgspec.field(default_factory=lambda: [4.0, 5.0])
    medium_hours: list[float] = msgspec.field(default_factory=lambda: [5.0, 7.0])
    large_hours: list[float] = msgspec.field(default_factory=lambda: [7.5, 10.0])
    extra_large_day_hours: list[float] = msgspec.field(default_factory=lambda: [9.5, 11.0])


class Approved(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A template that Meta has approved for one message of the copy file. `same_content`: it says what the message says, so
    what waits for the message may go on; else it only invites her to write. `languages`: ours → the code it has at Meta,
    where that is another one (en → en_GB). Its text is in the copy files, under the message's own name or under `text`, so
    that several messages can share a template that says `{message}`."""

    name: str
    same_content: bool = True
    text: str = ""
    languages: dict[str, str] = {}

    def code(self, language: str) -> str:
        """The language as Meta knows it."""
        return self.languages.get(language, language)


class File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The studio file as written (TOML). `country` (ISO, two letters) is where the studio is; `budget_minimum_pence` is the
    least that counts as a budget at all; `rates` are prices of other currencies: how much of the studio's one unit costs."""

    name: str
    time_zone: str
    currency: str
    language: str
    slots: str
    questions: list[str]
    words: Words
    regions: dict[str, Region]
    deposits: Deposits
    timers: Timers
    hard_placements: list[str]
    languages: list[str] = []
    country: str = "GB"
    budget_minimum_pence: int = 5_000
    rates: dict[str, float] = {}
    speakers: dict[str, Speakers] = {}
    messages: Messages = Messages()
    artist: list[Artist] = []
    artist_words: dict[str, list[str]] = {}
    allow: list[str] = []
    templates: dict[str, Approved] = {}
    consent: list[Consent] = []
    tour: Touring | None = None
    handover: Triggers = Triggers()
    corrections: Corrections = Corrections()
    asides: Asides = Asides()
    confirm: tuple[str, ...] = ("dimensions", "budget", "location_city")
    quiet_hours: QuietHours = QuietHours()
    appointments: Appointments = msgspec.field(default_factory=Appointments)
    estimates: Estimates = msgspec.field(default_factory=Estimates)

    @property
    def steps(self) -> list[str]:
        """Every question that is asked, in order: consents come first."""
        return [*(consent.key for consent in self.consent), *self.questions]


class Studio(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What the core needs to know of a studio. `copy` is in its own language; `copies` are all, by language."""

    file: File
    copy: Copy
    copies: dict[str, Copy] = {}
    links: Links | None = None

    @cached_property
    def questions(self) -> Sequence[str]:
        """Every question that is asked, in order: consents come first."""
        return self.file.steps

    @cached_property
    def consents(self) -> frozenset[str]:
        return frozenset(consent.key for consent in self.file.consent)

    def copy_in(self, language: str | None) -> Copy:
        """The texts in a client's language; the studio's own where it is not known or not offered."""
        return self.copies.get(language or "", self.copy)

    def language_in(self, language: str | None) -> str:
        """The language in which a client is spoken to."""
        return language if language in self.copies and language is not None else self.file.language

    @cached_property
    def invitations(self) -> dict[str, Template | None]:
        """The invitation by language, as far as it was asked for (templates.py)."""
        return {}

    @cached_property
    def tongues(self) -> Tongues:
        """The languages that clients are spoken to in."""
        return Tongues.of(self.copies or {self.file.language: self.copy}, self.file.speakers)

    @property
    def artists(self) -> Sequence[Artist]:
        return self.file.artist

    @property
    def timers(self) -> Timers:
        return self.file.timers

    @cached_property
    def steps(self) -> dict[str, int]:
        return {key: number for number, key in enumerate(self.questions)}

    def step(self, question: str | None, answers: Collection[str] | None = None) -> int:
        """The index of a question; −1 before the first one. Of a question that is asked no more, the place where the next
        one stands that is not among `answers` (the end, where they are not given or there is none)."""
        if question is None or question in self.steps:
            return -1 if question is None else self.steps[question]
        end = len(self.questions)
        if answers is None:
            return end
        return next((place for key, place in self.steps.items() if key not in answers), end)

    def setting(self, language: str | None) -> Setting:
        """What the questions' parsers may know of the studio, and of a client's language."""
        return self._settings.get(language or "") or self._settings[self.file.language]

    @cached_property
    def _settings(self) -> dict[str, Setting]:
        file = self.file
        return {
            language: Setting(
                language=language,
                currency=file.currency,
                country=file.country,
                budget_minimum_pence=file.budget_minimum_pence,
                rates=file.rates,
            )
            for language in {file.language, *file.languages, *self.copies}
        }

    def region(self, country: str) -> Region:
        """The region of an ISO country code."""
        rest = next(region for region in self.file.regions.values() if not region.countries)
        return next((region for region in self.file.regions.values() if country in region.countries), rest)

    @property
    def deposit_link(self) -> timedelta:
        return timedelta(seconds=self.file.timers.deposit_link_s)
