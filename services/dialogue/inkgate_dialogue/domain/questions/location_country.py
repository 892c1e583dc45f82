"""Country. The value is its ISO 3166 code of two letters: by any of its names in any language, by its flag, misspelt, by a
state or region of it, and by a city where that leaves no doubt."""

from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions import chatter
from inkgate_dialogue.domain.questions.countries import country_code, flags, spellings
from inkgate_dialogue.domain.questions.gazetteer import folded
from inkgate_dialogue.domain.questions.pieces import countries_in
from inkgate_dialogue.domain.questions.places import City, read_city
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, squeezed

__all__ = ["country_code", "parse"]

_TEXT_MAX = 300
_TYPO_MIN = 5


def parse(reply: Reply) -> Reading:
    said = squeezed(reply.text[: 2 * _TEXT_MAX])
    whole = country_code(said)
    if whole is not None:
        return Understood(reply.text, whole)
    found = list(dict.fromkeys([*flags(reply.text[:_TEXT_MAX]), *countries_in(said[:_TEXT_MAX])]))
    if len(found) > 1:
        return Refused("several_countries")
    if found:
        return Understood(reply.text, found[0])
    meant = _misspelt(folded(said[:_TEXT_MAX]))
    if meant is not None:
        return Understood(reply.text, meant, sure=0.8)
    city = read_city(reply.text, reply.setting)
    if isinstance(city, City) and city.known and city.country and city.sure == 1 and city.population >= 100_000:
        return Understood(reply.text, city.country, sure=0.8)
    return Refused("no_country")


def _misspelt(text: str) -> str | None:
    """The country whose English or Spanish name is a letter or two away."""
    words = [word for word in text.split() if word not in chatter.LOCATING]
    tried = [" ".join(words), *words] if len(words) <= 4 else []
    for name in tried:
        if len(name) < _TYPO_MIN or name in chatter.WORDS:
            continue
        pool = spellings()
        found = process.extractOne(name, pool, scorer=OSA.distance, score_cutoff=1 if len(name) < 8 else 2)
        if found is not None:
            return country_code(found[0])
    return None
