"""`decide`: what one event brings about for one conversation. Pure: the same state, event, studio and time give the same
outcome; nothing here awaits, reads a clock or draws a random number.

`take` is the engine's one door: it decides whether an event is judged now or waits in the mailbox, and goes on with what
waits for as long as nothing is under way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common.cloudevents import Event
from inkgate_common.contracts import deliveries, payments
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.inbound import IdentityLinked, MessageReceived
from inkgate_common.contracts.payments import Payment
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate, joining, judging, mailbox, pauses, receipt, words
from inkgate_dialogue.domain.agenda import EMPTY, Agenda, AgendaNeeded
from inkgate_dialogue.domain.lead import Conversation
from inkgate_dialogue.domain.pauses import Pause
from inkgate_dialogue.domain.rules import (
    actions,
    artist,
    deposit,
    edits,
    follow_ups,
    holds,
    kinds,
    language,
    opt_out,
    panic,
    restart,
    takeover,
    timers,
    waits,
)
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import FollowUp, Turn

WINDOW = timedelta(hours=24)  # WhatsApp's customer service window (FACTS §2)


class Mode(msgspec.Struct, frozen=True):
    """Panic: automation pauses, messages wait. Pilot: only numbers on the studio's list are answered. `pauses`: when nothing
    could be said, of late and now."""

    panic: bool = False
    pilot: bool = False
    pauses: tuple[Pause, ...] = ()


class Waiting(msgspec.Struct, frozen=True):
    """An event in the mailbox. One that is out of order is kept and shown, and judged only when an operator says so."""

    event: Event
    out_of_order: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """The state after, the turns that led there (facts and events to emit), and the mailbox after (the same list where
    nothing was put in or taken out). `asks_for_agenda`: nothing has happened; it is to be taken in again with the agenda."""

    state: Conversation
    turns: list[Turn]
    mailbox: list[Waiting]
    asks_for_agenda: bool = False


def take(
    conversation: Conversation,
    box: list[Waiting],
    event: Event,
    studio: Studio,
    mode: Mode,
    now: datetime,
    agenda: Agenda | None = EMPTY,
) -> Outcome:
    """Take one event in. Raises nothing for any event that the contracts allow. `agenda` None: it is not at hand; where it
    turns out to be needed the outcome asks for it."""
    run = _Run(conversation, box, studio, mode, now, agenda)
    try:
        run.arrive(event)
        run.drain()
    except AgendaNeeded:
        return Outcome(conversation, [], box, asks_for_agenda=True)
    return Outcome(run.state, run.turns, run.box)


class _Run:
    """One call of `take`. Lists are replaced, never changed."""

    def __init__(
        self,
        conversation: Conversation,
        box: list[Waiting],
        studio: Studio,
        mode: Mode,
        now: datetime,
        agenda: Agenda | None,
    ) -> None:
        self.agenda = agenda
        self.state = conversation
        self.box = box
        self.studio = studio
        self.mode = mode
        self.now = now
        self.turns: list[Turn] = []

    def arrive(self, event: Event) -> None:
        """Judge it at once where it does not wait, or where there is nothing to wait for; else it joins the mailbox."""
        if self.state.paused is not None and not self.mode.panic:
            self._panic_is_over(event)
        waits = self._paused(event) or (
            self.studio.file.messages.collect_s > 0 and isinstance(event.data, MessageReceived)
        )
        free = not self.box and not self._under_way() and not waits
        if free or self._pre_empts(event):
            self.judge(event)
        else:
            self.box = [*self.box, Waiting(event)]

    def drain(self) -> None:
        """Judge what waits, the earliest written first, until something is under way."""
        while self.box:
            self._open_by_reply()
            if self._under_way():
                return
            free = [waiting.event for waiting in self._in_order() if not self._paused(waiting.event)]
            if not free:
                self._hold()
                return
            limits = self.studio.file.messages
            found = joining.upcoming(free, self.state, limits, self._alone, self.now)
            if found.look_at is not None:
                self._look_again(free[0], found.look_at)
                return
            taken = {event.id for event in found.events}
            self.box = [waiting for waiting in self.box if waiting.event.id not in taken]
            if found.joins_until != self.state.joins_until:
                self._joins(found)
            if len(found.events) == 1:
                self.judge(found.events[0])
            else:
                self.judge_as_one(found.events)

    def _joins(self, found: joining.Next) -> None:
        if found.joins_until is not None:
            turn = self._turn(found.events[0])
            turn.record(e.Joined(lead_id=turn.state.lead_id, until=found.joins_until))
            self._finish(turn)

    def _alone(self, message: MessageReceived) -> bool:
        """A word of command that does something is judged by itself."""
        return judging.commands(self.state, words.of(message, self.studio.file.words), message.text)

    def _look_again(self, event: Event, at: datetime) -> None:
        turn = self._turn(event)
        turn.timer(timers.COLLECT, at)
        if turn.recorded:
            self._finish(turn)

    def _hold(self) -> None:
        """Panic: what she wrote waits, and she is told so."""
        waiting = [w.event for w in self._in_order() if isinstance(w.event.data, MessageReceived)]
        spoken = [event for event in waiting if event.data.kind != "edited" and not words.speechless(event.data)]
        if self.mode.panic and spoken and self.state.erased_at is None:
            newest = max(spoken, key=mailbox.order)
            turn = self._turn(newest)
            _person_seen(turn, newest.data)
            panic.waits(turn, newest.data, WINDOW, answered=not self._not_in_pilot(turn))
            if turn.recorded:
                self._finish(turn)

    def _panic_is_over(self, event: Event) -> None:
        turn = self._turn(event)
        written = [mailbox.written_at(w.event) for w in self._in_order() if isinstance(w.event.data, MessageReceived)]
        panic.over(turn, max(written, default=self.now))
        self._finish(turn)

    def _in_order(self) -> list[Waiting]:
        """What waits for its turn. What is out of order waits for the operator."""
        return [waiting for waiting in self.box if not waiting.out_of_order]

    def _under_way(self) -> bool:
        c = self.state
        return c.gate is not None or c.opt_out_gate is not None or c.parked is not None

    def _paused(self, event: Event) -> bool:
        """Panic stops what the bot does of itself with clients, not what an operator does by hand."""
        if not self.mode.panic or self.state.audience != "client":
            return False
        if isinstance(event.data, MessageReceived):
            return not judging.asks_for_a_person(self.state, words.of(event.data, self.studio.file.words))
        return not isinstance(event.data, OperatorActed | NoticeRequested)

    def _pre_empts(self, event: Event) -> bool:
        """Deliveries end gates; STOP, an echo, facts about money, `force` and `release` do not wait (PROTOCOL §2)."""
        data = event.data
        if isinstance(data, MessageReceived):
            theirs = data.audience == "client"
            return theirs and (data.kind == "echo" or "stop" in words.of(data, self.studio.file.words))
        if isinstance(data, Delivery | Payment | IdentityLinked):
            return True
        if isinstance(data, OperatorActed):
            action = actions.ACTIONS.get(data.action)
            return action is not None and not action.waits
        if isinstance(data, TimerFired):
            timer = timers.TIMERS.get(data.timer)
            return timer is None or not timer.waits  # one of no kind only has the mailbox looked into
        return False

    def _open_by_reply(self) -> None:
        """A later message from the client proves that she has ours: the gate of an accepted intent opens (PROTOCOL §2)."""
        for standing in (self.state.gate, self.state.opt_out_gate):
            if standing is None or standing.accepted_at is None or standing.superseded_by is not None:
                continue
            accepted_at, began_at = standing.accepted_at, standing.began_at
            proof = next((w.event for w in self._in_order() if _later(w.event, accepted_at, began_at)), None)
            if proof is not None:
                turn = self._turn(proof)
                intent_id, template = standing.sending.intent_id, standing.fallback
                gate.delivered(turn, intent_id, "reply", accepted_at, began_at, fallback=template)
                self._finish(turn)

    def judge(self, event: Event) -> None:
        turn = self._turn(event)
        judge = _JUDGES.get(type(event.data))
        if judge is not None:
            judge(self, turn, event.data)
        if event.restored and turn.state.lead is not None:
            turn.flag(turn.state.lead, "restored")
        self._finish(turn)

    def judge_as_one(self, events: Sequence[Event]) -> None:
        """Judge several messages as one; each is shown, and judged once."""
        turn = self._turn(events[-1])
        parts = [event.data for event in events]
        self.message(turn, joining.joined(parts), parts=parts)
        if any(event.restored for event in events) and turn.state.lead is not None:
            turn.flag(turn.state.lead, "restored")
        self._finish(turn)

    def _turn(self, event: Event) -> Turn:
        concerned = pauses.of_number(self.mode.pauses, self.state.phone_number_id) if self.mode.pauses else ()
        return Turn(self.state, event, self.studio, self.now, pauses=concerned, agenda=self.agenda)

    def _finish(self, turn: Turn) -> None:
        holds.settle(turn)
        waits.settle(timers.WAITS, turn)
        self.state = turn.state
        if self.agenda is not None:
            self.agenda = self.agenda.after(turn.state.leads.values())
        self.turns.append(turn)
        if turn.dropped:
            self.box = [waiting for waiting in self.box if waiting.event.id not in turn.dropped]
        if turn.follow_ups:
            self.box = [*self.box, *map(Waiting, turn.follow_ups)]

    # --- one function an input ---

    def message(
        self,
        turn: Turn,
        message: MessageReceived,
        *,
        in_order: bool = False,
        parts: Sequence[MessageReceived] = (),
    ) -> None:
        """`parts`: the messages that are judged as this one."""
        if turn.state.erased_at is not None:
            # Written before intake had forgotten her: nothing of it is kept. What she writes next comes from a new person.
            turn.record(e.Note(lead_id=turn.state.lead_id, about="a message of an erased person"))
            return
        _person_seen(turn, message)
        if message.audience == "artist":
            artist.message(turn, message)
            return
        state = turn.state
        if state.closed_into is not None:
            _note_message(turn, message, "closed", judged=False)
            return
        if words.speechless(message):
            gesture = _GESTURES.get(message.kind)
            if gesture is not None:
                gesture(turn, message)
            _note_message(turn, message, message.kind, judged=False)
            return
        language.choose(turn, message)
        if message.opted_out_before and state.lead_id is None and not state.opted_out:
            opt_out.remembered(turn)
        # Words of command were looked for before joining: what only reads like one then is none.
        said = words.NONE if parts else words.of(message, self.studio.file.words)
        if "stop" in said:
            verdict = opt_out.stop(turn, message, [waiting.event for waiting in self._in_order()])
            _note_message(turn, message, verdict)
            return
        started = "start" in said and restart.heard(turn, message)
        for part in parts:
            if "start" in words.of(part, self.studio.file.words):
                restart.heard(turn, part)
        if self._not_in_pilot(turn):
            _note_all(turn, message, parts, "not_in_pilot", judged=False)
            return
        newest = state.judged_at
        late = newest is not None and message.sent_at < newest and not in_order
        if late and not judging.commands(turn.state, said, message.text):
            _note_message(turn, message, "out_of_order", judged=False)
            self.box = [*self.box, Waiting(turn.event, out_of_order=True)]
            if turn.state.lead is not None:
                turn.flag(turn.state.lead, "out_of_order")
            return
        asked = turn.state.lead.question if turn.state.lead else None
        verdict = judging.judge(turn, message, said, started)
        kinds.keep_parts(turn, message, parts)
        ahead = any(written < message.sent_at for written in self._said_and_waiting())
        _note_all(turn, message, parts, verdict, question=asked, ahead=ahead)

    def _said_and_waiting(self) -> list[datetime]:
        """When the messages that wait were written. Nobody speaks in a gesture: it may be passed over (joining.py)."""
        waiting = [one.event.data for one in self._in_order() if isinstance(one.event.data, MessageReceived)]
        return [message.sent_at for message in waiting if not words.speechless(message)]

    def _not_in_pilot(self, turn: Turn) -> bool:
        return self.mode.pilot and (turn.state.phone or "") not in self.studio.file.allow

    def delivery(self, turn: Turn, data: Delivery) -> None:
        receipt.judge(turn, data)

    def payment(self, turn: Turn, data: Payment) -> None:
        deposit.judge(turn, data)

    def timer(self, turn: Turn, data: TimerFired) -> None:
        timer = timers.TIMERS.get(data.timer)
        if timer is None or (turn.state.timers.get(data.timer) != data.due_at and not timer.told):
            return  # another firing took its place
        turn.hushed = self._not_in_pilot(turn)
        held = pauses.lasting(turn.pauses) if timer.waits else None
        if timer.speaks and turn.hushed:
            what = timers.NOTHING_DUE
        else:
            what = timers.HELD if held is not None else timer.due(turn, data)
        quiet = timers.quiet_until(turn, turn.lead()) if what in timer.wakes else None
        what = what if quiet is None else timers.QUIET
        turn.record(e.TimerFired(lead_id=data.lead_id, timer=data.timer, outcome=what))
        if what == timers.HELD and held is not None:
            turn.timer(data.timer, pauses.next_look(held, self.now))
        elif what == timers.QUIET and quiet is not None:
            turn.timer(data.timer, quiet)
        else:
            timer.act(turn, data, what)

    def action(self, turn: Turn, data: OperatorActed) -> None:
        if data.action == "judge":
            self._judge_late_message(turn, data)
            return
        actions.judge(turn, data)
        if turn.state.erased_at is not None:
            self._drop_all(turn)

    def _drop_all(self, turn: Turn) -> None:
        """Nothing of an erased person waits. An operator's action that waited is refused, so that nobody waits for it."""
        for waiting in self.box:
            if isinstance(waiting.event.data, OperatorActed):
                actions.refuse(turn, waiting.event.data, "her data was erased")
            turn.dropped.append(waiting.event.id)

    def _judge_late_message(self, turn: Turn, data: OperatorActed) -> None:
        """The operator has a message judged that was out of order."""
        wanted = data.arguments.get("message_id")
        late = [waiting for waiting in self.box if waiting.out_of_order]
        found = next((waiting for waiting in late if waiting.event.data.message_id == wanted), None)
        if found is None and actions.refusal(turn, data) is None:
            actions.refuse(turn, data, "no such message is out of order")
            return
        actions.judge(turn, data)
        if found is None or not isinstance(turn.recorded[-1].fact, e.ActionTaken):
            return
        self.box = [waiting for waiting in self.box if waiting is not found]
        if len(late) == 1:
            turn.flag(turn.lead(data.lead_id), "out_of_order", False)
        self.message(turn, found.event.data, in_order=True)

    def follow_up(self, turn: Turn, data: FollowUp) -> None:
        lead = turn.state.leads.get(data.lead_id)
        if lead is not None:
            follow_ups.say(turn, lead, data)

    def notice(self, turn: Turn, data: NoticeRequested) -> None:
        artist.notice(turn, data)

    def linked(self, turn: Turn, data: IdentityLinked) -> None:
        turn.record(e.PersonSeen(phone=data.from_, user_id=data.user_id, profile_name=None, window_expires_at=None))
        if data.closed_into is not None:
            turn.record(e.ClosedInto(into=data.closed_into))
            for intent_id, under in list(turn.state.under_way.items()):
                if not under.recalled:
                    turn.cancel(UUID(intent_id), "closed")
        lead = turn.state.lead
        if lead is not None and (data.closed_into or data.took_over):
            turn.flag(lead, "identity_linked")


# What a message in which nobody speaks brings about.
_GESTURES: dict[str, Callable[[Turn, MessageReceived], None]] = {"deleted": edits.deleted, "echo": takeover.echo}

_JUDGES: dict[type, Callable[[_Run, Turn, Any], None]] = {
    MessageReceived: _Run.message,
    TimerFired: _Run.timer,
    OperatorActed: _Run.action,
    FollowUp: _Run.follow_up,
    NoticeRequested: _Run.notice,
    IdentityLinked: _Run.linked,
    **dict.fromkeys(deliveries.TYPES, _Run.delivery),
    **dict.fromkeys(payments.TYPES, _Run.payment),
}


def _later(event: Event, accepted_at: datetime, began_at: datetime | None) -> bool:
    """Whether this is a message that its client wrote after WhatsApp took ours."""
    data = event.data
    return (
        isinstance(data, MessageReceived)
        and data.audience == "client"
        and not words.speechless(data)
        and gate.written_after(data, accepted_at, began_at)
    )


def _person_seen(turn: Turn, message: MessageReceived) -> None:
    """Who writes, and until when a plain text may be sent to her (the artist's own phone opens no window)."""
    c = turn.state
    until = c.window_expires_at
    if not words.speechless(message):
        ends = message.sent_at + WINDOW
        until = ends if until is None else max(until, ends)
    seen = (message.from_ or c.phone, message.user_id or c.user_id, message.profile_name or c.profile_name, until)
    if seen != (c.phone, c.user_id, c.profile_name, c.window_expires_at):
        phone, user_id, name, window = seen
        turn.record(e.PersonSeen(phone=phone, user_id=user_id, profile_name=name, window_expires_at=window))


def _note_all(
    turn: Turn, message: MessageReceived, parts: Sequence[MessageReceived], verdict: str, **more: Any
) -> None:
    for one in reversed(parts or (message,)):
        _note_message(turn, one, verdict, **more)


def _note_message(
    turn: Turn,
    message: MessageReceived,
    verdict: str,
    *,
    judged: bool = True,
    question: str | None = None,
    ahead: bool = False,
) -> None:
    turn.note(
        e.MessageReceived(
            lead_id=turn.state.lead_id,
            message_id=message.message_id,
            message_kind=message.kind,
            text=message.text,
            sent_at=message.sent_at,
            verdict=verdict,
            judged=judged,
            ahead=ahead,
            question=question,
            details=message.details,
        )
    )
