"""Which numbers are the studio's own artists'. They never become leads (DOMAIN §4)."""

import tomllib
from collections.abc import Iterable


def numbers_in(studio_file: str) -> frozenset[str]:
    """The `number` of every `[[artist]]` in a studio file (TOML). Raises ValueError that says what is wrong."""
    try:
        tables = tomllib.loads(studio_file).get("artist", [])
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {error}") from None
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ValueError("'artist' must be a list of tables: [[artist]]")
    return digits(str(table.get("number", "")) for table in tables)


def digits(numbers: Iterable[str]) -> frozenset[str]:
    """Numbers as in WhatsApp's `wa_id`. Raises ValueError for one that has anything but digits."""
    wanted = frozenset(numbers)
    for number in sorted(wanted):
        if not (number.isascii() and number.isdigit()):
            raise ValueError(f"artist number '{number}' must be digits, as in WhatsApp's wa_id")
    return wanted
