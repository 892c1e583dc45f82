"""Whether an artist's decision is possible for a lead as it stands: asked by the actions, and by the notices that offer them
as links (a booked client's notice offers no 'Approve')."""

from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.transitions import allowed


def approve(lead: Lead) -> bool:
    return lead.status in ("PENDING_APPROVAL", "NEEDS_ARTIST_REPLY", "NEEDS_FOLLOW_UP") and not lead.paid


def reject(lead: Lead) -> bool:
    return allowed(lead.status, "REJECTED") and not lead.paid


def refund(lead: Lead) -> bool:
    return lead.paid
