"""DOMAIN §4, corrections: a message that she edits or deletes afterwards.

An edit of the current answer is an answer: where it was not understood the edit is judged in its place, where it was (the
question may have moved on) it corrects that answer, says so, and the open question is asked again. An edit that is no
answer leaves what stands, and says so. After the questions an edit is kept, flagged, and the artist is told, because she
may be deciding by the old one. Any other edit is kept and shown. A deletion leaves the answer as it was and flags it.
"""

from msgspec.structs import replace

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Lead, Said
from inkgate_dialogue.domain.questions import FREE_TEXT, Understood, cleaned
from inkgate_dialogue.domain.rules import answer, resend
from inkgate_dialogue.domain.turn import Turn


def judge(turn: Turn, lead: Lead, message: MessageReceived) -> str | None:
    """Judge an edit. Returns the verdict, or None: the status answers it."""
    was = _said(lead, message)
    if was is None or not cleaned(message.text):
        return "edit_kept"
    if lead.status != "QUALIFYING" or lead.handover is not None:
        return _after_the_questions(turn, lead, message, was)
    if was.answer and answer.parser(turn, was.key) is not None:
        return _corrects(turn, lead, message, was)
    if was.key == lead.question:
        return answer.judge(turn, lead, replace(message, kind="text"))
    return "edit_kept"


def deleted(turn: Turn, message: MessageReceived) -> None:
    """She took a message back. Nothing is said; an answer that it gave stands, with a flag."""
    lead = turn.state.lead
    was = None if lead is None else _said(lead, message)
    if lead is None or was is None or not was.answer:
        return
    turn.flag(lead, "deleted_message")
    turn.record(e.Note(lead_id=lead.id, about="the message that gave an answer was deleted", details={"key": was.key}))


def _said(lead: Lead, message: MessageReceived) -> Said | None:
    original = message.details.get("original_message_id")
    return next((said for said in lead.said if said.message_id == original), None)


def _after_the_questions(turn: Turn, lead: Lead, message: MessageReceived, was: Said) -> str | None:
    if not was.answer or cleaned(message.text) == cleaned(was.text):
        return "edit_kept"
    turn.flag(lead, "edited_answer")
    turn.notify(turn.lead(lead.id), "edited_answer", reason=f"{was.key}: {cleaned(message.text)[:500]}")
    return "edit_kept"


def _corrects(turn: Turn, lead: Lead, message: MessageReceived, was: Said) -> str:
    """The answer that it gave, as it is now."""
    key, standing = was.key, lead.answers.get(was.key, "")
    new = (message.text or "").strip()[: answer.TEXT_MAX]
    if new == was.text:
        return "edit_kept"
    whole = standing.replace(was.text, new, 1) if key in FREE_TEXT and was.text and was.text in standing else new
    parse = answer.parser(turn, key)
    assert parse is not None  # looked at before
    reading = parse(answer.reply_of(replace(message, kind="text", text=whole), turn.setting))
    if not isinstance(reading, Understood):
        if not resend.again(turn, lead):
            turn.say("edit_not_read", lead=lead, question=lead.question)
        return "edit_not_read"
    answer.record(turn, lead, key, reading, message, correction=True, said=new)
    answer.after_correction(turn, turn.lead(lead.id), key)
    return "edit"
