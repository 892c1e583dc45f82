"""Topic and type → what is done with it."""

from collections.abc import Sequence
from typing import Literal

from inkgate_common import log
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_common.db import UnitOfWork
from inkgate_sender.handlers import Taking

_log = log.get("consumer")

TOPICS = ("intents", "receipts", "control")

Share = Literal["heard", "created", "cancelled", "erased"]

# What is not here changes nothing for the sender (inkgate.mode.changed is dialogue's, and holds are our own).
RULES: dict[str, Share] = {
    ReceiptReceived.TYPE: "heard",
    IntentCreated.TYPE: "created",
    IntentCancelled.TYPE: "cancelled",
    PersonErased.TYPE: "erased",
}


class Intake:
    """The consumer's handler (inkgate_common.processor.Handler)."""

    def __init__(self, taking: Taking) -> None:
        self._taking = taking

    async def handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        """Judge a batch; all or nothing. What it holds of one kind is judged together, in order."""
        shares: dict[Share, list[Event]] = {"heard": [], "created": [], "cancelled": [], "erased": []}
        for event in events:
            share = RULES.get(event.type)
            if share is not None:
                shares[share].append(event)
        if any(shares.values()):
            await self._taking.take(uow, **shares)

    async def dead(self, uow: UnitOfWork, event: Event, error: str) -> None:
        """An intent that cannot be taken in fails."""
        await self._taking.bury(uow, event)

    async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
        """What waits behind the gap is held by the consumer until it closes; nothing more to do than the alarm it raised."""
        _log.error("intents wait for one that is missing", conversation_id=key, topic=topic)
