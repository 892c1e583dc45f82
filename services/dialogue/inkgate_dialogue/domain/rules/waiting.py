"""DOMAIN §3 row 26: a message while we wait for somebody else gets the status reply, and changes nothing."""

from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules import resend
from inkgate_dialogue.domain.turn import Turn


def status_reply(turn: Turn, lead: Lead) -> str:
    """Say where things stand, or send again what had failed."""
    if resend.again(turn, lead):
        return "sent_again"
    said = turn.copy.status(lead.status)
    if said is None:
        return "kept"
    turn.say("ask", lead=lead, words={"text": said})
    return "status_reply"
