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
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.inbound import IdentityLinked, MessageReceived
from inkgate_common.contracts.payments import Payment

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate, mailbox, words
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules import (
    actions,
    answer,
    artist,
    deposit,
    handover,
    opt_out,
    reminders,
    restart,
    waiting,
    welcome,
)
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import FollowUp, Turn

WINDOW = timedelta(hours=24)  # WhatsApp's customer service window (FACTS §2)


class Mode(msgspec.Struct, frozen=True):
    """Panic: automation pauses, messages wait. Pilot: only numbers on the studio's list are answered."""

    panic: bool = False
    pilot: bool = False


class Waiting(msgspec.Struct, frozen=True):
    """An event in the mailbox. One that is out of order is kept and shown, and judged only when an operator says so."""

    event: Event
    out_of_order: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """The state after, the turns that led there (facts and events to emit), and the mailbox after."""

    state: Conversation
    turns: list[Turn]
    mailbox: list[Waiting]


def take(
    conversation: Conversation,
    box: Sequence[Waiting],
    event: Event,
    studio: Studio,
    mode: Mode,
    now: datetime,
) -> Outcome:
    """Take one event in. Raises nothing for any event that the contracts allow."""
    run = _Run(conversation, list(box), studio, mode, now)
    run.arrive(event)
    run.drain()
    return Outcome(run.state, run.turns, run.box)


class _Run:
    """One call of `take`."""

    def __init__(
        self, conversation: Conversation, box: list[Waiting], studio: Studio, mode: Mode, now: datetime
    ) -> None:
        self.state = conversation
        self.box = box
        self.studio = studio
        self.mode = mode
        self.now = now
        self.turns: list[Turn] = []

    def arrive(self, event: Event) -> None:
        data = event.data
        if self._pre_empts(event) or not self._blocked():
            self.judge(event)
            return
        if isinstance(data, MessageReceived):
            self._opened_by_reply(event, data)
            if not self._blocked():
                self.box.append(Waiting(event))
                return
        self.box.append(Waiting(event))

    def drain(self) -> None:
        """Judge what waits, the earliest written first, until something is under way."""
        while not self._blocked():
            item = mailbox.first(waiting.event for waiting in self.box if not waiting.out_of_order)
            if item is None:
                return
            self.box = [waiting for waiting in self.box if waiting.event.id != item.id]
            self.judge(item)

    def _blocked(self) -> bool:
        c = self.state
        return bool(c.gate or c.opt_out_gate or c.parked or (self.mode.panic and c.audience == "client"))

    def _pre_empts(self, event: Event) -> bool:
        """Deliveries end gates; STOP, facts about money, `force` and `release` do not wait (PROTOCOL §2)."""
        data = event.data
        if isinstance(data, Delivery | Payment | IdentityLinked):
            return True
        if isinstance(data, MessageReceived):
            return data.audience == "client" and "stop" in words.heard(data.text, self.studio.file.words)
        if isinstance(data, OperatorActed):
            action = actions.ACTIONS.get(data.action)
            return action is not None and not action.waits
        return isinstance(data, TimerFired) and data.timer == opt_out.TIMER

    def _opened_by_reply(self, event: Event, message: MessageReceived) -> None:
        """A later message from the client proves that she has ours: the gate of an accepted intent opens (PROTOCOL §2)."""
        standing = self.state.gate
        if standing is None or standing.accepted_at is None or standing.superseded_by is not None:
            return
        if message.sent_at > standing.accepted_at and message.audience == "client":
            turn = self._turn(event)
            gate.delivered(turn, standing.sending.intent_id, "reply", standing.accepted_at, standing.began_at)
            self._finish(turn)

    def judge(self, event: Event) -> None:
        turn = self._turn(event)
        for kind, judge in _JUDGES:
            if isinstance(event.data, kind):
                judge(self, turn, event.data)
                break
        self._finish(turn)

    def _turn(self, event: Event) -> Turn:
        return Turn(self.state, event, self.studio, self.now)

    def _finish(self, turn: Turn) -> None:
        self.state = turn.state
        self.turns.append(turn)
        self.box = [waiting for waiting in self.box if waiting.event.id not in turn.dropped]
        self.box.extend(Waiting(event) for event in turn.follow_ups)

    # --- one function an input ---

    def message(self, turn: Turn, message: MessageReceived, *, in_order: bool = False) -> None:
        if message.audience == "artist":
            artist.message(turn, message)
            return
        _person_seen(turn, message)
        if turn.state.closed_into is not None:
            _note_message(turn, message, "closed", judged=False)
            return
        said = words.heard(message.text, self.studio.file.words)
        if "stop" in said:
            box = [waiting.event for waiting in self.box]
            verdict = opt_out.stop(turn, message, box)
            _note_message(turn, message, verdict)
            return
        if self.mode.pilot and (turn.state.phone or "") not in self.studio.file.allow:
            _note_message(turn, message, "not_in_pilot", judged=False)
            return
        newest = turn.state.judged_at
        if not said and not in_order and newest is not None and message.sent_at < newest:
            _note_message(turn, message, "out_of_order", judged=False)
            self.box.append(Waiting(turn.event, out_of_order=True))
            return
        asked = turn.state.lead.question if turn.state.lead else None
        verdict = _judge_message(turn, message, said)
        _note_message(turn, message, verdict, question=asked)

    def delivery(self, turn: Turn, data: Delivery) -> None:
        gate.judge_delivery(turn, data)

    def payment(self, turn: Turn, data: Payment) -> None:
        deposit.judge(turn, data)

    def timer(self, turn: Turn, data: TimerFired) -> None:
        if turn.state.timers.get(data.timer) != data.due_at:
            return  # another firing took its place
        turn.record(e.TimerFired(lead_id=data.lead_id, timer=data.timer, outcome="fired"))
        if data.timer == opt_out.TIMER:
            opt_out.status_due(turn)
        elif data.timer == reminders.TIMER and turn.state.lead is not None:
            reminders.fire(turn, turn.state.lead)

    def action(self, turn: Turn, data: OperatorActed) -> None:
        actions.judge(turn, data)
        if data.action == "judge":
            found = next(
                (
                    waiting
                    for waiting in self.box
                    if waiting.out_of_order and waiting.event.data.message_id == data.arguments.get("message_id")
                ),
                None,
            )
            if found is not None:
                self.box = [waiting for waiting in self.box if waiting is not found]
                self.message(turn, found.event.data, in_order=True)

    def follow_up(self, turn: Turn, data: FollowUp) -> None:
        lead = turn.state.leads.get(data.lead_id)
        if lead is not None:
            deposit.say(turn, lead, data)

    def notice(self, turn: Turn, data: NoticeRequested) -> None:
        artist.notice(turn, data)

    def linked(self, turn: Turn, data: IdentityLinked) -> None:
        turn.record(e.PersonSeen(phone=data.from_, user_id=data.user_id, profile_name=None, window_expires_at=None))
        if data.closed_into is not None:
            turn.record(e.ClosedInto(conversation_id=data.closed_into))
            for intent_id in list(turn.state.under_way):
                turn.cancel(UUID(intent_id), "closed")
        lead = turn.state.lead
        if lead is not None and (data.closed_into or data.took_over):
            turn.flag(lead, "identity_linked")


_JUDGES: tuple[tuple[type, Callable[[_Run, Turn, Any], None]], ...] = (
    (MessageReceived, _Run.message),
    (Delivery, _Run.delivery),
    (Payment, _Run.payment),
    (TimerFired, _Run.timer),
    (OperatorActed, _Run.action),
    (FollowUp, _Run.follow_up),
    (NoticeRequested, _Run.notice),
    (IdentityLinked, _Run.linked),
)


def _judge_message(turn: Turn, message: MessageReceived, said: frozenset[words.Command]) -> str:
    """A message in its turn. Returns the verdict that the timeline shows."""
    lead = turn.state.lead
    if message.kind in ("echo", "reaction", "system", "deleted"):
        return message.kind
    if turn.state.opted_out:
        return restart.start(turn, lead, message) if lead and "start" in said else "opted_out"
    if lead is None or lead.terminal:
        lead = welcome.new_lead(turn, turn.now)
        welcome.welcome(turn, lead)
        return "first"
    _cancel_reminders(turn)
    turn.record(e.Silence(lead_id=lead.id, since=None))
    if said & {"human", "refund", "erase"}:
        return _asks_for_the_artist(turn, lead, said)
    return _BY_STATUS.get(lead.status, _waits)(turn, turn.lead(lead.id), message, said)


def _asks_for_the_artist(turn: Turn, lead: Lead, said: frozenset[words.Command]) -> str:
    """DOMAIN §3 row 25."""
    copy, notice = ("human", "handover")
    if "refund" in said:
        copy, notice = "refund_asked", "refund_asked"
    elif "erase" in said:
        copy, notice = "erase_asked", "erase_asked"
    if lead.status == "NEEDS_ARTIST_REPLY" or lead.handover is not None:
        return handover.hold_reply(turn, lead)
    if lead.status == "NEW":
        welcome.welcome(turn, lead)
        return "first"
    handover.open_handover(turn, lead, copy, notice if notice != "handover" else "asked for the artist", notice=notice)
    return "asks_for_the_artist"


def _new(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[words.Command]) -> str:
    retry = turn.state.retry
    welcome.welcome(turn, lead, retry_of=retry.intent_id if retry else None)
    return "first"


def _qualifying(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[words.Command]) -> str:
    if lead.handover is not None:
        return _handed_over(turn, lead, message, said)
    return answer.judge(turn, lead, message)


def _handed_over(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[words.Command]) -> str:
    retry = turn.state.retry
    if "resume" in said and (lead.handover_from is not None or lead.handover is not None):
        handover.resume(turn, lead, "continue")
        return "continue"
    if retry is not None and retry.lead_id == lead.id:
        return waiting.status_reply(turn, lead)
    return handover.hold_reply(turn, lead)


def _gone(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[words.Command]) -> str:
    return restart.come_back(turn, lead)


def _waits(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[words.Command]) -> str:
    if lead.handover is not None:
        return _handed_over(turn, lead, message, said)
    return waiting.status_reply(turn, lead)


def _waitlisted(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[words.Command]) -> str:
    if "start" in said:
        restart.restart(turn, lead, "start")
        return "start"
    return _waits(turn, lead, message, said)


_BY_STATUS: dict[str, Callable[[Turn, Lead, MessageReceived, frozenset[words.Command]], str]] = {
    "NEW": _new,
    "QUALIFYING": _qualifying,
    "NEEDS_ARTIST_REPLY": _handed_over,
    "ABANDONED": _gone,
    "STALE": _gone,
    "WAITLISTED": _waitlisted,
}


def _person_seen(turn: Turn, message: MessageReceived) -> None:
    until = message.sent_at + WINDOW
    standing = turn.state.window_expires_at
    turn.record(
        e.PersonSeen(
            phone=message.from_,
            user_id=message.user_id,
            profile_name=message.profile_name,
            window_expires_at=until if standing is None else max(until, standing),
        )
    )


def _note_message(
    turn: Turn, message: MessageReceived, verdict: str, *, judged: bool = True, question: str | None = None
) -> None:
    turn.record(
        e.MessageReceived(
            lead_id=turn.state.lead_id,
            message_id=message.message_id,
            message_kind=message.kind,
            text=message.text,
            sent_at=message.sent_at,
            verdict=verdict,
            judged=judged,
            question=question,
            details=message.details,
        )
    )
    if verdict == "out_of_order" and turn.state.lead is not None:
        turn.flag(turn.state.lead, "out_of_order")


def _cancel_reminders(turn: Turn) -> None:
    """A message from the client cancels reminders that were not handed over."""
    for intent_id, under in list(turn.state.under_way.items()):
        if under.kind == "reminder" and not under.accepted:
            turn.cancel(UUID(intent_id), "she wrote")
