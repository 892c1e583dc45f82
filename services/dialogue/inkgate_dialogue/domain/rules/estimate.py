"""DOMAIN §5: size category, days and deposit of a piece. Pence; internal, never shown to clients but as the deposit."""

import math
from typing import Any, Literal

from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions.reading import bare
from inkgate_dialogue.domain.studio import Studio

Category = Literal["SMALL", "MEDIUM", "LARGE", "XL"]
_ORDER: tuple[Category, ...] = ("SMALL", "MEDIUM", "LARGE", "XL")
_BELOW_CM2: tuple[tuple[float, Category], ...] = ((50, "SMALL"), (150, "MEDIUM"), (300, "LARGE"))
_DAYS_BELOW_CM2 = ((350.0, 1.5), (500.0, 2.0), (700.0, 2.5))


def hard_placement(answers: dict[str, str], studio: Studio) -> bool:
    words = set(bare(answers.get("placement", "")).split())
    return bool(words & set(studio.file.hard_placements))


def area_cm2(values: dict[str, Any]) -> float | None:
    size = values.get("dimensions")
    return None if size is None else size["width_cm"] * size["height_cm"]


def category(lead: Lead, studio: Studio) -> Category:
    """By area, and up one (at most to LARGE) for each of cover-up, complexity 3 and hard placement."""
    area = area_cm2(lead.values)
    complexity, coverup = lead.values.get("complexity"), bool(lead.values.get("coverup"))
    if area is None:
        return "LARGE" if complexity == 3 or coverup else "MEDIUM" if complexity == 2 else "SMALL"
    by_area = next((name for limit, name in _BELOW_CM2 if area < limit), "XL")
    if by_area == "XL":
        return "XL"
    ups = coverup + (complexity == 3) + hard_placement(lead.answers, studio)
    return _ORDER[min(_ORDER.index(by_area) + ups, _ORDER.index("LARGE"))]


def xl_days(lead: Lead, studio: Studio) -> float:
    """Days of an XL piece, between 1 and 4 in halves."""
    area = area_cm2(lead.values) or 0.0
    days = next((days for limit, days in _DAYS_BELOW_CM2 if area < limit), 3.0)
    ups = bool(lead.values.get("coverup")) + (lead.values.get("complexity") == 3)
    days += 0.5 * (ups + hard_placement(lead.answers, studio))
    return min(4.0, max(1.0, math.floor(days * 2) / 2))


def price_range(lead: Lead, studio: Studio) -> tuple[int, int]:
    """From and to, in pence: the category's hours at the hourly rate of the client's region (the studio's own country while
    hers is not known). For the artist alone."""
    hours = studio.file.estimates
    days = 1.0
    match category(lead, studio):
        case "SMALL":
            least, most = hours.small_hours
        case "MEDIUM":
            least, most = hours.medium_hours
        case "LARGE":
            least, most = hours.large_hours
        case _:
            (least, most), days = hours.extra_large_day_hours, xl_days(lead, studio)
    rate = studio.region(lead.values.get("location_country") or studio.file.country).hourly_pence
    return round(least * days * rate), round(most * days * rate)


def deposit_pence(lead: Lead, studio: Studio) -> int:
    """What the link will ask for, unless the artist has set another sum."""
    if lead.deposit_pence is not None:
        return lead.deposit_pence
    deposits = studio.file.deposits
    match category(lead, studio):
        case "SMALL":
            return deposits.small_pence
        case "MEDIUM":
            return deposits.medium_pence
        case "LARGE":
            return deposits.large_pence
        case _:
            return round(deposits.extra_large_day_pence * xl_days(lead, studio))
