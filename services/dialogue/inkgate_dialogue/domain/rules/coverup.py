"""DOMAIN §3 row 5 and §5: cover-up words in a good answer, before the cover-up question was answered.

The artist takes over at once, and the answer they stood in is kept. A 'not a cover-up' is none; once the question itself is
open or answered, only its answer counts (row 6).
"""

from collections.abc import Sequence

from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.phrases import Found
from inkgate_dialogue.domain.questions import FREE_TEXT
from inkgate_dialogue.domain.rules import handover
from inkgate_dialogue.domain.turn import Turn

REASON = "cover-up words"
_NEGATION_WORDS = 3


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    """Whether the answer to `key` had such words: then the handover is said."""
    phrases = turn.studio.file.handover.phrases
    if key not in FREE_TEXT or not covers(turn, lead, phrases.found(lead.answers.get(key, ""))):
        return False
    handover.open_handover(turn, lead, "coverup_handover", REASON)
    return True


def covers(turn: Turn, lead: Lead, found: Sequence[Found]) -> bool:
    """Whether cover-up words stand there unnegated, and nobody has asked her yet."""
    if "coverup" not in turn.studio.steps or "coverup" in lead.answers or lead.question == "coverup":
        return False
    negates = turn.studio.file.handover.negates
    for one in found:
        words = one.sentence.words
        around = (*words[max(0, one.at - _NEGATION_WORDS) : one.at], *words[one.end : one.end + 1])
        if one.category == "coverup" and negates.isdisjoint(around):
            return True
    return False
