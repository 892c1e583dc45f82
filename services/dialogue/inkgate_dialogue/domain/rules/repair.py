"""DOMAIN §1 and §3 rows 4 and 5: an answer that cannot be read. Two wordings, then the artist."""

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.rules.handover import open_handover
from inkgate_dialogue.domain.turn import Turn

STRIKES_MAX = 3


def strike(turn: Turn, lead: Lead, key: str, reason: str) -> None:
    """Record a strike and answer it: a gentle re-ask, a short one with an example, then handover."""
    count = lead.strikes.get(key, 0) + 1
    turn.record(e.StrikeRecorded(lead_id=lead.id, key=key, strikes=count, reason=reason))
    lead = turn.lead(lead.id)
    if count >= STRIKES_MAX:
        open_handover(turn, lead, "handover", f"three strikes at {key}")
        return
    text = turn.copy.question(key) if count == 1 else turn.copy.hint(key)
    turn.say(f"repair_{count}", lead=lead, words={"text": text})
