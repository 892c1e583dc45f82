"""Ids that come from their cause: whatever is done again, after a crash, a replay or a restored backup, gets the same
ids, and the inbox drops it (DESIGN §3). Only an operator's action, which has no cause of ours, gets a random one."""

import uuid
from hashlib import sha1
from uuid import UUID

_NAMESPACE = UUID("6d2f6f3e-9d0b-5c7e-8a51-1b6e0d3a7c11")
# Everything but version and variant; version 5 in the variant of RFC 9562.
_PLAIN = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION_5 = 5 << 76 | 0x8000 << 48


def derive(cause: UUID | str, kind: str, ordinal: int | str = 0) -> UUID:
    """The id of the `ordinal`-th thing of `kind` that `cause` brought about (UUIDv5: RFC 9562, section 5.5)."""
    digest = sha1(_NAMESPACE.bytes + f"{cause}|{kind}|{ordinal}".encode(), usedforsecurity=False).digest()
    # As `uuid.uuid5`, in half the time: a turn derives half a dozen.
    number = int.from_bytes(digest[:16], "big") & _PLAIN | _VERSION_5
    return UUID(int=number)


def artist_conversation(phone_number_id: str, artist_number: str) -> UUID:
    """The conversation of the studio (named by its phone number id) with one of its artists (digits), the same in intake
    and dialogue."""
    return uuid.uuid5(_NAMESPACE, f"artist|{phone_number_id}|{artist_number}")


def random_id() -> UUID:
    """A fresh id for something that has no cause of ours."""
    return uuid.uuid4()
