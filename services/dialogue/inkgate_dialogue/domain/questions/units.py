"""Units of length: what people call them, and how many centimetres each is.

The centimetres are pint's. Its registry costs half a millisecond a conversion, so the few that are spoken of here are asked
of it once, when the service starts; a parse only looks them up.
"""

from functools import lru_cache

import pint
from rapidfuzz import process
from rapidfuzz.distance import OSA

# pint's name → what people write (folded), in English, Spanish and a few other scripts.
_CALLED = {
    "millimeter": "mm mms millimetre millimetres millimeter millimeters milimetro milimetros",
    # (xm, vm, cn: the keys beside)
    "centimeter": "cm cms cmts cmt centimetre centimetres centimeter centimeters centi centis centimetro centimetros "
    "xm vm cn سم सेमी см 厘米 公分 センチ",
    "meter": "m mt mts mtr metre metres meter meters metro metros",
    "inch": "in ins inch inches inchs \" '' ′′ pulgada pulgadas pulg pulgs",
    "foot": "ft foot feet ' ′ pie pies",
}


def _in_cm() -> dict[str, float]:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    return {
        word: float(registry.Quantity(1, unit).to("centimeter").magnitude)
        for unit, words in _CALLED.items()
        for word in words.split()
    }


CM = _in_cm()
_LONG = [word for word in CM if word.isalpha() and word.isascii() and len(word) > 4]


@lru_cache(maxsize=1024)
def in_cm(word: str) -> float | None:
    """Centimetres of one unit by its name (folded), also a letter or two off ('inchs', 'centimters'). None: no unit."""
    found = CM.get(word)
    if found is not None or not 4 <= len(word) <= 14 or not word.isalpha():
        return found
    near = process.extractOne(word, _LONG, scorer=OSA.distance, score_cutoff=1 if len(word) < 8 else 2)
    return CM[near[0]] if near and near[0][0] == word[0] else None
