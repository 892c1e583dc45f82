"""The batches of a consumer, one after the other or two at a time: while one is written, the next is judged.

The first half of a batch's transaction keeps this process busy, the second half PostgreSQL. So the second half of one goes
on, on a connection of its own, beside the first half of the next. To each other the two are like batches of two replicas
(docs/decisions/0022):

* No conversation is in both. What comes for one that is still being written waits for the batch after.
* The next begins when the first is judged. From then on the first has all its locks, and waits for nobody but whoever is
  writing, as it is itself.
* The next is not written until the first is committed, so that positions never go back. Where the first fails, the next is
  rolled back, and done again after it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from inkgate_common import backoff, log, metrics
from inkgate_common.clock import Clock
from inkgate_common.errors import is_transient
from inkgate_common.processor import Batch, Processor

_log = log.get("consumer")


class Attempt:
    """The first try of a batch. `judged` is set when its second half begins, or when it failed before."""

    def __init__(self, processor: Processor, batch: Batch, older: "Attempt | None", clock: Clock) -> None:
        self.batch = batch
        self.began_s = self.ended_s = clock.monotonic()
        self._clock = clock
        self.conversations = {event.subject for event in batch.events}
        self.judged = asyncio.Event()
        self.task: asyncio.Task[None] = asyncio.create_task(
            processor.attempt(batch, self.judged, older.task if older else None)
        )
        self.task.add_done_callback(self._end)

    def _end(self, _: "asyncio.Task[None]") -> None:
        self.ended_s = self._clock.monotonic()
        self.judged.set()

    def is_in_the_way_of(self, batch: Batch) -> bool:
        """Whether a batch had better wait for this one: it is written already, or most of the batch would have to."""
        shared = sum(event.subject in self.conversations for event in batch.events)
        return self.task.done() or 2 * shared > len(batch.events)

    async def succeeds(self) -> bool:
        """Whether it was committed, as soon as that is known."""
        await asyncio.wait([self.task])
        return self.task.exception() is None


class Pipeline:
    """`take` batches in the order in which they were read. `done` is told of each that is committed.

    `overlap`: two at a time.
    """

    def __init__(
        self,
        processor: Processor,
        clock: Clock,
        chance: Callable[[], float],
        stopping: Callable[[], bool],
        done: Callable[[Batch], None],
        *,
        overlap: bool,
    ) -> None:
        self._processor = processor
        self._clock = clock
        self._chance = chance
        self._stopping = stopping
        self._done = done
        self._overlap = overlap
        self._first = True
        self._older: Attempt | None = None
        # What concerns conversations that are being written, and the positions that must not be stored before it is handled.
        self._late = Batch()

    @property
    def waits(self) -> bool:
        """Whether something that was taken waits for the next batch."""
        return bool(self._late.events)

    async def take(self, batch: Batch) -> None:
        """Return when this batch is judged and all before it are committed. Raises transient errors while stopping."""
        if self._first or not self._overlap:
            # The first of a process may change what all others go by (dialogue's epoch, after a restored backup).
            await self._alone(batch, self._clock.monotonic())
            self._first = False
            return
        older, self._older = self._older, None
        if older is not None and older.is_in_the_way_of(batch):
            await self._finish(older)
            older = None
        self._set_aside(batch, older)
        younger = Attempt(self._processor, batch, older, self._clock)
        try:
            await younger.judged.wait()
            if older is not None:
                await self._end(older, younger)
        except BaseException:
            await _undo(younger, older)
            raise
        if younger.task.done() and not await younger.succeeds():
            await self._alone(batch, younger.began_s)
        else:
            self._older = younger

    async def finish(self) -> None:
        """Return when all that was taken is committed."""
        older, self._older = self._older, None
        if older is not None:
            await self._finish(older)

    async def _finish(self, older: Attempt) -> None:
        try:
            await self._end(older, None)
        except BaseException:
            await _undo(older)
            raise

    def _set_aside(self, batch: Batch, older: Attempt | None) -> None:
        """Leave out what concerns conversations of the older batch. What was left out of that one is in this."""
        late, busy = self._late, older.conversations if older else ()
        events = [*late.events, *batch.events]
        replayed, origins = late.replayed | batch.replayed, {**late.origins, **batch.origins}
        positions = {**late.positions, **batch.positions}
        rest = [event for event in events if event.subject in busy]
        batch.events = [event for event in events if event.subject not in busy]
        batch.replayed, batch.origins = replayed, origins
        batch.positions = late.positions if rest else positions
        self._late = Batch(
            events=rest,
            positions=positions if rest else {},
            replayed=replayed & {event.id for event in rest},
            origins={event.id: origins[event.id] for event in rest if event.id in origins},
        )

    async def _end(self, older: Attempt, younger: Attempt | None) -> None:
        if await older.succeeds():
            self._finished(older.batch, older.ended_s - older.began_s)
            return
        if younger is not None:
            await younger.succeeds()  # it does not: it waits for the older one
        await self._alone(older.batch, older.began_s)

    async def _alone(self, batch: Batch, began_s: float) -> None:
        """A database that is down is not a poisoned message: wait for it."""
        attempt = 0
        while True:
            try:
                await self._processor.process(batch)
                break
            except Exception as error:
                if not is_transient(error) or self._stopping():
                    raise
                attempt += 1
                _log.warning("waiting for the database", error=type(error).__name__, attempt=attempt)
                await asyncio.sleep(backoff.delay_s(attempt, self._chance(), base_s=0.05, cap_s=5))
        self._finished(batch, self._clock.monotonic() - began_s)

    def _finished(self, batch: Batch, seconds: float) -> None:
        metrics.BATCH_SECONDS.observe(seconds)
        self._done(batch)


async def _undo(*attempts: Attempt | None) -> None:
    tasks: list[asyncio.Task[Any]] = [attempt.task for attempt in attempts if attempt is not None]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
