"""DOMAIN §5: which of the offered slots she means: by number, weekday, date or time, 'the later one', or by a tapped row.

Everything that names a slot (a number, a day, a date, a time, a part of the day) says which of the offered ones it can
mean; what fits all that she said is meant. Several that fit, or none, is a refusal: `several_slots`, `no_slot` (`named`
where she did name one, which is not on offer).
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from inkgate_dialogue.domain.booking import Session
from inkgate_dialogue.domain.date_words import words_of
from inkgate_dialogue.domain.questions.reading import Refused, Understood, squeezed
from inkgate_dialogue.domain.rules.choice_words import SPANISH, TONGUES, Tongue

NONE_ROW = "slot:none"
_TEXT_MAX = 300


_CLOCK = re.compile(r"(?<![\d/])(\d{1,2})\s*[:h]\s*(\d{2})(?:\s*h(?:rs?)?\b)?")
_DOTTED = re.compile(r"(?<![\d/.])(\d{1,2})\.(\d{2})(?![\d.])")
_HOUR_H = re.compile(r"(?<!\d)(\d{1,2})\s*(?:h|hs|hrs)\b")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})\s*[/-]\s*(\d{1,2})(?:[/-]\d{2,4})?(?!\d)")
_ORDINAL = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)\b")
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,2})(?![\d])")
_WORD = re.compile(r"[a-z']+")
_NUMERO = re.compile(r"\bn\s?(?:º|°|o(?=\s?\d))")  # nº, which is read as 'no' in one form of each character
_ISO = re.compile(r"slot:(.+)")

_FIGURE = re.compile(r"\d")
_compiled = cache(re.compile)

Fits = Callable[[int, datetime], bool]


class _Reading:
    """One text against the slots on offer: for each kind of thing said, the slots that it can mean."""

    def __init__(self, text: str, tongue: Tongue, days: dict[str, int], months: dict[str, int]) -> None:
        self.text = text
        self.tongue = tongue
        self.days, self.months = days, months
        self.kinds: dict[str, list[Fits]] = {}
        self.relative: str | None = None

    def said(self, kind: str, fits: Fits) -> bool:
        self.kinds.setdefault(kind, []).append(fits)
        return True

    def take(self, pattern: str | re.Pattern[str], found: Callable[[re.Match[str]], bool | None]) -> None:
        """Hand every match on; what was used (not False) is taken out of the text."""
        compiled = _compiled(pattern)
        if compiled.search(self.text) is not None:
            self.text = compiled.sub(lambda match: match[0] if found(match) is False else " ~ ", self.text)

    @property
    def figures(self) -> bool:
        """Whether there is a figure in what is left."""
        return _FIGURE.search(self.text) is not None


def read_choice(
    text: str | None, choice_id: str | None, offered: Sequence[Session | datetime], language: str | None,
    *, zone: str = "Europe/London", now: datetime | None = None,
) -> Understood | Refused:  # fmt: skip
    """Which of the offered slots (1 … n, in their order) a message means. `choice_id` is the id of a tapped row. `now` lets
    'tomorrow' be read. Refused as `no_slot` (with what she `named`, where it is not on offer), or `several_slots` with the
    `numbers` that fit."""
    studio = ZoneInfo(zone)
    starts = [one.starts_at if isinstance(one, Session) else one for one in offered]
    locals_ = [at.astimezone(studio) if at.tzinfo else at.replace(tzinfo=studio) for at in starts]
    if choice_id is not None and (tapped := _ISO.fullmatch(choice_id)):
        return _tapped(tapped[1], locals_)
    plain = _plain(text)
    if not plain:
        return Refused("no_slot")
    first = (language or "en").split("-")[0].lower()
    for name in (first if first in TONGUES else "en", *(other for other in TONGUES if other != first)):
        found = _read(plain, name, locals_, None if now is None else now.astimezone(studio))
        if found is not None:
            return _result(found, plain, locals_)
    return Refused("no_slot")


def wants_none(text: str | None, choice_id: str | None, language: str | None) -> bool:
    """Whether she says that none of the offered slots suits her."""
    if choice_id == NONE_ROW:
        return True
    plain = _plain(text)
    first = (language or "en").split("-")[0].lower()
    names = (first if first in TONGUES else "en", *(other for other in TONGUES if other != first))
    return any(_compiled(TONGUES[name].none).search(plain) for name in names)


def row_id(session: Session) -> str:
    """The id of its row in a list."""
    return f"slot:{session.starts_at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _tapped(text: str, locals_: list[datetime]) -> Understood | Refused:
    for number, at in enumerate(locals_, 1):
        if f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}" == text:
            return Understood(text, number)
    return Refused("no_slot")


def _result(found: list[int], text: str, locals_: list[datetime]) -> Understood | Refused:
    if len(found) == 1:
        return Understood(text, found[0])
    if not found:
        return Refused("no_slot", {"named": text})
    return Refused("several_slots", {"numbers": ",".join(map(str, found))})


def _plain(text: str | None) -> str:
    """Lower case, no accents, no emoji, curly apostrophes straight."""
    written = _NUMERO.sub("#", squeezed(text or "")[:_TEXT_MAX].casefold().replace("’", "'"))
    if written.isascii():
        return written
    folded = unicodedata.normalize("NFKD", written)
    kept = "".join(c if c.isalnum() or c in " .:/#'@-,;?!º°ª" else " " for c in folded if not unicodedata.combining(c))
    return " ".join(kept.split())


@cache
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Day and month names as people write them → Monday is 0, January is 1."""
    words = words_of(language)
    days = dict(TONGUES[language].misspelt)
    months: dict[str, int] = {}
    for names, known in ((words.weekdays, days), (words.weekdays_short, days)):
        known.update({_plain(name): number for number, name in enumerate(names)})
    days.update({f"{name}s": number for name, number in list(days.items()) if len(name) > 4})
    for names in (words.months, words.months_short):
        months.update({_plain(name): number for number, name in enumerate(names, 1)})
    months = {name: number for name, number in months.items() if name not in days}  # Spanish: mar(tes), mar(zo)
    months["sept"] = 9
    return days, months


def _read(text: str, language: str, locals_: list[datetime], now: datetime | None) -> list[int] | None:
    """The numbers of the slots that fit; None where nothing in it names one, on offer or not, in this language."""
    if text.isdecimal() and len(text) < 3:
        return [int(text)] if 1 <= int(text) <= len(locals_) else []
    tongue = TONGUES[language]
    wanted = _wanted(text, tongue)
    if wanted is None:
        return None
    reading = _Reading(wanted, tongue, *_names(language))
    _relative_days(reading, now)
    _dates(reading)
    _number_words(reading)
    _options(reading)
    _dates(reading)
    _times(reading)
    _relative(reading)
    _parts_of_the_day(reading)
    _weekdays(reading)
    _bare_numbers(reading)
    if not reading.kinds and reading.relative is None:
        agreed = set(_WORD.findall(wanted)) & tongue.yes
        return [1] if agreed and len(locals_) == 1 else None
    fitting = [
        number
        for number, at in enumerate(locals_, 1)
        if all(any(fits(number, at) for fits in any_of) for any_of in reading.kinds.values())
    ]
    return _narrowed(reading, fitting)


def _wanted(text: str, tongue: Tongue) -> str | None:
    """What she wants, where she says what she does not want: 'not 2 but 3'. None where only a refusal is left."""
    if not _compiled(tongue.not_).search(text):
        return text
    parts = [part for part in re.split(rf"{tongue.but}|[,;.!]\s", text) if part and not re.search(tongue.not_, part)]
    return " ".join(parts) if any(re.search(r"\w", part) for part in parts) else None


def _narrowed(reading: _Reading, fitting: list[int]) -> list[int]:
    """'The later one' of two; 'the first', 'the last' of any."""
    match reading.relative:
        case "first":
            return fitting[:1]
        case "last":
            return fitting[-1:]
        case "later" if len(fitting) == 2 or (len(fitting) > 1 and reading.kinds):
            return fitting[-1:]
        case "earlier" if len(fitting) == 2 or (len(fitting) > 1 and reading.kinds):
            return fitting[:1]
        case _:
            return fitting


def _relative_days(reading: _Reading, now: datetime | None) -> None:
    tongue = reading.tongue
    reading.take(tongue.morning, lambda _: reading.said("part", lambda _n, at: at.hour < 12))
    for pattern, days in ((tongue.tomorrow, 1), (tongue.today, 0)):

        def day(_: re.Match[str], days: int = days) -> None:
            wanted = None if now is None else now.date().toordinal() + days
            reading.said("day", lambda _n, at: at.date().toordinal() == wanted)

        reading.take(pattern, day)


def _number_words(reading: _Reading) -> None:
    """'six' becomes 6, but not the 'one' of 'that one'."""
    tongue = reading.tongue
    alone = len(_WORD.findall(reading.text)) == 1

    def figure(match: re.Match[str]) -> str:
        word = match[0]
        number = tongue.numbers.get(word)
        if number is None:
            return word
        spoken = re.search(
            rf"(?:{tongue.option}|\blas|\ba la|\bat|\bhalf|\bpast|\bto)\s*$", reading.text[: match.start()]
        )
        if word in tongue.pronouns and not alone and spoken is None:
            return word
        return str(number)

    reading.text = _WORD.sub(figure, reading.text)

    def ordinal(match: re.Match[str]) -> bool | None:
        number = tongue.ordinals.get(match[0])
        return False if number is None else reading.said("number", _is(number))

    reading.take(_WORD, ordinal)


def _options(reading: _Reading) -> None:
    """'option 3', '#3', 'la 3', '2nd option'; also 'options 2 and 3'."""
    tongue = reading.tongue
    one = r"(\d{1,2})(?![\d:.h]\d|\s*[:h]\s*\d)(?:st|nd|rd|th|ª|º|a\b)?"

    def several(match: re.Match[str]) -> None:
        for number in re.findall(r"\d{1,2}", match[0]):
            reading.said("number", _is(int(number)))

    if not reading.figures:
        return
    reading.take(
        rf"(?<!\w){tongue.option}s?(?:es)?\.?:?\s*{one}(?:\s*(?:,|/|or|and|&|y|o|u)\s*\d{{1,2}}(?!\d))*", several
    )
    reading.take(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th|ª|º)?\s+(?:option|choice|slot|one|opcion)\b", several)
    if tongue is SPANISH:
        reading.take(
            r"(?<!a )\b(?:la|el) (\d{1,2})(?=\s*(?:$|[,.!?]|porfa|por favor|gracias|me|va|esta|mismo))", several
        )


def _times(reading: _Reading) -> None:
    tongue = reading.tongue
    half_day = rf"\s*(?:(?P<am>{tongue.am})|(?P<pm>{tongue.pm}))"

    def clock(hour: int, minute: int, half: str | None = None) -> bool | None:
        if hour > 24 or minute > 59:
            return False
        wanted = (
            {hour % 24} if hour > 12 or half == "am" else {12 if hour == 12 else hour + 12} if half == "pm" else None
        )
        hours = wanted if wanted is not None else {hour, (hour + 12) % 24}
        if half == "am" and hour == 12:
            hours = {0}
        return reading.said("time", lambda _, at: at.hour in hours and at.minute == minute)

    def limit(after: bool) -> Callable[[re.Match[str]], bool | None]:
        def found(match: re.Match[str]) -> bool | None:
            hour, minute = int(match[1]), int(match[2] or 0)
            if hour > 24:
                return False
            if (match[3] == "pm" and hour < 12) or (match[3] is None and hour < 8):
                hour += 12
            return reading.said("limit", lambda _, at: ((at.hour, at.minute) >= (hour, minute)) == after)

        return found

    def half(match: re.Match[str]) -> str | None:
        return "am" if match["am"] else "pm" if match["pm"] else None

    reading.take(tongue.noon, lambda _: clock(12, 0, "pm"))
    if not reading.figures:
        return
    reading.take(tongue.after, limit(True))
    reading.take(tongue.before, limit(False))
    for pattern, minute, less in ((tongue.half, 30, 0), (tongue.quarter_past, 15, 0), (tongue.quarter_to, 45, 1)):
        reading.take(
            rf"{pattern}(?:{half_day})?",
            lambda m, minute=minute, less=less: clock((int(m[1]) - less) or 12, minute, half(m)),  # type: ignore[misc]
        )
    reading.take(rf"{_CLOCK.pattern}(?:{half_day})?", lambda m: clock(int(m[1]), int(m[2]), half(m)))
    reading.take(rf"{_DOTTED.pattern}{half_day}", lambda m: clock(int(m[1]), int(m[2]), half(m)))
    reading.take(_DOTTED, lambda m: _time_or_date(reading, int(m[1]), int(m[2])))
    reading.take(rf"(?<!\d)(\d{{1,2}}){half_day}", lambda m: clock(int(m[1]), 0, half(m)))
    reading.take(_HOUR_H, lambda m: clock(int(m[1]), 0))
    reading.take(tongue.oclock, lambda m: clock(int(m[1] or m[2]), 0))


def _time_or_date(reading: _Reading, one: int, other: int) -> None:
    """'3.30' and '5.12'."""

    def fits(_: int, at: datetime) -> bool:
        return (at.hour in (one, one + 12) and at.minute == other) or (at.day, at.month) == (one, other)

    reading.said("time", fits)


def _dates(reading: _Reading) -> None:
    if not reading.figures:
        return
    months = "|".join(sorted(reading.months, key=len, reverse=True))

    def date(day: int, month: int | None) -> None:
        reading.said("day", lambda _, at: at.day == day and month in (None, at.month))

    reading.take(
        rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s*(?:of |de )?({months})\b\.?",
        lambda m: date(int(m[1]), reading.months[m[2]]),
    )
    reading.take(
        rf"\b({months})\.?\s*(?:the )?(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])",
        lambda m: date(int(m[2]), reading.months[m[1]]),
    )
    reading.take(_SLASHED, lambda m: date(int(m[1]), int(m[2])))
    reading.take(r"\b(?:dia|day)\s+(\d{1,2})(?!\d)", lambda m: date(int(m[1]), None))


def _parts_of_the_day(reading: _Reading) -> None:
    tongue = reading.tongue
    reading.take(tongue.evening, lambda _: reading.said("part", lambda _n, at: at.hour >= 17))
    reading.take(tongue.afternoon, lambda _: reading.said("part", lambda _n, at: at.hour >= 12))


def _weekdays(reading: _Reading) -> None:
    def named(match: re.Match[str]) -> bool | None:
        word = match[0].rstrip("'")
        number = reading.days.get(word)
        if number is None and len(word) >= 6:
            number = _near(word, reading.days)
        if number is None:
            return False
        return reading.said("weekday", lambda _, at: at.weekday() == number)

    reading.take(_WORD, named)


def _near(word: str, days: dict[str, int]) -> int | None:
    """The weekday that a misspelt word means."""
    best = max(((fuzz.ratio(word, name), name) for name in days if len(name) >= 5), default=(0.0, ""))
    return days[best[1]] if best[0] >= 82 else None


def _relative(reading: _Reading) -> None:
    tongue = reading.tongue
    for name in ("last", "first", "later", "earlier"):
        pattern = _compiled(getattr(tongue, name))
        if pattern.search(reading.text):
            reading.relative = name
            reading.text = pattern.sub(" ~ ", reading.text)
            return


def _bare_numbers(reading: _Reading) -> None:
    """A number on its own is an option; beside a day it may be a time or a date as well. In a sentence that speaks of
    something else ('can I bring 2 friends?') it is none of these."""
    if not reading.figures:
        return
    tongue = reading.tongue
    strange = [
        word
        for word in _WORD.findall(reading.text)
        if word not in tongue.filler and word not in ("st", "nd", "rd", "th")
    ]
    placed = any(kind in reading.kinds for kind in ("weekday", "day", "part", "limit"))
    if len(strange) > (3 if reading.kinds else 0):
        return

    def ordinal(match: re.Match[str]) -> None:
        number = int(match[1])
        reading.said("ordinal", lambda one, at: one == number or at.day == number)

    reading.take(_ORDINAL, ordinal)

    def bare(match: re.Match[str]) -> None:
        number = int(match[1])
        if "number" in reading.kinds and not placed:
            reading.said("number", _is(number))
        elif placed or "time" in reading.kinds:
            reading.said(
                "bare",
                lambda one, at: number in (one, at.day) or (at.hour in (number, number + 12) and at.minute == 0),
            )
        else:
            reading.said("number", _is(number))

    reading.take(_NUMBER, bare)


def _is(number: int) -> Fits:
    return lambda one, _: one == number


# Patterns are made when they are first needed, which takes as long as a hundred readings: not while somebody waits.
for _language in TONGUES:
    _read("thursday 3 at 10.30 or option 4", _language, [datetime(2026, 1, 8, 10, 30, tzinfo=UTC)], None)
    wants_none("x", None, _language)
