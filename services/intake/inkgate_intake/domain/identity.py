"""Who is who: identifiers, the conversations they belong to, and what becomes of those that turn out to be one person.

A conversation is named by an HMAC of the identifier by which a client was first seen; later identifiers are aliases
(PROTOCOL §2, Identity). Identifiers themselves are never stored, only their HMACs: an erase leaves nothing to read.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from inkgate_common import ids
from inkgate_intake.domain.items import Person, Placed, Receipt

Name = bytes
"""An identifier as it is stored: 16 bytes of an HMAC."""

_NAMES_KEPT = 10_000
_NEWEST = datetime.max.replace(tzinfo=UTC)


class Namer:
    """Makes names and conversation ids from the identity key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        # Whoever is in a conversation comes back with every message and three statuses.
        self.name = lru_cache(maxsize=_NAMES_KEPT)(self._name)

    def _name(self, phone_number_id: str, identifier: str) -> Name:
        """How an identifier of a client of this number is stored."""
        return hmac.digest(self._key, f"alias|{phone_number_id}|{identifier}".encode(), "sha256")[:16]

    def names(self, phone_number_id: str, person: Person) -> "Names":
        """The same for all of a person's."""
        current = tuple([self.name(phone_number_id, identifier) for identifier in person.identifiers])
        previous = tuple([self.name(phone_number_id, identifier) for identifier in person.previous])
        return Names(current, previous)

    def conversation(self, phone_number_id: str, identifier: str, epoch: int) -> UUID:
        """The conversation of whoever is first seen by this identifier; `epoch` rises when she is erased."""
        digest = hmac.digest(self._key, f"{phone_number_id}|{identifier}|{epoch}".encode(), "sha256")
        number = int.from_bytes(digest[:16], "big")
        # Version 8 (custom) and the RFC 9562 variant.
        return UUID(int=number & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0x2 << 62)


class Names(msgspec.Struct, frozen=True):
    """A person's identifiers as they are stored, in the order of `Person.identifiers` and `.previous`."""

    current: tuple[Name, ...]
    previous: tuple[Name, ...]

    @property
    def all(self) -> tuple[Name, ...]:
        return (*self.previous, *self.current)


class Known(msgspec.Struct, frozen=True):
    """Where a name leads. `since` is when that conversation began (None: in this transaction). `superseded`: the person
    has given this identifier up, so it may be somebody else's by now."""

    conversation: UUID
    since: datetime | None
    artist: bool = False
    superseded: bool = False


class Remembered(msgspec.Struct, frozen=True):
    """What an erase left of a name: the epoch that is hers if she comes back, and that she had opted out."""

    epoch: int
    opted_out: bool


class Linked(msgspec.Struct, frozen=True):
    """What `inkgate.identity.linked` says on `conversation`; `index` is the item that brought it to light."""

    index: int
    conversation: UUID
    closed_into: UUID | None = None
    took_over: tuple[UUID, ...] = ()


class Place(msgspec.Struct, frozen=True):
    """The conversation of an item."""

    conversation: UUID
    artist: bool


class Plan(msgspec.Struct):
    """Where the items of a batch go, and what that changes in the tables.

    `aliases`: names that lead elsewhere than before. `closed`: conversations that another takes over. `opted_out`:
    conversations whose person had opted out before she was erased, found by the names in `recalled`.
    """

    places: list[Place] = []
    linked: list[Linked] = []
    aliases: dict[Name, Known] = {}
    closed: dict[UUID, Known] = {}
    artists: set[UUID] = set()
    opted_out: set[UUID] = set()
    recalled: set[Name] = set()

    @property
    def changes(self) -> bool:
        """Whether identities change, which has to be decided again under the lock."""
        return bool(self.aliases or self.closed)


def place(
    items: Sequence[tuple[Placed, Names]],
    known: Mapping[Name, Known],
    remembered: Mapping[Name, Remembered],
    artists: frozenset[str],
    namer: Namer,
) -> Plan:
    """Find or begin the conversation of every item, in this order; earlier items count for later ones."""
    placing = _Placing(dict(known), remembered, artists, namer)
    for index, (item, names) in enumerate(items):
        placing.take(index, item, names)
    return placing.plan


class _Placing:
    """The state of one `place`."""

    def __init__(
        self,
        known: dict[Name, Known],
        remembered: Mapping[Name, Remembered],
        artists: frozenset[str],
        namer: Namer,
    ) -> None:
        self.plan = Plan()
        self._known = known
        self._remembered = remembered
        self._artists = artists
        self._namer = namer
        self._begun: dict[UUID, int] = {}

    def take(self, index: int, item: Placed, names: Names) -> None:
        found = self._settled(item.person, names)
        if found is None:
            if isinstance(item, Receipt):
                found = self._of_receipt(index, item, names)
            elif item.person.phone in self._artists:
                found = self._of_artist(item, names)
            else:
                found = self._of_client(index, item, names)
        if found.artist:
            self.plan.artists.add(found.conversation)
        self.plan.places.append(Place(found.conversation, found.artist))

    def _settled(self, person: Person, names: Names) -> Known | None:
        """The common case: every name is known and leads to the same conversation, and nothing changes."""
        first = self._known.get(names.current[0])
        if first is None or first.superseded or names.previous:
            return None
        for name in names.current[1:]:
            other = self._known.get(name)
            if other is None or other.superseded or other.conversation != first.conversation:
                return None
        if person.phone is not None and first.artist != (person.phone in self._artists):
            return None
        return first

    def _of_artist(self, item: Placed, names: Names) -> Known:
        """The studio's own numbers have conversations of their own, whoever they were before."""
        assert item.person.phone is not None
        found = Known(ids.artist_conversation(item.phone_number_id, item.person.phone), None, artist=True)
        for name in names.current:
            self._lead(name, found)
        return found

    def _of_receipt(self, index: int, item: Receipt, names: Names) -> Known:
        """A status links what it carries to a conversation that is there; it never begins one."""
        if item.person.phone in self._artists:
            return Known(ids.artist_conversation(item.phone_number_id, item.person.phone or ""), None, artist=True)
        if self._candidates(item.person, names):
            return self._of_client(index, item, names)
        for name in names.current:
            if name in self._known:
                return self._known[name]
        return Known(self._namer.conversation(item.phone_number_id, item.person.identifiers[0], 0), None)

    def _of_client(self, index: int, item: Placed, names: Names) -> Known:
        candidates = self._candidates(item.person, names)
        if not candidates:
            found = self._begin(item, names)
            self._name_all(names, found)
            return found
        found = min(candidates.values(), key=self._age)
        losers = [loser for loser in candidates.values() if loser.conversation != found.conversation]
        for loser in losers:
            self._close(index, loser, found)
        news = self._name_all(names, found)
        if losers or news or names.previous:
            took_over = tuple(loser.conversation for loser in losers)
            self.plan.linked.append(Linked(index, found.conversation, took_over=took_over))
        return found

    def _candidates(self, person: Person, names: Names) -> dict[UUID, Known]:
        """The conversations that these names may mean, each once."""
        found: dict[UUID, Known] = {}
        for name in names.all:
            known = self._known.get(name)
            if known is None or self._reassigned(name, known, names):
                continue
            if known.artist and person.phone is not None:
                continue  # her number is not (or no longer) an artist's
            found.setdefault(known.conversation, known)
        return found

    def _reassigned(self, name: Name, known: Known, names: Names) -> bool:
        """Whether a number that its owner gave up now comes with somebody else's user id."""
        if not known.superseded or name not in names.current or names.previous:
            return False
        others = [self._known.get(other) for other in names.current if other != name]
        return bool(others) and all(other is None or other.conversation != known.conversation for other in others)

    def _age(self, known: Known) -> tuple[datetime, int, UUID]:
        return known.since or _NEWEST, self._begun.get(known.conversation, 0), known.conversation

    def _begin(self, item: Placed, names: Names) -> Known:
        identifiers = (*item.person.previous, *item.person.identifiers)
        # A number that was somebody else's names nobody new: its conversation is that other person's.
        free = [pair for pair in zip(names.all, identifiers, strict=True) if not self._is_superseded(pair[0])]
        name, identifier = (free or list(zip(names.all, identifiers, strict=True)))[0]
        remembered = self._remembered.get(name)
        epoch = remembered.epoch if remembered else 0
        found = Known(self._namer.conversation(item.phone_number_id, identifier, epoch), None)
        self._begun[found.conversation] = len(self._begun) + 1
        return found

    def _is_superseded(self, name: Name) -> bool:
        known = self._known.get(name)
        return known is not None and known.superseded

    def _name_all(self, names: Names, found: Known) -> bool:
        """Let every name lead to `found`; whether one of them did not before."""
        news = False
        for name in names.previous:
            news |= self._lead(name, msgspec.structs.replace(found, superseded=True))
        for name in names.current:
            news |= self._lead(name, msgspec.structs.replace(found, superseded=False))
        return news

    def _lead(self, name: Name, to: Known) -> bool:
        before = self._known.get(name)
        if before == to:
            return False
        self._known[name] = self.plan.aliases[name] = to
        if before is not None and before.conversation == to.conversation:
            return False
        remembered = self._remembered.get(name)
        if remembered is not None and remembered.opted_out:
            self.plan.opted_out.add(to.conversation)
            self.plan.recalled.add(name)
        return True

    def _close(self, index: int, loser: Known, winner: Known) -> None:
        self.plan.closed[loser.conversation] = winner
        # What an earlier item of this batch closed into the loser leads to the winner too.
        for conversation, into in self.plan.closed.items():
            if into.conversation == loser.conversation:
                self.plan.closed[conversation] = winner
        for name, known in self._known.items():
            if known.conversation == loser.conversation:
                moved = msgspec.structs.replace(winner, superseded=known.superseded)
                self._known[name] = self.plan.aliases[name] = moved
        self.plan.linked.append(Linked(index, loser.conversation, closed_into=winner.conversation))


def wanted(items: Iterable[tuple[Placed, Names]]) -> list[Name]:
    """Every name in a batch, once, sorted."""
    return sorted({name for _, names in items for name in names.all})
