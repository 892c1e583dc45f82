"""PROTOCOL §2, Failed: the client's next message sends a pending answer of ours again."""

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate
from inkgate_dialogue.domain.gate import fitting
from inkgate_dialogue.domain.lead import Conversation, Lead
from inkgate_dialogue.domain.rules import questions_changed
from inkgate_dialogue.domain.turn import Turn


def possible(conversation: Conversation, lead: Lead) -> bool:
    """Whether a message to this lead had failed whose change can still be made."""
    retry = conversation.retry
    return retry is not None and retry.lead_id == lead.id and fitting(lead, retry.change) is not None


def again(turn: Turn, lead: Lead) -> bool:
    """Send what had failed once more, as a new intent. False where nothing had, or where a fact has overtaken it."""
    retry = turn.state.retry
    if retry is None or retry.lead_id != lead.id:
        return False
    if not possible(turn.state, lead):
        turn.record(e.RetryForgotten(lead_id=lead.id, intent_id=retry.intent_id))
        turn.flag(turn.lead(lead.id), gate.INVITED, False)
        return False
    if questions_changed.gone(turn, retry.change.question):
        questions_changed.in_its_place(turn, lead, retry)
        return True
    turn.send(
        retry.body,
        copy=retry.copy,
        lead=lead,
        change=retry.change,
        retry_of=retry.intent_id,
        fallback=retry.fallback,
    )
    return True
