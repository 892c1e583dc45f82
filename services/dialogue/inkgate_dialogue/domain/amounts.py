"""Amounts as they are written for people, and as the artist writes them. Each is in a currency; none is taken for pounds."""

import unicodedata

from price_parser._currencies import CURRENCIES

_LONGEST = 9


def sign(code: str) -> str:
    """The sign that stands before an amount, or the code and a space."""
    facts = CURRENCIES.get(code)
    mark = facts["s"] if facts else code
    return mark if mark and unicodedata.category(mark[-1]) == "Sc" else f"{code} "


def amount(pence: int, code: str) -> str:
    """£150, or £150.50."""
    return f"{sign(code)}{pence // 100:,}" if pence % 100 == 0 else f"{sign(code)}{pence / 100:,.2f}"


def pence(text: str, code: str) -> int | None:
    """A sum that the artist wrote, with or without its currency (150, £1,200, 99.50); None where it is none."""
    figure = text.strip().removeprefix(sign(code).strip()).removesuffix(sign(code).strip()).strip().replace(",", "")
    plain = figure.isascii() and figure.replace(".", "", 1).isdigit() and len(figure) <= _LONGEST
    return round(float(figure) * 100) if plain else None
