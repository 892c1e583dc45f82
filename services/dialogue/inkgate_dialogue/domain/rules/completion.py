"""DOMAIN §3 rows 2 and 13: the next unanswered question, or the completion message when none is left."""

from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import Turn


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    upcoming = next((name for name in turn.studio.questions if name not in lead.answers), None)
    if upcoming is None:
        change = Change(status="PENDING_APPROVAL", reason="completed", marks=("completed",), notice="completed")
        turn.say("completion", lead=lead, change=change)
        return True
    body = Change(question=upcoming, reason="answered")
    turn.say("ask", lead=lead, change=body, words={"text": ""}, question=upcoming)
    return True
