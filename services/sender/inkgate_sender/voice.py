"""What the sender says: events of topic `deliveries` with their gapless numbers, and holds on `control`. They leave with the
commit of what they speak of."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from inkgate_common.cloudevents import Event, new
from inkgate_common.contracts.control import Control
from inkgate_common.contracts.deliveries import (
    Delivery,
    MessageCancelled,
    MessageDelivered,
    MessageFailed,
    MessageStatus,
)
from inkgate_common.db import UnitOfWork
from inkgate_sender import metrics, repository

SOURCE = "sender"
EVENTS_OF_AN_ACCEPTANCE = 2

_ENDINGS = {MessageDelivered: "delivered", MessageFailed: "failed", MessageCancelled: "cancelled"}


def event(conversation_id: UUID, said: Delivery, traceparent: str | None) -> Event:
    """The event of what is said. Its id comes from the intent and what is said of it: doing it again gives the same."""
    ordinal: int | str = 0
    if isinstance(said, MessageStatus):
        # The same failed status says more where it makes the last standing copy fall.
        ordinal = f"{said.attempt}:{said.status}{':all' if said.all_failed else ''}"
    return new(
        said,
        source=SOURCE,
        subject=conversation_id,
        time=said.at,
        cause=said.intent_id,
        ordinal=ordinal,
        traceparent=traceparent,
    )


class Voice:
    """Collects what one transaction says, in order, and writes it with sequence numbers."""

    def __init__(self) -> None:
        self._said: dict[UUID, list[tuple[Delivery, str | None]]] = defaultdict(list)
        self._endings: Counter[str] = Counter()

    def say(self, conversation_id: UUID, said: Sequence[Delivery], traceparent: str | None) -> None:
        """Add events of one conversation."""
        for one in said:
            self._said[conversation_id].append((one, traceparent))

    async def write(self, uow: UnitOfWork) -> None:
        """Take the numbers and emit. To be called once, when all locks on sends are taken."""
        last = await repository.sequences(uow, {key: len(said) for key, said in self._said.items()})
        for conversation_id, said in self._said.items():
            number = last[conversation_id] - len(said)
            for one, traceparent in said:
                number += 1
                self.emit(uow, conversation_id, replace(one, sequence=number), traceparent)
        uow.after_commit(self._count)

    def emit(self, uow: UnitOfWork, conversation_id: UUID, said: Delivery, traceparent: str | None) -> None:
        """Emit an event whose number is known."""
        ending = _ENDINGS.get(type(said))
        if ending is not None:
            self._endings[ending] += 1
        uow.emit(event(conversation_id, said, traceparent))

    def _count(self) -> None:
        for outcome, n in self._endings.items():
            metrics.SENDS.labels(outcome).inc(n)


def tell_operators(uow: UnitOfWork, said: Control, phone_number_id: str, since: datetime, scope: str) -> None:
    """A hold or its end, on the number's key; once for each hold."""
    uow.emit(
        new(
            said,
            source=SOURCE,
            subject=phone_number_id,
            time=said.at,
            cause=f"{phone_number_id}:{since.isoformat()}",
            ordinal=scope,
        )
    )
