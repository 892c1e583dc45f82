"""What follows a fact as a message, judged as soon as nothing is under way: one line each."""

from collections.abc import Callable

from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules import deposit, slot_offers
from inkgate_dialogue.domain.turn import FollowUp, Turn

FOLLOW_UPS: dict[str, Callable[[Turn, Lead, FollowUp], None]] = {
    **deposit.SAYS,
    slot_offers.FOLLOW_UP: slot_offers.after_payment,
}


def say(turn: Turn, lead: Lead, data: FollowUp) -> None:
    """Judge a follow-up, its conditions checked anew."""
    FOLLOW_UPS[data.what](turn, lead, data)
