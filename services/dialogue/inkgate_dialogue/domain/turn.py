"""One turn of judgement, built up in memory: facts recorded so far, the state they lead to, and what is to be said.

A Turn is local to one call of `decide`; from outside nothing but values goes in and comes out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from inkgate_common import ids
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.base import Data
from inkgate_common.contracts.commands import NoticeRequested, TimerFired
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import Body, Buttons, Choice, IntentCancelled, IntentCreated, Template, Text
from inkgate_dialogue.domain import date_words, packet, templates
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.agenda import EMPTY, Agenda, AgendaNeeded
from inkgate_dialogue.domain.copy import Copy
from inkgate_dialogue.domain.copy_tables import BUTTON_TEXT_MAX, PLACEHOLDERS, TEXT_MAX
from inkgate_dialogue.domain.evolve import evolve
from inkgate_dialogue.domain.lead import Change, Conversation, Gate, Lead, Sending
from inkgate_dialogue.domain.pauses import Pause
from inkgate_dialogue.domain.questions.reading import Setting
from inkgate_dialogue.domain.studio import Studio

_QUESTION_ROOM = PLACEHOLDERS["text"] + 4  # the longest question, and the empty lines between
NOTHING_DUE = "nothing_due"  # what a timer says that has no reason any more


class FollowUp(Data, frozen=True, kw_only=True):
    """Something that a fact asks us to say, judged like any other event: it waits while a gate is open. `what` is a line of
    the table in `rules/follow_ups.py`."""

    TYPE: ClassVar[str] = "inkgate.follow_up"
    TOPIC: ClassVar[str] = "mailbox"

    lead_id: UUID
    what: str
    command_id: UUID | None = None
    amount_pence: int | None = None


class Recorded(msgspec.Struct, frozen=True):
    """A fact, and the version of its lead once it was recorded."""

    fact: e.Fact
    version: int | None
    ordinal: int


class Out(msgspec.Struct, frozen=True):
    """An event to emit. `key` is its conversation (or another's, for notices)."""

    data: Data
    key: str
    ordinal: str


class Turn:
    """What judging one event brings about. `event` is the cause of every id that is made here."""

    def __init__(
        self,
        conversation: Conversation,
        event: Event,
        studio: Studio,
        now: datetime,
        *,
        pauses: Sequence[Pause] = (),
        agenda: Agenda | None = EMPTY,
    ) -> None:
        self._agenda = agenda
        self.began = conversation
        self.state = conversation
        self.event = event
        self.studio = studio
        self.now = now
        self.pauses = pauses
        self.hushed = False  # pilot mode: a timer says nothing to her
        self.recorded: list[Recorded] = []
        self.out: list[Out] = []
        self.follow_ups: list[Event] = []
        self.dropped: list[UUID] = []
        self.keeps_retry = False  # what is said leaves a message that had failed to her next one
        self.preface = ""

    @property
    def agenda(self) -> Agenda:
        """The artist's time, and what other leads hold of it. Asking for it makes the turn wait until nobody else can change
        it: only a rule that offers or takes a slot does."""
        if self._agenda is None:
            raise AgendaNeeded
        return self._agenda

    @property
    def copy(self) -> Copy:
        """What we say, in this person's language. (Artists read the studio's own: `studio.copy`.)"""
        return self.studio.copy_in(self.state.language)

    @property
    def setting(self) -> Setting:
        """What a question's parser may know of the studio, of this person, and of the day."""
        return msgspec.structs.replace(self.studio.setting(self.state.language), today=self.now.date())

    def time_label(self, at: datetime) -> str:
        """A time as she reads it: by the studio's clock, in her language."""
        return date_words.label(at, ZoneInfo(self.studio.file.time_zone), self.setting.language)

    # --- facts ---

    def record(self, fact: e.Fact) -> None:
        """Add a fact and move the state by it."""
        self.state = evolve(self.state, fact, self.now)
        lead = self.state.leads.get(fact.lead_id) if fact.lead_id else None
        self.recorded.append(Recorded(fact, lead.version if lead else None, len(self.recorded)))

    def note(self, fact: e.Fact) -> None:
        """Add a fact that is shown before what it brought about, though its words are known only afterwards."""
        self.state = evolve(self.state, fact, self.now)
        lead = self.began.leads.get(fact.lead_id) if fact.lead_id else None
        self.recorded.insert(0, Recorded(fact, lead.version if lead else None, len(self.recorded)))

    def lead(self, lead_id: UUID | None = None) -> Lead:
        """The lead, by default the current one. There must be one."""
        found = self.state.leads.get(lead_id) if lead_id else self.state.lead
        if found is None:
            raise LookupError(f"conversation {self.state.id} has no lead {lead_id or ''}".strip())
        return found

    def flag(self, lead: Lead, flag: str, on: bool = True) -> None:
        """Raise or take down a flag, if that changes anything."""
        if (flag in lead.flags) != on:
            self.record(e.Flagged(lead_id=lead.id, flag=flag, on=on))

    # --- what leaves ---

    def emit(self, data: Data, ordinal: str, key: str | None = None) -> None:
        self.out.append(Out(data, key or self.event.subject, ordinal))

    def follow_up(self, lead_id: UUID, what: str, **details: Any) -> None:
        """Say this as soon as nothing is under way."""
        data = FollowUp(lead_id=lead_id, what=what, **details)
        identity = ids.derive(self.event.id, f"{FollowUp.TYPE}:{what}", len(self.follow_ups))
        self.follow_ups.append(
            msgspec.structs.replace(self.event, id=identity, type=FollowUp.TYPE, time=self.event.time, data=data)
        )

    def say(
        self,
        copy: str,
        *,
        lead: Lead,
        change: Change | None = None,
        words: dict[str, Any] | None = None,
        question: str | None = None,
        buttons_of: str | None = None,
        kind: str = "gate",
        expires_at: datetime | None = None,
    ) -> UUID:
        """Tell the client something with one message of the copy file; `change` waits for its delivery beside it (empty
        where nothing waits). `question` appends that question, so that one turn is one message; `buttons_of` only lays
        that question's buttons under it. What was assumed of her answer (`preface`) goes first."""
        text = self.copy.text(copy, **(words or {}))
        if self.preface and len(self.preface) + len(text) + _QUESTION_ROOM <= TEXT_MAX:
            text = f"{self.preface}\n\n{text}".strip()
        buttons: Sequence[Choice] = self.copy.buttons(buttons_of) if buttons_of is not None else ()
        if question is not None and question not in self.studio.steps:
            question, change = self._instead(lead, question, change or Change(reason=copy))
        if question is not None:
            text = f"{text}\n\n{self.copy.question(question)}" if text else self.copy.question(question)
            buttons = self.copy.buttons(question)
        body = body_of(text, buttons)
        change = change or Change(reason=copy)
        return self.send(body, copy=copy, lead=lead, change=change, kind=kind, words=words, expires_at=expires_at)

    def _instead(self, lead: Lead, gone: str, change: Change) -> tuple[str | None, Change]:
        """A question that the studio asks no more gives way to the next unanswered one, whose step then waits beside it."""
        answers = {} if "restart" in change.marks else self.lead(lead.id).answers
        upcoming = next((key for key in self.studio.questions if key not in answers), None)
        if change.question not in (None, gone):
            return upcoming, change
        return upcoming, msgspec.structs.replace(change, question=upcoming)

    def send(
        self,
        body: Body,
        *,
        copy: str,
        lead: Lead,
        change: Change,
        kind: str = "gate",
        retry_of: UUID | None = None,
        expires_at: datetime | None = None,
        words: dict[str, Any] | None = None,
        fallback: Template | None = None,
    ) -> UUID:
        """An intent for the client. `kind` `gate` and `opt_out` open a gate; `reminder` and `note` open none. An answer to
        her message takes the place of one that had failed, and says so in `retry_of`.

        Outside the 24-hour window `fallback` goes in its place: by default the studio's template for `copy`, filled with
        `words`; where there is none, the invitation (nobody who opts out is invited)."""
        c = self.state
        if (
            retry_of is None
            and kind == "gate"
            and not self.keeps_retry
            and isinstance(self.event.data, MessageReceived)
        ):
            retry_of = c.retry.intent_id if c.retry is not None and c.retry.lead_id == lead.id else None
        said = msgspec.json.encode((copy, kind, body, change, retry_of)).decode()
        intent_id = ids.derive(self.event.id, "intent", said)
        if fallback is None and templates.may_shut(c.window_expires_at, self.now):
            fallback = templates.own(self.studio, c.language, copy, words or {}, plain(body))
        sending = Sending(
            intent_id=intent_id,
            lead_id=lead.id,
            body=body,
            change=change,
            copy=copy,
            opt_out=kind == "opt_out",
            fallback=fallback,
        )
        if fallback is None and kind != "opt_out":
            fallback = templates.invitation(self.studio, c.language)
        gating = kind in ("gate", "opt_out")
        gate = self._gate(sending, lead) if gating else None
        sequence = c.intent_sequence + 1
        self.record(
            e.MessageCreated(
                lead_id=lead.id,
                sending=sending,
                sort=kind,
                sequence=sequence,
                text=plain(body),
                change=describe(change, lead, self.studio) if gating else None,
                gate=gate,
                retry_of=retry_of,
                answer=isinstance(self.event.data, MessageReceived | TimerFired),
            )
        )
        self.emit(
            IntentCreated(
                intent_id=intent_id,
                sequence=sequence,
                phone_number_id=c.phone_number_id,
                lead_id=lead.id,
                audience=c.audience,
                to=c.phone,
                recipient=None if c.phone else c.user_id,
                body=body,
                fallback=fallback,
                gating=gating,
                queue="business" if kind in ("reminder", "note") else "reply",
                opt_out_confirmation=kind == "opt_out",
                window_expires_at=c.window_expires_at,
                expires_at=expires_at,
                retry_of=retry_of,
            ),
            said,
        )
        return intent_id

    def _gate(self, sending: Sending, lead: Lead) -> Gate:
        """The gate that a message of ours opens, at where the lead stands."""
        heard = self.event.data
        answers_at = heard.received_at if isinstance(heard, MessageReceived) else None
        return Gate(sending=sending, since=self.now, status=lead.status, question=lead.question, answers_at=answers_at)

    def cancel(self, intent_id: UUID, reason: str, *, opt_out: bool = False) -> None:
        """Ask for an intent back. What became of it comes as a delivery event."""
        sequence = self.state.intent_sequence + 1
        self.record(
            e.CancellationAsked(lead_id=self.state.lead_id, intent_id=intent_id, reason=reason, sequence=sequence)
        )
        self.emit(
            IntentCancelled(
                intent_id=intent_id,
                sequence=sequence,
                phone_number_id=self.state.phone_number_id,
                reason=reason,
                opt_out=opt_out,
            ),
            f"cancel:{intent_id}",
        )

    def notify(self, lead: Lead, notice: str, **words: Any) -> None:
        """Tell the artists, once per change: on their own conversations' keys, whose owners make the intents."""
        artists = self.studio.artists
        text = packet.text(notice, lead, self.state, self.studio, self.now, words) if artists else ""
        for artist in artists:
            self.answer_artist(artist.number, lead.id, notice, text, self.state.id)

    def answer_artist(
        self, number: str, lead_id: UUID, notice: str, text: str, conversation_id: UUID | None = None
    ) -> None:
        """Tell one artist something of a lead. With `conversation_id`, the lead's, she can answer it by a command."""
        self.emit(
            NoticeRequested(
                lead_id=lead_id,
                notice=notice,
                to=number,
                text=text,
                phone_number_id=self.state.phone_number_id,
                conversation_id=conversation_id,
            ),
            f"notice:{notice}:{number}",
            str(ids.artist_conversation(self.state.phone_number_id, number)),
        )

    def timer(self, name: str, due_at: datetime) -> None:
        """Have `name` fire at `due_at`, unless it fires earlier already (it then looks again)."""
        standing = self.state.timers.get(name)
        if standing is None or due_at < standing:
            self.record(e.TimerSet(lead_id=self.state.lead_id, timer=name, due_at=due_at))


def body_of(text: str, buttons: Sequence[Choice] = ()) -> Body:
    """A text, or a text with up to three reply buttons where WhatsApp takes as much text beside them."""
    return Buttons(text=text, buttons=list(buttons)) if buttons and len(text) <= BUTTON_TEXT_MAX else Text(text=text)


def plain(body: Body) -> str:
    """What a body says, as one text."""
    return f"[{body.name}] {' · '.join(body.parameters)}" if isinstance(body, Template) else body.text


def describe(change: Change, lead: Lead, studio: Studio) -> str:
    """A change in a few words: `step 2 → 3`, `QUALIFYING → PENDING_APPROVAL`, or `none`."""
    parts = []
    if change.status is not None and change.status != lead.status:
        parts.append(f"{lead.status} → {change.status}")
    if change.question is not None and (change.question != lead.question or "restart" in change.marks):
        parts.append(f"step {studio.step(lead.question, lead.answers)} → {studio.step(change.question, lead.answers)}")
    if change.offer is not None:
        parts.append(f"{len(change.offer.sessions)} slots on offer")
    if change.slot:
        parts.append(f"slot {change.slot}")
    return ", ".join(parts) or "none"
