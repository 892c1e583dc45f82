"""A message while a question stands open: to which question it belongs, what is read, and what is said next."""

from typing import Any

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.questions import FREE_TEXT, QUESTIONS, TAKES_MEDIA, Parser, Reply, Setting, Understood
from inkgate_dialogue.domain.questions import consent as consents
from inkgate_dialogue.domain.rules import (
    budget,
    completion,
    confirmation,
    consent,
    coverup,
    handover,
    questions_changed,
    repair,
    resend,
    several_answers,
    tour,
    whereabouts,
)
from inkgate_dialogue.domain.turn import Turn

# Where several rows of DOMAIN §3 fall due after a good answer, the first of these wins.
# The first ones are judged anew where an answer is corrected.
JUDGED_ANEW = (
    handover.after_answer,
    coverup.after_answer,
    consent.after_answer,
    budget.after_answer,
    tour.after_answer,
)
AFTER_A_GOOD_ANSWER = (*JUDGED_ANEW, confirmation.after_answer, completion.after_answer)

# What can be a reference picture; voice notes and stickers never are (rules/kinds.py).
_MEDIA_KINDS = frozenset({"image", "video", "document"})

# WhatsApp's own limit for a message; what is added to a free-text answer may grow to a few of them.
TEXT_MAX = 4_096
ADDED_MAX = 4 * TEXT_MAX


def reply_of(message: MessageReceived, setting: Setting) -> Reply:
    """A message as a question sees it. The text stays as it was written; parsers read it in one form (`cleaned`)."""
    return Reply((message.text or "").strip()[:TEXT_MAX], message.choice, message.kind in _MEDIA_KINDS, setting)


def parser(turn: Turn, key: str | None) -> Parser | None:
    """How the answer to a question is read: a consent by yes or no, the others by their own parser."""
    return consents.parse if key in turn.studio.consents else QUESTIONS.get(key or "")


def judge(turn: Turn, lead: Lead, message: MessageReceived) -> str:
    """Judge a message of a qualifying lead; records facts and says at most one thing. Returns the verdict."""
    asked, key = lead.asked, lead.question
    if key is None:
        return "before_question"
    if not written_after(message, asked.accepted_at, asked.began_at):
        return belongs_before(turn, lead, message)
    if questions_changed.gone(turn, key):
        return _question_gone(turn, lead, key, message)
    parse = parser(turn, key)
    if parse is None:
        return "before_question"
    reply = reply_of(message, turn.setting)
    reading = parse(reply)
    if isinstance(reading, Understood):
        record(turn, lead, key, reading, message, correction=False)
        _what_follows(turn, turn.lead(lead.id), key)
        return "answer"
    if resend.again(turn, lead):
        return "sent_again"  # our own answer had failed: what she wrote is no strike
    repair.strike(turn, lead, key, several_answers.instead(reading, reply))
    return "not_understood"


def _question_gone(turn: Turn, lead: Lead, key: str, message: MessageReceived) -> str:
    """The open question is asked no more: what she answers to it is kept, and the next one is asked."""
    reply = reply_of(message, turn.setting)
    reading = QUESTIONS[key](reply) if key in QUESTIONS and (reply.text or key in TAKES_MEDIA) else None
    if isinstance(reading, Understood):
        record(turn, lead, key, reading, message, correction=False)
    questions_changed.go_on(turn, turn.lead(lead.id))
    return "answer" if isinstance(reading, Understood) else "question_gone"


def record(
    turn: Turn,
    lead: Lead,
    key: str,
    reading: Understood,
    message: MessageReceived,
    *,
    correction: bool,
    said: str | None = None,
) -> None:
    """The answer, and what it told of other questions (a city its country). What was assumed of it stands before what is
    said next, so that she can correct it. `said`: what this message adds to the answer."""
    turn.record(
        e.AnswerRecorded(
            lead_id=lead.id,
            key=key,
            text=reading.text,
            value=reading.value,
            at=turn.now,
            correction=correction,
            media=media_of(message),
            message_id=source(message),
            said=said,
        )
    )
    if reading.assumed is not None:
        turn.preface = turn.copy.assumption(key, reading.assumed, reading.words)
    for other, value in reading.also.items():
        if other in turn.studio.steps:
            turn.record(e.AnswerRecorded(lead_id=lead.id, key=other, text=reading.text, value=value, at=turn.now))
    whereabouts.after_city(turn, lead, key, reading)


def after_correction(turn: Turn, lead: Lead, key: str) -> None:
    """An answer that stood was changed: what it brings about now, else say so and ask the open question again."""
    if resend.again(turn, lead):
        return
    if lead.question in lead.answers:  # the question that follows it never went out
        _what_follows(turn, lead, key)
        return
    for rule in JUDGED_ANEW:
        if rule(turn, lead, key):
            return
    what = turn.copy.told(key, lead.answers[key], lead.values.get(key), turn.studio.file.currency)
    turn.preface = ""  # what was assumed stands in what is told: not twice
    turn.say("corrected", lead=lead, words={"what": what}, question=lead.question)


def _what_follows(turn: Turn, lead: Lead, key: str) -> None:
    for rule in AFTER_A_GOOD_ANSWER:
        if rule(turn, lead, key):
            return


def belongs_before(turn: Turn, lead: Lead, message: MessageReceived) -> str:
    """Written before the open question went out: added to the answer before, or a correction of it. Gets no message."""
    before = lead.asked.before
    reply = reply_of(message, turn.setting)
    parse = parser(turn, before)
    if before is None or parse is None:
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
                media=media_of(message),
                message_id=source(message),
                said=reply.text,
            )
        )
        return "added"
    reading = parse(reply)
    if isinstance(reading, Understood):
        record(turn, lead, before, reading, message, correction=True)
        return "correction"
    return "written_before_question"


def source(message: MessageReceived) -> str:
    """The message that an edit is about; else the message itself."""
    original = message.details.get("original_message_id")
    return original if isinstance(original, str) else message.message_id


def media_of(message: MessageReceived) -> dict[str, Any] | None:
    """Its media, as the enquiry keeps them."""
    if message.media is None:
        return None
    return {"kind": message.kind, "id": message.media.id, "mime_type": message.media.mime_type}
