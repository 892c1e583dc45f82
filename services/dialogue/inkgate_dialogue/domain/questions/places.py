"""Cities as people write them: by any name and in any script, misspelt, with a state or a country beside them, or in the
middle of a sentence.

The names are GeoNames' (see `gazetteer`) and ISO's (see `countries`). A text becomes pieces: what is the name of a city, a
country or a state, chatter, and words that are not known. Where no city is among them, a misspelt one is looked for; a
village that the data does not know is kept as it was written, without a country.
"""

import re

import msgspec

from inkgate_dialogue.domain.questions import chatter
from inkgate_dialogue.domain.questions.countries import countries, flags
from inkgate_dialogue.domain.questions.gazetteer import MISSPELT_NEAR, NAME_MAX, Place, folded, gazetteer
from inkgate_dialogue.domain.questions.meant import (
    LARGE,
    best,
    called,
    canonical,
    chosen,
    misspelt,
    same_place,
    shortened,
    stands_out,
)
from inkgate_dialogue.domain.questions.pieces import Piece, pieces_of
from inkgate_dialogue.domain.questions.reading import Refused, Setting, squeezed

__all__ = ["City", "canonical", "prepare", "read_city", "same_place"]

# What is longer is no answer to 'which city'.
_TEXT_MAX = 600
_UNKNOWN_WORDS_MAX = 5
# A region stands right beside its city, a suburb before its city not more than some kilometres from it.
_BESIDE = 2
_SUBURB, _SUBURB_KM = 8, 25
_POSTCODE = re.compile(r"\b(?:[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|\d{4,5}(?:-\d{3,4})?)\b")
# Keys beside each other: hammered on, no name.
_KEYS = ("asdf", "sdfg", "dfgh", "fghj", "ghjk", "hjkl", "qwer", "zxcv", "xcvb", "cvbn")


class City(msgspec.Struct, frozen=True):
    """What was read: the city's usual English name (or the name as written), its country where it can be told, whether the
    data knows it, how sure that is, and how many live there."""

    name: str
    country: str | None = None
    known: bool = True
    sure: float = 1.0
    population: int = 0


def prepare() -> None:
    """Build what the look-ups need, so that the first message does not wait for it."""
    gazetteer()
    countries()


def read_city(text: str, setting: Setting) -> City | Refused:
    """The one city of a text, or why there is none: no_city, country_not_city, several_cities."""
    flagged = flags(text)
    said = squeezed(text[:_TEXT_MAX])
    name = folded(said)
    if not name:
        return _not_a_city(said) if flagged else Refused("no_city")
    whole = _whole(said, name, setting)
    if whole is not None and not flagged:
        return whole
    pieces = pieces_of(_POSTCODE.sub(" ", said), setting.country)
    return _decided(pieces, flagged, setting, asks="?" in said or "¿" in said)


def _whole(said: str, name: str, setting: Setting) -> City | None:
    """The whole text as the name of a city, the most usual answer by far."""
    data = countries()
    if len(name) > NAME_MAX or name in data.by_name or name in data.regions:
        return None
    places = called(said, name)
    if not places or (name in chatter.WORDS and not stands_out(name, setting.country)):
        return None
    if name.split(" ", 1)[0] in chatter.SIDES and places[0].country != setting.country:
        return None
    return _city(places, said, setting)


def _city(places: list[Place], said: str, setting: Setting, sure: float = 1.0) -> City:
    place, told = chosen(places, said, setting.country)
    code = place.country if told else None
    return City(place.name, code, sure=sure if told else min(sure, 0.8), population=place.population)


def _not_a_city(said: str) -> Refused:
    return Refused("country_not_city", {"said": said})


def _is_city(piece: Piece, home: str) -> bool:
    """Whether a name that may be a country or a state as well is meant as a city where it stands alone."""
    if not piece.cities:
        return False
    if piece.country is not None:
        data = countries()
        inside = [p for p in piece.cities if p.country == piece.country and folded(p.name) == piece.name]
        if any(p.population >= LARGE or data.capitals.get(p.country) == piece.name for p in inside):
            return True
        english = folded(data.english.get(piece.country, ""))
        return (
            piece.name != english and folded(piece.cities[0].name) == piece.name and piece.cities[0].population >= LARGE
        )
    if piece.region is not None:
        inside = [p for p in piece.cities if p.country == piece.region.country]
        if piece.region.state:
            return any(p.population >= 5 * LARGE for p in inside)
        if inside or piece.region.country == home:
            return bool(inside)
        return piece.cities[0].population >= LARGE
    return True


def _decided(pieces: list[Piece], flagged: list[str], setting: Setting, *, asks: bool) -> City | Refused:
    home = setting.country
    places = [piece for piece in pieces if piece.kind == "place"]
    unknown = _unknown_runs(pieces)
    named = [piece for piece in places if piece.cities]
    noisy = any(piece.kind == "noise" for piece in pieces)
    if not places:
        return _written(unknown, pieces, flagged, setting, refuse=noisy or asks)
    cities = [piece for piece in named if _is_city(piece, home)] or (named if len(places) > 1 else [])
    first = cities[0] if cities else None
    if first is None:
        borough = next((p for p in places if p.region and not p.region.wide and p.country is None), None)
        if borough is not None and borough.region is not None and not noisy:
            return City(_as_written(borough.raw), borough.region.country, known=False, sure=0.8)
        if unknown and not noisy:
            code = places[0].land
            found = _written(unknown, pieces, [code] if code else flagged, setting, refuse=asks)
            if isinstance(found, City):
                return found
        return _not_a_city(places[0].raw) if not noisy or len(pieces) <= 6 else Refused("no_city")
    qualifiers = [p for p in places if p is not first and _qualifies(pieces, first, p, home)]
    rest = [p for p in cities if p is not first and p not in qualifiers]
    if unknown and not noisy and not _large(first, home) and unknown[0][-1].at < first.at - 1:
        found = _written(unknown, pieces, flagged, setting, refuse=asks)  # 'Holmfirth, Yorkshire'
        if isinstance(found, City):
            return found
    if unknown and not noisy and _compound(pieces, first):
        return _compounded(pieces, first, qualifiers, setting)
    if rest:
        return _of_several(pieces, [first, *rest], qualifiers, flagged, setting)
    if noisy and (asks or not (_led(pieces, first) or _alone(pieces, first) or _large(first, home))):
        return Refused("no_city")
    return _qualified(first, qualifiers, flagged, setting)


def _large(piece: Piece, home: str) -> bool:
    return any(p.population >= LARGE or (p.country == home and p.population >= MISSPELT_NEAR) for p in piece.cities)


def _qualifies(pieces: list[Piece], first: Piece, piece: Piece, home: str) -> bool:
    """Whether a name says where the city lies, and is no other city: 'Portland, Oregon', 'Brooklyn, New York'."""
    if piece.at < first.at or (piece.country is None and piece.region is None):
        return piece.country is not None and not _is_city(piece, home)
    if not _is_city(piece, home):
        region = piece.region
        return piece.country is not None or bool(region and region.state) or piece.at - first.at <= _BESIDE
    region, code = piece.region, piece.country
    size = max(p.population for p in first.cities)
    if region is not None and region.wide and max(p.population for p in piece.cities) < min(size, LARGE):
        code = code or region.country
    if region is not None and not region.state and not any(p.country == region.country for p in piece.cities):
        code = code or region.country
    return any((region and region.state and p.state == region.state) or p.country == code for p in first.cities)


def _led(pieces: list[Piece], piece: Piece) -> bool:
    """Whether a word stands before it that a place follows ('in Leeds')."""
    at = piece.at
    while at > 0 and pieces[at - 1].name in chatter.SIDES | {"the", "la", "el"}:
        at -= 1
    return at > 0 and pieces[at - 1].name in chatter.BEFORE


def _alone(pieces: list[Piece], piece: Piece) -> bool:
    """Whether nothing but chatter stands beside it between two separators."""
    at = piece.at
    for step in (-1, 1):
        beside = at + step
        while 0 <= beside < len(pieces) and pieces[beside].kind != "separator":
            if pieces[beside].kind in ("noise", "unknown"):
                return False
            beside += step
    return True


def _compound(pieces: list[Piece], piece: Piece) -> bool:
    """Whether an unknown word stands right beside it: 'Little London'."""
    at = piece.at
    beside = [pieces[i].kind for i in (at - 1, at + 1) if 0 <= i < len(pieces)]
    return "unknown" in beside


def _compounded(pieces: list[Piece], first: Piece, qualifiers: list[Piece], setting: Setting) -> City | Refused:
    """'Chorlton Manchester' is in Manchester; 'Castle Snoring', with a small Castle somewhere, is a place by itself."""
    if first.cities[0].population >= LARGE or first.country or first.region:
        return _qualified(first, qualifiers, [], setting)
    at = first.at
    start, end = at, at + 1
    while start > 0 and pieces[start - 1].kind == "unknown":
        start -= 1
    while end < len(pieces) and pieces[end].kind == "unknown":
        end += 1
    code = next((c for c in [piece.land for piece in qualifiers] if c), None)
    return City(" ".join(piece.raw for piece in pieces[start:end]), code, known=False, sure=0.6)


def _qualified(city: Piece, qualifiers: list[Piece], flagged: list[str], setting: Setting) -> City:
    """A city with a state or a country beside it."""
    for piece in qualifiers:
        for some in _inside(city.cities, piece):
            if some:
                return City(best(some, city.raw).name, some[0].country)
    # 'Perth WA' is in no state of the US.
    codes = [piece.land for piece in qualifiers if piece.land and (piece.country or len(piece.name) > 3)] or flagged
    if codes:
        inside = [p for p in city.cities if p.country == codes[0]]
        if inside:
            return City(best(inside, city.raw).name, codes[0])
        if len(codes) == 1:
            return City(_as_written(city.raw), codes[0], known=False, sure=0.7)
    return _city(city.cities, city.raw, setting)


def _inside(cities: list[Place], piece: Piece) -> list[list[Place]]:
    """The cities that lie in a state, a country, a region; a bare code may be one of the US, Canada or Australia."""
    region, province = piece.region, countries().provinces.get(piece.name)
    lands = [piece.country, region.country if region and (len(piece.name) > 3 or not region.state) else None]
    in_state = [p for p in cities if region and region.state and (p.country, p.state) == (region.country, region.state)]
    found = [in_state, *([p for p in cities if p.country == land] for land in lands)]
    return [*found, [p for p in cities if province and p.country == province.country]]


def _of_several(
    pieces: list[Piece], cities: list[Piece], qualifiers: list[Piece], flagged: list[str], setting: Setting
) -> City | Refused:
    """One city where the others are a part of it ('Hackney, London'), or are hardly cities, or only where she came from."""
    first, last = cities[0], cities[-1]
    between = [piece.name for piece in pieces[first.at : last.at]]
    if len(cities) == 2 and between[-1] in ("to", "a") and any(piece.name in chatter.MOVED for piece in pieces):
        return _qualified(last, qualifiers, flagged, setting)
    lived = [piece for piece in cities if _near(pieces, piece) & chatter.LIVES]
    came = [piece for piece in cities if piece not in lived and _near(pieces, piece) & chatter.CAME]
    if len(lived) == 1 and len(came) == len(cities) - 1:
        return _qualified(lived[0], qualifiers, flagged, setting)
    if len(cities) == 2 and not chatter.BESIDE.isdisjoint(between):
        return _qualified(first, qualifiers, flagged, setting)
    large = [piece for piece in cities if _large(piece, setting.country)]
    if len(large) == 1 and not any(piece.name in chatter.OR or piece.kind == "separator" for piece in pieces):
        return _qualified(large[0], qualifiers, flagged, setting)
    if len(cities) == 2 and _large(first, "") and last.region is not None and last.region.wide:
        # 'Badalona, Barcelona': a large city in the province that is called like its capital.
        inside = [p for p in first.cities if _part_of(p, last)]
        if inside:
            return _city(inside, first.raw, setting)
    meant = [chosen(piece.cities, piece.raw, setting.country)[0] for piece in cities]
    largest = max(meant, key=lambda place: place.population)
    # 'Otley, Leeds' is an address; 'Otley or Leeds' are two.
    address = not any(piece.name in chatter.OR for piece in pieces)
    for piece in cities:
        # Of the places called so, one that lies there.
        if not any(_lies_in(p, largest, address) for p in piece.cities):
            return Refused("several_cities")
    return _qualified(cities[meant.index(largest)], qualifiers, flagged, setting)


def _lies_in(place: Place, larger: Place, address: bool) -> bool:
    gaz = gazetteer()
    if place.number == larger.number or gaz.reaches(larger, place):
        return True
    near = place.country == larger.country and gaz.apart_km(place, larger) <= _SUBURB_KM
    return address and near and larger.population >= _SUBURB * place.population


def _part_of(place: Place, larger: Piece) -> bool:
    gaz = gazetteer()
    return any(p.population > place.population and gaz.reaches(p, place) for p in larger.cities)


def _near(pieces: list[Piece], piece: Piece) -> frozenset[str]:
    """The words between it and what stands before it, and the word after it."""
    at = piece.at
    words = []
    before = at - 1
    while before >= 0 and pieces[before].kind not in ("place", "separator") and at - before <= 4:
        words.append(pieces[before].name)
        before -= 1
    if at + 1 < len(pieces):
        words.append(pieces[at + 1].name)
    return frozenset(words)


# --- names that the data does not know ---------------------------------------------------------------------------------


def _unknown_runs(pieces: list[Piece]) -> list[list[Piece]]:
    """Words that are not known and stand together ('Ashby de la Zouch'): particles between them belong to the name."""
    runs: list[list[Piece]] = []
    held: list[Piece] = []
    open_run = False
    for before, piece in zip([None, *pieces], pieces, strict=False):
        if piece.kind == "unknown":
            if open_run:
                runs[-1] += [*held, piece]
            else:
                runs.append([before, piece] if before is not None and before.name in chatter.FIRST else [piece])
            held, open_run = [], True
        elif open_run and piece.name in chatter.PARTICLES and len(held) < 3:
            held.append(piece)
        else:
            held, open_run = [], False
    return runs


def _written(
    runs: list[list[Piece]], pieces: list[Piece], flagged: list[str], setting: Setting, *, refuse: bool
) -> City | Refused:
    """A misspelt city; or a name that the data does not know, as it was written."""
    if not runs:
        return _not_a_city(flagged[0]) if flagged else Refused("no_city")
    code = flagged[0] if len(flagged) == 1 else None
    for run in runs[:3]:
        name = " ".join(piece.name for piece in run)
        meant = misspelt(name, code or setting.country)
        if meant is not None and (not refuse or _led(pieces, run[0]) or len(pieces) == 1):
            places = [p for p in gazetteer().called(meant) if code in (None, p.country)] or gazetteer().called(meant)
            return _city(places, meant, setting, sure=0.8)
    if len(runs) == 2 and any(piece.name in ",(" for piece in pieces[runs[0][-1].at : runs[1][0].at]):
        runs = runs[:1]  # 'Holmfirth, West Yorkshire'
    if len(runs) == 1 and len(runs[0]) == 1:
        short = shortened(runs[0][0].name, setting.country)
        if short is not None:
            return City(short.name, short.country, sure=0.7, population=short.population)
    if (
        refuse
        or len(runs) > 1
        or len(runs[0]) > _UNKNOWN_WORDS_MAX
        or not all(_plausible(p.name) for p in runs[0] if p.kind == "unknown")
    ):
        return Refused("no_city")
    return City(_as_written(" ".join(piece.raw for piece in runs[0])), code, known=False, sure=0.6)


def _plausible(word: str) -> bool:
    """Whether a word could be a part of a name: letters, with a vowel where the alphabet has them, no keys hammered on."""
    if not any(c.isalpha() for c in word) or len(word) > 30 or re.search(r"(.)\1\1", word):
        return False
    if not word.isascii():
        return len(word) > 1
    if any(keys in word for keys in _KEYS):
        return False
    if len(word) < 3:
        return word in chatter.PARTICLES
    return bool(re.search("[aeiouyw]", word)) and not re.search("[bcdfghjklmnpqrstvwxz]{6}", word)


def _as_written(raw: str) -> str:
    return raw.strip(" .-_*~\"'’")
