"""DOMAIN §3 row 30 and §3b: a dispute at the bank freezes the booking (FACTS: Stripe's disputes).

Status, slot and what was paid stay as they are: the dispute is a fact of money, and the table has no edge for it. While it
is open nothing goes on with the booking: no slots are offered or picked, no date is booked, nothing is refunded (Stripe
refuses to refund what is disputed), and a message of hers gets a word of it. The artist may write, cancel, or say how it
ended: `settle` lifts it, whichever way the bank decided.
"""

from inkgate_common.contracts.commands import OperatorActed
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.turn import Turn

FLAG = "disputed"
REASON = "the deposit is disputed: settle that first"
# What would go on with the booking.
STOPPED = frozenset({"book", "offer_slots", "refund", "approve", "send_deposit"})


def frozen(lead: Lead) -> bool:
    """Whether a dispute is open."""
    return FLAG in lead.flags


def stops(lead: Lead, action: str) -> bool:
    """Whether it is not possible while the dispute is open."""
    return action in STOPPED and frozen(lead)


def can_settle(conversation: Conversation, lead: Lead) -> bool:
    return frozen(lead)


def settle(turn: Turn, lead: Lead, data: OperatorActed) -> None:
    """The dispute has ended."""
    turn.flag(lead, FLAG, False)
