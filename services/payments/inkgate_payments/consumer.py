"""Topic and type → rule. Commands are judged before erasures of the same batch: forgetting comes last."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from inkgate_common import log
from inkgate_common.cloudevents import Event, new
from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.payment_commands import DepositCancelled, DepositRequested, RefundRequested
from inkgate_common.contracts.payments import DepositRequestFailed
from inkgate_common.db import UnitOfWork
from inkgate_payments import handlers
from inkgate_payments.domain import commands
from inkgate_payments.domain.checkout import Shop
from inkgate_payments.domain.deposit import Deposit, Outcome

TOPICS = ("payment-commands", "control")

_log = log.get("consumer")

# In this order within a batch; each rule copes with any other order too.
RULES: dict[str, Callable[[Deposit, Any, Shop, datetime], Outcome]] = {
    DepositRequested.TYPE: commands.requested,
    DepositCancelled.TYPE: lambda deposit, command, _, now: commands.cancelled(deposit, command, now),
    RefundRequested.TYPE: lambda deposit, command, _, now: commands.refund_requested(deposit, command, now),
}


class Commands:
    """The consumer's handler (inkgate_common.processor.Handler)."""

    def __init__(self, shop: Shop, ledger: handlers.Ledger) -> None:
        self._shop = shop
        self._ledger = ledger
        self._clock = ledger.clock

    async def handle(self, uow: UnitOfWork, events: Sequence[Event]) -> None:
        """Judge a batch; all or nothing."""
        now = self._clock.now()
        batch = []
        for kind, rule in RULES.items():
            bound = partial(_bound, rule, self._shop, now)
            batch += [(event, bound) for event in events if event.type == kind]
        if batch:
            await handlers.commands(uow, batch, self._ledger)
        erased = [event for event in events if event.type == PersonErased.TYPE]
        if erased:
            await handlers.erasures(uow, erased, partial(commands.erased, now=now), self._ledger)

    async def dead(self, uow: UnitOfWork, event: Event, error: str) -> None:
        """A request that cannot be judged will bring no link: say so, or its lead waits for ever."""
        if isinstance(event.data, DepositRequested):
            told = DepositRequestFailed(
                lead_id=event.data.lead_id,
                command_id=event.data.command_id,
                at=self._clock.now(),
                code="internal",
                message="the request went to the dead letters",
            )
            uow.emit(
                new(
                    told,
                    source="payments",
                    subject=event.subject,
                    time=self._clock.now(),
                    cause=event.id,
                    ordinal="dead",
                    traceparent=event.traceparent,
                )
            )

    async def gap(self, uow: UnitOfWork, topic: str, key: str) -> None:
        """Its topics carry no sequences, so none can be missing."""
        _log.error("a gap where there are no sequences", topic=topic)


def _bound(
    rule: Callable[[Deposit, Any, Shop, datetime], Outcome], shop: Shop, now: datetime, deposit: Deposit, command: Any
) -> Outcome:
    return rule(deposit, command, shop, now)
