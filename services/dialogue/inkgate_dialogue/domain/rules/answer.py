"""A message while a question stands open: to which question it belongs, what is read, and what is said next."""

from typing import Any

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions import FREE_TEXT, QUESTIONS, TAKES_MEDIA, Reply, Setting, Understood, cleaned
from inkgate_dialogue.domain.rules import budget, completion, handover, repair, resend
from inkgate_dialogue.domain.turn import Turn

# Where several rows of DOMAIN §3 fall due after a good answer, the first of these wins.
AFTER_A_GOOD_ANSWER = (handover.after_answer, budget.after_answer, completion.after_answer)

_MEDIA_KINDS = frozenset({"image", "video", "audio", "document", "sticker"})

# WhatsApp's own limit for a message; what is added to a free-text answer may grow to a few of them.
TEXT_MAX = 4_096
ADDED_MAX = 4 * TEXT_MAX


def reply_of(message: MessageReceived, setting: Setting) -> Reply:
    """A message as a question sees it. The text stays as it was written; parsers read it in one form (`cleaned`)."""
    return Reply((message.text or "").strip()[:TEXT_MAX], message.choice, message.kind in _MEDIA_KINDS, setting)


def judge(turn: Turn, lead: Lead, message: MessageReceived) -> str:
    """Judge a message of a qualifying lead; records facts and says at most one thing. Returns the verdict."""
    asked, key = lead.asked, lead.question
    if key is None or key not in QUESTIONS:
        return "before_question"
    if not written_after(message, asked.accepted_at, asked.began_at):
        return _belongs_before(turn, lead, message)
    reply = reply_of(message, turn.setting)
    if reply.media and key not in TAKES_MEDIA and not cleaned(reply.text):
        turn.record(e.Note(lead_id=lead.id, about="media", details=_media(message) or {}))
        if not resend.again(turn, lead):
            turn.say("media_wrong_step", lead=lead, question=key)
        return "media"
    reading = QUESTIONS[key](reply)
    if isinstance(reading, Understood):
        record(turn, lead, key, reading, message, correction=False)
        lead = turn.lead(lead.id)
        for rule in AFTER_A_GOOD_ANSWER:
            if rule(turn, lead, key):
                break
        return "answer"
    if resend.again(turn, lead):
        return "sent_again"  # our own answer had failed: what she wrote is no strike
    repair.strike(turn, lead, key, reading)
    return "not_understood"


def record(
    turn: Turn, lead: Lead, key: str, reading: Understood, message: MessageReceived, *, correction: bool
) -> None:
    """The answer, and what it told of other questions (a city its country). What was assumed of it stands before what is
    said next, so that she can correct it."""
    turn.record(
        e.AnswerRecorded(
            lead_id=lead.id,
            key=key,
            text=reading.text,
            value=reading.value,
            at=turn.now,
            correction=correction,
            media=_media(message),
        )
    )
    if reading.assumed is not None:
        turn.preface = turn.copy.assumption(key, reading.assumed, reading.words)
    for other, value in reading.also.items():
        if other in turn.studio.steps:
            turn.record(e.AnswerRecorded(lead_id=lead.id, key=other, text=reading.text, value=value, at=turn.now))


def _belongs_before(turn: Turn, lead: Lead, message: MessageReceived) -> str:
    """Written before the open question went out: added to the answer before, or a correction of it. Gets no message."""
    before = lead.asked.before
    reply = reply_of(message, turn.setting)
    if before is None or before not in QUESTIONS:
        return "before_question"
    if before in FREE_TEXT:
        text = "\n".join(part for part in (lead.answers.get(before, ""), reply.text) if part)[:ADDED_MAX]
        turn.record(
            e.AnswerRecorded(
                lead_id=lead.id,
                key=before,
                text=text,
                value=lead.values.get(before),
                at=turn.now,
                correction=True,
                media=_media(message),
            )
        )
        return "added"
    reading = QUESTIONS[before](reply)
    if isinstance(reading, Understood):
        record(turn, lead, before, reading, message, correction=True)
        return "correction"
    return "written_before_question"


def _media(message: MessageReceived) -> dict[str, Any] | None:
    if message.media is None:
        return None
    return {"kind": message.kind, "id": message.media.id, "mime_type": message.media.mime_type}
