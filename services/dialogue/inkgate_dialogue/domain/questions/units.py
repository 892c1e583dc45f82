"""Units of length: what people call them, and how many centimetres each is.

The centimetres are exact by definition (ISO 80000-3; an inch is 25.4 mm since the agreement of 1959), and a test holds them
against pint's, which would cost the service a third of a second at every start.
"""

from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

# Centimetres → what people write (folded), in English, Spanish and a few other scripts.
_CALLED = {
    0.1: "mm mms millimetre millimetres millimeter millimeters milimetro milimetros",
    # (xm, vm, cn: the keys beside)
    1.0: "cm cms cmts cmt centimetre centimetres centimeter centimeters centi centis centimetro centimetros "
    "xm vm cn سم सेमी см 厘米 公分 センチ",
    100.0: "m mt mts mtr metre metres meter meters metro metros",
    2.54: "in ins inch inches inchs \" '' ′′ pulgada pulgadas pulg pulgs",
    30.48: "ft foot feet ' ′ pie pies",
}
CM = {word: cm for cm, words in _CALLED.items() for word in words.split()}
_LONG = [word for word in CM if word.isalpha() and word.isascii() and len(word) > 4]


@lru_cache(maxsize=1024)
def in_cm(word: str) -> float | None:
    """Centimetres of one unit by its name (folded), also a letter or two off ('inchs', 'centimters'). None: no unit."""
    found = CM.get(word)
    if found is not None or not 4 <= len(word) <= 14 or not word.isalpha():
        return found
    near = process.extractOne(word, _LONG, scorer=OSA.distance, score_cutoff=1 if len(word) < 8 else 2)
    return CM[near[0]] if near and near[0][0] == word[0] else None
