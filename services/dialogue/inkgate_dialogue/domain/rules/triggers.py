"""DOMAIN §3 row 5 and §5, handover words and phrases: she wants a person, haggles, hesitates, asks about dates, asks at
length, speaks of a cover-up before she was asked, or tells that she is not of age. The phrases are data of the studio file
([handover]).

Where the line is: they must not fire on a good answer. A phrase counts as a request only where its sentence asks (a question
mark, or an opening like 'can' or 'is there'), or where nothing stands before it but words that lead into a request ('hi, I
just want …'). Single words of haggling count only where the message is no answer to the open question. So 'a portrait of a
human skull' and 'a discount store logo' are answers, 'can I talk to a human' and 'something cheaper please' (to the budget)
are not. A message that asks for something is handed over also where an answer stands in it ('could you do it for 300?'):
the artist answers it, and the question stays open. Asking for a person counts wherever HUMAN does; the others while we ask.

A question is long above `long_question_characters`; it asks with one of its phrases, not with 'can I have', which is how
people order. Cover-up words hand over at once (a 'not a cover-up' does not); the answer they stood in is kept. So does an
age that [handover] under_age names, in her first message too: to tattoo a minor is an offence in the UK (Tattooing of Minors
Act 1969), whatever else she answers.
"""

from collections.abc import Sequence

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.lead import Lead
from inkgate_dialogue.domain.phrases import Found, Sentence
from inkgate_dialogue.domain.questions import FREE_TEXT, Refused
from inkgate_dialogue.domain.rules import answer, corrections, coverup, handover
from inkgate_dialogue.domain.studio_words import Triggers
from inkgate_dialogue.domain.turn import Turn

_ASKING = frozenset({"QUALIFYING", "TOUR_CONVERSION_OFFERED"})
_WAITING = frozenset(
    {"PENDING_APPROVAL", "NEEDS_FOLLOW_UP", "AWAITING_DEPOSIT", "DEPOSIT_EXPIRED", "DEPOSIT_PAID", "BOOKING_PENDING"}
    | {"COLLECTING_TIME_WINDOWS"}
)
# Category of a request → why it is handed over; the first that stands there counts.
_REASONS = {"haggling": "haggling", "hesitation": "hesitates", "scheduling": "asks about dates"}
_REASONS_WAITING = {"haggling": "haggling", "hesitation": "hesitates"}
_WORDS_AFTER_MAX = 2
GIVES_UP = "does not want it any more"
UNDER_AGE = "under age"
# Reason → what she is told, where it is not the usual.
_COPY = {coverup.REASON: "coverup_handover", UNDER_AGE: "under_age"}


def before(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    """Hand a request over before it is taken for an answer. Returns the verdict, or None: not mine."""
    with_artist = lead.handover is not None or lead.status == "NEEDS_ARTIST_REPLY"
    if not message.text or message.choice is not None or with_artist or lead.status == "NEW":
        return None
    words = turn.studio.file.handover
    found = words.phrases.found(message.text)
    if not found:
        return None
    if any(one.category == "human" and _requested(words, one) for one in found):
        return handover.asked_for(turn, lead, frozenset({"human"}))
    reason = None
    if lead.status in _ASKING | _WAITING | {"BOOKED"} and _not_of_age(found):
        reason = UNDER_AGE
    elif lead.status in _ASKING:
        reason = _reason(turn, lead, message, words, found)
    elif lead.status == "BOOKED":
        reason = _reason_booked(words, found)
    elif lead.status in _WAITING:
        reason = _reason_waiting(words, found)
    if reason is None:
        return None
    handover.open_handover(turn, lead, _COPY.get(reason, "handover"), reason)
    return "handed_to_the_artist"


def at_first(turn: Turn, lead: Lead, message: MessageReceived) -> str | None:
    """The same of a first message, where her age alone counts: CONTINUE, or the artist, brings the welcome."""
    if not message.text or not _not_of_age(turn.studio.file.handover.phrases.found(message.text)):
        return None
    handover.open_handover(turn, lead, _COPY[UNDER_AGE], UNDER_AGE)
    return "handed_to_the_artist"


def _not_of_age(found: Sequence[Found]) -> bool:
    return any(one.category == "under_age" for one in found)


def _reason(turn: Turn, lead: Lead, message: MessageReceived, words: Triggers, found: Sequence[Found]) -> str | None:
    for one in found:
        if one.category in _REASONS and _requested(words, one):
            return _REASONS[one.category]
    long = len(message.text or "") > words.long_question_characters
    if long and any(one.category == "long_question" and _asks(words, one.sentence) for one in found):
        return "a long question"
    if any(one.category == "withdrawal" and _gives_up(turn, lead, message, one) for one in found):
        return GIVES_UP
    haggles = any(one.category == "haggling_words" for one in found)
    if (haggles or coverup.covers(turn, lead, found)) and _refused(turn, lead, message):
        return "haggling" if haggles else coverup.REASON
    return None


def _reason_waiting(words: Triggers, found: Sequence[Found]) -> str | None:
    for one in found:
        if one.category == "withdrawal":
            return GIVES_UP
        if one.category in _REASONS_WAITING and _requested(words, one):
            return _REASONS_WAITING[one.category]
    return None


def _reason_booked(words: Triggers, found: Sequence[Found]) -> str | None:
    """Cancelling and moving what is booked must not wait for the artist to look into the chat."""
    for one in found:
        if one.category == "withdrawal":
            return GIVES_UP
        if one.category == "scheduling" and _requested(words, one):
            return _REASONS["scheduling"]
    return None


def _refused(turn: Turn, lead: Lead, message: MessageReceived) -> bool:
    """Whether it is no answer to what stands open."""
    parse = answer.parser(turn, lead.question) if lead.status == "QUALIFYING" else None
    return parse is None or isinstance(parse(answer.reply_of(message, turn.setting)), Refused)


def _gives_up(turn: Turn, lead: Lead, message: MessageReceived, found: Found) -> bool:
    """Whether she gives the tattoo up, and does not change an answer ('changed my mind, make it 10 cm') or give one."""
    spoken = corrections.heard(turn.studio.file.corrections, message.text or "")
    if spoken is not None and (spoken.field is not None or any(map(str.isdigit, spoken.rest))):
        return False
    if lead.question in FREE_TEXT:  # anything is an answer: nothing but a 'sorry' may follow
        return len(found.sentence.words) - found.end <= _WORDS_AFTER_MAX
    return _refused(turn, lead, message)


def _asks(words: Triggers, sentence: Sentence) -> bool:
    """Whether a sentence is a question: by its mark, or by how it begins (after a greeting)."""
    return sentence.marked or next((one for one in sentence.words if one not in words.greets), "") in words.opens


def _requested(words: Triggers, found: Found) -> bool:
    """Whether a phrase stands in a sentence that asks, or is led into by nothing but a request's words."""
    return words.leads_in.issuperset(found.sentence.words[: found.at]) or _asks(words, found.sentence)
