"""Width × height in cm or inches, at most 100 cm a side. The value is `{"width_cm", "height_cm"}`."""

import re

from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Understood, squeezed

SIDE_CM_MAX = 100.0
# Matched against squeezed text, with bounded numbers: no text of 4,096 characters takes long.
_NUMBER = r"(?<![\d.,])(\d{1,6}(?:[.,]\d{1,4})?)(?!\d)"
_UNIT = r"((?:mm|millimet(?:er|re)s?|cms?|centimet(?:er|re)s?|inch(?:es)?|ins?)(?![a-wyz])|[\"”″]|′′|'')?"
_PAIR = re.compile(rf"(-)?{_NUMBER} ?{_UNIT} ?(?:x|×|by|\*|✕) ?{_NUMBER} ?{_UNIT}", re.IGNORECASE)
_SINGLE = re.compile(rf"(-)?{_NUMBER} ?{_UNIT}", re.IGNORECASE)
_PALM = re.compile(r"\bpalm\b", re.IGNORECASE)
_PALM_CM = 9.0


def _cm(number: str, unit: str | None) -> float:
    value = float(number.replace(",", "."))
    name = (unit or "cm").lower()
    if name.startswith(("in", '"', "”", "″", "′", "'")):
        return round(value * 2.54, 1)
    return value / 10 if name.startswith(("mm", "milli")) else value


def parse(reply: Reply) -> Reading:
    text = squeezed(reply.text)
    pair = _PAIR.search(text)
    if pair:
        negative, first, first_unit, second, second_unit = pair.groups()
        width, height = _cm(first, first_unit or second_unit), _cm(second, second_unit or first_unit)
    elif _PALM.search(text):
        negative, width, height = None, _PALM_CM, _PALM_CM
    else:
        singles = [match for match in _SINGLE.finditer(text) if match[3]]
        if not singles:
            return Refused("no_size")
        if len(singles) > 1:
            return Refused("several_sizes")
        negative, number, unit = singles[0].groups()
        width = height = _cm(number, unit)
    if negative or width <= 0 or height <= 0:
        return Refused("not_positive")
    if width > SIDE_CM_MAX or height > SIDE_CM_MAX:
        return Refused("too_large")
    return Understood(reply.text, {"width_cm": width, "height_cm": height})


def only_size(text: str) -> bool:
    """Whether a text is nothing but a size."""
    plain = squeezed(text)
    rest = _SINGLE.sub("", _PAIR.sub("", plain))
    return bool(_PAIR.search(plain) or any(m[3] for m in _SINGLE.finditer(plain))) and not re.sub(
        r"(?i)[\s.,~-]|about|around|approx|roughly", "", rest
    )
