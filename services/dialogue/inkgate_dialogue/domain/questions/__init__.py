"""The questions: one module each, with one function `parse(Reply) -> Understood | Refused`. This table lists them.

`FREE_TEXT` take any words, so that a late addition is appended; the others are parsed, so that it is a correction.
"""

from collections.abc import Callable
from typing import Any

from inkgate_dialogue.domain.questions import (
    budget,
    complexity,
    coverup,
    dimensions,
    idea,
    instagram_handle,
    location_city,
    location_country,
    placement,
    reference_images,
    style,
    timing,
    travel_city,
)
from inkgate_dialogue.domain.questions.reading import Reading, Refused, Reply, Setting, Understood, cleaned

Parser = Callable[[Reply], Reading]

QUESTIONS: dict[str, Parser] = {
    "idea": idea.parse,
    "placement": placement.parse,
    "dimensions": dimensions.parse,
    "style": style.parse,
    "complexity": complexity.parse,
    "coverup": coverup.parse,
    "reference_images": reference_images.parse,
    "budget": budget.parse,
    "location_city": location_city.parse,
    "location_country": location_country.parse,
    "instagram_handle": instagram_handle.parse,
    "travel_city": travel_city.parse,
    "timing": timing.parse,
}
FREE_TEXT = frozenset({"idea", "placement", "style", "reference_images"})
TAKES_MEDIA = frozenset({"reference_images"})

# Understood values that the topic `leads` may carry (PROTOCOL §3): nothing personal.
PUBLIC = {
    "dimensions": "dimensions",
    "complexity": "complexity",
    "coverup": "coverup",
    "budget": "budget",
    "location_city": "city",
    "location_country": "country",
    "travel_city": "travel_city",
    "timing": "timing",
}


def public_value(key: str, value: Any) -> Any:
    """What the topic `leads` says of a value: plain ones (city names, ISO codes, pence), None where it may not say it."""
    if key not in PUBLIC:
        return None
    return value.get("city") if key == "travel_city" and isinstance(value, dict) else value


__all__ = [
    "FREE_TEXT",
    "PUBLIC",
    "QUESTIONS",
    "TAKES_MEDIA",
    "Parser",
    "Reading",
    "Refused",
    "Reply",
    "Setting",
    "Understood",
    "cleaned",
    "public_value",
]
