"""A small, healthy history as the rules see it: one client, welcomed and asked two questions. Tests spoil it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from inkgate.invariants.snapshot import Call, Copy, Finding, Sandbox, Snapshot, TimelineRow, Webhook
from inkgate_common.cloudevents import Event
from inkgate_common.contracts import Data, leads
from inkgate_common.contracts.deliveries import MessageDelivered
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import IntentCreated, Template, Text
from inkgate_dialogue.domain.lead import Lead
from inkgate_intake.domain.items import key_of

NAMES = UUID("00000000-0000-0000-0000-00000000beef")
CONVERSATION = uuid5(NAMES, "conversation")
LEAD = uuid5(NAMES, "lead")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CLIENT = "447700900123"
NUMBER = "106540352242922"


class History:
    """Built up second by second; `snapshot()` is what a checker would read."""

    def __init__(self) -> None:
        self.now = NOON
        self.made = Snapshot(questions=["idea", "placement", "style"], sandbox=Sandbox(NOON))
        self.made.inboxes = {name: {} for name in ("intake", "dialogue", "sender", "payments")}
        self.version = 0
        self._numbers: dict[str, int] = {}

    def snapshot(self) -> Snapshot:
        return self.made

    def tick(self, seconds: float = 1.0) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def number(self, stream: str) -> int:
        self._numbers[stream] = self._numbers.get(stream, 0) + 1
        return self._numbers[stream]

    def publish(self, data: Data, name: str, *readers: str) -> Event:
        """An event, and the inboxes of those who took it in."""
        event = Event(
            id=uuid5(NAMES, f"{data.TYPE}{name}"),
            type=data.TYPE,
            source="",
            time=self.now,
            subject=str(CONVERSATION),
            data=data,
        )
        self.made.events.setdefault(data.TOPIC, []).append(event)
        for reader in readers:
            self.made.inboxes[reader][event.id] = self.now
        return event

    def row(self, kind: str, intent_id: UUID | None = None, **data: Any) -> None:
        position = len(self.made.timeline) + 1
        self.made.timeline.append(TimelineRow(position, CONVERSATION, LEAD, self.now, kind, None, intent_id, data))

    def says(self, message_id: str, verdict: str, *, sent_at: datetime | None = None, **data: Any) -> None:
        """A message of the client's, stored, published, judged and shown."""
        at = sent_at or self.tick()
        self.made.seen.add(key_of("message", message_id))
        assert self.made.sandbox is not None
        number = len(self.made.sandbox.webhooks) + 1
        self.made.sandbox.webhooks.append(Webhook(number, "message", CLIENT, message_id, body={"id": message_id}))
        received = MessageReceived(
            phone_number_id=NUMBER,
            sequence=self.number("inbound"),
            message_id=message_id,
            sent_at=at,
            received_at=self.now,
            kind="text",
            text="…",
        )
        self.publish(received, message_id, "dialogue")
        self.row(
            "message_received", message_id=message_id, verdict=verdict, sent_at=at.isoformat(), judged=True, **data
        )

    def fact(self, kind: type[leads.LeadFact], *, raises: bool = True, **members: Any) -> None:
        """A fact of the lead, on the topic."""
        self.version += raises
        data = kind(lead_id=LEAD, epoch=1, version=self.version, at=self.now, **members)
        self.publish(data, f"{self.version}{members.get('intent_id')}")

    def asks(self, name: str, *, template: Template | None = None) -> UUID:
        """An intent that gates something, called, accepted and delivered; by this template, where there is one."""
        intent_id = uuid5(NAMES, name)
        created = IntentCreated(
            intent_id=intent_id,
            sequence=self.number("intents"),
            phone_number_id=NUMBER,
            lead_id=LEAD,
            to=CLIENT,
            body=Text(text=name),
            fallback=template,
            gating=True,
        )
        self.publish(created, name, "sender")
        self.calls(intent_id)
        self.tick(0.1)
        delivered = MessageDelivered(
            intent_id=intent_id,
            sequence=self.number("deliveries"),
            lead_id=LEAD,
            at=self.now,
            wamid="w",
            attempts=1,
            basis="accepted",
            accepted_at=self.now.replace(microsecond=0),
            began_at=self.now,
            fallback=template is not None,
        )
        self.publish(delivered, name, "dialogue")
        return intent_id

    def calls(self, intent_id: UUID, attempt: int = 1, *, accepted: bool = True, outcome: str = "accepted") -> None:
        """A call of the Graph API as the sandbox saw it and the sender recorded it."""
        at = self.tick(0.1)
        assert self.made.sandbox is not None
        number = len(self.made.sandbox.calls) + 1
        self.made.sandbox.calls.append(Call(number, at, accepted, CLIENT, intent_id, attempt))
        self.made.copies[(intent_id, attempt)] = Copy(intent_id, attempt, outcome, at)

    def applied(self, intent_id: UUID, basis: str = "accepted") -> None:
        self.fact(leads.MessageSent, raises=False, intent_id=intent_id, basis=basis)
        self.fact(leads.GateClosed, intent_id=intent_id, how="applied", basis=basis)

    def step(self, before: int, after: int, key: str, intent_id: UUID) -> None:
        self.fact(leads.StepAdvanced, from_step=before, to_step=after, key=key, intent_id=intent_id)
        self.row("step_advanced", intent_id, key=key)


def healthy() -> History:
    """Welcomed, asked for the idea, told it, asked for the placement."""
    history = History()
    history.says("m1", "first")
    history.fact(leads.LeadCreated)
    welcome = history.asks("welcome")
    history.applied(welcome)
    history.fact(leads.StatusChanged, from_status="NEW", to_status="QUALIFYING", reason="welcome", intent_id=welcome)
    history.step(-1, 0, "idea", welcome)
    history.tick(2)
    history.says("m2", "answer", question="idea")
    history.fact(leads.AnswerRecorded, key="idea")
    question = history.asks("placement?")
    history.applied(question)
    history.step(0, 1, "placement", question)
    history.made.leads[LEAD] = Lead(
        id=LEAD,
        conversation_id=CONVERSATION,
        created_at=NOON,
        updated_at=history.now,
        status="QUALIFYING",
        question="placement",
        answers={"idea": "…"},
        version=history.version,
    )
    return history


def words(finding: Finding) -> str:
    return " | ".join(violation.what for violation in finding.violations)
