"""Which currencies a sign, a code or a word can mean. No table of ours: signs are price-parser's, names in English and
Spanish are price-parser's and pycountry's (ISO 4217 and its translations).

price-parser's own `Price.fromstring` takes one price out of a shop's text. People's budgets are ranges, words and
corrections, and it would say 400 for '400-600'; so its data is used, and reading the figures stays here.
"""

import gettext
from functools import lru_cache

import pycountry
from price_parser._currencies import CURRENCIES
from rapidfuzz import process
from rapidfuzz.distance import OSA

from inkgate_dialogue.domain.questions.reading import folded, listed

_SLANG = {"quid": "GBP", "quids": "GBP", "squid": "GBP", "nicker": "GBP", "sterling": "GBP", "bucks": "USD", "buck": "USD",
          "pavos": "EUR", "pavo": "EUR", "lereles": "EUR"}  # fmt: skip
# Names of supranational units that people pay in; the other codes in X are metals and accounts.
_SHARED = frozenset({"XAF", "XOF", "XPF", "XCD"})
# ISO codes that are words when they are written small.
_ALSO_WORDS = frozenset(listed(
    "all amd ars bam bob cop cup den gel lak lek mad mop mur nad pen ron sar sos std top try won zar mxn ern"
)) - {"mxn", "zar", "sar"}  # fmt: skip
_NOT_NAMES = frozenset({"code", "unit", "currency", "uruguayo", "deg", "sum", "mark", "omani", "oro", "nuevo", "real"})
_NEAR = ("euros", "dollars", "pounds", "dolares", "libras")


def _names() -> dict[str, frozenset[str]]:
    """Every name, sign and code, folded → the codes it can mean."""
    found: dict[str, set[str]] = {}

    def add(name: str, code: str) -> None:
        key = folded(name).strip(" .")
        letter = len(key) == 1 and key.isascii() and key.isalpha()
        if key and not letter and not key.endswith(")") and key not in _NOT_NAMES:
            found.setdefault(key, set()).add(code)

    spanish = gettext.translation("iso4217", pycountry.LOCALES_DIR, languages=["es"], fallback=True)
    for code, facts in CURRENCIES.items():
        iso = pycountry.currencies.get(alpha_3=code)
        if iso is None or (code.startswith("X") and code not in _SHARED):
            continue
        for sign in (code, facts["s"], facts["sn"], *facts.get("sn2", ())):
            add(sign, code)
        for name in (facts["n"], facts["np"], iso.name):
            add(name, code)
            add(name.split()[-1], code)
        singular = folded(iso.name.split()[-1])
        add(singular + "s", code)
        here = folded(spanish.gettext(iso.name))
        first, _, rest = here.partition(" ")
        plural = first + ("s" if first[-1:] in "aeiou" else "es")
        for name in (here, first, plural):
            add(name, code)
        if rest and " " not in rest:
            add(f"{plural} {rest}{'s' if rest[-1] in 'aeiou' else 'es'}", code)
        if iso.name.startswith("Pound "):
            for name in ("pound", "pounds", "pounds sterling"):
                add(name, code)
    for word, code in _SLANG.items():
        found.setdefault(word, set()).update(found[CURRENCIES[code]["s"]] if code == "USD" else {code})
    return {name: frozenset(codes) for name, codes in found.items()}


_NAMES = _names()
_NONE: frozenset[str] = frozenset()


def meant(word: str, written: str) -> frozenset[str]:
    """The codes that a sign, code or name (folded) can mean; none where it is no currency. `written` is the message as it
    stands: a code that is a word in small letters ('all in') counts in capitals only."""
    codes = _NAMES.get(word, _NONE)
    return _NONE if codes and word in _ALSO_WORDS and word.upper() not in written else codes


@lru_cache(maxsize=1024)
def misspelt(word: str) -> frozenset[str]:
    """The same for a common name that is a letter or two off ('eruos', 'dollers')."""
    if not 4 <= len(word) <= 9 or not word.isalpha():
        return frozenset()
    near = process.extractOne(word, _NEAR, scorer=OSA.distance, score_cutoff=1 if len(word) < 6 else 2)
    return _NAMES[near[0]] if near and near[0][0] == word[0] else frozenset()


def chosen(codes: frozenset[str], home: str, rates: dict[str, float]) -> str:
    """The one of several currencies that is meant: the studio's where it is among them, else one that has a rate (the plain
    dollar before others), else the first whose main sign or name it is."""
    if home in codes:
        return home
    priced = sorted(codes & rates.keys(), key=lambda code: (len(CURRENCIES[code]["s"]), code))
    return priced[0] if priced else min(codes, key=lambda code: (len(CURRENCIES[code]["s"]), code))
