"""DOMAIN §1: the studio's questions changed under an enquiry. Nobody is asked anew because of it, and nothing is lost.

A question that is asked no more takes the answer that was under way (it is kept, and no strike), and the next unanswered
one is asked with her next message; a question that was put in before is asked when it is its turn, as unanswered; answers to
questions that are gone stay. Where nothing is left to ask, her next message completes the enquiry. The step is always the
place in the present list: of a question that is gone, the place where the next unanswered one stands.
"""

from msgspec.structs import replace

from inkgate_dialogue.domain.lead import Change, Lead, Sending
from inkgate_dialogue.domain.rules import completion
from inkgate_dialogue.domain.turn import Turn

# What stands before a question and needs no words of its own.
_BEFORE_A_QUESTION = frozenset({"welcome", "restart", "continue", "language_chosen"})


def gone(turn: Turn, question: str | None) -> bool:
    """Whether this question is asked no more."""
    return question is not None and question not in turn.studio.steps


def go_on(turn: Turn, lead: Lead) -> None:
    """Ask the next unanswered question, or complete the enquiry."""
    completion.after_answer(turn, lead, "")


def in_its_place(turn: Turn, lead: Lead, failed: Sending) -> None:
    """What had failed to arrive asked a question that is gone: the next unanswered one goes out in its place, with the rest
    of what waited."""
    change, answers = failed.change, lead.answers
    if "restart" in change.marks:
        answers = {}
    upcoming = next((key for key in turn.studio.questions if key not in answers), None)
    if upcoming is None:
        done = Change(
            status="PENDING_APPROVAL", reason="completed", marks=(*change.marks, "completed"), notice="completed"
        )
        turn.say("completion", lead=lead, change=done)
    elif failed.copy in _BEFORE_A_QUESTION:
        turn.say(failed.copy, lead=lead, change=replace(change, question=upcoming), question=upcoming)
    else:
        words = {"text": ""}
        turn.say("ask", lead=lead, change=replace(change, question=upcoming), words=words, question=upcoming)
