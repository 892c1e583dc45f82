"""DOMAIN §3 row 32 and §4, panic mode: automation pauses and messages wait.

Who writes then gets one holding message per cooldown, inside the 24-hour window only, and the artist is told once. Nothing
else waits for it. Open gates end as they will, money is recorded, STOP counts at once, and HUMAN, REFUND and DELETE MY
DATA are passed on: they ask for a person. START and CONTINUE would bring the bot back, so they wait with the rest. When
panic ends, what waits in a mailbox is judged as one.
"""

from datetime import datetime, timedelta

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Change
from inkgate_dialogue.domain.rules import takeover, welcome
from inkgate_dialogue.domain.turn import Turn

HOLDING = "panic_holding"


def due(turn: Turn, newest: MessageReceived, window: timedelta) -> bool:
    """Whether the holding message goes to who wrote `newest`."""
    c, cooldown = turn.state, timedelta(seconds=turn.studio.timers.hold_reply_cooldown_s)
    held_at = c.paused.held_at if c.paused is not None else None
    if c.silent or takeover.quiet(turn) or newest.sent_at + window <= turn.now:
        return False
    return held_at is None or (turn.now - held_at >= cooldown and newest.received_at > held_at)


def waits(turn: Turn, newest: MessageReceived, window: timedelta, *, answered: bool) -> None:
    """`newest` waits for the end of panic. `answered` False: this number is not answered at all (pilot mode)."""
    holds = answered and due(turn, newest, window)
    if turn.state.paused is not None and not holds:
        return
    lead = turn.state.lead
    if answered and lead is None and not turn.state.silent:
        lead = welcome.new_lead(turn, turn.now)
    first = turn.state.paused is None
    turn.record(e.Paused(lead_id=turn.state.lead_id, held_at=turn.now if holds else None))
    if lead is None:
        return
    if first and answered and not turn.state.silent:
        turn.notify(lead, "panic")
    if holds:
        turn.keeps_retry = True
        turn.say(HOLDING, lead=lead, change=Change(reason=HOLDING))


def over(turn: Turn, until: datetime) -> None:
    """Panic has ended: what was written up to `until` is judged as one."""
    retry = turn.state.retry
    if retry is not None and retry.copy == HOLDING:
        turn.record(e.RetryForgotten(lead_id=retry.lead_id, intent_id=retry.intent_id))
    turn.record(e.PauseEnded(lead_id=turn.state.lead_id, until=until))
