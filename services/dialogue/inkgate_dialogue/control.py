"""What other services tell all replicas, stored as state of this service: when the sender held a number, and when not."""

from collections.abc import Sequence

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import SenderHeld, SenderReleased
from inkgate_common.db import UnitOfWork
from inkgate_dialogue import repository
from inkgate_dialogue.domain import pauses

TOPIC = "control"


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
