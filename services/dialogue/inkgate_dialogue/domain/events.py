"""Facts: what `decide` returns and `evolve` folds. Each is a row of the timeline; most are published to `leads` as well.

A fact that RAISES gives its lead the next version; the others (messages in, out and their receipts) leave it, so that
duplicates and receipts do not change it (PROTOCOL §4).
"""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from inkgate_dialogue.domain.booking import Appointment, Offer
from inkgate_dialogue.domain.lead import Applied, Asked, Deposit, Gate, Lead, Noticed, Sending, Tour, Word
from inkgate_dialogue.domain.transitions import Status


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    KIND: ClassVar[str]
    RAISES: ClassVar[bool] = False
    # Bookkeeping that the timeline does not show.
    SHOWN: ClassVar[bool] = True

    lead_id: UUID | None = None


class LeadFact(Fact, frozen=True, kw_only=True):
    RAISES: ClassVar[bool] = True


# --- messages ---------------------------------------------------------------------------------------------------------


class MessageReceived(Fact, frozen=True, kw_only=True):
    """A message of the client (or artist) and what was made of it. Said when it is judged, or recorded unjudged.

    `judged` False: kept and shown, not marked as judged (out of order, written before a STOP, …). `ahead`: a word of command
    that was judged before messages that were written earlier and still wait; it makes none of them late."""

    KIND: ClassVar[str] = "message_received"
    message_id: str
    message_kind: str
    text: str | None
    sent_at: datetime
    verdict: str
    judged: bool = True
    ahead: bool = False
    question: str | None = None
    details: dict[str, Any] = {}


class MessageCreated(Fact, frozen=True, kw_only=True):
    """An intent went to the outbox; with `gate`, the change waits beside it. `sort` is `gate`, `opt_out`, `reminder`, `note`
    (a message that gates nothing) or `notice` (to the artist, `about` a lead)."""

    KIND: ClassVar[str] = "message_created"
    sending: Sending
    sort: str
    sequence: int
    text: str
    change: str | None
    gate: Gate | None
    retry_of: UUID | None = None
    answer: bool = False
    about: UUID | None = None


class MessageSent(Fact, frozen=True, kw_only=True):
    """`fallback`: the template went out in its place. `waited_s`: how long what it answers had been here by then."""

    KIND: ClassVar[str] = "message_sent"
    intent_id: UUID
    basis: str
    accepted_at: datetime | None = None
    fallback: bool = False
    waited_s: float | None = None


class MessageAccepted(Fact, frozen=True, kw_only=True):
    """WhatsApp took it; the gate waits for more (`gate_on` delivered)."""

    KIND: ClassVar[str] = "message_accepted"
    intent_id: UUID
    accepted_at: datetime | None = None
    began_at: datetime | None = None
    fallback: bool = False


class MessageSeen(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "message_seen"
    intent_id: UUID
    status: str


class MessageFailed(Fact, frozen=True, kw_only=True):
    """`retry` is what can be sent again."""

    KIND: ClassVar[str] = "message_failed"
    intent_id: UUID
    code: str
    title: str | None = None
    late: bool = False
    retry: Sending | None = None


class MessageCancelled(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "message_cancelled"
    intent_id: UUID
    reason: str | None = None


class CancellationAsked(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "cancellation_asked"
    intent_id: UUID
    reason: str
    sequence: int


class GateSuperseded(Fact, frozen=True, kw_only=True):
    """The open gate will change nothing any more; it ends when its message does."""

    KIND: ClassVar[str] = "gate_superseded"
    intent_id: UUID
    by: UUID


class RetryForgotten(Fact, frozen=True, kw_only=True):
    """The failed message will not go out again: something else took its place."""

    KIND: ClassVar[str] = "retry_forgotten"
    intent_id: UUID


# --- the person -------------------------------------------------------------------------------------------------------


class PersonSeen(Fact, frozen=True, kw_only=True):
    """Who writes, and until when a plain text may be sent to her."""

    KIND: ClassVar[str] = "person_seen"
    SHOWN: ClassVar[bool] = False
    phone: str | None
    user_id: str | None
    profile_name: str | None
    window_expires_at: datetime | None


class LanguageChosen(Fact, frozen=True, kw_only=True):
    """In which language she is spoken to from now on. `by`: text (her first message), number, or wish."""

    KIND: ClassVar[str] = "language_chosen"
    language: str
    by: str


class Paused(Fact, frozen=True, kw_only=True):
    """A message waits for the end of panic mode; `held_at`: she is told so now."""

    KIND: ClassVar[str] = "paused"
    held_at: datetime | None = None


class PauseEnded(Fact, frozen=True, kw_only=True):
    """Panic mode is over; what she wrote up to `until` is judged as one."""

    KIND: ClassVar[str] = "pause_ended"
    SHOWN: ClassVar[bool] = False
    until: datetime


class Joined(Fact, frozen=True, kw_only=True):
    """A flood: what she wrote up to `until` is judged as one."""

    KIND: ClassVar[str] = "joined"
    SHOWN: ClassVar[bool] = False
    until: datetime


class ArtistWrote(Fact, frozen=True, kw_only=True):
    """The artist wrote to her from her own phone."""

    KIND: ClassVar[str] = "artist_wrote"
    at: datetime


class WordHeard(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "word_heard"
    SHOWN: ClassVar[bool] = False
    word: Word


class OptedOut(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "opted_out"


class OptedIn(LeadFact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "opted_in"


class Parked(Fact, frozen=True, kw_only=True):
    """The conversation waits for an operator; None lets it go on."""

    KIND: ClassVar[str] = "parked"
    reason: str | None


class ClosedInto(Fact, frozen=True, kw_only=True):
    """This person's other conversation takes all that follows."""

    KIND: ClassVar[str] = "closed_into"
    into: UUID


class PersonErased(Fact, frozen=True, kw_only=True):
    """Who she is and what she wrote is forgotten; that she had opted out stays."""

    KIND: ClassVar[str] = "person_erased"
    at: datetime


class NoticeGiven(Fact, frozen=True, kw_only=True):
    """An artist is told of a lead: what she answers to it is for that lead."""

    KIND: ClassVar[str] = "notice_given"
    SHOWN: ClassVar[bool] = False
    noticed: Noticed


class NoticeTaken(Fact, frozen=True, kw_only=True):
    """WhatsApp took a notice, under this id: she may quote it."""

    KIND: ClassVar[str] = "notice_taken"
    SHOWN: ClassVar[bool] = False
    intent_id: UUID
    wamid: str


class TimerSet(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "timer_set"
    SHOWN: ClassVar[bool] = False
    timer: str
    due_at: datetime


class TimerFired(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "timer_fired"
    timer: str
    outcome: str


# --- the lead ---------------------------------------------------------------------------------------------------------


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


class ActionTaken(Fact, frozen=True, kw_only=True):
    """An operator's action, done. `changed`: what it changed at once, name → [before, after]; what waits for
    `intent_id` is said when that is delivered."""

    KIND: ClassVar[str] = "action_taken"
    action_id: UUID
    action: str
    by: str
    arguments: dict[str, Any] = {}
    intent_id: UUID | None = None
    changed: dict[str, Any] = {}


class ActionRefused(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "action_refused"
    action_id: UUID
    action: str
    by: str
    reason: str
    allowed: list[str] = []


class Note(Fact, frozen=True, kw_only=True):
    """Something that an operator should see and that changes nothing."""

    KIND: ClassVar[str] = "note"
    about: str
    details: dict[str, Any] = {}
