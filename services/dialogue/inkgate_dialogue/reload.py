"""The studio's files while the service runs: a changed one is taken up without a restart, a bad one is refused and the old
one kept. Every replica looks for itself; that something changed is announced once (`control.announce_studio`)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from inkgate_common import log
from inkgate_common.clock import Clock
from inkgate_dialogue import metrics, studio_file
from inkgate_dialogue.domain.studio import Studio, StudioError

_log = log.get("studio")


class Refused(msgspec.Struct, frozen=True):
    """What lies there and is not used: its digest (its error, where it could not even be read), what is wrong with it."""

    digest: str
    since: datetime
    problems: Sequence[str]


class Watch:
    """The studio as it is used now. `use` takes a new one (it counts from the next batch on), `announce` tells the others.

    Raises StudioError where the files are wrong when it is made: a service does not start with them.
    """

    def __init__(
        self,
        path: Path | None,
        artist_numbers: Sequence[str],
        clock: Clock,
        use: Callable[[Studio], None],
        announce: Callable[[str, Studio], Awaitable[None]],
    ) -> None:
        self._path, self._numbers, self._clock = path, artist_numbers, clock
        self._use, self._announce = use, announce
        self._announced: str | None = None
        self.refused: Refused | None = None
        found = studio_file.files(path)
        self.studio = studio_file.load(found, artist_numbers)
        self.digest, self.loaded_at = found.digest, clock.now()

    async def look(self) -> None:
        """Take up what has changed since; say once what is wrong with it. Raises what `announce` raises: the next look
        announces it."""
        try:
            found = await asyncio.to_thread(studio_file.files, self._path)
        except StudioError as error:
            self._refuse(str(error), error)
            return
        if found.digest != self.digest and (self.refused is None or self.refused.digest != found.digest):
            try:
                self.studio = await asyncio.to_thread(studio_file.load, found, self._numbers)
            except StudioError as error:
                self._refuse(found.digest, error)
                return
            self.digest, self.loaded_at = found.digest, self._clock.now()
            self._use(self.studio)
            metrics.STUDIO_LOADED.labels("taken").inc()
            _log.info("a changed studio file is in use", digest=found.digest)
        if found.digest == self.digest and self.refused is not None:
            self.refused = None
            metrics.STUDIO_REFUSED.set(0)
        if self._announced != self.digest:
            await self._announce(self.digest, self.studio)
            self._announced = self.digest

    def _refuse(self, digest: str, error: StudioError) -> None:
        if self.refused is not None and self.refused.digest == digest:
            return
        self.refused = Refused(digest=digest, since=self._clock.now(), problems=error.problems)
        metrics.STUDIO_REFUSED.set(1)
        metrics.STUDIO_LOADED.labels("refused").inc()
        _log.error("the studio file is wrong; the one before stays in use", digest=digest[:80], error=str(error)[:500])

    def view(self) -> dict[str, Any]:
        """As the API shows it."""
        refused = self.refused
        return {
            "name": self.studio.file.name,
            "digest": self.digest,
            "loaded_at": self.loaded_at,
            "languages": list(self.studio.copies),
            "questions": list(self.studio.questions),
            "refused": None
            if refused is None
            else {"digest": refused.digest, "since": refused.since, "problems": list(refused.problems)},
        }
