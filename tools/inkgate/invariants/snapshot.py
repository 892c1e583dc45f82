"""What the rules look at: rows of the four databases, every event of every topic, and the sandbox's log. Values only.

Everything is as of one quiet moment; `open` names what was still under way then. A rule must not call something lost that
is only not finished, nor something impossible whose beginning is not kept any more (`trimmed`, `Sandbox.begins_at`).
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.intents import IntentCreated
from inkgate_dialogue.domain.lead import Conversation, Lead


class Violation(msgspec.Struct, frozen=True):
    """Something that must not be. `ids` say where to look."""

    rule: str
    what: str
    ids: dict[str, str] = {}


class Finding(msgspec.Struct):
    """What one rule found. `examined` counts what it looked at; without any of it the rule has shown nothing."""

    rule: str
    title: str
    examined: dict[str, int] = {}
    violations: list[Violation] = []
    notes: list[str] = []

    def count(self, what: str, number: int = 1) -> None:
        self.examined[what] = self.examined.get(what, 0) + number

    def wrong(self, what: str, **ids: object) -> None:
        self.violations.append(Violation(self.rule, what, {name: str(value) for name, value in ids.items()}))


class TimelineRow(msgspec.Struct, frozen=True):
    """A row of dialogue's timeline; within a conversation `position` is the order in which it was judged."""

    position: int
    conversation_id: UUID
    lead_id: UUID | None
    at: datetime
    kind: str
    version: int | None
    intent_id: UUID | None
    data: dict[str, Any]


class Waiting(msgspec.Struct, frozen=True):
    """An event in a conversation's mailbox."""

    conversation_id: UUID
    event_id: UUID
    out_of_order: bool


class Copy(msgspec.Struct, frozen=True):
    """One attempt at an intent as the sender recorded it. `outcome`: accepted, refused, unknown, or empty (none yet)."""

    intent_id: UUID
    attempt: int
    outcome: str
    began_at: datetime | None = None


class PaidRow(msgspec.Struct, frozen=True):
    """Money that payments recorded."""

    lead_id: UUID
    session: str | None
    reference: str
    amount_pence: int
    stripe_event_id: str


class Call(msgspec.Struct, frozen=True):
    """A call of the Graph API as the sandbox saw it. `accepted`: the client gets it, whatever the caller was told."""

    n: int
    started_at: datetime
    accepted: bool
    wa_id: str | None
    intent_id: UUID | None
    attempt: int | None


class Webhook(msgspec.Struct, frozen=True):
    """A webhook that a service of ours answered 200. `what`: message, status, raw, or a Stripe event's type."""

    n: int
    what: str
    wa_id: str | None = None
    wamid: str | None = None
    status: str | None = None
    event_id: str | None = None
    session: str | None = None
    body: dict[str, Any] | None = None


class Sandbox(msgspec.Struct, frozen=True):
    """The outside world's side of the story. It is kept in memory: `begins_at` is from when on everything is known."""

    begins_at: datetime | None
    calls: list[Call] = []
    webhooks: list[Webhook] = []
    stripe: list[Webhook] = []
    newest_n: int = 0


class Snapshot(msgspec.Struct, kw_only=True, dict=True):
    """Everything. `events`: short topic → its events, each id once, as they came. `ends`: (full topic, partition) → where it
    ended as it was read. `unpublished`: how many events the databases had that no topic had yet."""

    events: dict[str, list[Event]] = {}
    repeated: int = 0
    trimmed: bool = False
    dead: set[UUID] = set()
    inboxes: dict[str, dict[UUID, datetime]] = {}
    seen: set[bytes] = set()
    unhandled: dict[bytes, str] = {}
    questions: list[str] = []
    leads: dict[UUID, Lead] = {}
    conversations: dict[UUID, Conversation] = {}
    timeline: list[TimelineRow] = []
    mailbox: list[Waiting] = []
    copies: dict[tuple[UUID, int], Copy] = {}
    paid: list[PaidRow] = []
    stripe_events: dict[str, tuple[str, ...]] = {}
    sandbox: Sandbox | None = None
    open: list[str] = []
    ends: dict[tuple[str, int], int] = {}
    unpublished: int = 0

    def of(self, topic: str, *kinds: type) -> Iterator[Event]:
        """Events of a topic whose data is one of these types (all where none is named)."""
        return (event for event in self.events.get(topic, ()) if not kinds or isinstance(event.data, kinds))

    @cached_property
    def lead_events(self) -> dict[UUID, list[Event]]:
        """Each lead's events in the order of its history: by epoch and version; what raises no version (a message sent or
        seen) stands behind what raised it."""
        found: dict[UUID, list[Event]] = defaultdict(list)
        for event in self.events.get("leads", ()):
            found[event.data.lead_id].append(event)
        for events in found.values():
            events.sort(key=lambda e: (e.data.epoch, e.data.version, e.type in _CARRIES_THE_VERSION))
        return dict(found)

    @cached_property
    def intents(self) -> dict[UUID, Event]:
        """Intent id → the event that made it."""
        return {event.data.intent_id: event for event in self.of("intents", IntentCreated)}

    @cached_property
    def deliveries(self) -> dict[UUID, list[Event]]:
        """Intent id → what became of it, in the order of the conversation's numbers."""
        found: dict[UUID, list[Event]] = defaultdict(list)
        for event in self.events.get("deliveries", ()):
            found[event.data.intent_id].append(event)
        for events in found.values():
            events.sort(key=lambda e: e.data.sequence)
        return dict(found)

    @cached_property
    def calls(self) -> dict[UUID, list[Call]]:
        """Intent id → the calls that the sandbox saw, as they began."""
        found: dict[UUID, list[Call]] = defaultdict(list)
        for call in self.sandbox.calls if self.sandbox else ():
            if call.intent_id is not None:
                found[call.intent_id].append(call)
        for calls in found.values():
            calls.sort(key=lambda call: call.started_at)
        return dict(found)

    @cached_property
    def timelines(self) -> dict[UUID, list[TimelineRow]]:
        """Conversation → its timeline, as judged."""
        found: dict[UUID, list[TimelineRow]] = defaultdict(list)
        for row in self.timeline:
            found[row.conversation_id].append(row)
        for rows in found.values():
            rows.sort(key=lambda row: row.position)
        return dict(found)

    @cached_property
    def erased(self) -> set[UUID]:
        """Conversations whose persons were forgotten: what they wrote is nowhere any more, as it should be."""
        return {key for key, conversation in self.conversations.items() if conversation.erased_at is not None}

    @cached_property
    def event_ids(self) -> set[UUID]:
        """The id of every event there is."""
        return {event.id for events in self.events.values() for event in events}

    def outside_knows(self, at: datetime) -> bool:
        """Whether the sandbox's log reaches back to that moment."""
        begins_at = self.sandbox.begins_at if self.sandbox else None
        return begins_at is not None and at >= begins_at


_CARRIES_THE_VERSION = ("inkgate.lead.message_sent", "inkgate.lead.message_seen", "inkgate.lead.message_failed")
