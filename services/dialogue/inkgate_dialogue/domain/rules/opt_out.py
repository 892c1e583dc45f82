"""DOMAIN §3 row 21 and §4: STOP pre-empts everything not yet handed to WhatsApp, and wins."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import Text

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import make_change
from inkgate_dialogue.domain.lead import Change, Word
from inkgate_dialogue.domain.mailbox import written_at
from inkgate_dialogue.domain.rules import deposit, welcome
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import FollowUp, Turn

TIMER = "opt_out_status"


def newest(turn: Turn, message: MessageReceived, word: str) -> bool:
    """Whether this STOP or START is the newest written of them; in the same second STOP wins."""
    last = turn.state.word
    if last is None or message.sent_at > last.written_at:
        return True
    if message.sent_at < last.written_at:
        return False
    return word == "stop"


def stop(turn: Turn, message: MessageReceived, waiting: Iterable[Event]) -> str:
    """Judge a STOP. `waiting` is the mailbox: what was written before the STOP is recorded, not judged."""
    if not newest(turn, message, "stop"):
        return "older_than_start"
    turn.record(e.WordHeard(word=Word(word="stop", written_at=message.sent_at)))
    if turn.state.opted_out:
        return "opted_out"
    lead = turn.state.lead or welcome.new_lead(turn, turn.now)
    turn.record(e.OptedOut(lead_id=lead.id))
    _drop_what_waits(turn, message, waiting)
    for intent_id, under in list(turn.state.under_way.items()):
        if under.kind != "opt_out":
            turn.cancel(UUID(intent_id), "opt_out", opt_out=True)
    if turn.state.gate is not None:
        turn.record(e.GateSuperseded(lead_id=lead.id, intent_id=turn.state.gate.sending.intent_id, by=turn.event.id))
    deposit.cancel_open_link(turn, turn.lead(lead.id), "opt_out")
    lead = turn.lead(lead.id)
    follows = not lead.paid and not lead.terminal and allowed(lead.status, "OPTOUT")
    change = Change(status="OPTOUT" if follows else None, reason="stop")
    text = turn.studio.copy.text("opt_out_confirmation")
    turn.send(Text(text=text), copy="opt_out_confirmation", lead=lead, change=change, kind="opt_out")
    turn.timer(TIMER, turn.now + timedelta(seconds=turn.studio.timers.opt_out_status_s))
    return "stop"


def status_due(turn: Turn) -> str:
    """The timer: OPTOUT follows at the latest a minute after the STOP, whatever became of the confirmation."""
    gate = turn.state.opt_out_gate
    if gate is None:
        return "nothing_due"
    lead_id = gate.sending.lead_id
    turn.record(
        e.GateClosed(lead_id=lead_id, intent_id=gate.sending.intent_id, how="superseded", reason="took over a minute")
    )
    if turn.state.opted_out:
        make_change(turn, lead_id, gate.sending.change, None)
    return "status_follows"


def _drop_what_waits(turn: Turn, stopped: MessageReceived, waiting: Iterable[Event]) -> None:
    for event in waiting:
        if isinstance(event.data, MessageReceived):
            if written_at(event) > stopped.sent_at:
                continue
            turn.record(
                e.MessageReceived(
                    lead_id=turn.state.lead_id,
                    message_id=event.data.message_id,
                    message_kind=event.data.kind,
                    text=event.data.text,
                    sent_at=event.data.sent_at,
                    verdict="before_stop",
                    judged=False,
                )
            )
            turn.dropped.append(event.id)
        elif isinstance(event.data, FollowUp) and deposit.speaks_only(event.data):
            turn.dropped.append(event.id)
