"""The artist's own line: notices go out on it, and what she writes is answered with the commands there are. She never
becomes a lead (DOMAIN §4)."""

from uuid import UUID

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_common.contracts.commands import NoticeRequested
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_common.contracts.intents import IntentCreated, Text
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import templates
from inkgate_dialogue.domain.lead import Change, Noticed, Sending
from inkgate_dialogue.domain.rules import line
from inkgate_dialogue.domain.turn import Turn
from inkgate_dialogue.domain.words import speechless


def message(turn: Turn, message: MessageReceived) -> None:
    """What she writes is a command for a lead that she was told of, or is answered with the commands there are."""
    turn.record(
        e.MessageReceived(
            message_id=message.message_id,
            message_kind=message.kind,
            text=message.text,
            sent_at=message.sent_at,
            verdict="artist",
        )
    )
    if not speechless(message):
        said = line.heard(turn, message)
        if said is not None:
            _send(turn, said, "artist_line")


def notice(turn: Turn, data: NoticeRequested) -> None:
    """A lead's turn asks this line to say something: once, since the event is judged once."""
    if turn.state.phone is None:
        turn.state = replace(turn.state, phone=data.to, audience="artist")
    intent_id = _send(turn, data.text, f"notice:{data.notice}", about=data.lead_id)
    if data.conversation_id is not None and data.notice not in line.ANSWERS:
        noticed = Noticed(intent_id=intent_id, lead_id=data.lead_id, conversation_id=data.conversation_id, at=turn.now)
        turn.record(e.NoticeGiven(noticed=noticed))


def _send(turn: Turn, text: str, copy: str, about: UUID | None = None) -> UUID:
    c = turn.state
    body = Text(text=text)
    intent_id = ids.derive(turn.event.id, "intent", f"{copy}|{text}")
    sending = Sending(intent_id=intent_id, lead_id=c.id, body=body, change=Change(reason=copy), copy=copy)
    sequence = c.intent_sequence + 1
    turn.record(
        e.MessageCreated(
            sending=sending, sort="notice", sequence=sequence, text=text, change=None, gate=None, about=about
        )
    )
    turn.emit(
        IntentCreated(
            intent_id=intent_id,
            sequence=sequence,
            phone_number_id=c.phone_number_id,
            audience="artist",
            to=c.phone,
            recipient=None if c.phone else c.user_id,
            body=body,
            gating=False,
            queue="business",
            fallback=templates.notice(turn.studio, text),
            window_expires_at=c.window_expires_at,
        ),
        f"{copy}|{text}",
    )
    return intent_id
