"""DOMAIN §1 (media at the wrong step) and §4: every kind of message, at every status, has a defined answer.

A kind is `words` (the question, or the status, judges it), `picture` (its caption is the answer; without one it is kept
and the question asked again, but where pictures are asked for), `place` (may answer a question about a place), `voice`,
`thing` (a sticker, a contact, an order, a poll: kept for the artist, and she is asked to write) or `edit`. What is asked
again this way is no strike; after a limit the artist takes over, so that nobody goes round in circles. Kinds in which
nobody speaks (reactions, deletions, pins, …) never come here: `words.speechless`.

What could not be downloaded (WhatsApp Cloud API, error codes 131052, 131053 and 131060) she is asked to send again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.questions import QUESTIONS, TAKES_MEDIA, Understood, cleaned
from inkgate_dialogue.domain.rules import answer, edits, handover, resend, waiting
from inkgate_dialogue.domain.turn import Turn, body_of

Words = frozenset[str]


class Kind(msgspec.Struct, frozen=True):
    """How a kind of message is taken: see the module. `copy` is what is said where it can be no answer."""

    takes: str
    copy: str = ""


VOICE = Kind("voice", "voice_note")
PICTURE = Kind("picture", "media_wrong_step")
THING = Kind("thing", "not_an_answer")
WORDS = Kind("words")
LOST = Kind("lost", "send_again")

# Kind → what happens. A kind that is not here (`unsupported`, `unknown`, what WhatsApp may think of next) is a thing.
KINDS: dict[str, Kind] = {
    "text": WORDS,
    "button": WORDS,
    "list": WORDS,
    "image": PICTURE,
    "video": PICTURE,
    "document": PICTURE,
    "audio": VOICE,
    "sticker": THING,
    "contacts": THING,
    "order": THING,
    "location": Kind("place", "not_an_answer"),
    "edited": Kind("edit"),
    "unsupported": THING,
    "unknown": THING,
}
MEDIA = frozenset({"image", "video", "document", "audio", "sticker"})
NOT_DOWNLOADED = frozenset({131_052, 131_053, 131_060})
_PLACES = frozenset({"location_city", "location_country", "travel_city"})
# Statuses in which something is asked, so that what can be no answer is asked about again there as well.
_ASKS = frozenset({"TOUR_CONVERSION_OFFERED", "COLLECTING_TIME_WINDOWS"})


def kind_of(message: MessageReceived) -> Kind:
    """How a message is taken."""
    errors = message.details.get("errors")
    codes = [error.get("code") for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    lost = any(code in NOT_DOWNLOADED for code in codes if isinstance(code, int))
    if lost or (message.kind in MEDIA and message.media is None and not cleaned(message.text)):
        return LOST
    return KINDS.get(message.kind, THING)


def keep(turn: Turn, lead: Lead, message: MessageReceived, **more: Any) -> None:
    """What is not words alone is kept with the enquiry, whatever it is an answer to."""
    if kind_of(message) is WORDS:
        return
    turn.record(
        e.Kept(
            lead_id=lead.id,
            message_id=message.message_id,
            message_kind=message.kind,
            text=message.text,
            media=answer.media_of(message),
            at=turn.now,
            **more,
        )
    )


def keep_parts(turn: Turn, whole: MessageReceived, parts: Sequence[MessageReceived]) -> None:
    """Of messages that were judged as one: what the one did not bring with it."""
    for part in parts:
        if turn.state.lead is not None and part.media != whole.media:
            keep(turn, turn.state.lead, part)


def before(turn: Turn, lead: Lead, message: MessageReceived, said: Words) -> str | None:
    """Takes a message that is not words before its status sees it. Returns the verdict, or None: let the status judge."""
    kind = kind_of(message)
    if kind is WORDS or lead.status == "NEW":
        keep(turn, lead, message)
        return None
    if kind.takes == "edit":
        return edits.judge(turn, lead, message)
    open_question = lead.question if lead.status == "QUALIFYING" and lead.handover is None else None
    if open_question is not None and answer.parser(turn, open_question) is not None:
        return _at_a_question(turn, lead, message, kind, open_question)
    if lead.handover is None and (lead.status in _ASKS or kind is LOST):
        return _no_answer(turn, lead, message, kind, lead.status)
    keep(turn, lead, message)
    return None


def _at_a_question(turn: Turn, lead: Lead, message: MessageReceived, kind: Kind, key: str) -> str | None:
    asked = lead.asked
    if not written_after(message, asked.accepted_at, asked.began_at):
        keep(turn, lead, message)  # it gets no message of its own
        return None if kind is PICTURE and (cleaned(message.text) or asked.before in TAKES_MEDIA) else "kept"
    if kind.takes == "place" and key in _PLACES:
        found = place(turn, message, key)
        if found is not None:
            keep(turn, lead, message)
            turn.preface = turn.copy.text("place_read", text=found)
            return answer.judge(turn, lead, replace(message, kind="text", text=found))
    if kind is PICTURE:
        if key in TAKES_MEDIA or cleaned(message.text):
            keep(turn, lead, message)
            return None
        if _belongs_to_the_pictures(turn, lead):
            keep(turn, lead, message)
            return answer.belongs_before(turn, lead, message)
    return _no_answer(turn, lead, message, kind, key)


def _belongs_to_the_pictures(turn: Turn, lead: Lead) -> bool:
    """An album comes as one message a picture: what follows the first within a moment is more of it."""
    asked, album = lead.asked, timedelta(seconds=turn.studio.file.messages.album_s)
    return asked.before in TAKES_MEDIA and asked.accepted_at is not None and turn.now - asked.accepted_at < album


def _no_answer(turn: Turn, lead: Lead, message: MessageReceived, kind: Kind, key: str) -> str | None:
    """Keep it, say so, and ask again: no strike. Past the limit the artist takes over (pictures: thank her less often)."""
    limits = turn.studio.file.messages
    if resend.again(turn, lead):
        keep(turn, lead, message, question=key)
        return "sent_again"
    if kind is PICTURE:
        thanked = lead.kept_at is None or turn.now - lead.kept_at >= timedelta(seconds=limits.album_s)
        keep(turn, lead, message, question=key, thanked=thanked)
        if thanked:
            _ask_again(turn, turn.lead(lead.id), kind.copy, key)
        return "media" if thanked else "kept"
    keep(turn, lead, message, question=key, counts=True)
    lead = turn.lead(lead.id)
    if lead.unread[key] > limits.unread_max:
        if answer.parser(turn, key) is None:
            return None  # the status' own answer
        handover.open_handover(turn, lead, "handover", f"{message.kind} instead of an answer to {key}")
        return "unread_limit"
    _ask_again(turn, lead, kind.copy, key)
    return kind.copy


def _ask_again(turn: Turn, lead: Lead, copy: str, key: str) -> None:
    """Say what became of it, and ask what stands open, as one message."""
    if answer.parser(turn, key) is not None:
        turn.say(copy, lead=lead, question=key)
        return
    said = "\n\n".join(part for part in (turn.copy.text(copy), waiting.said(turn, lead)) if part)
    turn.send(body_of(said), copy=copy, lead=lead, change=Change(reason=copy))


def place(turn: Turn, message: MessageReceived, key: str) -> str | None:
    """What of a shared location answers a question about a place: its name or address, as a whole or by its parts from the
    end (street, town, country), where the question's own parser is sure of it. A pin without words answers nothing."""
    candidates: list[str] = []
    for name in ("address", "name"):
        written = message.details.get(name)
        if isinstance(written, str) and written.strip():
            candidates += _parts(written)
    for candidate in candidates:
        reading = QUESTIONS[key](answer.reply_of(replace(message, kind="text", text=candidate), turn.setting))
        if isinstance(reading, Understood) and reading.sure >= 0.8:
            return candidate
    return None


def _parts(address: str) -> list[str]:
    """'12 Park Row, Leeds LS1 5HD, UK' → 'Leeds, UK', 'Leeds'; words with a digit are house numbers and post codes."""
    pieces = [
        " ".join(word for word in piece.split() if not any(map(str.isdigit, word))) for piece in address.split(",")
    ]
    named = [piece for piece in pieces if piece][-4:]
    if len(named) < 2:
        return named
    country = named[-1]
    return [f"{town}, {country}" for town in reversed(named[:-1])] + list(reversed(named))
