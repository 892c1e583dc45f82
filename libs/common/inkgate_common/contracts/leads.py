"""Topic `leads`: what became of each enquiry, for whoever wants to know. Facts, only after they are committed, gapless
by `version` within a lead, and nothing personal: no text, no name, no number (PROTOCOL §3)."""

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from inkgate_common.contracts.base import Data


class LeadFact(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "leads"

    lead_id: UUID
    epoch: int
    version: int
    at: datetime


class LeadCreated(LeadFact, frozen=True, kw_only=True):
    """An enquiry began, with her first message. `previous_lead_id`: the one of the same person before it."""

    TYPE: ClassVar[str] = "inkgate.lead.created"
    previous_lead_id: UUID | None = None


class AnswerRecorded(LeadFact, frozen=True, kw_only=True):
    """`value` is there for dimensions, complexity, coverup, budget, city, country, travel_city and timing.
    `withdrawn`: the answer no longer holds, because a correction took it along; its question is open again."""

    TYPE: ClassVar[str] = "inkgate.lead.answer_recorded"
    key: str
    value: Any = None
    correction: bool = False
    withdrawn: bool = False


class StrikeRecorded(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.strike_recorded"
    key: str
    strikes: int
    reason: str


class StepAdvanced(LeadFact, frozen=True, kw_only=True):
    """The question `key` was asked: its message (`intent_id`) was delivered. Steps count the questions from 0."""

    TYPE: ClassVar[str] = "inkgate.lead.step_advanced"
    from_step: int
    to_step: int
    key: str | None = None
    intent_id: UUID | None = None


class StatusChanged(LeadFact, frozen=True, kw_only=True):
    """The lead moved (docs/consuming.md has every status). `intent_id`: the message whose delivery moved it; null where
    a fact did."""

    TYPE: ClassVar[str] = "inkgate.lead.status_changed"
    from_status: str
    to_status: str
    reason: str
    intent_id: UUID | None = None


class ChangeReverted(LeadFact, frozen=True, kw_only=True):
    """What the delivery of `intent_id` had moved is taken back: that message did not arrive after all. It stands at `status`
    and `step` again."""

    TYPE: ClassVar[str] = "inkgate.lead.change_reverted"
    intent_id: UUID
    status: str
    step: int
    question: str | None = None


class GateClosed(LeadFact, frozen=True, kw_only=True):
    """`how` is applied, failed, cancelled or superseded; `basis` what opened it where it was applied."""

    TYPE: ClassVar[str] = "inkgate.lead.gate_closed"
    intent_id: UUID
    how: str
    reason: str | None = None
    basis: str | None = None


class MessageFact(LeadFact, frozen=True, kw_only=True):
    """What became of a message of ours. It carries the version without raising it, and is known by its event id alone. The
    names of these types, and of no others, begin with `inkgate.lead.message_`."""

    intent_id: UUID


class MessageSent(MessageFact, frozen=True, kw_only=True):
    """WhatsApp took it, or `basis` proves that it arrived. `waited_s`: how long what it answers had been here by then, in
    seconds, where it answers a message of hers and WhatsApp took it."""

    TYPE: ClassVar[str] = "inkgate.lead.message_sent"
    basis: str
    waited_s: float | None = None


class MessageSeen(MessageFact, frozen=True, kw_only=True):
    """What WhatsApp told of it later: sent, delivered, read, played, failed (one copy of several)."""

    TYPE: ClassVar[str] = "inkgate.lead.message_seen"
    status: str


class MessageFailed(MessageFact, frozen=True, kw_only=True):
    """It did not go out, or (`late`) was taken and did not arrive. `code` is WhatsApp's error, or why it was given up."""

    TYPE: ClassVar[str] = "inkgate.lead.message_failed"
    code: str
    late: bool = False


class TourOffered(LeadFact, frozen=True, kw_only=True):
    """A stop of the tour was offered: its city, its country (ISO 3166), its first and last day."""

    TYPE: ClassVar[str] = "inkgate.lead.tour_offered"
    city: str
    country: str
    starts: date
    ends: date
    intent_id: UUID | None = None


class TourAnswered(LeadFact, frozen=True, kw_only=True):
    """The stop that was offered was accepted, or declined."""

    TYPE: ClassVar[str] = "inkgate.lead.tour_answered"
    accepted: bool
    intent_id: UUID | None = None


class DepositRecorded(LeadFact, frozen=True, kw_only=True):
    """Every fact about money; `kind` is requested, link_created, paid, payment_failed, expired, refunded…"""

    TYPE: ClassVar[str] = "inkgate.lead.deposit_recorded"
    kind: str
    amount_pence: int | None = None
    currency: str | None = None


class HandoverOpened(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.handover_opened"
    reason: str


class HandoverClosed(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.handover_closed"
    reason: str


class OptedOut(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.opted_out"


class OptedIn(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.opted_in"


class Restarted(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.restarted"


class Flagged(LeadFact, frozen=True, kw_only=True):
    """A flag was raised (`on`) or taken down."""

    TYPE: ClassVar[str] = "inkgate.lead.flagged"
    flag: str
    on: bool


class SlotChosen(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.slot_chosen"
    slot: str | None


class SlotsOffered(LeadFact, frozen=True, kw_only=True):
    """The times on offer from now on."""

    TYPE: ClassVar[str] = "inkgate.lead.slots_offered"
    starts: list[datetime] = []


class SlotHeld(LeadFact, frozen=True, kw_only=True):
    """A time is held for her, and excludes every other lead from it and from the buffer after it."""

    TYPE: ClassVar[str] = "inkgate.lead.slot_held"
    starts_at: datetime
    ends_at: datetime


class SlotReleased(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.slot_released"
    reason: str


class WindowGiven(LeadFact, frozen=True, kw_only=True):
    """She told a time that would suit her; its words stay inside."""

    TYPE: ClassVar[str] = "inkgate.lead.window_given"


class Marked(LeadFact, frozen=True, kw_only=True):
    """A timestamp was set: held_reply, artist_notified, completed, reminder, reminder_sent."""

    TYPE: ClassVar[str] = "inkgate.lead.marked"
    mark: str


class LeadErased(LeadFact, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.lead.erased"


TYPES: list[type[Data]] = [
    LeadCreated,
    AnswerRecorded,
    StrikeRecorded,
    StepAdvanced,
    StatusChanged,
    ChangeReverted,
    GateClosed,
    MessageSent,
    MessageSeen,
    MessageFailed,
    DepositRecorded,
    TourOffered,
    TourAnswered,
    HandoverOpened,
    HandoverClosed,
    OptedOut,
    OptedIn,
    Restarted,
    Flagged,
    SlotChosen,
    SlotsOffered,
    SlotHeld,
    SlotReleased,
    WindowGiven,
    Marked,
    LeadErased,
]
