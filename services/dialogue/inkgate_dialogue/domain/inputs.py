"""One function an input: what a message, a delivery, a payment, a timer, an operator's action brings about."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from inkgate_common.cloudevents import Event
from inkgate_common.contracts import deliveries, payments
from inkgate_common.contracts.commands import NoticeRequested, OperatorActed, TimerFired
from inkgate_common.contracts.deliveries import Delivery
from inkgate_common.contracts.inbound import IdentityLinked, MessageReceived
from inkgate_common.contracts.payments import Payment
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import joining, judging, pauses, receipt, words
from inkgate_dialogue.domain.mailbox import Waiting
from inkgate_dialogue.domain.rules import (
    actions,
    artist,
    deposit,
    edits,
    follow_ups,
    kinds,
    language,
    opt_out,
    restart,
    takeover,
    timers,
)
from inkgate_dialogue.domain.run import Run
from inkgate_dialogue.domain.turn import FollowUp, Turn

WINDOW = timedelta(hours=24)  # WhatsApp's customer service window (FACTS §2)


def judge(run: Run, event: Event) -> None:
    """Judge one event; of a kind that is not here, nothing comes."""
    turn = run.turn(event)
    judges = JUDGES.get(type(event.data))
    if judges is not None:
        judges(run, turn, event.data)
    if event.restored and turn.state.lead is not None:
        turn.flag(turn.state.lead, "restored")
    run.finish(turn)


def judge_as_one(run: Run, events: Sequence[Event]) -> None:
    """Judge several messages as one; each is shown, and judged once."""
    turn = run.turn(events[-1])
    parts = [event.data for event in events]
    _message(run, turn, joining.joined(parts), parts=parts)
    if any(event.restored for event in events) and turn.state.lead is not None:
        turn.flag(turn.state.lead, "restored")
    run.finish(turn)


def _message(
    run: Run,
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
    person_seen(turn, message)
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
    said = words.NONE if parts else words.of(message, run.studio.file.words)
    if "stop" in said:
        verdict = opt_out.stop(turn, message, [waiting.event for waiting in run.in_order()])
        _note_message(turn, message, verdict)
        return
    started = "start" in said and restart.heard(turn, message)
    for part in parts:
        if "start" in words.of(part, run.studio.file.words):
            restart.heard(turn, part)
    if run.not_in_pilot(turn):
        _note_all(turn, message, parts, "not_in_pilot", judged=False)
        return
    newest = state.judged_at
    late = newest is not None and message.sent_at < newest and not in_order
    if late and not judging.commands(turn.state, said, message.text):
        _note_message(turn, message, "out_of_order", judged=False)
        run.box = [*run.box, Waiting(turn.event, out_of_order=True)]
        if turn.state.lead is not None:
            turn.flag(turn.state.lead, "out_of_order")
        return
    asked = turn.state.lead.question if turn.state.lead else None
    verdict = judging.judge(turn, message, said, started)
    kinds.keep_parts(turn, message, parts)
    ahead = any(written < message.sent_at for written in _said_and_waiting(run))
    _note_all(turn, message, parts, verdict, question=asked, ahead=ahead)


def _said_and_waiting(run: Run) -> list[datetime]:
    """When the messages that wait were written. Nobody speaks in a gesture: it may be passed over (joining.py)."""
    waiting = [one.event.data for one in run.in_order() if isinstance(one.event.data, MessageReceived)]
    return [message.sent_at for message in waiting if not words.speechless(message)]


def _delivery(run: Run, turn: Turn, data: Delivery) -> None:
    receipt.judge(turn, data)


def _payment(run: Run, turn: Turn, data: Payment) -> None:
    deposit.judge(turn, data)


def _timer(run: Run, turn: Turn, data: TimerFired) -> None:
    timer = timers.TIMERS.get(data.timer)
    if timer is None or (turn.state.timers.get(data.timer) != data.due_at and not timer.told):
        return  # another firing took its place
    turn.hushed = run.not_in_pilot(turn)
    held = pauses.lasting(turn.pauses) if timer.waits else None
    if timer.speaks and turn.hushed:
        what = timers.NOTHING_DUE
    elif held is not None:
        what = timers.HELD
    else:
        what = timer.due(turn, data)
    quiet = timers.quiet_until(turn, turn.lead()) if what in timer.wakes else None
    what = what if quiet is None else timers.QUIET
    turn.record(e.TimerFired(lead_id=data.lead_id, timer=data.timer, outcome=what))
    if what == timers.HELD and held is not None:
        turn.timer(data.timer, pauses.next_look(held, run.now))
    elif what == timers.QUIET and quiet is not None:
        turn.timer(data.timer, quiet)
    else:
        timer.act(turn, data, what)


def _action(run: Run, turn: Turn, data: OperatorActed) -> None:
    if data.action == "judge":
        _judge_late_message(run, turn, data)
        return
    actions.judge(turn, data)
    if turn.state.erased_at is not None:
        _drop_all(run, turn)


def _drop_all(run: Run, turn: Turn) -> None:
    """Nothing of an erased person waits. An operator's action that waited is refused, so that nobody waits for it."""
    for waiting in run.box:
        if isinstance(waiting.event.data, OperatorActed):
            actions.refuse(turn, waiting.event.data, "her data was erased")
        turn.dropped.append(waiting.event.id)


def _judge_late_message(run: Run, turn: Turn, data: OperatorActed) -> None:
    """The operator has a message judged that was out of order."""
    wanted = data.arguments.get("message_id")
    late = [waiting for waiting in run.box if waiting.out_of_order]
    found = next((waiting for waiting in late if waiting.event.data.message_id == wanted), None)
    if found is None and actions.refusal(turn, data) is None:
        actions.refuse(turn, data, "no such message is out of order")
        return
    actions.judge(turn, data)
    if found is None or not isinstance(turn.recorded[-1].fact, e.ActionTaken):
        return
    run.box = [waiting for waiting in run.box if waiting is not found]
    if len(late) == 1:
        turn.flag(turn.lead(data.lead_id), "out_of_order", False)
    _message(run, turn, found.event.data, in_order=True)


def _follow_up(run: Run, turn: Turn, data: FollowUp) -> None:
    lead = turn.state.leads.get(data.lead_id)
    if lead is not None:
        follow_ups.say(turn, lead, data)


def _notice(run: Run, turn: Turn, data: NoticeRequested) -> None:
    artist.notice(turn, data)


def _linked(run: Run, turn: Turn, data: IdentityLinked) -> None:
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

JUDGES: dict[type, Callable[[Run, Turn, Any], None]] = {
    MessageReceived: _message,
    TimerFired: _timer,
    OperatorActed: _action,
    FollowUp: _follow_up,
    NoticeRequested: _notice,
    IdentityLinked: _linked,
    **dict.fromkeys(deliveries.TYPES, _delivery),
    **dict.fromkeys(payments.TYPES, _payment),
}


def person_seen(turn: Turn, message: MessageReceived) -> None:
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
