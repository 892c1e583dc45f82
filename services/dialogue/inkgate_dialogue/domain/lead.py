"""What dialogue knows of a person (a conversation) and of her enquiries (leads). Values only; `evolve` makes new ones."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.contracts.inbound import Audience
from inkgate_common.contracts.intents import Body, Template
from inkgate_dialogue.domain.booking import Appointment, Offer
from inkgate_dialogue.domain.transitions import TERMINAL, Status


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The question that stands open, and when WhatsApp took it: `accepted_at` by its clock (whole seconds), `began_at`
    the start of that call by ours. `before` is the question that stood open until then."""

    key: str | None
    accepted_at: datetime | None = None
    began_at: datetime | None = None
    before: str | None = None


class Tour(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stop of the tour that is offered to her. `accepted` is None until she has answered; `asked` says when WhatsApp took
    the offer; `home` is the city and country that she had given, by question, as they were understood."""

    key: str
    city: str
    country: str
    starts: date
    ends: date
    note: str = ""
    accepted: bool | None = None
    asked: Asked = Asked(key=None)
    home: dict[str, str] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What waits for a delivery. Every field that is None or empty leaves the lead as it is.

    `notice` is what the artist is told once the change is committed, `said` its {reason} where that is not the change's own.
    `marks` are smaller effects by name (see gate.py). `offer` is the set of slots that is on offer from then on,
    `tour` a stop as it is offered (`accepted` None) or as she has answered it.
    """

    status: Status | None = None
    question: str | None = None
    reason: str = ""
    marks: tuple[str, ...] = ()
    notice: str | None = None
    slot: str | None = None
    tour: Tour | None = None
    offer: Offer | None = None
    said: str = ""

    @property
    def empty(self) -> bool:
        return (
            self.status is None
            and self.question is None
            and not self.marks
            and self.slot is None
            and self.offer is None
            and self.tour is None
        )


class Sending(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of ours as it can be sent again: what it says, the template of its own that may go in its place, and what
    waits for it."""

    intent_id: UUID
    lead_id: UUID
    body: Body
    change: Change
    copy: str
    opt_out: bool = False
    fallback: Template | None = None


class Gate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An open gate: the message under way, and where the lead stood when it was opened.

    `accepted_at` is set when WhatsApp took the message but the gate waits for more (`gate_on` delivered); `fallback`: it
    took the template that goes in its place. `superseded_by`
    is the event that took the ground from under it (an opt-out): it then only ends, and changes nothing. `answers_at` is
    when the message of hers that it answers was received.
    """

    sending: Sending
    since: datetime
    status: Status
    question: str | None
    accepted_at: datetime | None = None
    began_at: datetime | None = None
    fallback: bool = False
    superseded_by: UUID | None = None
    answers_at: datetime | None = None


class Applied(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last gate that was applied, kept so that a late failure can take it back: where the lead stood before. `judged`
    is the conversation's count of judged events then: it may be taken back only while that count stands."""

    sending: Sending
    status: Status
    question: str | None
    asked: Asked
    handover_from: Status | None
    judged: int
    stopped_from: Status | None = None
    handover: "Handover | None" = None
    slot: str | None = None
    offer: Offer | None = None
    completed_at: datetime | None = None
    held_reply_at: datetime | None = None
    tour: Tour | None = None


class Deposit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Money of one lead, in pence. `state`: requested, link_created, request_failed, paid, payment_failed, expired,
    cancelled, refunded, disputed. Locked (with who and when) from the moment a link is asked for."""

    command_id: UUID
    amount_pence: int
    currency: str
    state: str
    url: str | None = None
    session: str | None = None
    expires_at: datetime | None = None
    paid_pence: int = 0
    refunded_pence: int = 0
    locked_by: str | None = None
    locked_at: datetime | None = None


# Why a handover opened that the artist began herself, by writing from her own phone.
TAKEN_OVER = "artist_wrote"


class Handover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The artist has her. `reminded`: she was told that the bot is still quiet."""

    reason: str
    since: datetime
    reminded: bool = False


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """How many steps of a wait were taken (rules/waits.py). Another `since` is another wait."""

    since: datetime
    number: int


class Older(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer that another one has replaced, or that a restart has set aside."""

    key: str
    text: str
    value: Any = None
    until: datetime


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message of hers that was read at a question, so that an edit or a deletion finds it. `answer`: it stands (as the
    whole or as a part) in that question's answer; else it was not understood."""

    message_id: str
    key: str
    text: str
    answer: bool = True


class Replied(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last status reply, and how often it was given in a row."""

    text: str
    at: datetime
    times: int = 1


class Lead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One enquiry. `question` is the key of the open question; `answers` the latest text by question, `values` what was
    understood, `history` what they replaced. `handover_from` is the status NEEDS_ARTIST_REPLY was opened from,
    `stopped_from` the one that OPTOUT, ABANDONED or STALE replaced, `moved_by` the fact that last moved it. `tour` is the
    stop that was last offered, `tours_declined` the keys of those that she declined, `confirmed_at` when she was told what
    she had answered so far. `said` are the newest messages that were read at a question, `unread` counts by question what
    could be no answer (voice notes and the like), `kept_at` is when we last thanked her for a picture. She has been silent
    for `silent_s` up to `silent_since`, and since then. `status_since` None: as far back as anything is known. `offer` are
    the slots on offer, `appointment` the time that is held or booked for her (`slot` says it in words), `windows` the times
    that she would have instead."""

    id: UUID
    conversation_id: UUID
    created_at: datetime
    updated_at: datetime
    status: Status = "NEW"
    question: str | None = None
    asked: Asked = Asked(key=None)
    answers: dict[str, str] = {}
    values: dict[str, Any] = {}
    history: list[Older] = []
    media: list[dict[str, Any]] = []
    strikes: dict[str, int] = {}
    flags: tuple[str, ...] = ()
    version: int = 0
    handover: Handover | None = None
    handover_from: Status | None = None
    held_reply_at: datetime | None = None
    artist_notified_at: datetime | None = None
    artist_asked_at: datetime | None = None
    completed_at: datetime | None = None
    stopped_from: Status | None = None
    moved_by: UUID | None = None
    deposit: Deposit | None = None
    deposit_pence: int | None = None
    slot: str | None = None
    offer: Offer | None = None
    appointment: Appointment | None = None
    windows: tuple[str, ...] = ()
    silent_since: datetime | None = None
    silent_s: float = 0.0
    reminders: int = 0
    said: list[Said] = []
    unread: dict[str, int] = {}
    kept_at: datetime | None = None
    replied: Replied | None = None
    tour: Tour | None = None
    tours_declined: tuple[str, ...] = ()
    confirmed_at: datetime | None = None
    status_since: datetime | None = None
    reminded: dict[str, Taken] = {}

    @property
    def paid(self) -> bool:
        """It has a recorded deposit that is not refunded in full (DOMAIN §2)."""
        return self.deposit is not None and self.deposit.paid_pence > self.deposit.refunded_pence

    @property
    def terminal(self) -> bool:
        return self.status in TERMINAL


class Word(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The newest-written STOP or START, also one that changed nothing."""

    word: str
    written_at: datetime


class Under(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An intent that has not ended: `gate`, `opt_out`, `reminder`, `note` (a message that gates nothing) or `notice`.
    `recalled`: its cancellation was asked for. `answer`: the bot says it of itself, to a message of hers or by a timer."""

    kind: str
    lead_id: UUID | None = None
    recalled: bool = False
    answer: bool = False


class Paused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something of hers waits for the end of panic mode. `held_at` is when she last got the holding message for it."""

    held_at: datetime | None = None


class Noticed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A notice on an artist's line, so that what she answers to it finds its lead. `wamid` once WhatsApp has taken it."""

    intent_id: UUID
    lead_id: UUID
    conversation_id: UUID
    at: datetime
    wamid: str | None = None


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person, or an artist's own line. `lead_id` is her current enquiry; `leads` those that are loaded.

    `recent` are the newest intents by id, `early` counts deliveries that came before their intent (a restored database).
    `judged` counts what was judged (messages, actions, facts that moved something): a late failure takes nothing back once
    it has gone on. `judged_at` is when the newest judged message was written. `retry` is a message of ours that failed and
    goes out again with her next message. `language` is None until it is known: then the studio's own. `artist_at` is when
    the artist last wrote to her from her own phone. `paused` is set while something waits for the end of panic mode; what
    was written up to `joins_until` is judged as one.
    """

    id: UUID
    phone_number_id: str
    audience: Audience = "client"
    phone: str | None = None
    user_id: str | None = None
    profile_name: str | None = None
    lead_id: UUID | None = None
    leads: dict[UUID, Lead] = {}
    lead_count: int = 0
    opted_out: bool = False
    word: Word | None = None
    gate: Gate | None = None
    opt_out_gate: Gate | None = None
    retry: Sending | None = None
    applied: Applied | None = None
    judged: int = 0
    judged_at: datetime | None = None
    window_expires_at: datetime | None = None
    intent_sequence: int = 0
    under_way: dict[str, Under] = {}
    recent: tuple[UUID, ...] = ()
    early: int = 0
    timers: dict[str, datetime] = {}
    parked: str | None = None
    closed_into: UUID | None = None
    language: str | None = None
    artist_at: datetime | None = None
    erased_at: datetime | None = None
    paused: Paused | None = None
    joins_until: datetime | None = None
    heard: tuple[str, ...] = ()
    notices: tuple[Noticed, ...] = ()

    @property
    def lead(self) -> Lead | None:
        return self.leads.get(self.lead_id) if self.lead_id else None

    @property
    def silent(self) -> bool:
        """Nothing is sent on this line: she opted out, was forgotten, or another conversation of hers has taken over."""
        return self.opted_out or self.closed_into is not None or self.erased_at is not None

    @property
    def needs(self) -> set[UUID]:
        """The leads that judging any event may ask for, beside those that the event names."""
        named = {self.lead_id} if self.lead_id else set()
        for gate in (self.gate, self.opt_out_gate):
            if gate is not None:
                named.add(gate.sending.lead_id)
        if self.retry is not None:
            named.add(self.retry.lead_id)
        if self.applied is not None:
            named.add(self.applied.sending.lead_id)
        return named
