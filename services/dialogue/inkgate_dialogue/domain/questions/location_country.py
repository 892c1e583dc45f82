"""Country. The value is its ISO 3166 code of two letters (pycountry)."""

from functools import lru_cache

import pycountry

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, bare

# What people call countries and ISO does not.
_SPOKEN = {"uk": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB", "britain": "GB",
           "great britain": "GB", "usa": "US", "us": "US", "america": "US", "the us": "US", "holland": "NL",
           "the netherlands": "NL", "uae": "AE"}  # fmt: skip


_NAME_MAX = 80


def country_code(text: str) -> str | None:
    """The ISO code of a country by any of its names, or None."""
    return _looked_up(text) if len(text) <= 2 * _NAME_MAX else None


@lru_cache(maxsize=4096)
def _looked_up(text: str) -> str | None:
    name = bare(text)
    if name in _SPOKEN:
        return _SPOKEN[name]
    # 'no' is not Norway and 'it' is not Italy: a bare code counts only where it is written as one.
    short = len(name) <= 3 and not text.strip().isupper()
    if len(name) < 2 or len(name) > _NAME_MAX or short:
        return None
    try:
        code: str = pycountry.countries.lookup(name).alpha_2
        return code
    except LookupError:
        return None


def parse(reply: Reply) -> Reading:
    code = country_code(reply.text)
    return Refused("no_country") if code is None else Understood(reply.text, code)
