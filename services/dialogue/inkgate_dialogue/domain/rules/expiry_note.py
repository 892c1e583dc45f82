"""DOMAIN §3 row 30: that her link expired is said when quiet hours are over. Stripe's clock, not she, chose the moment."""

from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules.reminding import quiet_until
from inkgate_dialogue.domain.turn import NOTHING_DUE, Turn

TIMER = COPY = "link_expired"


def put_off(turn: Turn, lead: Lead) -> bool:
    """Whether the note waits for the end of quiet hours; its timer is set then."""
    ends = quiet_until(turn, lead)
    if ends is None:
        return False
    turn.timer(TIMER, ends)
    return True


def due(turn: Turn, fired: TimerFired) -> str:
    """Whether the link is still expired, and she is one who gets messages."""
    lead = turn.state.lead
    stands = lead is not None and lead.status == "DEPOSIT_EXPIRED" and not turn.state.silent
    return COPY if stands else NOTHING_DUE


def act(turn: Turn, fired: TimerFired, what: str) -> None:
    """Say it, as any note about money."""
    if what == COPY:
        turn.follow_up(turn.lead().id, COPY)
