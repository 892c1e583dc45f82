"""The shell of a turn: load a batch → `decide` → save with the outbox. One transaction, whatever the batch's size."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_common.clock import Clock
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import Control
from inkgate_common.db import UnitOfWork
from inkgate_dialogue import control, metrics, repository
from inkgate_dialogue.batch import Batch, Shared
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.decide import Outcome
from inkgate_dialogue.domain.links import Links
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn


class Handler:
    """Judges inbound, deliveries, payments and commands."""

    def __init__(self, studio: Studio, clock: Clock, phone_number_id: str, public_url: str | None = None) -> None:
        self._links: Links | None = None
        self.studio = studio
        self.shared = Shared(phone_number_id, public_url)
        self._clock = clock
        self._began = False

    @property
    def studio(self) -> Studio:
        """The studio that turns are judged by."""
        return self._studio

    @studio.setter
    def studio(self, studio: Studio) -> None:
        self._studio = replace(studio, links=self._links)

    async def handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        if not self._began:
            secret = await repository.take_over(uow)
            uow.after_commit(self._has_begun)  # not before: what is rolled back has raised no epoch
            self._links = Links(self.shared.public_url, secret) if self.shared.public_url else None
            self.studio = self._studio  # with its links from now on
        by_conversation: dict[UUID, list[Event]] = defaultdict(list)
        for event in events:
            if not isinstance(event.data, Control):
                by_conversation[ids.read(event.subject)].append(event)
        await control.take(uow, events)
        if not by_conversation:
            return
        batch = Batch(self.shared, self._studio, uow, self._clock.now())
        await batch.load(by_conversation)
        for conversation_id in sorted(by_conversation, key=ids.in_order):
            await batch.fold(conversation_id, by_conversation[conversation_id])
        await batch.save()

    def _has_begun(self) -> None:
        self._began = True

    async def dead(self, uow: UnitOfWork, event: Event, error: str) -> None:
        """An event that could not be judged parks its conversation: going on would answer the wrong thing."""
        if not isinstance(event.data, Control):
            await self._park(uow, event.subject, f"an event is dead: {event.type}")

    async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
        await self._park(uow, key, f"an event is missing on {topic}")

    async def _park(self, uow: UnitOfWork, key: str, reason: str) -> None:
        conversation_id = UUID(key)
        batch = Batch(self.shared, self._studio, uow, self._clock.now())
        cause = ids.derive(conversation_id, "parked", f"{reason}:{batch.now.isoformat()}")
        event = Event(id=cause, type="", source="", time=batch.now, subject=key, data=None)
        await batch.load({conversation_id: []})
        turn = Turn(batch.states[conversation_id], event, self._studio, batch.now)
        turn.record(e.Parked(lead_id=turn.state.lead_id, reason=reason))
        if turn.state.lead is not None:
            turn.flag(turn.state.lead, "parked")
        batch.add(conversation_id, Outcome(turn.state, [turn], batch.boxes[conversation_id]))
        await batch.save()
        metrics.PARKED.inc()
