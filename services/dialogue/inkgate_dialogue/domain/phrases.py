"""Phrases of the studio file, looked for in what a client writes: whole words, without capitals, accents and punctuation.

A phrase is words with spaces between. `a|b` is either word, `word?` may be missing, `!a|b` is any word but these, `*` any
one word, `#` an amount: a figure of 50 or more with no unit of length behind it, and `10-17` a figure in that range with no
unit behind it but years. A phrase begins with a plain word.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from inkgate_dialogue.domain.questions.reading import folded

AMOUNT_MIN = 50
_SENTENCE = re.compile(r"[^.!?;\n…]+[.!?;\n…]*")
_WORD = re.compile(r"\d+(?:[.,]\d+)*k?|[^\W\d_]+(?:'[^\W\d_]+)*|\d")
_UNITS = frozenset(
    {"cm", "cms", "mm", "m", "in", "inch", "inches", "ins", "ft", "feet", "foot", "x", "by", "por", "cent", "percent"}
    | {"pulgadas", "pulgada", "hours", "hour", "hrs", "days", "weeks", "years", "horas", "dias", "semanas"}
)


# What else a figure may count, where it is no age ("17 x" ends in a kiss).
_NO_AGE = (_UNITS - {"years", "by", "in", "x", "por"}) | {
    *("minutes", "minute", "mins", "min", "miles", "km", "months", "st", "stone", "kg", "kilos", "lbs", "th", "am", "pm"),
    *("pounds", "quid", "libras", "euros", "minutos", "meses", "tattoos", "tatuajes"),
}  # fmt: skip


class Sentence(msgspec.Struct, frozen=True):
    """A sentence of a message: its words, and whether it is marked as a question."""

    words: tuple[str, ...]
    marked: bool


def sentences(text: str) -> list[Sentence]:
    """A message by its sentences. A dot within a figure ends none."""
    found = []
    for part in _SENTENCE.findall(re.sub(r"(?<=\d)\.(?=\d)", ",", text)):
        words = tuple(_WORD.findall(folded(part)))
        if words:
            found.append(Sentence(words, "?" in part or "¿" in part))
    return found


class _Slot(msgspec.Struct, frozen=True):
    words: frozenset[str] = frozenset()
    but: bool = False
    amount: bool = False
    figures: tuple[int, int] | None = None
    optional: bool = False

    def fits(self, words: Sequence[str], at: int) -> bool:
        if self.amount:
            return _amount(words, at)
        if self.figures is not None:
            return _age(words, at, *self.figures)
        if not self.words:
            return True
        return (words[at] in self.words) != self.but


class Found(msgspec.Struct, frozen=True):
    """A phrase of a category in a sentence: the index of its first word, and of the word behind it."""

    category: str
    sentence: Sentence
    at: int
    end: int


class Phrases:
    """Phrases by category. They are kept by their first words: a look-up a word is all that most messages cost."""

    def __init__(self, by_category: Mapping[str, Iterable[str]]) -> None:
        self._by_first: dict[str, list[tuple[str, tuple[_Slot, ...]]]] = {}
        for category, phrases in by_category.items():
            for phrase in phrases:
                first, *slots = [_slot(part) for part in phrase.split()]
                for word in first.words:
                    self._by_first.setdefault(word, []).append((category, tuple(slots)))

    def found(self, text: str) -> list[Found]:
        """Every phrase in a message, in its order."""
        hits = []
        for sentence in sentences(text):
            words = sentence.words
            for at, word in enumerate(words):
                for category, slots in self._by_first.get(word, ()):
                    end = _end(slots, words, at + 1)
                    if end is not None:
                        hits.append(Found(category, sentence, at, end))
        return hits


def problem(phrase: str) -> str | None:
    """What is wrong with a phrase, or None."""
    parts = phrase.split()
    plain = all(re.fullmatch(r"!?[\w'|]+\??|[*#]\??|\d+-\d+\??", part) for part in parts)
    if not parts or not plain or folded(phrase) != phrase:
        return f"is compared without capitals, accents and punctuation: '{phrase}' cannot be found"
    if parts[0][0] in "!*#" or re.match(r"\d+-", parts[0]) or parts[0].endswith("?"):
        return f"must begin with a plain word: '{phrase}'"
    if any(int(low) > int(high) for low, high in re.findall(r"\b(\d+)-(\d+)", phrase)):
        return f"has a range that goes down: '{phrase}'"
    return None


def _slot(part: str) -> _Slot:
    optional = part.endswith("?")
    part = part.removesuffix("?")
    if part in ("*", "#"):
        return _Slot(amount=part == "#", optional=optional)
    if re.fullmatch(r"\d+-\d+", part):
        low, high = part.split("-")
        return _Slot(figures=(int(low), int(high)), optional=optional)
    return _Slot(words=frozenset(part.removeprefix("!").split("|")), but=part.startswith("!"), optional=optional)


def _end(slots: Sequence[_Slot], words: Sequence[str], at: int) -> int | None:
    """The index behind a phrase whose further slots fit from `at` on."""
    if not slots:
        return at
    first, rest = slots[0], slots[1:]
    if at < len(words) and first.fits(words, at):
        end = _end(rest, words, at + 1)
        if end is not None:
            return end
    return _end(rest, words, at) if first.optional else None


def _amount(words: Sequence[str], at: int) -> bool:
    figure = words[at]
    if not figure[0].isdigit() or (at + 1 < len(words) and words[at + 1] in _UNITS):
        return False
    whole = re.split(r"[,.](?!\d{3}(?:\D|$))", figure.removesuffix("k"))[0].replace(",", "").replace(".", "")
    return figure.endswith("k") or int(whole) >= AMOUNT_MIN


def _age(words: Sequence[str], at: int, low: int, high: int) -> bool:
    if not words[at].isdigit() or not low <= int(words[at][:4]) <= high:
        return False
    return at + 1 == len(words) or words[at + 1] not in _NO_AGE
