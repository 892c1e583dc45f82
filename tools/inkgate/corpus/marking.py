"""One message: what was labelled against what was read."""

from __future__ import annotations

import enum
import unicodedata

from inkgate.corpus.messages import Message
from inkgate_dialogue.domain.questions import Reading, Refused, Understood


class Mark(enum.Enum):
    """How a reading compares with its label."""

    RIGHT = "understood, and rightly"
    WRONG = "understood as something else, or as an answer though it is none"
    MISSED = "refused, though it is an answer"
    REFUSED = "rightly refused, for the right reason"
    OTHER_REASON = "rightly refused, for another reason"


def mark(question: str, message: Message, reading: Reading) -> Mark:
    """The mark of a reading of this message as an answer to this question."""
    if isinstance(reading, Refused):
        if message.has_value:
            return Mark.MISSED
        return Mark.REFUSED if reading.reason == message.refused else Mark.OTHER_REASON
    return Mark.RIGHT if message.has_value and _same(question, message, reading) else Mark.WRONG


def _same(question: str, message: Message, reading: Understood) -> bool:
    if message.kept:
        return bool(reading.text)
    value = reading.value
    match question:
        case "dimensions":
            return _same_size(message, value)
        case "location_city":
            return _same_place(message, value, reading.also.get("location_country"))
        case "travel_city":
            if not isinstance(value, dict):
                return False
            city = value.get("city")
            return city is None if message.skip else _same_place(message, city, value.get("country"))
        case "instagram_handle":
            return isinstance(value, dict) and value.get("handle") == (None if message.skip else message.value)
    return type(value) is type(message.value) and bool(value == message.value)


def _same_size(message: Message, value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(message.value, dict):
        return False
    read = (float(value["width_cm"]), float(value["height_cm"]))
    said = (message.value["width_cm"], message.value["height_cm"])
    vague = message.give_cm > 0.1
    return any(
        all(abs(one - other) <= message.give_cm for one, other in zip(sides, said, strict=True))
        for sides in (read, read[::-1] if vague else read)
    )


def _same_place(message: Message, city: object, country: object) -> bool:
    """The city by any of its names; a country as the label asks: it has to be told, may be told, or must be left open."""
    if not isinstance(city, str) or not isinstance(message.value, str):
        return False
    if _plain(city) not in {_plain(name) for name in (message.value, *message.other_names)}:
        return False
    if message.country is not None:
        return country == message.country
    return country is None or country == message.may_tell


def _plain(name: str) -> str:
    """Bogotá and Bogota are one name."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
