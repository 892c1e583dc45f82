"""City, and its country when it is named beside it ('Leeds, UK'). The value is the city's name as written."""

from inkgate_dialogue.domain.questions.location_country import country_code
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, bare, squeezed

_NOT_A_CITY = frozenset({"idk", "yes", "no", "skip", "none", "ok", "hello", "hi", "what", "why"})


def parse(reply: Reply) -> Reading:
    text = squeezed(reply.text)
    name = bare(text)
    if not name or name in _NOT_A_CITY or not any(c.isalpha() for c in name) or len(text) > 100:
        return Refused("no_city")
    if any(c.isdigit() for c in name) or "?" in text:
        return Refused("no_city")
    city, _, rest = text.partition(",")
    code = country_code(rest) if rest.strip() else None
    if code is None:
        return Understood(reply.text, text)
    return Understood(reply.text, city.strip(), {"location_country": code})
