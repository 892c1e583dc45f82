"""A text as names of places, chatter, and words that are not known: the longest names first, from left to right."""

import re
from typing import Literal

import msgspec

from inkgate_dialogue.domain.questions import chatter
from inkgate_dialogue.domain.questions.countries import Region, countries, country_code
from inkgate_dialogue.domain.questions.gazetteer import Place, folded, gazetteer
from inkgate_dialogue.domain.questions.meant import FAR_LARGER, LARGE, called, stands_out

# Longer texts are no answer to 'which city'; what is looked at is bounded.
_WORDS_MAX = 40
_SPAN_MAX = 5
_SEPARATORS = frozenset(",;()[]|/\\•–—&+:!?…¿¡。、，؛،।\n-")
_TOKEN = re.compile(r"[,;()\[\]|/\\•–—&+:!?…¿¡。、，؛،।\n]|[^\s,;()\[\]|/\\•–—&+:!?…¿¡。、，؛،।]+")
# Scripts that are written without spaces.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{3,24}")
_INSIDE_MAX = 8
_UNSPACED_MAX = 4
# Names of countries that are as short as words and are none.
_SHORT_NAMES = ("uk", "usa", "nz", "uae")

Kind = Literal["place", "filler", "noise", "unknown", "separator"]
Word = tuple[str, str]


class Piece(msgspec.Struct, gc=False):
    """A few words of the text, as written (`raw`) and folded (`name`). A place says what it is a name of: `cities`,
    `country` and `region`. Filler says where she lives, noise is any other talk."""

    kind: Kind
    raw: str
    name: str
    cities: list[Place] = []
    country: str | None = None
    region: Region | None = None
    at: int = 0

    @property
    def land(self) -> str | None:
        """The country that it is, or lies in as a state or region."""
        return self.country or (self.region.country if self.region else None)


def _words(text: str) -> list[Word]:
    """Words and separators; a separator has no name, and what is neither (an emoji) is left out."""
    words: list[Word] = []
    for raw in _TOKEN.findall(text)[:_WORDS_MAX]:
        name = "" if raw in _SEPARATORS else folded(raw)
        if "-" in raw and len(raw) > 1 and not gazetteer().knows(name):
            words += [(part, folded(part)) for part in raw.split("-") if folded(part)]  # 'Leeds-ish'
        elif name or raw in _SEPARATORS:
            words.append((raw, name))
    return words


def _joined(words: list[Word]) -> Word:
    return " ".join(raw for raw, _ in words), " ".join(name for _, name in words)


def _longest(words: list[Word], at: int) -> int:
    """How many words from `at` a name can have."""
    length = 0
    while length < _SPAN_MAX and at + length < len(words) and words[at + length][1]:
        length += 1
    return length


def pieces_of(text: str, home: str) -> list[Piece]:
    """The pieces of a text (squeezed), for a studio in `home`."""
    words = _words(text)
    pieces: list[Piece] = []
    at = 0
    while at < len(words):
        raw, name = words[at]
        length = 1
        if name:
            piece, length = _span(words, at, pieces, home) or (_word(raw, name, at), 1)
        else:
            piece = Piece("separator", raw, raw)
        piece.at = len(pieces)
        pieces.append(piece)
        at += length
    return pieces


def _span(words: list[Word], at: int, before: list[Piece], home: str) -> tuple[Piece, int] | None:
    """The longest run of words from `at` that is a name, and how many they are."""
    data = countries()
    for length in range(_longest(words, at), 0, -1):
        some = words[at : at + length]
        raw, name = _joined(some)
        talk = all(n in chatter.WORDS or n in chatter.SIDES for _, n in some)
        if talk and not (length == 1 and _spoken_place(words, at, before, home)):
            continue
        cities = called(raw, name)
        if some[0][1] in chatter.SIDES and cities and _side_of_home(_joined(some[1:])[1], cities, home):
            continue
        country, region = data.by_name.get(name), data.regions.get(name)
        if len(name) <= 3 and before and before[-1].kind in ("place", "separator", "unknown"):
            last = at + length == len(words) and not talk
            if raw.isupper() or last:
                region = region or data.states.get(name) or data.provinces.get(name)
            if raw.isupper() and name.upper() in data.english:
                country = country or name.upper()
        if cities or country or region:
            piece = Piece("place", raw, name, cities, country, region)
            return (Piece("unknown", raw, name) if _part_of_a_name(piece, before, home) else piece), length
    return None


def _part_of_a_name(piece: Piece, before: list[Piece], home: str) -> bool:
    """Whether a name is only the end of a longer one that the data does not know: 'Robin Hoods Bay', 'Lower Slaughter'."""
    if not before or piece.country is not None or any(p.population >= LARGE for p in piece.cities):
        return False
    abroad = piece.region is not None and not piece.region.state and piece.region.country != home
    if before[-1].kind == "unknown":
        return abroad or (piece.region is None and not any(p.country == home for p in piece.cities))
    first = before[-1].name in chatter.FIRST and before[-1].name not in chatter.ARTICLES
    return first and piece.region is None and not any(p.country == home and p.population for p in piece.cities)


def _side_of_home(rest: str, cities: list[Place], home: str) -> bool:
    """'East London' is a part of London to someone in Britain, though there is a city of that name in South Africa."""
    if any(place.country == home for place in cities):
        return False
    return any(p.country == home and p.population > FAR_LARGER * cities[0].population for p in gazetteer().called(rest))


def _spoken_place(words: list[Word], at: int, before: list[Piece], home: str) -> bool:
    """Whether a word that is chatter elsewhere is a place here: with its country beside it ('Nice, France'), the last of a
    text after 'in' or the like ('im in LA'), or the code of a state after its city ('Portland, OR')."""
    raw, name = words[at]
    if at == 0 and len(words) > 2 and words[1][0] in ",(":
        beside = " ".join(n for _, n in words[2:] if n)
        return (beside in countries().by_name or beside in countries().regions) and stands_out(name, home)
    coded = name in countries().states or name in countries().provinces
    if raw.isupper() and coded and before and before[-1].kind in ("separator", "place"):
        return any(piece.kind in ("place", "unknown") for piece in before)
    led = bool(before) and before[-1].name in ("in", "from", "near", "to", "en", "visit")
    return at == len(words) - 1 and (led or len(words) == 1) and stands_out(name, home)


def _word(raw: str, name: str, at: int) -> Piece:
    if name in chatter.LOCATING or name in chatter.SIDES or (len(name) == 1 and name < "\u2e80"):
        return Piece("filler", raw, name)
    if name in chatter.NOISE or any(c.isdigit() for c in name) or raw.startswith(("@", "#", "http")):
        return Piece("noise", raw, name)
    unspaced = at < _UNSPACED_MAX and not name.isascii() and _UNSPACED.fullmatch(name)
    inside = _inside(name) if unspaced else None
    return inside or Piece("unknown", raw, name)


def _inside(word: str) -> Piece | None:
    """A city in the middle of a text that is written without spaces."""
    for length in range(min(len(word) - 1, _INSIDE_MAX), 1, -1):
        for start in range(len(word) - length + 1):
            part = word[start : start + length]
            cities = [place for place in gazetteer().called(part) if place.population >= LARGE]
            if cities:
                return Piece("place", part, part, cities)
    return None


def countries_in(text: str) -> list[str]:
    """The countries (ISO) that a text names, each once; where it names none, those of the states and regions in it."""
    words = _words(text)
    found: list[str] = []
    regions: list[str] = []
    at = 0
    while at < len(words):
        step = 1
        for length in range(_longest(words, at), 0, -1):
            raw, name = _joined(words[at : at + length])
            code, region = _land(raw, name)
            if code is not None:
                (regions if region else found).append(code)
                step = length
                break
        at += step
    return list(dict.fromkeys(found or regions))


def _land(raw: str, name: str) -> tuple[str | None, bool]:
    """The country of that name, and whether it is a region's. 'no' and 'it' are words, 'NO' and 'IT' are not."""
    data, capitals = countries(), raw.isupper()
    if not capitals and (name in chatter.WORDS or (len(name) <= 3 and name.isascii() and name not in _SHORT_NAMES)):
        return None, False
    code = data.by_name.get(name) or (country_code(raw) if capitals else None)
    region = data.regions.get(name) if name not in chatter.SIDES else None
    if code is not None or region is None:
        return code, False
    # 'Valencia' and 'Victoria' are cities too, in more than one country.
    if not region.state and any(place.population >= LARGE for place in gazetteer().called(name)):
        return None, False
    return region.country, True
