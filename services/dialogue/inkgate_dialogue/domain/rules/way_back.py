"""DOMAIN §3 row 30, the way back: once her link has expired, any message of hers gets her a new one.

The note of the expiry promises it ('write to us here'). The sum is what the artist approved. She is told that it is on its
way; the link's own message then gates AWAITING_DEPOSIT as the first one did. Where a slot comes before the deposit, hers
was released with the link: the slots are offered anew. A plain 'no' is left to the artist.
"""

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions.yes_no import yes_or_no
from inkgate_dialogue.domain.rules import deposit, handover, resend, slot_offers, waiting
from inkgate_dialogue.domain.turn import Turn

BY = "her message"


def judge(turn: Turn, lead: Lead, message: MessageReceived) -> str:
    """A message of a lead in DEPOSIT_EXPIRED. Returns the verdict."""
    if resend.again(turn, lead):
        return "sent_again"
    if yes_or_no(message.text or "") is False:
        handover.open_handover(turn, lead, "handover", "does not want a new link")
        return "asks_for_the_artist"
    if lead.offer is not None and turn.studio.file.slots == "before_deposit":
        if slot_offers.begin(turn, lead) is None:
            handover.open_handover(turn, lead, "handover", "no free slot")
        return "slots_offered"
    if lead.deposit is None or lead.deposit.state not in deposit.OPEN:
        deposit.request_link(turn, lead, BY)
        waiting.status_reply(turn, turn.lead(lead.id), always=True)
        return "new_link"
    return waiting.status_reply(turn, lead)
