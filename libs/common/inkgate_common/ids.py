"""Ids that come from their cause: whatever is done again, after a crash, a replay or a restored backup, gets the same
ids, and the inbox drops it (DESIGN §3). Only an operator's action, which has no cause of ours, gets a random one.

A turn reads and writes dozens of ids as text; msgspec does it in a quarter of the time that `UUID` itself takes.
"""

import uuid
from hashlib import sha1
from operator import attrgetter
from uuid import UUID

import msgspec

_NAMESPACE = UUID("6d2f6f3e-9d0b-5c7e-8a51-1b6e0d3a7c11")

# `sorted(ids, key=in_order)`: the order of UUIDs, without a call of theirs for each comparison.
in_order = attrgetter("int")


def read(text: str) -> UUID:
    """The id that a text is. Raises ValueError where it is none."""
    try:
        return msgspec.convert(text, UUID)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def text(identity: UUID) -> str:
    """The id as it is written: 36 characters."""
    written: str = msgspec.to_builtins(identity)
    return written


def derive(cause: UUID | str, kind: str, ordinal: int | str = 0) -> UUID:
    """The id of the `ordinal`-th thing of `kind` that `cause` brought about (UUIDv5: RFC 9562, section 5.5)."""
    named = cause if isinstance(cause, str) else text(cause)
    digest = sha1(_NAMESPACE.bytes + f"{named}|{kind}|{ordinal}".encode(), usedforsecurity=False).digest()
    plain = bytearray(digest[:16])
    plain[6] = plain[6] & 0x0F | 0x50  # version 5
    plain[8] = plain[8] & 0x3F | 0x80  # the variant of RFC 9562
    return msgspec.convert(bytes(plain), UUID)


def artist_conversation(phone_number_id: str, artist_number: str) -> UUID:
    """The conversation of the studio (named by its phone number id) with one of its artists (digits), the same in intake
    and dialogue."""
    return uuid.uuid5(_NAMESPACE, f"artist|{phone_number_id}|{artist_number}")


def random_id() -> UUID:
    """A fresh id for something that has no cause of ours."""
    return uuid.uuid4()
