"""Width × height, at most 100 cm a side. The value is `{"width_cm", "height_cm"}`, to a tenth of a centimetre.

One figure is a square, a range of one side its upper end, a thing ('palm sized') its usual measure: plain assumptions that
she is told of. Units are in `units`, number words text2num's (`numerals`).
"""

import re

import msgspec

from inkgate_dialogue.domain.questions import comparisons, numerals, units
from inkgate_dialogue.domain.questions.numerals import CORRECTED
from inkgate_dialogue.domain.questions.reading import (
    Reading,
    Refused,
    Reply,
    Setting,
    Understood,
    as_written,
    folded,
    listed,
)

SIDE_CM_MAX = 100.0
_FIGURES_MAX = 12
_SAME_CM = 0.35  # '10cm (4 inches)' is one size

# Matched against folded text, with bounded numbers: no text of 4,096 characters takes long.
_FIGURE = re.compile(
    r"(?P<sign>(?<![\w)\"'.-])-|\b(?:minus|(?<!\bo )menos|"
    r"negative) )?(?<![\w.,£€$#@])(?:(?P<top>[1-9])/(?P<bottom>[2348]|16)(?![\d/])|"
    r"(?P<number>\d{1,5}(?:[.,]\d{1,3})?|\.\d{1,3})(?![\d]|[.,]\d)(?:[ -](?P<top2>[1-9])/(?P<bottom2>[2-9]|"
    r"16)(?![\d/]))?)"
)
_UNIT = re.compile(r" ?-?(\"|''|'(?![a-z])|[^\W\d_]{1,14})")
_TIMES = re.compile(r"(?:(?<![a-z])|(?<=cm)|(?<=cms)|(?<=mm)|(?<=in)|(?<=ft)|(?<=\dm))[x*](?= ?[\d.])")
_LETTER = re.compile(r"\b([whl]|ancho|alto|largo)[:=]?(?=\d)")
_DOTTED = re.compile(r"\bc\. ?m\.?(?!\w)")
_QUARTER_UNIT = re.compile(r"\b(?:an? )?quarter (?:of )?(?:an? )?(?=inch|foot|met)")
_COUPLE = re.compile(r"\b(?:(?:a )?couple (?:of )?|un par de )(?=(?:inch|cm|cent|pulgada))")
_HALF_UNIT = re.compile(r"\b(?:half|medio|media) (?:an? )?(?=(?:inch|foot|met|pulgada|pie|centim|cm))")
_UNIT_AND_A_HALF = re.compile(r"\b1 (inch|foot|metre|meter|pulgada|metro|pie) (?:and a half|y medi[oa])\b")
_A_UNIT = re.compile(
    r"\b(?:an?|un|una) (?=(?:inch|foot|metre|meter|pulgada|metro|pie)\b(?! (?:de|del|derecho|izquierdo)\b))"
)
_OTHER = frozenset(
    listed(
        "week weeks month months year years yr yrs yo day days hour hours hr hrs session sessions pound pounds "
        "quid gbp euro euros k percent semana semanas mes meses ano anos dia dias hora horas sesion sesiones "
        "libras st nd rd th am pm"
    )
)
_IN_MAY_STAND_BEFORE = re.compile(
    r"(?: |[.,!?)]|$)(?:$|\W|x\b|by\b|wide|tall|high|long|square|and\b|or\b|to\b|each|max|across|total|roughly|"
    r"approx|maybe|please|ish)"
)
_WIDE = listed("wide width across horizontal horizontally w ancho anchura")
_TALL = listed("tall height high long length h l vertical vertically down lengthways alto altura largo longitud")
_SIDES = frozenset(_WIDE) | frozenset(_TALL)
_JOINS = frozenset({"x", "by", "por", "times", "/", "bye"})
_ALSO = frozenset({"and", "y", "&", "with", "con", "w", "e"})
_RANGES = frozenset({"-", "to", "a", "hasta", "until", "~", "--", "max", "maximum"})
_FILLING = frozenset(listed(
    "about around approx approximately roughly maybe circa ca ish is of the an in it its it's de la el un una unos "
    "unas como sobre aprox aproximadamente mas menos o or so the cm be side sides en i think su up for para maximum"
)) - {"or", "o", "cm"}  # fmt: skip
_WORDS = re.compile(r"[^\W\d_]+|[-~/&]+")
_GAP_MAX = 48
_BETWEEN = re.compile(r"\b(?:between|entre|from|de|desde) $")
_LABEL = re.compile(r"([^\W\d_]+)(?: (?:of|de|is|es))?[:=]? ?(?:about |around |of |de |unos )?$")
_BARE = re.compile(
    r"(?:about|around|approx|approximately|roughly|maybe|circa|like|probably|just|only|size|is|it's|its|i|think|"
    r"guess|reckon|between|entre|from|desde|y|and|to|a|wide|tall|high|long|alto|ancho|largo|width|height|in|say|"
    r"i'd|a|the|unos|unas|como|mas|menos|o|or|so|aprox|aproximadamente|sobre|solo|creo|que|de|tamano|please|ish|x|"
    r"max|maximo|hi|ok|um|[^\w])*"
)


class _Side(msgspec.Struct):
    """A figure in a text: its number, its unit in cm (None: not said), whether it is below zero, and where it stands."""

    number: float
    unit: float | None
    negative: bool
    start: int
    end: int
    upper: bool = False


class _Size(msgspec.Struct):
    width: _Side
    height: _Side | None
    upper: bool = False

    @property
    def has_unit(self) -> bool:
        return self.width.unit is not None or (self.height is not None and self.height.unit is not None)

    @property
    def start(self) -> int:
        return min(self.width.start, (self.height or self.width).start)

    @property
    def end(self) -> int:
        return max(self.width.end, (self.height or self.width).end)

    def cm(self, unit: float) -> tuple[float, float]:
        """Both sides in cm; a side without a unit has the other's, else `unit`."""
        second = self.height or self.width
        return (
            self.width.number * (self.width.unit or second.unit or unit),
            second.number * (second.unit or self.width.unit or unit),
        )


def parse(reply: Reply) -> Reading:
    plain = folded(reply.text)
    said, sizes = plain, []
    for language in numerals.languages(reply.setting.language):
        said = _spelt_out(plain, language, reply.setting)
        sizes = _sizes(said)
        if sizes:
            break
    sizes = _counted(said, sizes)
    if not sizes:
        thing = comparisons.read(plain)
        if thing is not None:
            return _understood(reply.text, thing[0], thing[1], "compared", thing[2])
        return Refused("no_size")
    if len(sizes) > 1:
        return Refused("several_sizes")
    return _one(reply.text, said, sizes[0])


def _spelt_out(plain: str, language: str, setting: Setting) -> str:
    """Number words as digits, and signs that stand for times apart."""
    said = _QUARTER_UNIT.sub("0.25 ", _DOTTED.sub("cm", numerals.halves(plain)))
    said = _COUPLE.sub("2 ", _HALF_UNIT.sub("0.5 ", said))
    said = _UNIT_AND_A_HALF.sub(r"1.5 \1", _A_UNIT.sub("1 ", said))
    said = numerals.in_digits(said, language, away=language != setting.language)
    said = said.replace(numerals.HUNDRED, "00").replace(numerals.THOUSAND, "000")
    return _LETTER.sub(r"\1 ", _TIMES.sub(" x ", said))


def _one(text: str, said: str, size: _Size) -> Reading:
    """The size that was found, where it is one that can be tattooed."""
    width, height = map(_tenth, size.cm(_unit_elsewhere(said) or 1.0))
    shown = as_written(said[size.start : size.end].strip(), text)
    if size.width.negative or width <= 0 or height <= 0:
        return Refused("not_positive", {"said": shown})
    if width > SIDE_CM_MAX or height > SIDE_CM_MAX:
        return Refused("too_large", {"said": shown})
    assumed = "upper" if size.upper else None if size.height is not None or _ROUND.search(said) else "square"
    return _understood(text, width, height, assumed, shown)


_ROUND = re.compile(
    r"\b(?:square|diameter|round|circle|circular|cuadrad[oa]|diametro|redond[oa]|circulo|each (?:side|way)|both|"
    r"cada lado|por lado)\b"
)


def _tenth(cm: float) -> float:
    """To a tenth, halves upwards (6.35 is 6.4)."""
    return int(cm * 10 + 0.5 + 1e-6) / 10


def _understood(text: str, width: float, height: float, assumed: str | None, shown: str) -> Understood:
    words = {"said": shown, "size": f"{width:g} × {height:g} cm"} if assumed else {}
    return Understood(
        text, {"width_cm": width, "height_cm": height}, sure=0.8 if assumed else 1.0, assumed=assumed, words=words
    )


def _unit_elsewhere(said: str) -> float | None:
    """A unit that is named apart from the figures: 'in inches: 3 x 5'."""
    found = _ELSEWHERE.search(said)
    return units.CM[found[0]] if found else None


_ELSEWHERE = re.compile(
    r"\b(?:inch|inches|ins|pulgadas|cms?|centimet(?:re|er)s|centimetros|mm|millimet(?:re|er)s|milimetros)\b"
)


def _sides(said: str) -> list[_Side]:
    """The figures that can be a length."""
    found: list[_Side] = []
    for match in _FIGURE.finditer(said):
        number = float((match["number"] or "0").replace(",", "."))
        if match["top"]:
            number = int(match["top"]) / int(match["bottom"])
        elif match["top2"]:
            number += int(match["top2"]) / int(match["bottom2"])
        end, unit = match.end(), None
        behind = _UNIT.match(said, end, end + 18)
        if behind is not None:
            word = behind[1]
            apart = said[end : end + 1] == " "
            if word in _OTHER:
                continue
            unit = (
                None
                if word == "in" and apart and not _IN_MAY_STAND_BEFORE.match(said, behind.end())
                else units.in_cm(word)
            )
            if unit is None and not apart and word.startswith(("cm", "mm", "inch")):
                unit = units.CM[word[:2]] if word[0] != "i" else units.CM["inch"]
            if unit is not None:
                end = behind.end()
            elif not apart and word not in ("ish", "w", "h", "x", "l", "tall", "wide"):
                continue
        found.append(_Side(number, unit, bool(match["sign"]), match.start(), end))
        if len(found) == _FIGURES_MAX:
            break
    return found


def _sizes(said: str) -> list[_Size]:
    """Sides put together: feet and inches, ranges, and pairs."""
    sides = _joined(said, _sides(said))
    sizes: list[_Size] = []
    n = 0
    while n < len(sides):
        width, n = sides[n], n + 1
        if n < len(sides) and _pairs(said, width, sides[n]):
            height, n = sides[n], n + 1
            if _first_is_height(said, width, height):
                width, height = height, width
            sizes.append(_Size(width, height, width.upper or height.upper))
        else:
            sizes.append(_Size(width, None, width.upper))
    return sizes


def _joined(said: str, sides: list[_Side]) -> list[_Side]:
    """Feet with their inches as one side, and a range of one side as its upper end."""
    joined: list[_Side] = []
    for side in sides:
        last = joined[-1] if joined else None
        gap = said[last.end : side.start] if last is not None else ""
        if last is not None and len(gap) <= _GAP_MAX:
            if last.unit == units.CM["foot"] and side.unit in (units.CM["inch"], None) and gap.strip() in ("", "and"):
                inches = side.number * units.CM["inch"]
                joined[-1] = _Side(last.number + inches / last.unit, last.unit, last.negative, last.start, side.end)
                continue
            words = [word for word in _WORDS.findall(gap) if word not in _FILLING or word == "a"]
            spoken = _BETWEEN.search(said[max(0, last.start - 9) : last.start]) is not None
            ranges = bool(words) and (
                all(word in _RANGES for word in words)
                or (spoken and all(word in _RANGES or word in ("and", "y") for word in words))
            )
            if ranges:
                unit = side.unit if side.unit is not None else last.unit
                first = last.number * (last.unit or unit or 1.0)
                second = side.number * (unit or 1.0)
                number = side.number if second >= first else last.number
                joined[-1] = _Side(
                    number, unit if second >= first else last.unit or unit, last.negative, last.start, side.end, True
                )
                continue
        joined.append(side)
    return joined


def _pairs(said: str, first: _Side, second: _Side) -> bool:
    """Whether two figures are width and height of one thing."""
    gap = said[first.end : second.start]
    if len(gap) > _GAP_MAX:
        return False
    words = [word for word in _WORDS.findall(gap) if word not in _FILLING and word != "a"]
    if any(word in _JOINS for word in words):
        return all(word in _JOINS or word in _SIDES or word in _ALSO for word in words)
    labelled = any(word in _SIDES for word in words)
    return labelled and all(word in _SIDES or word in _ALSO or word == "-" or word == "/" for word in words)


def _first_is_height(said: str, first: _Side, second: _Side) -> bool:
    """Whether the first of a pair was called its height ('15cm tall by 10 wide')."""
    label = _LABEL.search(said[max(0, first.start - 24) : first.start])
    if label is not None and label[1] in _SIDES:
        return label[1] in _TALL
    named = [word for word in _WORDS.findall(said[first.end : second.start]) if word in _SIDES]
    if named:
        return named[0] in _TALL
    after = _WORDS.findall(said[second.end : second.end + 16])
    return bool(after) and after[0] in _WIDE


def _counted(said: str, sizes: list[_Size]) -> list[_Size]:
    """The sizes that count: a correction before what it corrects, those with a unit, then pairs, then a number alone."""
    if len(sizes) > 1 and CORRECTED.search(said[sizes[-2].end : sizes[-1].start]):
        sizes = sizes[-1:]
    united = [size for size in sizes if size.has_unit]
    if not united and not any(size.height is not None for size in sizes):
        return sizes if len(sizes) == 1 and _alone(said, sizes[0]) else []
    if united:
        choices = _choices(said, sizes)
        sizes = [size for n, size in enumerate(sizes) if size.has_unit or n in choices]
    else:
        sizes = [size for size in sizes if size.height is not None]
    different: list[_Size] = []
    for size in sizes:
        if not any(_alike(size.cm(1.0), other.cm(1.0)) for other in different):
            different.append(size)
    pairs = [size for size in different if size.height is not None]
    return pairs if len(pairs) == 1 and len(different) > 1 and not _choices(said, sizes) else different


def _choices(said: str, sizes: list[_Size]) -> set[int]:
    """Sizes without a unit that stand in a choice with one that has: '10 or 15 cm'."""
    found: set[int] = set()
    for n in range(1, len(sizes)):
        gap = said[sizes[n - 1].end : sizes[n].start]
        if len(gap) <= _GAP_MAX and gap.strip(" ,-") in ("or", "o", "u", "and", "y", "or maybe", "o quiza", "/", ""):
            found |= {n - 1, n}
    return found


def _alike(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= _SAME_CM for a, b in zip(one, other, strict=True))


def _alone(said: str, size: _Size) -> bool:
    """Whether a message is hardly more than this number (or names its unit elsewhere)."""
    if _unit_elsewhere(said) is not None:
        return True
    rest = said[: size.start] + " " + said[size.end :]
    return not size.width.negative and _BARE.fullmatch(rest[:200]) is not None and len(rest) <= 200


def tells(reply: Reply) -> bool:
    """Whether a text plainly tells a size: with a unit, or two sides."""
    said = _spelt_out(folded(reply.text), reply.setting.language, reply.setting)
    return any(size.has_unit or size.height is not None for size in _sizes(said))


_ONLY_MAX = 120


def only_size(text: str, setting: Setting) -> bool:
    """Whether a text is nothing but a size: the wrong field for an idea or a placement."""
    if len(text) > _ONLY_MAX:
        return False
    said = _spelt_out(folded(text), setting.language, setting)
    sizes = _sizes(said)
    if not any(size.has_unit or size.height is not None for size in sizes):
        return False
    for size in reversed(sizes):
        said = said[: size.start] + " " + said[size.end :]
    return _BARE.fullmatch(_SIZE_WORDS.sub(" ", said)) is not None


_SIZE_WORDS = re.compile(
    r"\b(?:wide|tall|high|long|width|height|square|ancho|alto|largo|my|mi|want|quiero|and|y|to|by|por|in|en|cm)\b"
)
