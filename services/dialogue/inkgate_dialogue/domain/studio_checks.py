"""What is wrong with a studio file: everything at once, each problem at its key. Pure: a file's values go in, problems come
out; `studio_file` adds the name of the file and the line.

A section of the file (a struct in `studio.py`) brings a check of its own: a function that takes the whole file and yields
problems, with a line in CHECKS. Types, missing and unknown keys need no check: `studio_shape` finds them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pycountry

from inkgate_dialogue.domain import appointments, phrases, quiet, templates
from inkgate_dialogue.domain.problem import Problem, nearest
from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.questions.reading import bare, folded
from inkgate_dialogue.domain.studio import File
from inkgate_dialogue.domain.studio_words import COMMANDS, TRIGGERS

# Stripe lets a checkout session expire 30 minutes to 24 hours after it was made
# (https://docs.stripe.com/api/checkout/sessions/create, expires_at).
LINK_S_MIN, LINK_S_MAX = 1_800, 86_400
# Kosovo has no code of its own in ISO 3166; everybody uses this one.
_KOSOVO = "XK"
_CONSENT = re.compile("[a-z][a-z0-9_]{0,39}")


# Reminders of the section [timers], and the limit that they come before.
WAITS: dict[str, str | None] = {
    "approval_reminders_s": "approval_stale_s",
    "deposit_reminders_s": None,
    "booking_reminders_s": "booking_overdue_s",
    "windows_reminders_s": "windows_overdue_s",
    "handover_reminders_s": None,
    "tour_reminders_s": None,
}

Check = Callable[[File], Iterable[Problem]]


def country(code: str) -> bool:
    """Whether this is an ISO 3166 code of two capital letters."""
    return code == _KOSOVO or (len(code) == 2 and code.isupper() and pycountry.countries.get(alpha_2=code) is not None)


def positive(file: Any, section: str, *names: str, least: float = 1) -> Iterator[Problem]:
    """Numbers of a section that must be at least `least`."""
    for name in names:
        value = getattr(file, name)
        if value < least:
            yield Problem((section, name), f"must be {least:g} or more, not {value:g}")


def _name(file: File) -> Iterator[Problem]:
    if not file.name.strip() or len(file.name) > 80:
        yield Problem(("name",), "must have 1 to 80 characters")


def _time_zone(file: File) -> Iterator[Problem]:
    try:
        ZoneInfo(file.time_zone)
    except (KeyError, OSError, ValueError):  # not there, a folder, not a name at all
        yield Problem(("time_zone",), f"is no time zone: '{file.time_zone}'; write one like Europe/London")


def _currency(file: File) -> Iterator[Problem]:
    if not _currency_code(file.currency):
        yield Problem(("currency",), f"is no currency: '{file.currency}'; write an ISO 4217 code like GBP")


def _currency_code(code: str) -> bool:
    return len(code) == 3 and code.isupper() and pycountry.currencies.get(alpha_3=code) is not None


def _country(file: File) -> Iterator[Problem]:
    if not country(file.country):
        yield Problem(("country",), f"is no country: '{file.country}'; write an ISO 3166 code like GB")


def _budget(file: File) -> Iterator[Problem]:
    if file.budget_minimum_pence < 0:
        yield Problem(("budget_minimum_pence",), f"must be 0 or more, not {file.budget_minimum_pence}")
    for code, rate in file.rates.items():
        if not _currency_code(code) or code == file.currency:
            yield Problem(
                ("rates", code), f"must be the ISO 4217 code of another currency than {file.currency}, like EUR"
            )
        if not 0 < rate < 1_000_000:
            yield Problem(
                ("rates", code), f"must be how much of {file.currency} one {code} costs, like 0.86, not {rate:g}"
            )


def _languages(file: File) -> Iterator[Problem]:
    listed = [(("languages", number), language) for number, language in enumerate(file.languages)]
    for at, code in [(("language",), file.language), *listed]:
        if not (len(code) == 2 and code.isascii() and code.isalpha() and code.islower()):
            yield Problem(at, f"is no language: '{code}'; write an ISO 639 code of two letters like en")


def _speakers(file: File) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for language, who in file.speakers.items():
        at = ("speakers", language)
        listed = [(("prefixes", number), one) for number, one in enumerate(who.prefixes)]
        listed += [(("countries", number), one) for number, one in enumerate(who.countries)]
        for where, one in listed:
            if where[0] == "prefixes" and not (one.isascii() and one.isdigit()):
                yield Problem((*at, *where), f"must be digits, the country in front, like 34, not '{one}'")
            elif where[0] == "countries" and not country(one):
                yield Problem((*at, *where), f"is no country: '{one}'; write an ISO 3166 code like GB")
            elif one in seen:
                yield Problem((*at, *where), f"'{one}' is in {seen[one]} already")
            seen.setdefault(one, language)


def _slots(file: File) -> Iterator[Problem]:
    if file.slots not in ("after_deposit", "before_deposit", "none"):
        yield Problem(("slots",), f"must be after_deposit, before_deposit or none, not '{file.slots}'")


def _questions(file: File) -> Iterator[Problem]:
    if not file.questions:
        yield Problem(("questions",), f"must list one question at least; known are {', '.join(QUESTIONS)}")
    for number, key in enumerate(file.questions):
        if key not in QUESTIONS:
            yield Problem(("questions", number), f"is no question: '{key}'{nearest(key, QUESTIONS)}")
        elif key in file.questions[:number]:
            yield Problem(("questions", number), f"'{key}' is listed twice")


def _confirm(file: File) -> Iterator[Problem]:
    for number, key in enumerate(file.confirm):
        if key not in QUESTIONS:
            yield Problem(("confirm", number), f"is no question: '{key}'{nearest(key, QUESTIONS)}")


def _handover(file: File) -> Iterator[Problem]:
    triggers = file.handover
    for name in TRIGGERS:
        for number, phrase in enumerate(getattr(triggers, name)):
            wrong = phrases.problem(phrase)
            if wrong is not None:
                yield Problem(("handover", name, number), wrong)
    for name in ("openers", "leads", "greetings", "negations"):
        for number, word in enumerate(getattr(triggers, name)):
            if phrases.problem(word) is not None or " " in word:
                yield Problem(
                    ("handover", name, number), f"must be one word without capitals and accents, not '{word}'"
                )
    yield from positive(triggers, "handover", "long_question_characters", least=20)


def _corrections(file: File) -> Iterator[Problem]:
    words = file.corrections
    lists = {name: getattr(words, name) for name in ("meant", "actually", "change", "link", "come_from", "skip")}
    for at, listed in [
        *(((name,), one) for name, one in lists.items()),
        *((("fields", k), v) for k, v in words.fields.items()),
    ]:
        for number, phrase in enumerate(listed):
            if folded(phrase) != phrase or not phrase:
                yield Problem(("corrections", *at, number), f"is compared without capitals and accents: '{phrase}'")
    for key in words.fields:
        if key not in QUESTIONS:
            yield Problem(("corrections", "fields", key), f"is no question{nearest(key, QUESTIONS)}")


def _asides(file: File) -> Iterator[Problem]:
    for name in ("pause", "puzzled", "nod"):
        for number, phrase in enumerate(getattr(file.asides, name)):
            if bare(phrase) != phrase or not phrase:
                says = f"is compared without capitals and punctuation: write '{bare(phrase)}', not '{phrase}'"
                yield Problem(("asides", name, number), says)
    for number, phrase in enumerate(file.asides.asks):
        wrong = phrases.problem(phrase)
        if wrong is not None:
            yield Problem(("asides", "asks", number), wrong)
    for number, word in enumerate(file.asides.courtesy):
        if folded(word) != word or len(word.split()) != 1:
            yield Problem(
                ("asides", "courtesy", number), f"must be one word without capitals and accents, not '{word}'"
            )


def _regions(file: File) -> Iterator[Problem]:
    rest = [name for name, region in file.regions.items() if not region.countries]
    if len(rest) != 1:
        also = f", not {' and '.join(rest)}" if rest else ""
        yield Problem(("regions",), f"one region must have no countries, for the rest of the world{also}")
    seen: dict[str, str] = {}
    for name, region in file.regions.items():
        for number, code in enumerate(region.countries):
            at = ("regions", name, "countries", number)
            if not country(code):
                yield Problem(at, f"is no country: '{code}'; write an ISO 3166 code like GB")
            elif code in seen:
                yield Problem(at, f"'{code}' is in {seen[code]} already")
            seen.setdefault(code, name)
        for key in ("minimum_pence", "hourly_pence"):
            if getattr(region, key) < 1:
                yield Problem(("regions", name, key), f"must be 1 or more, not {getattr(region, key)}")


def _deposits(file: File) -> Iterator[Problem]:
    yield from positive(file.deposits, "deposits", *file.deposits.__struct_fields__, least=100)


def _timers(file: File) -> Iterator[Problem]:
    timers = file.timers
    before = 0.0
    for number, delay in enumerate(timers.reminders_s):
        if delay <= before:
            yield Problem(("timers", "reminders_s", number), f"must be more than {before:g}, not {delay:g}")
        before = max(before, delay)
    if timers.abandoned_s <= before:
        yield Problem(("timers", "abandoned_s"), f"must be more than {before:g} (after the last reminder)")
    yield from positive(timers, "timers", "opt_out_status_s", "hold_reply_cooldown_s", least=0)
    if not LINK_S_MIN <= timers.deposit_link_s < LINK_S_MAX:
        says = (
            f"must be {LINK_S_MIN} or more and less than {LINK_S_MAX} (Stripe's limits), not {timers.deposit_link_s:g}"
        )
        yield Problem(("timers", "deposit_link_s"), says)


def _waits(file: File) -> Iterator[Problem]:
    """Reminders in their order, each before its limit."""
    timers = file.timers
    for name, limit in WAITS.items():
        before = 0.0
        for number, delay in enumerate(getattr(timers, name)):
            if delay <= before:
                yield Problem(("timers", name, number), f"must be more than {before:g}, not {delay:g}")
            before = max(before, delay)
        if limit is not None and getattr(timers, limit) <= before:
            yield Problem(("timers", limit), f"must be more than {before:g} (after the last reminder)")
    yield from positive(timers, "timers", "reminder_expires_s", "handover_stale_s", "completed_s")
    yield from positive(timers, "timers", "appointment_reminder_s", least=0)


def _quiet_hours(file: File) -> Iterator[Problem]:
    yield from quiet.problems(file.quiet_hours)


def _words(file: File) -> Iterator[Problem]:
    stops = set(file.words.stop)
    for command in (*COMMANDS, "polite"):
        words: Sequence[str] = getattr(file.words, command)
        if not words and command in ("stop", "start"):
            yield Problem(("words", command), "must list one word at least")
        for number, word in enumerate(words):
            at = ("words", command, number)
            if bare(word) != word or not word:
                yield Problem(at, f"is compared without capitals and punctuation: write '{bare(word)}', not '{word}'")
            elif word in stops and command != "stop":
                yield Problem(at, f"'{word}' is a word of stop already")


def _hard_placements(file: File) -> Iterator[Problem]:
    for number, word in enumerate(file.hard_placements):
        if bare(word) != word or not word:
            says = f"is compared without capitals and punctuation: write '{bare(word)}', not '{word}'"
            yield Problem(("hard_placements", number), says)


def _numbers(file: File) -> Iterator[Problem]:
    seen: set[str] = set()
    for number, artist in enumerate(file.artist):
        if not _digits(artist.number):
            yield Problem(("artist", number, "number"), _not_a_number(artist.number))
        elif artist.number in seen:
            yield Problem(("artist", number, "number"), f"'{artist.number}' is there twice")
        seen.add(artist.number)
    for number, phone in enumerate(file.allow):
        if not _digits(phone):
            yield Problem(("allow", number), _not_a_number(phone))


def _digits(number: str) -> bool:
    return number.isascii() and number.isdigit() and 5 <= len(number) <= 15


def _not_a_number(number: str) -> str:
    return f"must be digits with the country in front, as in WhatsApp's wa_id (447700900123), not '{number}'"


def _consent(file: File) -> Iterator[Problem]:
    for number, consent in enumerate(file.consent):
        at = ("consent", number, "key")
        if not _CONSENT.fullmatch(consent.key) or consent.key in QUESTIONS:
            yield Problem(at, f"must be a name of its own, of small letters, digits and _, not '{consent.key}'")
        elif consent.key in [before.key for before in file.consent[:number]]:
            yield Problem(at, f"'{consent.key}' is there twice")


def _tour(file: File) -> Iterator[Problem]:
    tour = file.tour
    if tour is None:
        return
    yield from positive(tour, "tour", "opens_days")
    yield from positive(tour, "tour", "closes_days", least=0)
    codes: list[tuple[tuple[str | int, ...], str]] = [
        (("tour", "countries", number), code) for number, code in enumerate(tour.countries)
    ]
    codes += [(("tour", "cities", number, "country"), home.country) for number, home in enumerate(tour.cities)]
    codes += [(("tour", "stops", number, "country"), stop.country) for number, stop in enumerate(tour.stops)]
    for at, code in codes:
        if not country(code) and not (code == "" and at[1] == "cities"):
            yield Problem(at, f"is no country: '{code}'; write an ISO 3166 code like GB")
    cities = [(("cities", number), home.city) for number, home in enumerate(tour.cities)]
    cities += [(("stops", number), stop.city) for number, stop in enumerate(tour.stops)]
    for which, city in cities:
        if not bare(city) or len(city) > 80:
            yield Problem(("tour", *which, "city"), "must have 1 to 80 characters")
    for number, stop in enumerate(tour.stops):
        if stop.ends < stop.starts:
            yield Problem(
                ("tour", "stops", number, "to"), f"must not be before its first day {stop.starts}: {stop.ends}"
            )
        if len(stop.note) > 200:
            yield Problem(("tour", "stops", number, "note"), "must have at most 200 characters")
        if stop.key in [before.key for before in tour.stops[:number]]:
            yield Problem(("tour", "stops", number), f"{stop.city} from {stop.starts} is there twice")


def _estimates(file: File) -> Iterator[Problem]:
    for name in file.estimates.__struct_fields__:
        hours: list[float] = getattr(file.estimates, name)
        if len(hours) != 2 or not 0 < hours[0] <= hours[1] <= 24:
            yield Problem(("estimates", name), "must be hours from and to, like [4, 5]")


def _appointments(file: File) -> Iterator[Problem]:
    return appointments.problems(file.appointments)


# One line a section. Order is the order of the file.
CHECKS: tuple[Check, ...] = (
    _name,
    _time_zone,
    _currency,
    _country,
    _budget,
    _languages,
    _speakers,
    _slots,
    _questions,
    _hard_placements,
    _numbers,
    _consent,
    _tour,
    _confirm,
    _handover,
    _corrections,
    _asides,
    _words,
    _regions,
    _deposits,
    _timers,
    templates.check,
    _waits,
    _quiet_hours,
    _appointments,
    _estimates,
)


def check(file: File) -> list[Problem]:
    """Everything that types cannot say, in the order of CHECKS."""
    return [problem for one in CHECKS for problem in one(file)]
