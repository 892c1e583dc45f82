"""What intake does with events of other services: a table of type → use case."""

from collections.abc import Awaitable, Callable, Sequence

from inkgate_common import log
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import PersonErased
from inkgate_common.db import UnitOfWork
from inkgate_intake import erase

_log = log.get("consumer")

TOPICS = ("control",)

_USE_CASES: dict[str, Callable[[UnitOfWork, Event], Awaitable[None]]] = {
    PersonErased.TYPE: erase.person_erased,
}


class Handler:
    """`control` as intake reads it."""

    async def handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        for event in events:
            use_case = _USE_CASES.get(event.type)
            if use_case is not None:
                await use_case(uow, event)

    async def dead(self, uow: UnitOfWork, event: Event, error: str) -> None:
        """Nothing to mark: the dead letter itself is the alarm."""

    async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
        """`control` has no sequence, so nothing can be missing."""
