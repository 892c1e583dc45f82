"""DOMAIN §5: which of the offered slots she means: by number, weekday, date or time, 'the later one', or by a tapped row.

Everything that names a slot (a number, a day, a date, a time, a part of the day) says which of the offered ones it can
mean; what fits all that she said is meant. Several that fit, or none, is a refusal: `several_slots`, `no_slot` (`named`
where she did name one, which is not on offer).
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from inkgate_dialogue.domain.booking import Session
from inkgate_dialogue.domain.date_words import words_of
from inkgate_dialogue.domain.questions.reading import Refused, Understood, squeezed
from inkgate_dialogue.domain.rules import choice_reading
from inkgate_dialogue.domain.rules.choice_reading import WORD, Reading, compiled
from inkgate_dialogue.domain.rules.choice_words import TONGUES, Tongue

NONE_ROW = "slot:none"
_TEXT_MAX = 300

_NUMERO = re.compile(r"\bn\s?(?:º|°|o(?=\s?\d))")  # nº, which is read as 'no' in one form of each character
_ISO = re.compile(r"slot:(.+)")


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
    for name in _tried(language):
        found = _read(plain, name, locals_, None if now is None else now.astimezone(studio))
        if found is not None:
            return _result(found, plain, locals_)
    return Refused("no_slot")


def wants_none(text: str | None, choice_id: str | None, language: str | None) -> bool:
    """Whether she says that none of the offered slots suits her."""
    if choice_id == NONE_ROW:
        return True
    plain = _plain(text)
    return any(compiled(TONGUES[name].none).search(plain) for name in _tried(language))


def _tried(language: str | None) -> tuple[str, ...]:
    """The languages that a text is read in: hers first."""
    first = (language or "en").split("-")[0].lower()
    return (first if first in TONGUES else "en", *(other for other in TONGUES if other != first))


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
    reading = choice_reading.read(wanted, tongue, *_names(language), now)
    if not reading.kinds and reading.relative is None:
        agreed = set(WORD.findall(wanted)) & tongue.yes
        return [1] if agreed and len(locals_) == 1 else None
    fitting = [
        number
        for number, at in enumerate(locals_, 1)
        if all(any(fits(number, at) for fits in any_of) for any_of in reading.kinds.values())
    ]
    return _narrowed(reading, fitting)


def _wanted(text: str, tongue: Tongue) -> str | None:
    """What she wants, where she says what she does not want: 'not 2 but 3'. None where only a refusal is left."""
    if not compiled(tongue.not_).search(text):
        return text
    parts = [part for part in re.split(rf"{tongue.but}|[,;.!]\s", text) if part and not re.search(tongue.not_, part)]
    return " ".join(parts) if any(re.search(r"\w", part) for part in parts) else None


def _narrowed(reading: Reading, fitting: list[int]) -> list[int]:
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


# Patterns are made when they are first needed, which takes as long as a hundred readings: not while somebody waits.
for _language in TONGUES:
    _read("thursday 3 at 10.30 or option 4", _language, [datetime(2026, 1, 8, 10, 30, tzinfo=UTC)], None)
    wants_none("x", None, _language)
