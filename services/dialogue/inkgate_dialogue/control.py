"""The topic `control`: what other services tell all replicas, stored as state of this one (when the sender held a number,
and when not), and what this service tells them."""

from collections.abc import Sequence

from inkgate_common import cloudevents, ids
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import TimerFired
from inkgate_common.contracts.control import ModeChanged, SenderHeld, SenderReleased, StudioChanged
from inkgate_common.db import Database, UnitOfWork
from inkgate_dialogue import repository
from inkgate_dialogue.domain import pauses
from inkgate_dialogue.domain.publish import SOURCE
from inkgate_dialogue.domain.studio import Studio

DRAIN = "drain"  # a timer of no kind: its event makes the owner look into the mailbox


async def take(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Record holds and releases, in their order (they are keyed by their number). Whatever else is said is not ours."""
    told = [event.data for event in events if isinstance(event.data, SenderHeld | SenderReleased)]
    if not told:
        return
    known = await repository.lock_pauses(uow)
    for data in told:
        change = pauses.begin if isinstance(data, SenderHeld) else pauses.end
        known = change(known, data.phone_number_id, data.at)
    await repository.store_pauses(uow, known)


async def change_mode(
    database: Database, clock: Clock, phone_number_id: str, *, panic: bool, pilot: bool, by: str
) -> None:
    """Switch panic and pilot mode. When panic ends, every conversation that waits is looked at."""
    now = clock.now()
    async with database.transaction() as uow:
        await repository.set_mode(uow, panic, pilot)
        known = await repository.lock_pauses(uow)
        await repository.store_pauses(uow, (pauses.begin if panic else pauses.end)(known, None, now))
        cause = ids.random_id()
        changed = ModeChanged(at=now, panic=panic, pilot=pilot, by=by)
        uow.emit(cloudevents.new(changed, source=SOURCE, subject=phone_number_id, time=now, cause=cause))
        if not panic:
            for key in await repository.conversations_that_wait(uow):
                data = TimerFired(timer_id=cause, lead_id=key, timer=DRAIN, due_at=now)
                uow.emit(cloudevents.new(data, source=SOURCE, subject=key, time=now, cause=cause, ordinal=str(key)))


async def announce_studio(database: Database, clock: Clock, phone_number_id: str, digest: str, studio: Studio) -> None:
    """Say that another studio is in use from now on, once for all replicas."""
    now = clock.now()
    async with database.transaction() as uow:
        if await repository.studio_changed(uow, digest):
            changed = StudioChanged(at=now, digest=digest, questions=list(studio.questions))
            uow.emit(cloudevents.new(changed, source=SOURCE, subject=phone_number_id, time=now, cause=ids.random_id()))
