"""Cities as people write them: by any name and in any script, misspelt, with a state or a country beside them, or in the
middle of a sentence.

The names are GeoNames' (see `gazetteer`) and ISO's (see `countries`). A text becomes words; what is the name of a city, a
country or a state is found in them, the longest first; what is left over is chatter, or a name that the data does not know.
A village that it does not know is kept as it was written, without a country.
"""

import re
from typing import Literal

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions import chatter
from inkgate_dialogue.domain.questions.countries import Region, countries, country_code, flags
from inkgate_dialogue.domain.questions.gazetteer import MISSPELT_NEAR, Gazetteer, Place, folded, gazetteer
from inkgate_dialogue.domain.questions.reading import Refused, Setting, squeezed

# A foreign place counts as meant only when it is this many times as large as the one in the studio's country.
FAR_LARGER = 10
# Of places in other countries one is meant only when it is that many times as well known as the next.
CLEARLY_LARGER = 3
# A place by another of its names ('Independence' was once a 'Bristol') weighs less.
_ALIAS_WEIGHT = 0.3
_ALIAS_MOST = 200_000
_ACCENT_WEIGHT = 0.5
_LARGE = 100_000
_HUGE = 1_000_000
# Longer texts are no answer to 'which city'; what is looked at is bounded.
_WORDS_MAX = 60
_SPAN_MAX = 5
_UNKNOWN_WORDS_MAX = 5
_TEXT_MAX = 1_000
_POSTCODE = re.compile(r"\b(?:[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}|\d{4,5}(?:-\d{3,4})?)\b")
_TOKEN = re.compile(r"[,;()\[\]|/\\•–—&+:!?…¿¡。、，؛،।\n]|[^\s,;()\[\]|/\\•–—&+:!?…¿¡。、，؛،।]+")
_SEPARATORS = frozenset(",;()[]|/\\•–—&+:!?…¿¡。、，؛،।\n-")
# Keys beside each other: hammered on, no name.
_KEYS = ("asdf", "sdfg", "dfgh", "fghj", "ghjk", "hjkl", "qwer", "zxcv", "xcvb", "cvbn")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]{3,24}")


class City(msgspec.Struct, frozen=True):
    """What was read: the city's usual English name (or the name as written), its country where it can be told, whether the
    data knows it, how sure that is, and how many live there."""

    name: str
    country: str | None = None
    known: bool = True
    sure: float = 1.0
    population: int = 0


Kind = Literal["place", "filler", "noise", "unknown", "separator"]


class _Piece(msgspec.Struct, gc=False):
    """A few words of the text: `city`, `country` and `region` say what they are a name of."""

    kind: Kind
    raw: str
    name: str
    cities: list[Place] = []
    country: str | None = None
    region: Region | None = None


def prepare() -> None:
    """Build what the look-ups need, so that the first message does not wait for it."""
    gazetteer()
    countries()


# --- what other rules ask ----------------------------------------------------------------------------------------------


def canonical(name: str, country: str | None = None) -> tuple[str, str] | None:
    """The usual English name and the country of a place by any of its names: of the largest of that name, in `country`
    where that is given. None where the data does not know it."""
    places = [place for place in gazetteer().called(folded(name)) if country in (None, place.country)]
    if not places:
        return None
    best = max(places, key=lambda place: _weight(place, folded(name)))
    return best.name, best.country


def same_place(city_a: str, country_a: str | None, city_b: str, country_b: str | None) -> bool:
    """Whether two names mean one city. 'NYC' is 'New York City'; a part of a city is that city (Hackney is London, Hove is
    Brighton); a country that is not known fits any. Names that the data does not know are compared as they are written."""
    if country_a and country_b and country_a != country_b:
        return False
    name_a, name_b = folded(city_a), folded(city_b)
    if not name_a or not name_b:
        return False
    if name_a == name_b:
        return True
    one = _meant(name_a, country_a or country_b)
    other = _meant(name_b, country_b or country_a)
    if one is None or other is None:
        return False
    larger, smaller = (one, other) if one.population >= other.population else (other, one)
    return one.number == other.number or gazetteer().reaches(larger, smaller)


def _meant(name: str, country: str | None) -> Place | None:
    places = [place for place in gazetteer().called(name) if country in (None, place.country)]
    return max(places, key=lambda place: _weight(place, name), default=None)


# --- which of several places of one name -------------------------------------------------------------------------------


def _usual(place: Place, name: str) -> bool:
    """Whether that (folded) name is the one that the place is known by."""
    own = folded(place.name)
    return own == name or own.replace("saint ", "st ") == name.replace("saint ", "st ")


def _weight(place: Place, name: str) -> float:
    """How many people a name brings to mind: less where it is another name of the place, or differs by an accent."""
    if not _usual(place, name):
        return min(place.population * _ALIAS_WEIGHT, _ALIAS_MOST)
    return place.population * (1 if place.name.isascii() else _ACCENT_WEIGHT)


def chosen(places: list[Place], name: str, home: str) -> tuple[Place, bool]:
    """The place that people mean by a name, and whether its country can be told: where several in different countries
    remain, it cannot. A place in the studio's country is meant unless a foreign one is more than ten times as large."""
    nearest = max((p for p in places if p.country == home), key=lambda p: _weight(p, name), default=None)
    largest = max(_weight(p, name) for p in places)
    if nearest is not None and largest <= FAR_LARGER * max(nearest.population, 1):
        return nearest, True
    known = {p.number: _weight(p, name) * _nearness(p, name, home) for p in places}
    first = max(places, key=lambda p: known[p.number])
    if any(p.country != first.country and known[p.number] * CLEARLY_LARGER > known[first.number] for p in places):
        return first, False
    # Nor where a state or county is called so elsewhere, or it is a small town far away: there will be others.
    data = countries()
    region = data.regions.get(name)
    if region is not None and region.wide and not any(p.country == region.country for p in places):
        return first, False
    far = data.continents.get(first.country) != data.continents.get(home)
    return first, not (far and first.population < _LARGE)


def _nearness(place: Place, name: str, home: str) -> int:
    """How much more people think of a place because it lies on their continent, or is a capital."""
    data = countries()
    here = data.continents.get(place.country) == data.continents.get(home)
    capital = data.capitals.get(place.country) == folded(place.name) == name
    return (3 if here else 1) * (3 if capital else 1)


# --- reading -----------------------------------------------------------------------------------------------------------


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
    pieces = _pieces(_POSTCODE.sub(" ", said), setting.country)
    return _decided(pieces, flagged, setting, asks="?" in said or "¿" in said)


def _whole(said: str, name: str, setting: Setting) -> City | None:
    """The whole text as the name of a city, the most usual answer by far."""
    if len(name) > 60 or name in countries().by_name or name in countries().regions:
        return None
    places = _called(said, name)
    if not places or (name in chatter.WORDS and not _said_for_itself(name, places, setting.country)):
        return None
    if name.split(" ", 1)[0] in chatter.SIDES and places[0].country != setting.country:
        return None
    return _city(places, name, setting)


def _called(raw: str, name: str) -> list[Place]:
    """The places of that name. Short codes ('LON', 'NOP') count for the largest, or in capitals for the large."""
    places = gazetteer().called(name)
    if len(name) > 3 or not name.isascii():
        return places
    enough = _LARGE if raw.isupper() else _HUGE
    return [p for p in places if p.population >= enough or folded(p.name) == name]


def _said_for_itself(name: str, places: list[Place], home: str) -> bool:
    """'Nice' and 'LA' are cities, though they are words as well; 'Same' and 'Of' are mostly words."""
    first, continents = places[0], countries().continents
    here = continents.get(first.country) == continents.get(home)
    return first.population >= _HUGE or (here and first.population >= _LARGE and folded(first.name) == name)


def _city(places: list[Place], name: str, setting: Setting, sure: float = 1.0) -> City:
    place, told = chosen(places, name, setting.country)
    code = place.country if told else None
    return City(place.name, code, sure=sure if told else min(sure, 0.8), population=place.population)


def _pieces(text: str, home: str) -> list[_Piece]:
    """The text as places, chatter, words that are not known, and what separates them."""
    words = [(raw, "" if raw in _SEPARATORS else folded(raw)) for raw in _TOKEN.findall(text)[:_WORDS_MAX]]
    words = [(raw, name) for raw, name in words if name or raw in _SEPARATORS]
    pieces: list[_Piece] = []
    at = 0
    while at < len(words):
        raw, name = words[at]
        if not name:
            pieces.append(_Piece("separator", raw, raw))
            at += 1
            continue
        found, length = _span(words, at, pieces, home)
        if found is not None:
            pieces.append(found)
            at += length
            continue
        pieces.append(_word(raw, name, home))
        at += 1
    return pieces


def _span(words: list[tuple[str, str]], at: int, before: list[_Piece], home: str) -> tuple[_Piece | None, int]:
    """The longest run of words from `at` that is a name."""
    longest = 0
    while longest < _SPAN_MAX and at + longest < len(words) and words[at + longest][1]:
        longest += 1
    data = countries()
    for length in range(longest, 0, -1):
        some = words[at : at + length]
        raw, name = " ".join(r for r, _ in some), " ".join(n for _, n in some)
        if all(n in chatter.WORDS or n in chatter.SIDES for _, n in some) and not _spoken_place(
            some, words, at, before, home
        ):
            continue
        cities = _called(raw, name)
        if some[0][1] in chatter.SIDES and cities and _side_of_home(" ".join(n for _, n in some[1:]), cities, home):
            continue
        country, region = data.by_name.get(name), data.regions.get(name)
        if len(name) == 2 and raw.isupper() and before and before[-1].kind in ("place", "separator", "unknown"):
            region = region or _state(name)
            country = country or (name.upper() if name.upper() in data.english else None)
        if cities or country or region:
            return _Piece("place", raw, name, cities, country, region), length
    return None, 1


def _side_of_home(rest: str, cities: list[Place], home: str) -> bool:
    """'East London' is a part of London to someone in Britain, though there is a city of that name in South Africa."""
    if any(place.country == home for place in cities):
        return False
    return any(p.country == home and p.population > FAR_LARGER * cities[0].population for p in gazetteer().called(rest))


def _spoken_place(
    some: list[tuple[str, str]], words: list[tuple[str, str]], at: int, before: list[_Piece], home: str
) -> bool:
    """Whether words that are chatter elsewhere are a place here: the last of a text, after 'in' or the like ('im in LA'),
    or the code of a state after its city ('Portland, OR')."""
    (raw, name), last = some[0], at + len(some) == len(words)
    if len(some) > 1:
        return False
    if at == 0 and len(words) > 2 and words[1][0] in ",(":
        # 'Nice, France'
        rest = " ".join(n for _, n in words[2:] if n)
        beside = rest in countries().by_name or rest in countries().regions
        return beside and any(_said_for_itself(name, [p], home) for p in gazetteer().called(name)[:1])
    code = raw.isupper() and len(raw) == 2 and bool(before) and before[-1].kind in ("separator", "place")
    if code and _state(name) is not None:
        return any(piece.kind in ("place", "unknown") for piece in before)
    led = bool(before) and before[-1].name in ("in", "from", "near", "to", "en", "visit")
    if not last or not (led or len(words) == 1):
        return False
    return any(_said_for_itself(name, [p], home) for p in gazetteer().called(name)[:1])


def _state(code: str) -> Region | None:
    return _STATES.get(code) or _STATES.setdefault(
        code, next((r for r in countries().regions.values() if r.state == code.upper()), None)
    )


_STATES: dict[str, Region | None] = {}


def _word(raw: str, name: str, home: str) -> _Piece:
    if name in chatter.LOCATING or name in chatter.SIDES or (len(name) == 1 and name < "\u2e80"):
        return _Piece("filler", raw, name)
    if name in chatter.NOISE or any(c.isdigit() for c in name) or raw.startswith(("@", "#", "http")):
        return _Piece("noise", raw, name)
    if not name.isascii() and _CJK.fullmatch(name):
        inside = _inside(name)
        if inside is not None:
            return inside
    return _Piece("unknown", raw, name)


def _inside(word: str) -> _Piece | None:
    """A city in the middle of a text that is written without spaces."""
    for length in range(len(word) - 1, 1, -1):
        for start in range(len(word) - length + 1):
            part = word[start : start + length]
            cities = [p for p in gazetteer().called(part) if p.population >= _LARGE]
            if cities:
                return _Piece("place", part, part, cities)
    return None


def countries_in(text: str) -> list[str]:
    """The countries (ISO) that a text names, each once, also by a state or region of theirs."""
    data = countries()
    found: list[str] = []
    regions: list[str] = []
    words = [(raw, "" if raw in _SEPARATORS else folded(raw)) for raw in _TOKEN.findall(text)[:_WORDS_MAX]]
    at = 0
    while at < len(words):
        step = 1
        for length in range(min(_SPAN_MAX, len(words) - at), 0, -1):
            raw, name = (" ".join(part) for part in zip(*words[at : at + length], strict=True))
            if len(name) <= 3 and name.isascii() and name not in ("uk", "usa", "nz", "uae") and not raw.isupper():
                continue
            if not name or (name in chatter.WORDS and not raw.isupper()):
                continue
            code = data.by_name.get(name) or (country_code(raw) if raw.isupper() else None)
            if code is None and name in data.regions and name not in chatter.SIDES:
                region = data.regions[name]
                if region.state or not any(p.population >= _LARGE for p in gazetteer().called(name)):
                    regions.append(region.country)
                step = length
                break
            if code is not None:
                found.append(code)
                step = length
                break
        at += step
    return list(dict.fromkeys(found or regions))


# --- deciding ----------------------------------------------------------------------------------------------------------


def _not_a_city(said: str) -> Refused:
    return Refused("country_not_city", {"said": said})


def _is_city(piece: _Piece, home: str) -> bool:
    """Whether a name that may be a country or a state as well is meant as a city where it stands alone."""
    if not piece.cities:
        return False
    if piece.country is not None:
        data = countries()
        inside = [p for p in piece.cities if p.country == piece.country and folded(p.name) == piece.name]
        if any(p.population >= _LARGE or data.capitals.get(p.country) == piece.name for p in inside):
            return True
        english = folded(data.english.get(piece.country, ""))
        return (
            piece.name != english
            and folded(piece.cities[0].name) == piece.name
            and piece.cities[0].population >= _LARGE
        )
    if piece.region is not None:
        inside = [p for p in piece.cities if p.country == piece.region.country]
        if piece.region.state:
            return any(p.population >= 5 * _LARGE for p in inside)
        if inside or piece.region.country == home:
            return bool(inside)
        return piece.cities[0].population >= _LARGE
    return True


def _decided(pieces: list[_Piece], flagged: list[str], setting: Setting, *, asks: bool) -> City | Refused:
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
            code = _qualifier_country(places[0])
            found = _written(unknown, pieces, [code] if code else flagged, setting, refuse=asks)
            if isinstance(found, City):
                return found
        return _not_a_city(places[0].raw) if not noisy or len(pieces) <= 6 else Refused("no_city")
    qualifiers = [p for p in places if p is not first and _qualifies(pieces, first, p, home)]
    rest = [p for p in cities if p is not first and p not in qualifiers]
    if unknown and not noisy and _compound(pieces, first):
        return _compounded(pieces, first, qualifiers, setting)
    if rest:
        return _of_several(pieces, [first, *rest], qualifiers, flagged, setting)
    if noisy and (asks or not (_led(pieces, first) or _alone(pieces, first) or _large(first, home))):
        return Refused("no_city")
    return _qualified(first, qualifiers, flagged, setting)


def _large(piece: _Piece, home: str) -> bool:
    return any(p.population >= _LARGE or (p.country == home and p.population >= MISSPELT_NEAR) for p in piece.cities)


def _qualifies(pieces: list[_Piece], first: _Piece, piece: _Piece, home: str) -> bool:
    """Whether a name says where the city lies, and is no other city: 'Portland, Oregon', 'Brooklyn, New York'."""
    if pieces.index(piece) < pieces.index(first) or (piece.country is None and piece.region is None):
        return piece.country is not None and not _is_city(piece, home)
    if not _is_city(piece, home):
        return True
    region, code = piece.region, piece.country
    size = max(p.population for p in first.cities)
    if region is not None and region.wide and max(p.population for p in piece.cities) < min(size, _LARGE):
        code = code or region.country
    if region is not None and not region.state and not any(p.country == region.country for p in piece.cities):
        code = code or region.country
    return any((region and region.state and p.state == region.state) or p.country == code for p in first.cities)


def _led(pieces: list[_Piece], piece: _Piece) -> bool:
    """Whether a word stands before it that a place follows ('in Leeds')."""
    at = pieces.index(piece)
    while at > 0 and pieces[at - 1].name in chatter.SIDES | {"the", "la", "el"}:
        at -= 1
    return at > 0 and pieces[at - 1].name in chatter.BEFORE


def _alone(pieces: list[_Piece], piece: _Piece) -> bool:
    """Whether nothing but chatter stands beside it between two separators."""
    at = pieces.index(piece)
    for step in (-1, 1):
        beside = at + step
        while 0 <= beside < len(pieces) and pieces[beside].kind != "separator":
            if pieces[beside].kind in ("noise", "unknown"):
                return False
            beside += step
    return True


def _compound(pieces: list[_Piece], piece: _Piece) -> bool:
    """Whether an unknown word stands right beside it: 'Little London'."""
    at = pieces.index(piece)
    beside = [pieces[i].kind for i in (at - 1, at + 1) if 0 <= i < len(pieces)]
    return "unknown" in beside


def _compounded(pieces: list[_Piece], first: _Piece, qualifiers: list[_Piece], setting: Setting) -> City | Refused:
    """'Chorlton Manchester' is in Manchester; 'Castle Snoring', with a small Castle somewhere, is a place by itself."""
    if first.cities[0].population >= _LARGE or first.country or first.region:
        return _qualified(first, qualifiers, [], setting)
    at = pieces.index(first)
    start, end = at, at + 1
    while start > 0 and pieces[start - 1].kind == "unknown":
        start -= 1
    while end < len(pieces) and pieces[end].kind == "unknown":
        end += 1
    code = next((c for c in map(_qualifier_country, qualifiers) if c), None)
    return City(" ".join(piece.raw for piece in pieces[start:end]), code, known=False, sure=0.6)


def _qualifier_country(piece: _Piece) -> str | None:
    return piece.country or (piece.region.country if piece.region else None)


def _qualified(city: _Piece, qualifiers: list[_Piece], flagged: list[str], setting: Setting) -> City:
    """A city with a state or a country beside it."""
    for piece in qualifiers:
        region, code = piece.region, piece.country
        in_state = [p for p in city.cities if region and p.country == region.country and p.state == region.state]
        in_country = [p for p in city.cities if p.country == code]
        in_region = [p for p in city.cities if region and p.country == region.country]
        for some in (in_state if region and region.state else [], in_country, in_region):
            if some:
                return City(max(some, key=lambda p: _weight(p, city.name)).name, some[0].country)
    codes = [c for c in map(_qualifier_country, qualifiers) if c] or flagged
    if codes:
        inside = [p for p in city.cities if p.country == codes[0]]
        if inside:
            return City(max(inside, key=lambda p: _weight(p, city.name)).name, codes[0])
        if len(codes) == 1:
            return City(_as_written(city.raw), codes[0], known=False, sure=0.7)
    return _city(city.cities, city.name, setting)


def _of_several(
    pieces: list[_Piece], cities: list[_Piece], qualifiers: list[_Piece], flagged: list[str], setting: Setting
) -> City | Refused:
    """One city where the others are a part of it ('Hackney, London'), or are hardly cities, or only where she came from."""
    lived = [piece for piece in cities if _near(pieces, piece) & chatter.LIVES]
    came = [piece for piece in cities if piece not in lived and _near(pieces, piece) & chatter.CAME]
    if len(lived) == 1 and len(came) == len(cities) - 1:
        return _qualified(lived[0], qualifiers, flagged, setting)
    large = [piece for piece in cities if _large(piece, setting.country)]
    if len(large) == 1 and not any(piece.name in chatter.OR or piece.kind == "separator" for piece in pieces):
        return _qualified(large[0], qualifiers, flagged, setting)
    first, last = cities[0], cities[-1]
    if len(cities) == 2 and _large(first, "") and last.region is not None and last.region.wide:
        # 'Badalona, Barcelona': a large city in the province that is called like its capital.
        inside = [p for p in first.cities if _part_of(p, last)]
        if inside:
            return _city(inside, first.name, setting)
    meant = [chosen(piece.cities, piece.name, setting.country)[0] for piece in cities]
    largest = max(meant, key=lambda place: place.population)
    gaz = gazetteer()
    for piece in cities:
        # Of the places called so, one that lies there.
        if not any(p.number == largest.number or gaz.reaches(largest, p) for p in piece.cities):
            return Refused("several_cities")
    return _qualified(cities[meant.index(largest)], qualifiers, flagged, setting)


def _part_of(place: Place, larger: _Piece) -> bool:
    gaz = gazetteer()
    return any(p.population > place.population and gaz.reaches(p, place) for p in larger.cities)


def _near(pieces: list[_Piece], piece: _Piece) -> frozenset[str]:
    """The words between it and what stands before it, and the word after it."""
    at = pieces.index(piece)
    words = []
    before = at - 1
    while before >= 0 and pieces[before].kind not in ("place", "separator") and at - before <= 4:
        words.append(pieces[before].name)
        before -= 1
    if at + 1 < len(pieces):
        words.append(pieces[at + 1].name)
    return frozenset(words)


# --- names that the data does not know ---------------------------------------------------------------------------------


def _unknown_runs(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Words that are not known and stand together ('Ashby de la Zouch'): particles between them belong to the name."""
    runs: list[list[_Piece]] = []
    held: list[_Piece] = []
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
    runs: list[list[_Piece]], pieces: list[_Piece], flagged: list[str], setting: Setting, *, refuse: bool
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
    if len(runs) == 1 and len(runs[0]) == 1:
        short = _shortened(runs[0][0].name, setting.country)
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


def _shortened(word: str, home: str) -> Place | None:
    """The one large city of the studio's country that is written like this without its vowels: 'ldn', 'mcr'."""
    if not 3 <= len(word) <= 4 or not word.isascii() or re.search("[aeiou]", word):
        return None
    skeleton = re.compile(".*".join(word))
    found = [p for name in gazetteer().near.get(home, []) if skeleton.fullmatch(name) for p in gazetteer().called(name)]
    large = {p.number: p for p in found if p.country == home and p.population >= 2 * _LARGE}
    return large.popitem()[1] if len(large) == 1 else None


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


def misspelt(name: str, country: str) -> str | None:
    """The name (folded) of a larger place that this one is a letter or two away from; in `country` first."""
    size = len(name)
    if size < 5 or size > 40 or not name.isascii():
        return None
    gaz: Gazetteer = gazetteer()
    cutoff = 1 if size < 8 else 2
    best: tuple[int, int, str] | None = None
    for rank, pool in enumerate((gaz.near.get(country, []), gaz.far.get(name[0], []))):
        found = process.extractOne(name, pool, scorer=OSA.distance, score_cutoff=cutoff)
        if found is not None and len(found[0]) >= 5:
            candidate = (int(found[1]), rank, found[0])
            best = candidate if best is None else min(best, candidate)
    return None if best is None else best[2]
