"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, data as JSON in the value
(https://github.com/cloudevents/spec, kafka-protocol-binding)."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from inkgate_common import ids, trace
from inkgate_common.contracts import TYPES, Data
from inkgate_common.contracts.base import sequence_of
from inkgate_common.errors import EventTooLarge, MalformedEvent

# Below the broker's default of 1 MiB a record, with room for headers.
VALUE_BYTES_MAX = 900_000
# A subject is part of primary keys, whose entries hold about 2,700 bytes; ours are ids of 36 characters.
SUBJECT_MAX = 200
SEQUENCE_MAX = 2**63 - 1

_encoder = msgspec.json.Encoder()
_decoders: dict[str, msgspec.json.Decoder[Any]] = {name: msgspec.json.Decoder(struct) for name, struct in TYPES.items()}

Headers = list[tuple[str, str]]


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event. `subject` is the conversation id and the Kafka key (the phone number id on some of `control`).

    `restored` marks an event whose sequence had been taken before under another id: its producer lost a part of its
    memory (DESIGN §3); it is judged as new and flagged. `reread` marks one that this service had handled before it lost a
    part of its own memory (a restored database).
    """

    id: UUID
    type: str
    source: str
    time: datetime
    subject: str
    data: Any
    traceparent: str | None = None
    restored: bool = False
    reread: bool = False

    @property
    def topic(self) -> str:
        """The short name of its topic, as in `contracts.TOPICS`."""
        return TYPES[self.type].TOPIC

    @property
    def sequence(self) -> int | None:
        return sequence_of(self.data)


class Record(msgspec.Struct, frozen=True):
    """An event as it stands in the outbox and on Kafka."""

    id: UUID
    topic: str
    key: str
    headers: Headers
    value: bytes


def new(
    data: Data,
    *,
    source: str,
    subject: UUID | str,
    time: datetime,
    cause: UUID | str,
    ordinal: int | str = 0,
    traceparent: str | None = None,
) -> Event:
    """An event of `data`, with an id derived from `cause`. `source` is the service's name."""
    return Event(
        id=ids.derive(cause, data.TYPE, ordinal),
        type=data.TYPE,
        source=f"/inkgate/{source}",
        time=time,
        subject=subject if isinstance(subject, str) else ids.text(subject),
        data=data,
        traceparent=traceparent,
    )


def encode(event: Event, topic_name: str) -> Record:
    """The record to publish. Raises EventTooLarge here, at insert, so that nothing in an outbox is unpublishable."""
    record = as_record(event, topic_name)
    if len(record.value) > VALUE_BYTES_MAX:
        raise EventTooLarge(
            f"{event.type} {event.id} has {len(record.value)} bytes; at most {VALUE_BYTES_MAX} can be published"
        )
    return record


def as_record(event: Event, topic_name: str) -> Record:
    """The same of any size, for an event that came from Kafka and is kept or set aside."""
    headers: Headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", ids.text(event.id)),
        ("ce_type", event.type),
        ("ce_source", event.source),
        ("ce_time", _written(event.time)),
        ("ce_subject", event.subject),
        ("content-type", "application/json"),
    ]
    if event.traceparent:
        headers.append(("traceparent", event.traceparent))
    return Record(event.id, topic_name, event.subject, headers, _encoder.encode(event.data))


@lru_cache(maxsize=64)
def _written(time: datetime) -> str:
    """The same for all that a batch emits."""
    return time.isoformat().replace("+00:00", "Z")


def decode(headers: Iterable[tuple[str, bytes | str | None]], value: bytes | None) -> Event | None:
    """The event in a record, or None for a type that we do not know (ignored, so that one may be added).

    Raises MalformedEvent, naming what is wrong, where it is not an event, its data does not fit its type, or it could not be
    kept (a number or a subject that no table takes): whoever handles an event may rely on all of that.
    """
    texts = {name: text if isinstance(text, str) else text.decode("utf-8", "replace") for name, text in headers if text}
    kind = texts.get("ce_type")
    if kind is None or "ce_id" not in texts:
        raise MalformedEvent("no ce_type or ce_id header: this is not a CloudEvent in binary mode")
    decoder = _decoders.get(kind)
    if decoder is None:
        return None
    if value is not None and len(value) > VALUE_BYTES_MAX:
        raise MalformedEvent(f"{kind}: {len(value)} bytes are more than any event has")
    try:
        event = Event(
            id=ids.read(texts["ce_id"]),
            type=kind,
            source=texts.get("ce_source", ""),
            time=datetime.fromisoformat(texts["ce_time"]),
            subject=texts["ce_subject"],
            data=decoder.decode(value or b""),
            traceparent=trace.valid(texts.get("traceparent")),
        )
    except KeyError as error:
        raise MalformedEvent(f"{kind}: header {error} is missing") from error
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise MalformedEvent(f"{kind}: {error}") from error
    if event.time.tzinfo is None:
        raise MalformedEvent(f"{kind}: ce_time has no time zone")
    if len(event.subject) > SUBJECT_MAX or "\x00" in event.subject:
        raise MalformedEvent(f"{kind}: ce_subject is no id")
    sequence = event.sequence
    if sequence is not None and not 1 <= sequence <= SEQUENCE_MAX:
        raise MalformedEvent(f"{kind}: {sequence} is no sequence")
    return event
