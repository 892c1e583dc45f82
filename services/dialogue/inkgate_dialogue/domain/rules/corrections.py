"""DOMAIN §4, Corrections: an earlier answer is changed while another question is open.

'Actually 10 cm', 'change my budget to 600', 'I meant Leeds', 'perdón, el tamaño es 12x15'.

A correction names its question ('my size is 12x15, sorry') or only marks itself as one. Unnamed, it belongs to the newest
earlier question whose form it has: a size with its unit, an amount with its currency, a city or a country where that is
clear, and to the question just before for everything else. What the open question understands is its answer, unless the
words say that something earlier was meant ('I meant …'). A question that she has not been asked yet is no correction.

The answer is changed at once, and what it brings about is judged anew (complexity, cover-up, budget, tour); else it is said
and the open question is asked again in one message: no strike, no step. While the artist looks at an enquiry (a complete
one, or one whose budget is below the minimum) the answer is changed as well, and she is told once the client knows. A new
city may find the studio at home while a stop is offered: then the questions go on. What cannot be read, or does not say
what it should be, is asked about, and is no strike. While her deposit is awaited the answers are what the artist approved
and priced: nothing is changed, and she takes over.
"""

import re
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.questions import FREE_TEXT, Understood
from inkgate_dialogue.domain.questions.reading import folded, squeezed
from inkgate_dialogue.domain.rules import answer, handover, resend, tour
from inkgate_dialogue.domain.studio_words import Corrections
from inkgate_dialogue.domain.turn import Turn

_APPROVED = "AWAITING_DEPOSIT"
WANTS_A_CHANGE = "wants to change what was approved"
# Where an answer may be changed, or its change asked for; what came of a budget below the minimum is the artist's to decide.
_WHERE = ("QUALIFYING", "PENDING_APPROVAL", "NEEDS_FOLLOW_UP", "TOUR_CONVERSION_OFFERED", _APPROVED)
_LONGEST = 200  # characters of a message that can be a correction
_UNNAMED_LONGEST = 60
_SURE = 0.9
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SIZE = re.compile(r"\d ?(?:cm|mm|in\b|inch|inches|pulgadas?|\"|x ?\d|× ?\d|by ?\d|por ?\d)", re.IGNORECASE)
_MONEY = re.compile(r"[£$€]|\b(?:gbp|pounds?|quid|libras?|euros?|usd|dollars?)\b|\dk\b", re.IGNORECASE)
_AROUND = " \t,:;.!=>–-…"

Phrases = frozenset[tuple[str, ...]]


class Spoken(msgspec.Struct, frozen=True):
    """A correction as it was said: the question it names (or None), what it should be, and how it marks itself. `meant`:
    something earlier, for certain; `linked`: by 'to' or 'is' behind the name; `changes`: by a verb."""

    field: str | None
    rest: str
    meant: bool = False
    actually: bool = False
    changes: bool = False
    linked: bool = False


def before(turn: Turn, lead: Lead, message: MessageReceived, said: frozenset[str]) -> str | None:
    """Take a correction before its status sees it. Returns the verdict, or None: not one."""
    text = squeezed(message.text or "") if len(message.text or "") <= 2 * _LONGEST else ""
    if not text or len(text) > _LONGEST or message.kind != "text" or message.choice is not None:
        return None
    if lead.handover is not None or lead.status not in _WHERE:
        return None
    asked = lead.asked
    if lead.status == "QUALIFYING" and not written_after(message, asked.accepted_at, asked.began_at):
        return None
    spoken = heard(turn.studio.file.corrections, text)
    if spoken is None:
        return None
    if spoken.field is not None:
        return _named(turn, lead, message, spoken)
    return _unnamed(turn, lead, message, spoken)


def heard(words: Corrections, text: str) -> Spoken | None:
    """What of a text corrects something, by its words alone."""
    spans = [(folded(found[0]), found.start(), found.end()) for found in _WORD.finditer(text)]
    told = [word for word, _, _ in spans]
    if words.hints.isdisjoint(told):
        return None
    at, end, field = 0, len(told), None
    meant = actually = changes = linked = False
    while at < end:
        length = _stands(words.meant_as, told, at) or 0
        if length:
            meant, at = True, at + length
        elif length := _stands(words.actually_as, told, at):
            actually, at = True, at + length
        elif field is None and told[at] in words.changes:
            changes, at = True, at + 1
        elif field is None and (named := _field(words, told, at)) is not None:
            field, at = named[0], at + named[1]
        elif field is not None and told[at] in words.links:
            linked, at = True, at + 1
        elif told[at] in words.skips:
            at += 1
        elif field is not None and told[at] in words.froms and (to := _last(told, words.links, at)) is not None:
            linked, at = True, to + 1
        else:
            break
    while end > at:
        if length := _stands_before(words.meant_as, told, end):
            meant, end = True, end - length
        elif length := _stands_before(words.actually_as, told, end):
            actually, end = True, end - length
        else:
            break
    rest = text[spans[at - 1][2] if at else 0 : spans[end][1] if end < len(told) else len(text)].strip(_AROUND)
    marked = meant or actually or changes
    if (field is None and (not marked or not rest)) or (field is not None and not marked and not linked):
        return None
    return Spoken(field, rest, meant=meant, actually=actually, changes=changes, linked=linked)


@lru_cache(maxsize=256)
def _lengths(phrases: Phrases) -> tuple[int, ...]:
    """How many words they have, the most first."""
    return tuple(sorted({len(one) for one in phrases}, reverse=True))


def _stands(phrases: Phrases, told: list[str], at: int) -> int:
    """The length of the longest of these phrases that begins there; 0 where none does."""
    return next((n for n in _lengths(phrases) if at + n <= len(told) and tuple(told[at : at + n]) in phrases), 0)


def _stands_before(phrases: Phrases, told: list[str], end: int) -> int:
    return next((n for n in _lengths(phrases) if n <= end and tuple(told[end - n : end]) in phrases), 0)


def _field(words: Corrections, told: list[str], at: int) -> tuple[str, int] | None:
    found = [(name, length) for name, called in words.called.items() if (length := _stands(called, told, at))]
    return max(found, key=lambda one: one[1], default=None)


def _last(told: list[str], links: frozenset[str], after: int) -> int | None:
    found = [at for at in range(after + 1, len(told) - 1) if told[at] in links]
    return found[-1] if found else None


# --- whose answer it changes -------------------------------------------------------------------------------------------


def _named(turn: Turn, lead: Lead, message: MessageReceived, spoken: Spoken) -> str | None:
    key = spoken.field or ""
    parse = answer.parser(turn, key)
    stands_open = lead.status == "QUALIFYING" and key == lead.question
    if stands_open or key not in lead.answers or parse is None:
        return None
    clear = spoken.linked or spoken.changes
    if key in FREE_TEXT and not (clear and (spoken.meant or spoken.actually or spoken.changes)):
        return None
    if not spoken.rest:
        return _ask_how(turn, lead) if spoken.changes else None
    if not clear and not any(map(str.isdigit, spoken.rest)):
        return None
    reading = parse(replace(answer.reply_of(message, turn.setting), text=spoken.rest))
    if isinstance(reading, Understood):
        return _correct(turn, lead, message, key, reading)
    return _not_read(turn, lead) if spoken.changes or spoken.meant else None


def _unnamed(turn: Turn, lead: Lead, message: MessageReceived, spoken: Spoken) -> str | None:
    if len(spoken.rest) > _UNNAMED_LONGEST:
        return None
    reply = answer.reply_of(message, turn.setting)
    asking = lead.status == "QUALIFYING"
    parse = answer.parser(turn, lead.question) if asking else None
    understood = parse is not None and isinstance(parse(reply), Understood)
    free = asking and lead.question in FREE_TEXT
    if understood and not free and (not spoken.meant or lead.strikes.get(lead.question or "", 0)):
        return None  # it answers what stands open
    if lead.status == _APPROVED and not _SIZE.search(spoken.rest):
        return None  # 'sorry, was at work, doing it now': unnamed, only a size is surely none of that
    just_before = lead.asked.before if asking else lead.question
    for key in _earlier(turn, lead, just_before):
        read = answer.parser(turn, key)
        reading = read(replace(reply, text=spoken.rest)) if read is not None else None
        if not isinstance(reading, Understood) or reading.value == lead.values.get(key):
            continue
        newest = key == just_before
        loose = spoken.meant or not understood or (key == "coverup" and lead.question == "reference_images")
        if _has_the_form(key, spoken, reading, newest=newest, loose=loose):
            return _correct(turn, lead, message, key, reading)
    if spoken.meant and just_before in FREE_TEXT and just_before in lead.answers and just_before != "reference_images":
        return _correct(turn, lead, message, just_before, Understood(spoken.rest))
    return None


def _earlier(turn: Turn, lead: Lead, just_before: str | None) -> list[str]:
    """Answered questions that are parsed, the newest first."""
    open_question = lead.question if lead.status == "QUALIFYING" else None
    asked = [key for key in reversed(turn.studio.questions) if key in lead.answers and key != open_question]
    parsed = [key for key in asked if key not in FREE_TEXT and key not in turn.studio.consents]
    return sorted(parsed, key=lambda key: key != just_before)


def _has_the_form(key: str, spoken: Spoken, reading: Understood, *, newest: bool, loose: bool) -> bool:
    """Whether words that name no question can only be an answer to this one."""
    match key:
        case "dimensions":
            return _SIZE.search(spoken.rest) is not None
        case "budget":
            digits = any(map(str.isdigit, spoken.rest))
            return _MONEY.search(spoken.rest) is not None or (newest and loose and digits)
        case "location_city" | "location_country":
            return (spoken.meant or newest) and loose and reading.sure >= _SURE
        case "instagram_handle":
            return "@" in spoken.rest
        case _:
            return newest and loose


# --- what follows ------------------------------------------------------------------------------------------------------


def _correct(turn: Turn, lead: Lead, message: MessageReceived, key: str, reading: Understood) -> str:
    if lead.status == _APPROVED:
        return _hand_over(turn, lead)
    answer.record(turn, lead, key, reading, message, correction=True)
    lead = turn.lead(lead.id)
    if lead.status == "QUALIFYING":
        answer.after_correction(turn, lead, key)
        return "correction"
    what = turn.copy.told(key, lead.answers[key], lead.values.get(key), turn.studio.file.currency)
    turn.preface = ""  # what was assumed stands in what is told: not twice
    if lead.status == "TOUR_CONVERSION_OFFERED":
        tour.after_correction(turn, lead, key, what)
    elif not resend.again(turn, lead):
        told = turn.studio.copy.told(key, lead.answers[key], lead.values.get(key), turn.studio.file.currency)
        turn.say("corrected_late", lead=lead, change=Change(reason=told, notice="corrected"), words={"what": what})
    return "correction"


def _ask_how(turn: Turn, lead: Lead) -> str:
    return _told(turn, lead, "correct_how", "correction_asked")


def _not_read(turn: Turn, lead: Lead) -> str:
    return _told(turn, lead, "edit_not_read", "correction_not_read")


def _told(turn: Turn, lead: Lead, message: str, verdict: str) -> str:
    """Nothing is corrected: she is told so, unless it is the artist's to change."""
    if lead.status == _APPROVED:
        return _hand_over(turn, lead)
    if not resend.again(turn, lead):
        turn.say(message, lead=lead, question=lead.question if lead.status == "QUALIFYING" else None)
    return verdict


def _hand_over(turn: Turn, lead: Lead) -> str:
    if resend.again(turn, lead):
        return "sent_again"
    handover.open_handover(turn, lead, "handover", WANTS_A_CHANGE)
    return "handed_to_the_artist"
