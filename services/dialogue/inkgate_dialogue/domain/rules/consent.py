"""DOMAIN §3 row 31 and §4, age and consent: a studio's own yes/no questions before the thirteen.

They are steps like the others, in the order of the studio file. An answer other than the required one ends the enquiry
politely (REJECTED, when that message is delivered); one that is neither yes nor no is asked again, three strikes as always.
A later message opens a new enquiry, which asks them anew.
"""

from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import Turn


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    """Whether any consent was refused, also by a correction: then the end is said."""
    for consent in turn.studio.file.consent:
        given = lead.values.get(consent.key)
        if given is not None and given != (consent.required == "yes"):
            turn.say("consent_refused", lead=lead, change=Change(status="REJECTED", reason=f"consent {consent.key}"))
            return True
    return False
