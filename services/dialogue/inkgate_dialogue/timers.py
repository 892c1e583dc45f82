"""What happens because time has passed: due timers and changed tours become events on their leads' keys."""

from collections.abc import Callable

import msgspec

from inkgate_common import cloudevents, ids, trace
from inkgate_common.clock import Clock
from inkgate_common.contracts.commands import TimerFired
from inkgate_common.db import Database
from inkgate_dialogue import repository
from inkgate_dialogue.domain.publish import SOURCE
from inkgate_dialogue.domain.rules import tour
from inkgate_dialogue.domain.studio import Studio

TIMERS_AT_ONCE = 200


class Timers:
    """Fires timers: a row that is due becomes an event on its lead's key, once across replicas and restarts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def fire(self) -> None:
        now = self._clock.now()
        async with self._database.transaction() as uow:
            for row in await repository.due_timers(uow, now, TIMERS_AT_ONCE):
                cause = ids.derive(row.conversation_id, f"timer:{row.timer}", row.due_at.isoformat())
                data = TimerFired(
                    timer_id=cause, lead_id=row.lead_id or row.conversation_id, timer=row.timer, due_at=row.due_at
                )
                with trace.tracer.begin("timer", kind="internal") as span:
                    uow.emit(
                        cloudevents.new(
                            data,
                            source=SOURCE,
                            subject=row.conversation_id,
                            time=now,
                            cause=cause,
                            traceparent=span.traceparent,
                        )
                    )


class Tours:
    """Row 28: a changed studio file may bring a stop into a waitlisted client's city, or take one away that was offered.
    Each of these leads is told to look, once a day and change, whichever replica says so."""

    def __init__(self, database: Database, clock: Clock, studio: Callable[[], Studio]) -> None:
        self._database = database
        self._clock = clock
        self._studio = studio
        self._told: str | None = None

    async def tell(self) -> None:
        """Cheap where nothing has changed since this process told of it."""
        now = self._clock.now()
        written = msgspec.json.encode(self._studio().file.tour).decode()
        if written == self._told:
            return
        async with self._database.transaction() as uow:
            for row in await repository.leads_of_the_tour(uow):
                cause = ids.derive(row.id, tour.TIMER, f"{now.date()} {written}")
                data = TimerFired(timer_id=cause, lead_id=row.id, timer=tour.TIMER, due_at=now)
                uow.emit(cloudevents.new(data, source=SOURCE, subject=row.conversation_id, time=now, cause=cause))
        self._told = written
