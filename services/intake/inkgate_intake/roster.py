"""The artists' numbers while the service runs: the studio file may name another artist without a restart."""

import asyncio
from collections.abc import Callable

from inkgate_common import log
from inkgate_common.errors import SettingsError

_log = log.get("intake")


class Roster:
    """Reads the numbers again and hands them on; a file that cannot be read leaves those that are in use, and is logged once
    for each thing that is wrong with it."""

    def __init__(self, read: Callable[[], frozenset[str]], use: Callable[[frozenset[str]], None]) -> None:
        self._read, self._use = read, use
        self._wrong: str | None = None

    async def look(self) -> None:
        """Raises nothing because of the file."""
        try:
            numbers = await asyncio.to_thread(self._read)
        except SettingsError as error:
            if str(error) != self._wrong:
                _log.error("the studio file is wrong; the artists' numbers stay as they were", error=str(error)[:300])
            self._wrong = str(error)
            return
        self._wrong = None
        self._use(numbers)
