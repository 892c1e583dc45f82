"""Sizes told by a thing: 'palm sized', 'a credit card', 'A5'. Each is a plain assumption in cm that she is told of.

Paper is ISO 216, cards are ISO/IEC 7810 (ID-1); the rest are usual measures, rounded: the artist measures anyway.
"""

import re

# What it is called (folded; English, Spanish) → width and height in cm.
_THINGS: tuple[tuple[str, float, float], ...] = (
    (r"credit ?-?cards?|bank ?cards?|debit ?cards?|business ?cards?|id ?cards?|driving licen[cs]e|oyster card|"
    r"gift card|tarjetas?(?: \w+){0,3}|"
     r"dni|carnet", 8.6, 5.4),
    (r"playing ?-?cards?|pokemon card|tarot card|naipes?|cartas?(?: de \w+)?|card", 6.3, 8.8),
    (r"post ?-?cards?|postal(?:es)?", 10.5, 14.8),
    (r"postage stamps?|stamps?|sellos?(?: de correos?)?", 2.0, 2.5),
    (r"palmos?", 20.0, 20.0),
    (r"palms?|palma", 9.0, 9.0),
    (r"fists?|puno", 9.0, 9.0),
    (r"hands?|manos?", 9.0, 18.0),
    (r"thumb ?nails?|finger ?nails?|una del (?:pulgar|dedo)\w*", 1.5, 1.5),
    (r"thumbs?|pulgar(?:es)?", 2.5, 6.0),
    (r"(?:index |little |pinky |ring |middle )?fingers?|pinky|dedos?(?: \w+)?|menique", 2.0, 7.5),
    (r"50 ?p(?:ence)?(?: coins?| piece)?|(?:two|2) ?(?:pounds?|euros?|libras) coins?|"
     r"monedas? de (?:2|dos) (?:euros|libras)|2 ?p(?:ence)?(?: coin| piece)", 2.7, 2.7),
    (r"(?:one|1) ?euro coins?|monedas? de (?:un|1) euro|pound coins?", 2.3, 2.3),
    (r"10 ?p(?:ence)?(?: coins?| piece)?|quarters?|coins?|monedas?(?: de \w+(?: \w+)?)?|pennies|penny|1 ?p coin|"
    r"pound coin|euro coin|"
     r"20 ?p(?:ence)?(?: coins?| piece)?|5 ?p (?:coins?|piece)", 2.5, 2.5),
    (r"golf ?balls?|pelotas? de golf", 4.3, 4.3),
    (r"tennis ?balls?|pelotas? de tenis", 6.7, 6.7),
    (r"eggs?|huevos?", 4.5, 6.0),
    (r"lemons?|limon(?:es)?|limes?", 5.5, 7.0),
    (r"apples?|oranges?|manzanas?|naranjas?", 8.0, 8.0),
    (r"match ?box(?:es)?|cajas? de (?:cerillas|fosforos)|cajetilla", 5.0, 3.5),
    (r"lighters?|mecheros?|encendedor(?:es)?", 2.5, 8.0),
    (r"bank ?notes?|dollar bills?|billetes?", 14.0, 7.0),
    (r"(?:my |mi |an? |un )?(?:i?phones?|mobile(?: phone)?|cell ?phone|smart ?phone|telefono|movil|"
    r"celular)", 7.0, 15.0),
    (r"coasters?|beer ?mats?|posavasos", 9.5, 9.5),
    (r"cds?|dvds?|compact disc", 12.0, 12.0),
    (r"polaroids?", 8.8, 10.7),
    (r"(?:coke|soda|beer) can|can of \w+|latas?", 6.6, 12.0),
    (r"half (?:an? |of )?(?:an? )?(?:a4|page|sheet)|(?:medio|media) (?:a4|folio|hoja|pagina)|cuartilla", 14.8, 21.0),
    (r"sheet of paper|page|folio|hoja(?: de papel)?|dina4", 21.0, 29.7),
)  # fmt: skip
_SHORT, _LONG = 84.1, 118.9  # A0 in cm; each next size is the one before it folded


def _paper() -> dict[str, tuple[float, float]]:
    sizes = {}
    short, long = _SHORT, _LONG
    for number in range(11):
        sizes[f"a{number}"] = (round(short, 1), round(long, 1))
        short, long = int(long * 10 / 2) / 10, short
    return sizes


_PAPER = _paper()
_SHEET = re.compile(r"\b(?:din ?-?)?a ?([3-9])\b(?! ?(?:x|cm|mm|inch))")
_THING = re.compile("|".join(f"(?P<t{n}>{words})" for n, (words, _, _) in enumerate(_THINGS)))
_COMPARES = re.compile(
    r"\b(?:size|sized|sizes|as (?:big|small|large|long) as|big as|like|about|around|roughly|bigger than|"
    r"smaller than|larger than|tamano|como|tan grande|grande que|pequen[oa]s? que|mas o menos|dimensiones|medida|"
    r"length of|fits?|cabe|quepa|cover(?:s|ing)? the)\b|~"
)
_COUNTED = re.compile(r"\b(?:[2-9]|two|three|four|dos|tres|cuatro) $")
_WORDS_MAX = 5
_READ_MAX = 300
_PLACE = re.compile(
    r"\b(?:on|onto|in|inside|across|en|sobre|dentro de) (?:my |the |a |la |el |mi |un |una )?(?:\w+ )?$"
)


def read(said: str) -> tuple[float, float, str] | None:
    """Width and height in cm of what a text (folded) compares with, and the words for it; None where it compares with none.
    A thing counts where it is compared with, or where little else is said; not as a place ('on my hand')."""
    said = said[:_READ_MAX]
    sheet = _SHEET.search(said)
    halved = _HALF_SHEET.search(said)
    if halved is None and sheet is not None:
        size = _PAPER[f"a{sheet[1]}"]
        return (*size, f"A{sheet[1]}")
    for match in _WHOLE_THING.finditer(said):
        if _PLACE.search(said[max(0, match.start() - 24) : match.start()]):
            continue
        if _COUNTED.search(said[max(0, match.start() - 8) : match.start()]):
            continue  # 'two fingers wide'
        few = len(said.split()) <= _WORDS_MAX
        if few or _COMPARES.search(said):
            number = next(n for n in range(len(_THINGS)) if match[f"t{n}"])
            return (*_THINGS[number][1:], match[0].strip())
    return None


_HALF_SHEET = re.compile(r"\b(?:half|medio|media)\b[^.]{0,8}\ba ?4\b")
_WHOLE_THING = re.compile(rf"(?<![\w£€$])(?:{_THING.pattern})(?:[ -]?sized?)?(?!\w)")
