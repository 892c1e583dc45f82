"""DOMAIN §3 row 21 and §4: STOP pre-empts everything not yet handed to WhatsApp, and wins."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import TimerFired
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import Text
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import close, move, opt_out_follows
from inkgate_dialogue.domain.lead import Change, Word
from inkgate_dialogue.domain.mailbox import written_at
from inkgate_dialogue.domain.rules import deposit, welcome
from inkgate_dialogue.domain.transitions import allowed
from inkgate_dialogue.domain.turn import NOTHING_DUE, FollowUp, Turn

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
    paid = _unconfirmed(turn)
    turn.record(e.OptedOut(lead_id=lead.id))
    paid |= _drop_what_waits(turn, message, waiting)
    for intent_id, under in list(turn.state.under_way.items()):
        if under.kind != "opt_out":
            turn.cancel(UUID(intent_id), "opt_out", opt_out=True)
    if turn.state.gate is not None:
        turn.record(e.GateSuperseded(lead_id=lead.id, intent_id=turn.state.gate.sending.intent_id, by=turn.event.id))
    for lead_id in sorted(paid):
        deposit.confirm_silently(turn, lead_id)
    deposit.cancel_open_link(turn, turn.lead(lead.id), "opt_out")
    lead = turn.lead(lead.id)
    follows = not lead.paid and not lead.terminal and allowed(lead.status, "OPTOUT")
    change = Change(status="OPTOUT" if follows else None, reason="stop")
    text = turn.copy.text("opt_out_confirmation")
    turn.send(Text(text=text), copy="opt_out_confirmation", lead=lead, change=change, kind="opt_out")
    turn.timer(TIMER, turn.now + timedelta(seconds=turn.studio.timers.opt_out_status_s))
    return "stop"


def remembered(turn: Turn) -> None:
    """She had opted out before her data was erased: only that is known of her, and it holds (PROTOCOL §2, Identity)."""
    lead = welcome.new_lead(turn, turn.now)
    turn.record(e.OptedOut(lead_id=lead.id))
    move(turn, turn.lead(lead.id), "OPTOUT", "opted_out_before")


def status_due(turn: Turn, fired: TimerFired) -> str:
    """Whether OPTOUT still waits for the confirmation."""
    return NOTHING_DUE if turn.state.opt_out_gate is None else "status_follows"


def status_follows(turn: Turn, fired: TimerFired, what: str) -> None:
    """The timer: OPTOUT follows at the latest a minute after the STOP, whatever became of the confirmation."""
    gate = turn.state.opt_out_gate
    if gate is not None:
        close(turn, gate.sending, "superseded", str(turn.event.id))
        opt_out_follows(turn, gate.sending)


def _unconfirmed(turn: Turn) -> set[UUID]:
    """Leads whose payment is not confirmed yet, because the message that says so is under way or had failed."""
    standing, retry = turn.state.gate, turn.state.retry
    sendings = [retry, standing.sending if standing is not None and standing.superseded_by is None else None]
    return {sending.lead_id for sending in sendings if sending is not None and sending.copy == deposit.CONFIRMATION}


def _drop_what_waits(turn: Turn, stopped: MessageReceived, waiting: Iterable[Event]) -> set[UUID]:
    """Record what was written before the STOP and not judged; leads whose payment was still to be confirmed come back.
    Timers and operators' actions stay: they are judged in their turn, against a person who has opted out."""
    paid = set()
    for event in waiting:
        data = event.data
        if isinstance(data, MessageReceived):
            if written_at(event) > stopped.sent_at:
                continue
            turn.record(
                e.MessageReceived(
                    lead_id=turn.state.lead_id,
                    message_id=data.message_id,
                    message_kind=data.kind,
                    text=data.text,
                    sent_at=data.sent_at,
                    verdict="before_stop",
                    judged=False,
                )
            )
            turn.dropped.append(event.id)
        elif isinstance(data, FollowUp):
            if data.what == deposit.CONFIRMATION:
                paid.add(data.lead_id)
            turn.dropped.append(event.id)
    return paid
