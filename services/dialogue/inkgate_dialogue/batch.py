"""The conversations of one transaction: loaded, folded through `decide`, saved with the outbox, a few statements in all."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import cloudevents, ids, inbox, log, trace
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.inbound import Inbound, MessageReceived
from inkgate_common.db import UnitOfWork
from inkgate_dialogue import metrics, repository, repository_slots, spans
from inkgate_dialogue.calendar import source_of
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.agenda import Agenda
from inkgate_dialogue.domain.decide import Outcome, take
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.mailbox import Waiting
from inkgate_dialogue.domain.publish import SOURCE, public
from inkgate_dialogue.domain.run import Mode
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn

_log = log.get("dialogue")

TURNS_TIMED_MAX = 10_000


class Results:
    """Judged actions, for the API calls of this process that wait for them."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, asyncio.Future[None]] = {}

    async def wait(self, action_id: UUID, limit_s: float) -> None:
        """Return when the action was judged here, or when the limit is over."""
        future = self._waiting.setdefault(action_id, asyncio.get_running_loop().create_future())
        try:
            async with asyncio.timeout(limit_s):
                await future
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(action_id, None)

    def judged(self, action_id: UUID) -> None:
        future = self._waiting.get(action_id)
        if future is not None and not future.done():
            future.set_result(None)


class Stopwatch:
    """Times turns that begin and end in this process: from the webhook to the gate that the answer opened."""

    def __init__(self) -> None:
        self._began: dict[UUID, datetime] = {}

    def saw(self, fact: e.Fact, event: Event, now: datetime) -> None:
        """A fact of a turn, and the event that was judged."""
        if isinstance(fact, e.MessageCreated):
            if isinstance(event.data, MessageReceived):
                self._began[fact.sending.intent_id] = event.data.received_at
                if len(self._began) > TURNS_TIMED_MAX:
                    del self._began[next(iter(self._began))]
        elif isinstance(fact, e.GateClosed):
            began = self._began.pop(fact.intent_id, None)
            if began is not None and fact.how == "applied":
                metrics.TURN_SECONDS.observe((now - began).total_seconds())


@dataclass(frozen=True)
class Shared:
    """What all batches of this process have in common. `public_url`: where clients reach this service, if they do."""

    phone_number_id: str
    public_url: str | None
    results: Results = field(default_factory=Results)
    stopwatch: Stopwatch = field(default_factory=Stopwatch)


class Batch:
    """One transaction: `load`, then `fold` (or `add`) each conversation, then `save`. One studio for all of it."""

    def __init__(self, shared: Shared, studio: Studio, uow: UnitOfWork, now: datetime) -> None:
        self._shared = shared
        self._uow = uow
        self._mode = Mode()
        self._epoch = 1
        self._studio = studio
        self.now = now
        self.states: dict[UUID, Conversation] = {}
        self.boxes: dict[UUID, list[Waiting]] = {}
        self._before: dict[UUID, list[Waiting]] = {}
        self._loaded: dict[UUID, Conversation] = {}
        self._turns: list[tuple[UUID, Turn]] = []
        self._agenda: Agenda | None = None

    async def load(self, by_conversation: dict[UUID, list[Event]]) -> None:
        """Lock conversations in key order; load their leads and what waits for them."""
        locked = await repository.lock_conversations(self._uow, by_conversation.keys())
        self._mode, self._epoch, found = locked.mode, locked.epoch, locked.found
        named = {
            event.data.lead_id
            for events in by_conversation.values()
            for event in events
            if getattr(event.data, "lead_id", None) is not None
        }
        current = {needed for c, _ in found.values() if c is not None for needed in c.needs}
        waiting = await repository.load_mailboxes(self._uow, [key for key, (_, count) in found.items() if count])
        for box in waiting.values():
            named |= {item.event.data.lead_id for item in box if getattr(item.event.data, "lead_id", None)}
        erased = [
            key
            for key, events in by_conversation.items()
            if any(isinstance(event.data, OperatorActed) and event.data.action == "erase" for event in events)
        ]
        if erased:
            named |= await repository.leads_of(self._uow, erased)
        mine: dict[UUID, dict[UUID, Lead]] = defaultdict(dict)
        for lead in (await repository.load_leads(self._uow, current | named)).values():
            mine[lead.conversation_id][lead.id] = lead
        for key, (conversation, _) in found.items():
            state = conversation or self._new(key, by_conversation[key])
            self.states[key] = self._loaded[key] = replace(state, leads=mine[key])
            self.boxes[key] = self._before[key] = waiting.get(key, [])

    def _new(self, conversation_id: UUID, events: Sequence[Event]) -> Conversation:
        number, audience = self._shared.phone_number_id, "client"
        for event in events:
            number = getattr(event.data, "phone_number_id", number)
            if isinstance(event.data, Inbound):
                audience = getattr(event.data, "audience", "client")
        return Conversation(id=conversation_id, phone_number_id=number, audience=audience)  # type: ignore[arg-type]

    async def fold(self, conversation_id: UUID, events: Sequence[Event]) -> None:
        """Judge one conversation's events in their order."""
        queue = await self._without_early(conversation_id, events)
        while queue:
            event = queue.pop(0)
            with trace.tracer.span("decide", event.traceparent) as span:
                outcome = self._take(conversation_id, event)
                if outcome.asks_for_agenda:
                    await self._load_agenda()
                    outcome = self._take(conversation_id, event)
                if span.on:
                    spans.draw(span, event, outcome)
            self.add(conversation_id, outcome)
            if isinstance(event.data, OperatorActed) and event.data.action == "release":
                await inbox.skip_gaps(self._uow, str(conversation_id))
            if self.states[conversation_id].early:
                queue = [*await self._take_early(conversation_id, outcome), *queue]

    def _take(self, conversation_id: UUID, event: Event) -> Outcome:
        state, box = self.states[conversation_id], self.boxes[conversation_id]
        return take(state, box, event, self._studio, self._mode, self.now, self._agenda)

    async def _load_agenda(self) -> None:
        """The artist's time, and nobody else's to change until this transaction ends. What this batch has decided so far is
        not stored yet, and counts."""
        section = self._studio.file.appointments
        await repository_slots.lock_agenda(self._uow)
        taken, busy, read = await repository_slots.agenda(self._uow, source_of(section.calendar), self.now)
        agenda = Agenda(
            busy=busy, taken=taken, unread=not read, seed=ids.random_id(), public_url=self._shared.public_url
        )
        self._agenda = agenda.after(lead for state in self.states.values() for lead in state.leads.values())

    def add(self, conversation_id: UUID, outcome: Outcome) -> None:
        if self._agenda is not None:
            self._agenda = self._agenda.after(outcome.state.leads.values())
        self.states[conversation_id] = outcome.state
        self.boxes[conversation_id] = outcome.mailbox
        self._turns.extend((conversation_id, turn) for turn in outcome.turns)

    async def _without_early(self, conversation_id: UUID, events: Sequence[Event]) -> list[Event]:
        """Set deliveries aside whose intent this database does not know (PROTOCOL §2, Order)."""
        state = self.states[conversation_id]
        strange = [
            event
            for event in events
            if isinstance(event.data, Delivery)
            and event.data.intent_id not in state.recent
            and str(event.data.intent_id) not in state.under_way
        ]
        if not strange:
            return list(events)
        wanted = {event.data.intent_id for event in strange}
        known = await repository.known_intents(self._uow, [conversation_id], wanted)
        early = [event for event in strange if event.data.intent_id not in known]
        if early:
            await repository.keep_early(self._uow, early)
            self.states[conversation_id] = replace(state, early=state.early + len(early))
            _log.warning("delivery of an unknown intent is held", conversation_id=str(conversation_id), n=len(early))
        held = {event.id for event in early}
        return [event for event in events if event.id not in held]

    async def _take_early(self, conversation_id: UUID, outcome: Outcome) -> list[Event]:
        made = {
            recorded.fact.sending.intent_id
            for turn in outcome.turns
            for recorded in turn.recorded
            if isinstance(recorded.fact, e.MessageCreated)
        }
        if not made:
            return []
        events = await repository.take_early(self._uow, conversation_id, made)
        state = self.states[conversation_id]
        self.states[conversation_id] = replace(state, early=max(0, state.early - len(events)))
        return events

    async def save(self) -> None:
        """Everything that the turns brought about, in a handful of statements."""
        uow = self._uow
        changed = [
            (state, len(self.boxes[key]))
            for key, state in self.states.items()
            if state is not self._loaded[key] or self.boxes[key] is not self._before[key]
        ]
        if changed:
            repository.store_conversations(uow, changed, self.now)
        leads = [
            (lead, state.phone)
            for key, state in self.states.items()
            for lead in state.leads.values()
            if lead is not self._loaded[key].leads.get(lead.id)
        ]
        repository.store_leads(uow, leads)
        await repository_slots.store_appointments(uow, self._moved(lead for lead, _ in leads))
        repository.store_mailboxes(uow, self._before, self.boxes)
        repository.append_timeline(
            uow,
            [
                repository.TimelineRow(key, self.now, recorded)
                for key, turn in self._turns
                for recorded in turn.recorded
                if recorded.fact.SHOWN
            ],
        )
        repository.set_timers(uow, self._timers())
        repository.finish_actions(uow, self._judged_actions())
        for _, turn in self._turns:
            self._emit(turn)
        self._count()
        await self._forget_erased()

    async def _forget_erased(self) -> None:
        """What this transaction still wrote of persons who were erased in it goes with the rest."""
        gone = {key for key, turn in self._turns if turn.state.erased_at is not None and turn.began.erased_at is None}
        if gone:
            await self._uow.flush()
            number = self._shared.phone_number_id
            artists = [ids.artist_conversation(number, one.number) for one in self._studio.artists]
            leads = [lead_id for key in gone for lead_id in self.states[key].leads]
            await repository.forget(self._uow, sorted(gone), sorted(leads), artists)

    def _moved(self, leads: Iterable[Lead]) -> list[Lead]:
        """The leads whose time has changed."""
        return [
            lead
            for lead in leads
            if (before := self._loaded[lead.conversation_id].leads.get(lead.id)) is None
            or before.appointment != lead.appointment
        ]

    def _timers(self) -> dict[tuple[UUID, str], tuple[UUID | None, datetime]]:
        return {
            (key, recorded.fact.timer): (recorded.fact.lead_id, recorded.fact.due_at)
            for key, turn in self._turns
            for recorded in turn.recorded
            if isinstance(recorded.fact, e.TimerSet)
        }

    def _judged_actions(self) -> list[tuple[UUID, str, UUID | None, str | None, list[str]]]:
        done: list[tuple[UUID, str, UUID | None, str | None, list[str]]] = []
        for _, turn in self._turns:
            for recorded in turn.recorded:
                fact = recorded.fact
                if isinstance(fact, e.ActionTaken):
                    done.append((fact.action_id, "done", fact.intent_id, None, []))
                elif isinstance(fact, e.ActionRefused):
                    done.append((fact.action_id, "refused", None, fact.reason, fact.allowed))
                else:
                    continue
                self._uow.after_commit(partial(self._shared.results.judged, fact.action_id))
        return done

    def _emit(self, turn: Turn) -> None:
        event = turn.event
        made = partial(
            cloudevents.new, source=SOURCE, time=self.now, cause=ids.text(event.id), traceparent=event.traceparent
        )
        for recorded in turn.recorded:
            fact, version = recorded.fact, recorded.version
            data = public(fact, version, self._epoch, self.now) if version is not None else None
            if data is not None:
                intent_id = getattr(fact, "intent_id", None)
                about = f"{ids.text(data.lead_id)}:{version}:{intent_id and ids.text(intent_id)}"
                self._uow.emit(made(data, subject=event.subject, ordinal=f"{about}:{recorded.ordinal}"))
        for out in turn.out:
            self._uow.emit(made(out.data, subject=out.key, ordinal=out.ordinal))

    def _count(self) -> None:
        """Facts by kind, and how long turns take that end in this batch."""
        facts = [(turn.event, recorded.fact) for _, turn in self._turns for recorded in turn.recorded]
        counted = [(event, fact) for event, fact in facts if fact.KIND in metrics.COUNTED]
        for kind, number in Counter(fact.KIND for _, fact in counted).items():
            metrics.COUNTED[kind].inc(number)
        for event, fact in counted:
            self._shared.stopwatch.saw(fact, event, self.now)
