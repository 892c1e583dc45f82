"""What every question's parser takes and returns, and the small readings that several of them share."""

import re
import unicodedata
from typing import Any

import msgspec


class Reply(msgspec.Struct, frozen=True):
    """A client's message as a question sees it: her text as written (trimmed, at most 4,096 characters), the id of a tapped
    button, and whether media came."""

    text: str
    choice: str | None = None
    media: bool = False


class Understood(msgspec.Struct, frozen=True):
    """What was read. `text` is what is kept as the answer, `value` what was understood (None: the text is all)."""

    text: str
    value: Any = None
    also: dict[str, Any] = {}


class Refused(msgspec.Struct, frozen=True):
    """Why it is not an answer, in a word that a repair message and the log can use."""

    reason: str


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


def bare(text: str) -> str:
    """Lower case without punctuation or emoji: for comparing with words."""
    if text.isascii():
        return _NOT_A_WORD.sub(" ", text.lower()).strip()
    letters = "".join(c if c.isalnum() or c in "'&" else " " for c in cleaned(text).casefold())
    return " ".join(letters.split())


SKIPS = frozenset(
    {"skip", "no", "none", "nope", "na", "n a", "nothing", "same", "not sure", "dont know", "don't know", "no thanks"}
)
_YES = frozenset({"yes", "y", "yeah", "yep", "yup", "sure", "correct", "it is", "yes it is", "si", "ja", "oui"})
_NO = frozenset({"no", "n", "nope", "nah", "not", "no it isn't", "no it's not", "neither", "none", "nein", "non"})


def yes_or_no(text: str) -> bool | None:
    """True, False, or None where it is neither (or both)."""
    words = bare(text)
    if words in _YES:
        return True
    if words in _NO:
        return False
    first = words.split(" ", 1)[0] if words else ""
    if first in ("yes", "yeah", "yep", "yup"):
        return True
    return False if first in ("no", "nope", "nah") else None


def free_text(text: str, *, longest: int = 4_096) -> Understood | Refused:
    """Anything with a letter or a digit in it."""
    if not bare(text):
        return Refused("empty")
    return Understood(text[:longest])
