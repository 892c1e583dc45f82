"""Something that is wrong with a studio file or a copy file, at its key. `studio_file` adds the file's name and the line."""

from collections.abc import Iterable

import msgspec
from rapidfuzz import fuzz, process

_LIKE_ENOUGH = 60


class Problem(msgspec.Struct, frozen=True):
    """`at` is the path of the key in the file (`("regions", "UK", "countries", 2)`; list items by their index), `says` what
    is wrong with it and what would be right, as the rest of a sentence that begins with the key."""

    at: tuple[str | int, ...]
    says: str

    @property
    def where(self) -> str:
        """The key as one reads it: `regions.UK.countries[3]` (counted from one)."""
        text = ""
        for part in self.at:
            text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
        return text


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where one of the known words is like enough, else which there are."""
    there = sorted(known)
    found = process.extractOne(word, there, scorer=fuzz.ratio, score_cutoff=_LIKE_ENOUGH)
    return f"; did you mean '{found[0]}'?" if found else f"; known are {', '.join(there)}"
