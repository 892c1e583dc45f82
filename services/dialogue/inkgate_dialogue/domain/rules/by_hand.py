"""DOMAIN §2: places in the table to which the artist moves an enquiry by hand, each with a word to the client that gates it.

`follow_up`: she will come back to it (→ NEEDS_FOLLOW_UP). `close`: an enquiry that leads nowhere is put away, and any
message takes it up again (→ ABANDONED). `resume` of one that needs a follow-up: → PENDING_APPROVAL with its answers, or,
where it is paid, → BOOKING_PENDING.
"""

from uuid import UUID

from inkgate_common.contracts.commands import OperatorActed
from inkgate_dialogue.domain import gate
from inkgate_dialogue.domain.lead import Change, Conversation, Lead
from inkgate_dialogue.domain.rules import deposit, waiting
from inkgate_dialogue.domain.transitions import Status, allowed
from inkgate_dialogue.domain.turn import Turn


def can_follow_up(conversation: Conversation, lead: Lead) -> bool:
    return allowed(lead.status, "NEEDS_FOLLOW_UP")


def follow_up(turn: Turn, lead: Lead, data: OperatorActed) -> UUID:
    return turn.say("follow_up", lead=lead, change=Change(status="NEEDS_FOLLOW_UP", reason="follow_up"))


def can_close(conversation: Conversation, lead: Lead) -> bool:
    return allowed(lead.status, "ABANDONED") and not lead.paid


def close(turn: Turn, lead: Lead, data: OperatorActed) -> UUID | None:
    """An open link is expired: what is put away is not paid for."""
    deposit.cancel_open_link(turn, lead, "closed")
    change = Change(status="ABANDONED", reason="closed")
    if turn.state.opted_out:
        gate.make_change(turn, lead.id, change, None)
        return None
    return turn.say("closed", lead=turn.lead(lead.id), change=change)


def can_take_up(lead: Lead) -> bool:
    """Whether `resume` takes up an enquiry that needs a follow-up."""
    return lead.status == "NEEDS_FOLLOW_UP" and lead.handover is None


def take_up(turn: Turn, lead: Lead) -> UUID:
    status: Status = "BOOKING_PENDING" if lead.paid else "PENDING_APPROVAL"
    text = waiting.said(turn, lead, status) or ""
    return turn.say("ask", lead=lead, change=Change(status=status, reason="resumed"), words={"text": text})
