"""This process among its like: its lease, what dead ones left behind, and what waits for time to pass.

A process is alive while its row in `workers` is fresh. It renews it every 2 s; after 8 s the others take over what it had
under way, as uncertain. A process that could not renew stops calling after 6 s, well before that. Uncertain sends wait by a
clock that runs only while all partitions of topic receipts are read to the end, by whichever process has them.
"""

import asyncio
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from inkgate_common import ids, log
from inkgate_common.clock import Clock
from inkgate_common.db import Database, UnitOfWork
from inkgate_common.kafka import Reach
from inkgate_sender import metrics, repository, repository_queue
from inkgate_sender.domain import uncertain
from inkgate_sender.domain.verdict import Policy, Verdict
from inkgate_sender.engine import Engine
from inkgate_sender.pacing import Pacing
from inkgate_sender.recorder import Recorder, apply
from inkgate_sender.voice import Voice

_log = log.get("keeper")

BEAT_EVERY_S = 2.0
DEAD_AFTER_S = 8.0
LEASE_S = 6.0
# A process's word about its receipts counts for so long.
FRESH_S = 5.0
# A partition was read to the end when that was so within this time.
CAUGHT_UP_WITHIN_S = 3.0
SWEEP_BATCH = 500
# Beyond the time that a call and its record may take: nobody in this process knows of the send.
LOST_AFTER_S = 20.0
# Within what the life of a service allows (inkgate_common.service.CONSUMER_STOP_S).
DRAIN_S = 3.5


class Receipts(Protocol):
    """What the keeper asks of the consumer."""

    def reach(self, topic: str) -> dict[int, Reach]: ...
    def partitions(self, topic: str) -> int: ...


class Tide:
    """Which partitions were read to the end lately. Under load the end is always a little ahead: what counts is that an end
    which was seen some moments ago has been reached."""

    def __init__(self) -> None:
        self._marks: dict[int, tuple[float, int]] = {}
        self._reached: dict[int, float] = {}

    def caught_up(self, reach: dict[int, Reach], now_s: float, unix_ms: float) -> int:
        """How many of these partitions were read to an end that was seen less than CAUGHT_UP_WITHIN_S ago."""
        for partition, at in reach.items():
            if at.end is None or at.asked_ms is None or unix_ms - at.asked_ms > CAUGHT_UP_WITHIN_S * 1000:
                continue
            if at.handled >= at.end:
                self._reached[partition] = now_s
                self._marks.pop(partition, None)
                continue
            marked_s, end = self._marks.setdefault(partition, (now_s, at.end))
            if at.handled >= end:
                self._reached[partition] = marked_s
                self._marks[partition] = (now_s, at.end)
        for gone in set(self._reached) - set(reach):
            del self._reached[gone]
            self._marks.pop(gone, None)
        return sum(now_s - reached_s <= CAUGHT_UP_WITHIN_S for reached_s in self._reached.values())


class Keeper:
    """`beat`, `sweep` and `look_for_lost` are to be called again and again."""

    def __init__(self, database: Database, pacing: Pacing, policy: Policy, clock: Clock, wait_s: float) -> None:
        self._database = database
        self._pacing = pacing
        self._policy = policy
        self._clock = clock
        self._wait_s = wait_s
        self._owner = ids.random_id()
        self._enlisted = False
        self._lease_until_s = float("-inf")
        self._leaving = False
        self._tide = Tide()
        self._receipts: Receipts
        self._engine: Engine
        self._recorder: Recorder

    def meet(self, receipts: Receipts, engine: Engine, recorder: Recorder) -> None:
        """Introduce the others (for the composition root: they know each other in a circle). Before anything else."""
        self._receipts, self._engine, self._recorder = receipts, engine, recorder

    @property
    def owner(self) -> UUID:
        """This process's name on the sends that it has under way."""
        return self._owner

    def held(self) -> bool:
        """Whether the others surely do not take us for dead."""
        return self._clock.monotonic() < self._lease_until_s

    async def beat(self) -> None:
        """Renew the lease; learn of holds, and of how many we are."""
        if self._leaving:
            return
        asked_s = self._clock.monotonic()
        caught_up, partitions = self._receipts_read(asked_s)
        async with self._database.transaction() as uow:
            known = await repository_queue.beat(uow, self._owner, caught_up, partitions)
            if not known:
                if self._enlisted:
                    _log.error("taken for dead: the lease was not renewed in time", owner=str(self._owner))
                    self._owner = ids.random_id()
                await repository_queue.enlist(uow, self._owner)
            await repository_queue.bury(uow, DEAD_AFTER_S)
        self._enlisted = True
        self._lease_until_s = asked_s + LEASE_S
        await self._learn()

    def _receipts_read(self, now_s: float) -> tuple[int, int]:
        unix_ms = self._clock.now().timestamp() * 1000
        caught_up = self._tide.caught_up(self._receipts.reach("receipts"), now_s, unix_ms)
        return caught_up, self._receipts.partitions("receipts")

    async def _learn(self) -> None:
        self._pacing.share(await repository_queue.alive(self._database, DEAD_AFTER_S))
        released = False
        numbers = await repository_queue.numbers(self._database)
        self._pacing.note_stored([number.phone_number_id for number in numbers])
        for number in numbers:
            released |= self._pacing.hold(number.phone_number_id, number.hold_scope)
        if released:
            self._engine.wake()

    async def sweep(self) -> None:
        """Take over what the dead left, settle or repeat what is uncertain, end what waited long enough for a status."""
        now = self._clock.now()
        if self._leaving or not await repository_queue.anything_to_look_at(self._database, DEAD_AFTER_S, now):
            return
        async with self._database.transaction() as uow:
            says = Voice()
            orphans = await repository_queue.orphaned(uow, DEAD_AFTER_S, SWEEP_BATCH)
            if orphans:
                taken = await self._recorder.make_uncertain(uow, orphans, says, now)
                uow.after_commit(lambda: _tell_takeover(taken))
            resends = await self._look_at_uncertain(uow, says)
            await self._end_gates(uow, says)
            await says.write(uow)
        if resends:
            metrics.UNCERTAIN_RESENDS.inc(resends)
            self._engine.wake()

    async def _look_at_uncertain(self, uow: UnitOfWork, says: Voice) -> int:
        clock_s = await repository_queue.tick(uow, FRESH_S, repository.CLOCK_STEP_S_MAX)
        since = await repository_queue.uncertain(uow, SWEEP_BATCH)
        before = await repository.load(uow, since, skip_locked=True)
        now = self._clock.now()
        verdicts: list[Verdict] = []
        for key, send in before.items():
            if send.state == "uncertain":
                waited_s = clock_s - since[key]
                verdict = uncertain.look_again(send, waited_s, self._wait_s, self._policy, now)
                if verdict is not None:
                    verdicts.append(verdict)
        await apply(uow, before, verdicts, says, now)
        return sum(verdict.resend for verdict in verdicts)

    async def _end_gates(self, uow: UnitOfWork, says: Voice) -> None:
        now = self._clock.now()
        due = await repository_queue.gates_due(uow, now, SWEEP_BATCH)
        before = await repository.load(uow, due, skip_locked=True)
        verdicts = [
            uncertain.gate_timed_out(send, self._policy, now) for send in before.values() if send.state == "accepted"
        ]
        await apply(uow, before, verdicts, says, now)

    async def look_for_lost(self) -> None:
        """Sends that are ours by the table and in nobody's hands here: their commit's answer was lost, or their result could
        not be recorded."""
        before = self._clock.now() - timedelta(seconds=LOST_AFTER_S)
        mine = await repository_queue.lost(self._database, self._owner, before)
        lost = [intent_id for intent_id in mine if not self._engine.holds(intent_id)]
        if lost:
            _log.error("sends lost from memory", sends=len(lost))
            async with self._database.transaction() as uow:
                says = Voice()
                await self._recorder.make_uncertain(uow, lost, says, self._clock.now())
                await says.write(uow)

    async def drain(self) -> None:
        """The end: no call begins any more; those under way may finish and be recorded, for a while; then the lease ends,
        and what is still under way is uncertain for the others at once."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._engine.stop()
                await self._recorder.idle()
        except TimeoutError:
            _log.warning("calls under way at the end")
        await self._leave()

    async def _leave(self) -> None:
        self._leaving = True
        self._lease_until_s = float("-inf")
        async with self._database.transaction() as uow:
            says = Voice()
            left = await repository_queue.under_way(uow, self._owner)
            if left:
                await self._recorder.make_uncertain(uow, left, says, self._clock.now())
                _log.warning("stopped with calls under way", sends=len(left))
            await repository_queue.leave(uow, self._owner)
            await says.write(uow)


def _tell_takeover(sends: int) -> None:
    metrics.TAKEN_OVER.inc(sends)
    _log.warning("sends of a dead process taken over", sends=sends)
