"""What every question's parser takes and returns, and the small readings that several of them share."""

import re
import unicodedata
from datetime import date
from typing import Any

import msgspec


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a parser may know of the studio and of the person: her language (`en`, `es`), the studio's currency and country
    (ISO), the least budget that is an answer at all, rates: what one unit of another currency costs in the studio's, and the
    day it is (None: not known)."""

    language: str = "en"
    currency: str = "GBP"
    country: str = "GB"
    budget_minimum_pence: int = 5_000
    rates: dict[str, float] = {}
    today: date | None = None


class Reply(msgspec.Struct, frozen=True):
    """A client's message as a question sees it: her text as written (trimmed, at most 4,096 characters), the id of a tapped
    button, whether media came, and where it was asked."""

    text: str
    choice: str | None = None
    media: bool = False
    setting: Setting = Setting()


class Understood(msgspec.Struct, frozen=True):
    """What was read. `text` is what is kept as the answer, `value` what was understood (None: the text is all), `also` what
    it told of other questions (question → value). `sure` is between 0 and 1. `assumed` names a plain assumption (`square`,
    `palm`), a key of the copy file's [assumed], so that she is told and can correct it; `words` fill its placeholders."""

    text: str
    value: Any = None
    also: dict[str, Any] = {}
    sure: float = 1.0
    assumed: str | None = None
    words: dict[str, str] = {}


class Refused(msgspec.Struct, frozen=True):
    """Why it is not an answer, in a word that the log and the copy file's [refused] use; `words` fill its placeholders
    (`{"said": "£4", "minimum": "£50"}`)."""

    reason: str
    words: dict[str, str] = {}


Reading = Understood | Refused

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


_CLEANED_MAX = 8_192
_NOT_A_WORD = re.compile("[^a-z0-9'&]+")


def cleaned(text: str | None) -> str:
    """Text as people mean it: one form of each character (also digits of other scripts), nothing invisible, trimmed."""
    if not text or text.isascii():
        return (text or "").strip()
    # One character may stand for eighteen (U+FDFA).
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))[:_CLEANED_MAX]
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() and not c.isascii() else c for c in plain)
    return plain.strip()


def squeezed(text: str) -> str:
    """The same with single spaces. Patterns are matched against this: what a stranger can repeat is bounded."""
    return " ".join(cleaned(text).split())


# What keyboards and scripts write for one thing. Fractions stand apart from the number before them (4½ is not 41⁄2).
_ALIKE = str.maketrans(
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("’‘‛`´", "'")
    | dict.fromkeys("“”„″", '"')
    | dict.fromkeys("×✕✖⨯х", "x")
    | {chr(c): f" {unicodedata.normalize('NFKC', chr(c))}" for c in (*range(0xBC, 0xBF), *range(0x2150, 0x215F))}
    | {"🔟": " 10 ", "⁄": "/", "٫": ".", "٬": ","}
)
_ACCENTS = frozenset({"Mn", "Me"})


READ_MAX = 1_024  # characters that the parsers look at: an answer stands in them


def listed(words: str) -> tuple[str, ...]:
    """Words of a vocabulary, written with spaces between them."""
    return tuple(words.split())


def folded(text: str) -> str:
    """Text as the parsers of numbers and choices compare it: lower case on one line, single spaces, no accents, one sign for
    each kind of dash, quote and times; keycap emoji are their digits. Its beginning, where it is long."""
    text = text[:READ_MAX]
    if text.isascii():
        return " ".join(text.lower().split())
    apart = unicodedata.normalize("NFD", cleaned(text.translate(_ALIKE)).lower())
    plain = "".join(c for c in apart if unicodedata.category(c) not in _ACCENTS)
    return " ".join(plain.translate(_ALIKE).split())[:READ_MAX]


def as_written(said: str, text: str) -> str:
    """A part of the folded text as it stands in the message, where it can be found there."""
    at = text.lower().find(said) if len(text.lower()) == len(text) else -1
    return text[at : at + len(said)] if at >= 0 and said else said


def bare(text: str) -> str:
    """Lower case without punctuation or emoji: for comparing with words."""
    if text.isascii():
        return _NOT_A_WORD.sub(" ", text.lower()).strip()
    letters = "".join(c if c.isalnum() or c in "'&" else " " for c in cleaned(text).casefold())
    return " ".join(letters.split())


SKIPS = frozenset(
    {"skip", "no", "none", "nope", "na", "n a", "nothing", "same", "not sure", "dont know", "don't know", "no thanks"}
)


def free_text(text: str, *, longest: int = 4_096) -> Understood | Refused:
    """Anything with a letter or a digit in it."""
    if not bare(text):
        return Refused("empty")
    return Understood(text[:longest])
