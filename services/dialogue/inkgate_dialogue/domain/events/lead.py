"""Facts about an enquiry: its answers, its step and status, its handover."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from inkgate_dialogue.domain.events.fact import Fact, LeadFact
from inkgate_dialogue.domain.lead import Applied, Asked, Lead, Tour
from inkgate_dialogue.domain.transitions import Status


class LeadCreated(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "lead_created"
    lead: Lead
    previous_lead_id: UUID | None = None


class AnswerRecorded(LeadFact, frozen=True, kw_only=True):
    """`message_id` is the message that gave it, `said` what that message adds, where the answer has grown out of several.
    `withdrawn`: the answer no longer holds (its text is empty), and its question is unanswered again."""

    KIND: ClassVar[str] = "answer_recorded"
    key: str
    text: str
    value: Any = None
    at: datetime
    correction: bool = False
    media: dict[str, Any] | None = None
    message_id: str | None = None
    said: str | None = None
    withdrawn: bool = False


class Kept(Fact, frozen=True, kw_only=True):
    """Something that is no answer is kept for the artist. `counts`: it is one more that could not be read at `question`;
    `thanked`: she is told that it was kept."""

    KIND: ClassVar[str] = "kept"
    message_id: str
    message_kind: str
    question: str | None = None
    text: str | None = None
    media: dict[str, Any] | None = None
    counts: bool = False
    thanked: bool = False
    at: datetime


class StatusReplied(Fact, frozen=True, kw_only=True):
    """She was told where things stand."""

    KIND: ClassVar[str] = "status_replied"
    SHOWN: ClassVar[bool] = False
    text: str
    at: datetime


class StrikeRecorded(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "strike_recorded"
    key: str
    strikes: int
    reason: str
    message_id: str | None = None


class StepAdvanced(LeadFact, frozen=True, kw_only=True):
    """The open question moved; `asked` says when WhatsApp took the new one."""

    KIND: ClassVar[str] = "step_advanced"
    from_step: int
    to_step: int
    key: str | None
    asked: Asked
    intent_id: UUID | None
    at: datetime


class StatusChanged(LeadFact, frozen=True, kw_only=True):
    """`intent_id` is the message that gated it; a fact (§3b) has none, and names its event in `by`."""

    KIND: ClassVar[str] = "status_changed"
    from_status: Status
    to_status: Status
    reason: str
    intent_id: UUID | None = None
    by: UUID | None = None


class ChangeReverted(LeadFact, frozen=True, kw_only=True):
    """A change is taken back: its message turned out not to have arrived. Answers that a restart made history stay there."""

    KIND: ClassVar[str] = "change_reverted"
    intent_id: UUID
    status: Status
    question: str | None
    step: int
    asked: Asked
    handover_from: Status | None
    stopped_from: Status | None = None
    completed_at: datetime | None = None
    held_reply_at: datetime | None = None
    tour: Tour | None = None


class GateClosed(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "gate_closed"
    intent_id: UUID
    how: str
    reason: str | None = None
    basis: str | None = None
    applied: Applied | None = None


class HandoverOpened(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "handover_opened"
    reason: str
    since: datetime


class HandoverClosed(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "handover_closed"
    reason: str


class Restarted(LeadFact, frozen=True, kw_only=True):
    """Older answers become history, and every handover timestamp is cleared, so that a second handover notifies again."""

    KIND: ClassVar[str] = "restarted"


class LeadErased(LeadFact, frozen=True, kw_only=True):
    """Her answers, media and links are forgotten; status, step and sums of money stay."""

    KIND: ClassVar[str] = "lead_erased"


class Flagged(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "flagged"
    flag: str
    on: bool


class Marked(LeadFact, frozen=True, kw_only=True):
    """A timestamp or slot that a gate carried: held_reply, artist_notified, completed, reminder (`number`: how many
    have come due), slot."""

    KIND: ClassVar[str] = "marked"
    mark: str
    at: datetime
    slot: str | None = None
    number: int | None = None


class Silence(Fact, frozen=True, kw_only=True):
    """The clock of her silence starts (delivery of our question), goes on after a time that did not count (`counted_s` is
    what did until then), or stops (None: she wrote)."""

    KIND: ClassVar[str] = "silence"
    SHOWN: ClassVar[bool] = False
    since: datetime | None
    counted_s: float = 0.0


class Reminded(Fact, frozen=True, kw_only=True):
    """A step of a wait was taken, the `number`-th (from one) of those that began to count at `since`."""

    KIND: ClassVar[str] = "reminded"
    timer: str
    since: datetime
    number: int
