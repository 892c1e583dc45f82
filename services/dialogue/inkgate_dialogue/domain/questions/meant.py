"""Which place a name means, of the several that are called so; and what a misspelt or shortened name may have meant."""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions.countries import countries
from inkgate_dialogue.domain.questions.gazetteer import Place, folded, gazetteer

# A foreign place counts as meant only when it is this many times as large as the one in the studio's country.
FAR_LARGER = 10
# Of places in other countries one is meant only when it is that many times as well known as the next.
CLEARLY_LARGER = 3
# A place by another of its names ('Independence' was once a 'Bristol') weighs less, and one that differs by its accents.
_ALIAS_WEIGHT = 0.3
_ALIAS_MOST = 200_000
_ACCENT_WEIGHT = 0.5
LARGE = 100_000
HUGE = 1_000_000
# A typo may be one letter in a short name, two in a longer one.
_TYPO_MIN, _TYPO_TWO, _TYPO_MAX = 5, 9, 40


def canonical(name: str, country: str | None = None) -> tuple[str, str] | None:
    """The usual English name and the country of a place by any of its names: of the best known of that name, in `country`
    where that is given. None where the data does not know it."""
    place = _known(name, country)
    return None if place is None else (place.name, place.country)


def same_place(city_a: str, country_a: str | None, city_b: str, country_b: str | None) -> bool:
    """Whether two names mean one city. 'NYC' is 'New York City'; a part of a city is that city (Peckham is London, Hove is
    Brighton); a country that is not known fits any. Names that the data does not know are compared as they are written."""
    if country_a and country_b and country_a != country_b:
        return False
    name_a, name_b = folded(city_a), folded(city_b)
    if not name_a or not name_b:
        return False
    if name_a == name_b:
        return True
    one = _known(city_a, country_a or country_b)
    other = _known(city_b, country_b or country_a)
    if one is None or other is None:
        return False
    larger, smaller = (one, other) if one.population >= other.population else (other, one)
    return one.number == other.number or gazetteer().reaches(larger, smaller)


def _known(name: str, country: str | None) -> Place | None:
    places = [place for place in gazetteer().called(folded(name)) if country in (None, place.country)]
    return best(places, name) if places else None


def _usual(place: Place, name: str) -> bool:
    """Whether that (folded) name is the one that the place is known by."""
    own = folded(place.name)
    return own == name or own.replace("saint ", "st ") == name.replace("saint ", "st ")


def _weight(place: Place, said: str) -> float:
    """How many people a name, as it was written, brings to mind."""
    if not _usual(place, folded(said)):
        return min(place.population * _ALIAS_WEIGHT, _ALIAS_MOST)
    return place.population * (1 if place.name.isascii() == said.isascii() else _ACCENT_WEIGHT)


def best(places: list[Place], said: str) -> Place:
    """The best known of the places that are called so."""
    return max(places, key=lambda place: _weight(place, said)) if len(places) > 1 else places[0]


def chosen(places: list[Place], said: str, home: str) -> tuple[Place, bool]:
    """The place that people mean by a name, and whether its country can be told: where several in different countries
    remain, it cannot. A place in the studio's country is meant unless a foreign one is more than ten times as large."""
    near = [place for place in places if place.country == home]
    if near:
        nearest = best(near, said)
        if max(_weight(place, said) for place in places) <= FAR_LARGER * max(nearest.population, 1):
            return nearest, True
    known = {place.number: _weight(place, said) * _nearness(place, said, home) for place in places}
    first = max(places, key=lambda place: known[place.number])
    enough = known[first.number] / CLEARLY_LARGER
    if any(place.country != first.country and known[place.number] > enough for place in places):
        return first, False
    # Nor where a state or county is called so elsewhere, or it is a small town far away: there will be others.
    data = countries()
    name = folded(said)
    region = data.regions.get(name)
    elsewhere = region is not None and region.wide and not any(place.country == region.country for place in places)
    if elsewhere and data.by_name.get(name) != first.country:
        return first, False
    far = data.continents.get(first.country) != data.continents.get(home)
    return first, not (far and first.population < LARGE)


def _nearness(place: Place, said: str, home: str) -> int:
    """How much more people think of a place because it lies on their continent, or is a capital."""
    data = countries()
    here = data.continents.get(place.country) == data.continents.get(home)
    capital = data.capitals.get(place.country) == folded(place.name) == folded(said)
    return (3 if here else 1) * (3 if capital else 1)


def called(said: str, name: str) -> list[Place]:
    """The places of that (folded) name. Short codes ('LON', 'NOP') count for the largest, or in capitals for the large."""
    places = gazetteer().called(name)
    if len(name) > 3 or not name.isascii():
        return places
    enough = LARGE if said.isupper() else HUGE
    return [place for place in places if place.population >= enough or folded(place.name) == name]


def stands_out(name: str, home: str) -> bool:
    """Whether a word is a city although it is a word as well: 'Nice' and 'LA' are, 'Same' and 'Of' are not."""
    places = gazetteer().called(name)
    if not places:
        return False
    first, continents = places[0], countries().continents
    here = continents.get(first.country) == continents.get(home)
    return first.population >= HUGE or (here and first.population >= LARGE and folded(first.name) == name)


def misspelt(name: str, country: str) -> str | None:
    """The name (folded) of a larger place that this one is a letter or two away from; in `country` first."""
    size = len(name)
    if not _TYPO_MIN <= size <= _TYPO_MAX or not name.isascii():
        return None
    gaz = gazetteer()
    cutoff = 1 if size < _TYPO_TWO else 2
    found = []
    for rank, pool in enumerate((gaz.near.get(country, []), gaz.far.get(name[0], []))):
        nearest = process.extractOne(name, pool, scorer=OSA.distance, score_cutoff=cutoff)
        if nearest is not None and len(nearest[0]) >= _TYPO_MIN:
            found.append((nearest[1], rank, nearest[0]))
    return min(found)[2] if found else None


def shortened(word: str, home: str) -> Place | None:
    """The one large city of the studio's country that is written like this without its vowels: 'ldn', 'mcr'."""
    if not 3 <= len(word) <= 4 or not word.isascii() or not word.isalpha() or re.search("[aeiou]", word):
        return None
    skeleton = re.compile(".*".join(word))
    names = [name for name in gazetteer().near.get(home, []) if skeleton.fullmatch(name)]
    large = {
        place.number: place
        for name in names
        for place in gazetteer().called(name)
        if place.country == home and place.population >= 2 * LARGE
    }
    return large.popitem()[1] if len(large) == 1 else None
