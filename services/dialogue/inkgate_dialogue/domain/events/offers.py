"""Facts about what is offered to her and what she takes: a stop of the tour, a deposit, a slot."""

from typing import ClassVar
from uuid import UUID

from inkgate_dialogue.domain.booking import Appointment, Offer
from inkgate_dialogue.domain.events.fact import LeadFact
from inkgate_dialogue.domain.lead import Deposit, Tour


class TourOffered(LeadFact, frozen=True, kw_only=True):
    """A stop of the tour was offered to her."""

    KIND: ClassVar[str] = "tour_offered"
    tour: Tour
    intent_id: UUID | None = None


class TourAnswered(LeadFact, frozen=True, kw_only=True):
    """She accepted the stop that was offered, or declined it."""

    KIND: ClassVar[str] = "tour_answered"
    accepted: bool
    intent_id: UUID | None = None


class DepositRecorded(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "deposit_recorded"
    event: str
    deposit: Deposit
    amount_pence: int | None = None


class DepositSet(LeadFact, frozen=True, kw_only=True):
    """The artist set the sum before it was locked."""

    KIND: ClassVar[str] = "deposit_set"
    amount_pence: int
    by: str


class SlotsOffered(LeadFact, frozen=True, kw_only=True):
    """The set on offer (DOMAIN §3 row 14b); None takes one back whose message did not arrive."""

    KIND: ClassVar[str] = "slots_offered"
    offer: Offer | None


class SlotHeld(LeadFact, frozen=True, kw_only=True):
    """A time is hers from now on, until it is booked or released; it takes the place of the one that she had."""

    KIND: ClassVar[str] = "slot_held"
    appointment: Appointment


class SlotReleased(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "slot_released"
    reason: str


class WindowGiven(LeadFact, frozen=True, kw_only=True):
    """A time that would suit her, in her words (DOMAIN §3 rows 18 and 19)."""

    KIND: ClassVar[str] = "window_given"
    text: str
