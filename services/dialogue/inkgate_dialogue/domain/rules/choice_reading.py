"""What a text says of a slot: a day, a date, a time, a number; each of them knows which of the offered ones it can mean."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache

from rapidfuzz import fuzz

from inkgate_dialogue.domain.rules.choice_words import SPANISH, Tongue

_CLOCK = re.compile(r"(?<![\d/])(\d{1,2})\s*[:h]\s*(\d{2})(?:\s*h(?:rs?)?\b)?")
_DOTTED = re.compile(r"(?<![\d/.])(\d{1,2})\.(\d{2})(?![\d.])")
_HOUR_H = re.compile(r"(?<!\d)(\d{1,2})\s*(?:h|hs|hrs)\b")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})\s*[/-]\s*(\d{1,2})(?:[/-]\d{2,4})?(?!\d)")
_ORDINAL = re.compile(r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)\b")
_NUMBER = re.compile(r"(?<![\d.,])(\d{1,2})(?![\d])")
WORD = re.compile(r"[a-z']+")
_FIGURE = re.compile(r"\d")
compiled = cache(re.compile)

Fits = Callable[[int, datetime], bool]


class Reading:
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
        wanted = compiled(pattern)
        if wanted.search(self.text) is not None:
            self.text = wanted.sub(lambda match: match[0] if found(match) is False else " ~ ", self.text)

    @property
    def figures(self) -> bool:
        """Whether there is a figure in what is left."""
        return _FIGURE.search(self.text) is not None


def read(text: str, tongue: Tongue, days: dict[str, int], months: dict[str, int], now: datetime | None) -> Reading:
    """All that a text says of a slot. What one step has taken, the next does not see: the order counts."""
    reading = Reading(text, tongue, days, months)
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
    return reading


def _relative_days(reading: Reading, now: datetime | None) -> None:
    tongue = reading.tongue
    reading.take(tongue.morning, lambda _: reading.said("part", lambda _n, at: at.hour < 12))
    for pattern, days in ((tongue.tomorrow, 1), (tongue.today, 0)):

        def day(_: re.Match[str], days: int = days) -> None:
            wanted = None if now is None else now.date().toordinal() + days
            reading.said("day", lambda _n, at: at.date().toordinal() == wanted)

        reading.take(pattern, day)


def _number_words(reading: Reading) -> None:
    """'six' becomes 6, but not the 'one' of 'that one'."""
    tongue = reading.tongue
    alone = len(WORD.findall(reading.text)) == 1

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

    reading.text = WORD.sub(figure, reading.text)

    def ordinal(match: re.Match[str]) -> bool | None:
        number = tongue.ordinals.get(match[0])
        return False if number is None else reading.said("number", _is(number))

    reading.take(WORD, ordinal)


def _options(reading: Reading) -> None:
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


def _times(reading: Reading) -> None:
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


def _time_or_date(reading: Reading, one: int, other: int) -> None:
    """'3.30' and '5.12'."""

    def fits(_: int, at: datetime) -> bool:
        return (at.hour in (one, one + 12) and at.minute == other) or (at.day, at.month) == (one, other)

    reading.said("time", fits)


def _dates(reading: Reading) -> None:
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


def _parts_of_the_day(reading: Reading) -> None:
    tongue = reading.tongue
    reading.take(tongue.evening, lambda _: reading.said("part", lambda _n, at: at.hour >= 17))
    reading.take(tongue.afternoon, lambda _: reading.said("part", lambda _n, at: at.hour >= 12))


def _weekdays(reading: Reading) -> None:
    def named(match: re.Match[str]) -> bool | None:
        word = match[0].rstrip("'")
        number = reading.days.get(word)
        if number is None and len(word) >= 6:
            number = _near(word, reading.days)
        if number is None:
            return False
        return reading.said("weekday", lambda _, at: at.weekday() == number)

    reading.take(WORD, named)


def _near(word: str, days: dict[str, int]) -> int | None:
    """The weekday that a misspelt word means."""
    best = max(((fuzz.ratio(word, name), name) for name in days if len(name) >= 5), default=(0.0, ""))
    return days[best[1]] if best[0] >= 82 else None


def _relative(reading: Reading) -> None:
    tongue = reading.tongue
    for name in ("last", "first", "later", "earlier"):
        pattern = compiled(getattr(tongue, name))
        if pattern.search(reading.text):
            reading.relative = name
            reading.text = pattern.sub(" ~ ", reading.text)
            return


def _bare_numbers(reading: Reading) -> None:
    """A number on its own is an option; beside a day it may be a time or a date as well. In a sentence that speaks of
    something else ('can I bring 2 friends?') it is none of these."""
    if not reading.figures:
        return
    tongue = reading.tongue
    strange = [
        word
        for word in WORD.findall(reading.text)
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
