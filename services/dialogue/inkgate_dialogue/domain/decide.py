"""`decide`: what one event brings about for one conversation. Pure: the same state, event, studio and time give the same
outcome; nothing here awaits, reads a clock or draws a random number.

`take` is the engine's one door: it decides whether an event is judged now or waits in the mailbox, and goes on with what
waits for as long as nothing is under way.
"""

from datetime import datetime
from functools import partial

import msgspec

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.inbound import IdentityLinked, MessageReceived
from inkgate_common.contracts.payments import Payment
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate, inputs, joining, judging, mailbox, words
from inkgate_dialogue.domain.agenda import EMPTY, Agenda, AgendaNeeded
from inkgate_dialogue.domain.lead import Conversation
from inkgate_dialogue.domain.mailbox import Waiting
from inkgate_dialogue.domain.rules import actions, panic, timers
from inkgate_dialogue.domain.run import Mode, Run
from inkgate_dialogue.domain.studio import Studio
from inkgate_dialogue.domain.turn import Turn


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
    run = Run(conversation, box, studio, mode, now, agenda)
    try:
        _arrive(run, event)
        _drain(run)
    except AgendaNeeded:
        return Outcome(conversation, [], box, asks_for_agenda=True)
    return Outcome(run.state, run.turns, run.box)


def _arrive(run: Run, event: Event) -> None:
    """Judge it at once where it does not wait, or where there is nothing to wait for; else it joins the mailbox."""
    if run.state.paused is not None and not run.mode.panic:
        _panic_is_over(run, event)
    waits = _paused(run, event) or (run.studio.file.messages.collect_s > 0 and isinstance(event.data, MessageReceived))
    free = not run.box and not _under_way(run) and not waits
    if free or _pre_empts(run, event):
        inputs.judge(run, event)
    else:
        run.box = [*run.box, Waiting(event)]


def _drain(run: Run) -> None:
    """Judge what waits, the earliest written first, until something is under way."""
    while run.box:
        _open_by_reply(run)
        if _under_way(run):
            return
        free = [waiting.event for waiting in run.in_order() if not _paused(run, waiting.event)]
        if not free:
            _hold(run)
            return
        limits = run.studio.file.messages
        found = joining.upcoming(free, run.state, limits, partial(_alone, run), run.now)
        if found.look_at is not None:
            _look_again(run, free[0], found.look_at)
            return
        taken = {event.id for event in found.events}
        run.box = [waiting for waiting in run.box if waiting.event.id not in taken]
        if found.joins_until != run.state.joins_until:
            _joins(run, found)
        if len(found.events) == 1:
            inputs.judge(run, found.events[0])
        else:
            inputs.judge_as_one(run, found.events)


def _joins(run: Run, found: joining.Next) -> None:
    if found.joins_until is not None:
        turn = run.turn(found.events[0])
        turn.record(e.Joined(lead_id=turn.state.lead_id, until=found.joins_until))
        run.finish(turn)


def _alone(run: Run, message: MessageReceived) -> bool:
    """A word of command that does something is judged by itself."""
    return judging.commands(run.state, words.of(message, run.studio.file.words), message.text)


def _look_again(run: Run, event: Event, at: datetime) -> None:
    turn = run.turn(event)
    turn.timer(timers.COLLECT, at)
    if turn.recorded:
        run.finish(turn)


def _hold(run: Run) -> None:
    """Panic: what she wrote waits, and she is told so."""
    waiting = [w.event for w in run.in_order() if isinstance(w.event.data, MessageReceived)]
    spoken = [event for event in waiting if event.data.kind != "edited" and not words.speechless(event.data)]
    if run.mode.panic and spoken and run.state.erased_at is None:
        newest = max(spoken, key=mailbox.order)
        turn = run.turn(newest)
        inputs.person_seen(turn, newest.data)
        panic.waits(turn, newest.data, inputs.WINDOW, answered=not run.not_in_pilot(turn))
        if turn.recorded:
            run.finish(turn)


def _panic_is_over(run: Run, event: Event) -> None:
    turn = run.turn(event)
    written = [mailbox.written_at(w.event) for w in run.in_order() if isinstance(w.event.data, MessageReceived)]
    panic.over(turn, max(written, default=run.now))
    run.finish(turn)


def _under_way(run: Run) -> bool:
    c = run.state
    return c.gate is not None or c.opt_out_gate is not None or c.parked is not None


def _paused(run: Run, event: Event) -> bool:
    """Panic stops what the bot does of itself with clients, not what an operator does by hand."""
    if not run.mode.panic or run.state.audience != "client":
        return False
    if isinstance(event.data, MessageReceived):
        return not judging.asks_for_a_person(run.state, words.of(event.data, run.studio.file.words))
    return not isinstance(event.data, OperatorActed | NoticeRequested)


def _pre_empts(run: Run, event: Event) -> bool:
    """Deliveries end gates; STOP, an echo, facts about money, `force` and `release` do not wait (PROTOCOL §2)."""
    data = event.data
    if isinstance(data, MessageReceived):
        theirs = data.audience == "client"
        return theirs and (data.kind == "echo" or "stop" in words.of(data, run.studio.file.words))
    if isinstance(data, Delivery | Payment | IdentityLinked):
        return True
    if isinstance(data, OperatorActed):
        action = actions.ACTIONS.get(data.action)
        return action is not None and not action.waits
    if isinstance(data, TimerFired):
        timer = timers.TIMERS.get(data.timer)
        return timer is None or not timer.waits  # one of no kind only has the mailbox looked into
    return False


def _open_by_reply(run: Run) -> None:
    """A later message from the client proves that she has ours: the gate of an accepted intent opens (PROTOCOL §2)."""
    for standing in (run.state.gate, run.state.opt_out_gate):
        if standing is None or standing.accepted_at is None or standing.superseded_by is not None:
            continue
        accepted_at, began_at = standing.accepted_at, standing.began_at
        proof = next((w.event for w in run.in_order() if _later(w.event, accepted_at, began_at)), None)
        if proof is not None:
            turn = run.turn(proof)
            intent_id, template = standing.sending.intent_id, standing.fallback
            gate.delivered(turn, intent_id, "reply", accepted_at, began_at, fallback=template)
            run.finish(turn)


def _later(event: Event, accepted_at: datetime, began_at: datetime | None) -> bool:
    """Whether this is a message that its client wrote after WhatsApp took ours."""
    data = event.data
    return (
        isinstance(data, MessageReceived)
        and data.audience == "client"
        and not words.speechless(data)
        and gate.written_after(data, accepted_at, began_at)
    )
