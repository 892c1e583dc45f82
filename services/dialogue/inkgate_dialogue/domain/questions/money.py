"""An amount of money in one figure. The full reading (words, other currencies) comes with the studio's currencies."""

import re

from inkgate_dialogue.domain.questions.reading import Refused, Understood, squeezed

# Matched against squeezed text, with bounded numbers: no text of 4,096 characters takes long.
_FIGURE = re.compile(
    r"(?P<sign>-)?(?P<before>[£€$]|gbp|eur|usd)? ?(?<![\d.,])"
    r"(?P<number>\d{1,3}(?:[, ]\d{3}){1,3}(?:\.\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?)(?![.,]?\d)"
    r" ?(?P<kilo>k\b)? ?(?P<after>£|€|\$|gbp|eur|euros?|usd|dollars?|pounds?|quid)?",
    re.IGNORECASE,
)
_POUNDS = ("", "£", "gbp", "pound", "pounds", "quid")
MINIMUM_PENCE = 5_000


def pence(text: str) -> int | Refused:
    """Pence of the one figure in `text`. Refuses none, several (also a range), negative, foreign, and less than £50."""
    plain = squeezed(text)
    found = list(_FIGURE.finditer(plain))
    if not found:
        return Refused("no_figure")
    if len(found) > 1:
        return Refused("several_figures")
    figure = found[0]
    if figure["sign"]:
        return Refused("negative")
    mark = (figure["before"] or figure["after"] or "").lower()
    if mark not in _POUNDS:
        return Refused("other_currency")
    number = re.sub(r"[, ](?=\d{3}\b)", "", figure["number"]).replace(",", ".")
    amount = round(float(number) * (1000 if figure["kilo"] else 1) * 100)
    if amount < MINIMUM_PENCE:
        return Refused("below_minimum")
    return amount if amount <= 10_000_000 else Refused("too_much")


def only_money(text: str) -> bool:
    """Whether a text is nothing but an amount: the wrong field for an idea or a placement."""
    plain = squeezed(text)
    return bool(re.search(r"[£€$]|gbp|pounds?|quid|budget", plain, re.IGNORECASE)) and not re.sub(
        r"(?i)[£€$\d.,\sk+~-]|gbp|pounds?|quid|budget|about|around|is|my|max|up to", "", plain
    )


def understood(text: str) -> Understood | Refused:
    amount = pence(text)
    return amount if isinstance(amount, Refused) else Understood(text, amount)
