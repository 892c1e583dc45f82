"""One conversation, driven through the pure core as the service drives it: leads and mailbox are stored and loaded around
every event, only what the core says it needs is there, and what it emits is kept."""

import copy
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from inkgate_common.cloudevents import Event
from inkgate_common.contracts import Data
from inkgate_common.contracts.commands import TimerFired
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.agenda import EMPTY
from inkgate_dialogue.domain.decide import take
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.mailbox import Waiting
from inkgate_dialogue.domain.publish import public
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn
from tests.builders.leads import STUDIO
from tests.builders.messages import NUMBER, event

_NAMES = UUID("0b7c1f8e-3f5e-5a53-9a55-0d6d3f4c7a10")
NOON = datetime(2026, 1, 5, 12, 0, 0, tzinfo=UTC)

_conversations = msgspec.json.Decoder(Conversation)
_leads = msgspec.json.Decoder(Lead)


class Conversing:
    """A conversation under test. `take` is what dialogue's handler does for one event, without a database."""

    def __init__(self, studio: Studio = STUDIO, audience: str = "client") -> None:
        self.id = uuid5(_NAMES, "conversation")
        self.studio = studio
        self.mode = Mode()
        self.agenda = EMPTY
        self.now = NOON
        self.state = Conversation(id=self.id, phone_number_id=NUMBER, audience=audience)  # type: ignore[arg-type]
        self.box: list[Waiting] = []
        self.rows: dict[UUID, bytes] = {}
        self.turns: list[Turn] = []
        self.published: list[Any] = []
        self.emitted: list[tuple[str, Data]] = []
        self.copies: dict[UUID, str] = {}
        self.ended: set[UUID] = set()
        self.numbers = {"inbound": 0, "deliveries": 0, "events": 0}
        self.mark = 0
        self.mark_emitted = 0
        self.taken = 0

    def fork(self) -> "Conversing":
        """The same again, to be driven elsewhere."""
        twin = copy.copy(self)
        for name in ("box", "turns", "published", "emitted"):
            setattr(twin, name, list(getattr(self, name)))
        for name in ("rows", "copies", "numbers"):
            setattr(twin, name, dict(getattr(self, name)))
        twin.ended = set(self.ended)
        return twin

    # --- in ---

    def number(self, stream: str) -> int:
        """The next number of a stream."""
        self.numbers[stream] += 1
        return self.numbers[stream]

    def event(self, data: Data, **more: Any) -> Event:
        """An event of this conversation, at this moment."""
        identity = uuid5(_NAMES, f"event {self.number('events')}")
        return event(data, id=identity, subject=self.id, time=more.pop("time", self.now), **more)

    def happens(self, data: Data, **more: Any) -> list[Turn]:
        """Take an event in."""
        return self.take(self.event(data, **more))

    def take(self, event: Event) -> list[Turn]:
        """Load, decide, store."""
        self.taken += 1
        state = _conversations.decode(msgspec.json.encode(self.state))
        wanted = state.needs | {
            named
            for waiting in [event, *(item.event for item in self.box)]
            if (named := getattr(waiting.data, "lead_id", None)) is not None
        }
        leads = {lead_id: _leads.decode(self.rows[lead_id]) for lead_id in wanted if lead_id in self.rows}
        outcome = take(replace(state, leads=leads), self.box, event, self.studio, self.mode, self.now, self.agenda)
        for lead in outcome.state.leads.values():
            self.rows[lead.id] = msgspec.json.encode(lead)
        self.state, self.box = replace(outcome.state, leads={}), outcome.mailbox
        self.turns += outcome.turns
        for turn in outcome.turns:
            self._keep(turn)
        return outcome.turns

    def _keep(self, turn: Turn) -> None:
        for recorded in turn.recorded:
            fact = recorded.fact
            if isinstance(fact, e.MessageCreated):
                self.copies[fact.sending.intent_id] = fact.sending.copy
            if recorded.version is not None:
                data = public(fact, recorded.version, 1, self.now)
                if data is not None:
                    self.published.append(data)
        self.emitted += [(out.key, out.data) for out in turn.out]

    def passes(self, **time: float) -> None:
        """Time goes by; timers that come due fire in their order."""
        until = self.now + timedelta(**time)
        while due := [(at, name) for name, at in self.state.timers.items() if at <= until]:
            at, name = min(due)
            self.now = max(self.now, at)
            before = dict(self.state.timers)
            self.fire(name)
            if self.state.timers == before:
                break  # it waits in the mailbox
        self.now = until

    def fire(self, name: str, due_at: datetime | None = None) -> None:
        """A timer fires, at the time that stands for it."""
        due_at = due_at or self.state.timers.get(name, self.now)
        lead_id = self.state.lead_id or self.id
        self.happens(TimerFired(timer_id=uuid5(_NAMES, name), lead_id=lead_id, timer=name, due_at=due_at))

    # --- as it stands ---

    @property
    def lead(self) -> Lead:
        """Her current enquiry."""
        assert self.state.lead_id is not None, "there is no lead yet"
        return self.lead_of(self.state.lead_id)

    def lead_of(self, lead_id: UUID) -> Lead:
        return _leads.decode(self.rows[lead_id])

    @property
    def leads(self) -> list[Lead]:
        return [_leads.decode(row) for row in self.rows.values()]

    # --- what came of it ---

    def facts(self) -> list[e.Fact]:
        """Everything recorded since the `when`."""
        return [recorded.fact for turn in self.turns[self.mark :] for recorded in turn.recorded]

    def outgoing(self) -> list[Data]:
        """Everything emitted since the `when`."""
        return [data for _, data in self.emitted[self.mark_emitted :]]

    def intents(self, *, since: int = 0) -> Iterator[IntentCreated]:
        """Messages to her, in their order."""
        for _, data in self.emitted[since:]:
            if isinstance(data, IntentCreated):
                yield data

    def cancellations(self) -> list[UUID]:
        return [data.intent_id for data in self.outgoing() if isinstance(data, IntentCancelled)]

    def under_way(self) -> list[IntentCreated]:
        """Messages of which nobody has reported an end."""
        return [intent for intent in self.intents() if intent.intent_id not in self.ended]

    def transcript(self) -> str:
        """The conversation as one reads it, for a failing test."""
        lines = []
        for turn in self.turns:
            for recorded in turn.recorded:
                fact = recorded.fact
                shown = {
                    name: getattr(fact, name)
                    for name in fact.__struct_fields__
                    if name not in ("lead_id", "sending", "gate", "applied", "lead", "retry", "details", "asked")
                    and getattr(fact, name) not in (None, (), {}, [])
                }
                said = ", ".join(f"{name}={str(value)[:60]}" for name, value in shown.items())
                lines.append(f"{turn.now:%H:%M:%S} {fact.KIND:20} {said}")
        return "\n".join(lines)
