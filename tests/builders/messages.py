"""Messages as intake writes them to `inbound`, and what the sender reports of ours."""

from datetime import datetime
from typing import Any
from uuid import UUID

from inkgate_common.cloudevents import Event
from inkgate_common.contracts import Data
from inkgate_common.contracts.inbound import Media, MessageReceived

NUMBER = "106540352242922"
PHONE = "447700900123"
NAME = "Ana Whitfield"


def whole_second(at: datetime) -> datetime:
    """WhatsApp's clock has whole seconds."""
    return at.replace(microsecond=0)


def written(
    text: str | None,
    *,
    sequence: int,
    sent_at: datetime,
    received_at: datetime | None = None,
    message_id: str | None = None,
    **more: Any,
) -> MessageReceived:
    """A client's message."""
    fields: dict[str, Any] = {
        "phone_number_id": NUMBER,
        "sequence": sequence,
        "message_id": message_id or f"wamid.IN{sequence}",
        "sent_at": whole_second(sent_at),
        "received_at": received_at or sent_at,
        "from_": PHONE,
        "profile_name": NAME,
        "kind": "text",
        "text": text,
    }
    return MessageReceived(**(fields | more))


def picture(media_id: str = "media-1") -> dict[str, Any]:
    """What makes a message a picture."""
    return {"kind": "image", "media": Media(id=media_id, mime_type="image/jpeg")}


def event(data: Data, *, id: UUID, subject: UUID | str, time: datetime, **more: Any) -> Event:
    """An event as a consumer hands it on."""
    return Event(id=id, type=data.TYPE, source="/inkgate/test", time=time, subject=str(subject), data=data, **more)
