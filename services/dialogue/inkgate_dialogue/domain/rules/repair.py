"""DOMAIN §1 and §3 rows 4 and 5: an answer that cannot be read. Two wordings that say why, then the artist."""

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions.reading import Refused
from inkgate_dialogue.domain.rules.handover import open_handover
from inkgate_dialogue.domain.turn import Turn

STRIKES_MAX = 3


def strike(turn: Turn, lead: Lead, key: str, refused: Refused) -> None:
    """Record a strike and answer it: gently, with what was wrong and the question again; then shortly, with an example and
    word of the artist; then handover. The question's buttons lie under both."""
    count = lead.strikes.get(key, 0) + 1
    message_id = getattr(turn.event.data, "message_id", None)
    turn.record(e.StrikeRecorded(lead_id=lead.id, key=key, strikes=count, reason=refused.reason, message_id=message_id))
    lead = turn.lead(lead.id)
    if count >= STRIKES_MAX:
        open_handover(turn, lead, "handover", f"three strikes at {key}")
        return
    # Who does not know what is meant is not helped by the same words.
    asks = count == 1 and refused.reason != "puzzled"
    text = turn.copy.question(key) if asks else turn.copy.hint(key)
    why = turn.copy.why(key, refused.reason, refused.words)
    turn.say(f"repair_{count}", lead=lead, words={"why": why, "text": text}, buttons_of=key)
