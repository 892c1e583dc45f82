"""Makes the calls to Stripe that wait in the table `calls`, outside of any transaction; a few at a time.

A partition is never held up by Stripe: the consumer only writes rows. A crash between a call and its record leaves a row
whose claim runs out; the next try has the same idempotency key and the same parameters, so it finds what the first did.
"""

import asyncio
import contextlib
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from inkgate_common import log, trace
from inkgate_common.clock import Clock
from inkgate_common.errors import InkgateError
from inkgate_payments.domain import retry
from inkgate_payments.domain.answers import Answer, Closed, MadeRefund, MadeSession
from inkgate_payments.domain.checkout import idempotency_key
from inkgate_payments.domain.deposit import Call
from inkgate_payments.errors import NothingToDo
from inkgate_payments.handlers import Calls
from inkgate_payments.repository import Claim

_log = log.get("worker")

IN_FLIGHT_MAX = 8
LOOK_EVERY_S = 0.5
# A service has 4 s to finish its work at a stop.
DRAIN_S = 3.0
# A little longer than one call may take: after a crash another worker goes on soon. Where two make the same call after all
# (a long look-up), the idempotency key makes it one.
CLAIMED_FOR = timedelta(seconds=15)
CALL_S_MAX = 40.0


class Gateway(Protocol):
    """What the worker needs of Stripe (gateway.StripeGateway)."""

    async def create_session(self, parameters: "dict[str, object]", key: str) -> MadeSession: ...
    async def expire_session(self, session: str) -> Closed: ...
    async def create_refund(self, parameters: "dict[str, object]", key: str) -> MadeRefund: ...
    async def find_session(self, command_id: UUID, since: datetime) -> MadeSession | None: ...
    async def find_refund(self, intent: str, command_id: UUID) -> MadeRefund | None: ...


class Worker:
    """`run` is a background task."""

    def __init__(self, calls: Calls, gateway: Gateway, clock: Clock, owner: UUID, wake: asyncio.Event) -> None:
        self._calls = calls
        self._gateway = gateway
        self._clock = clock
        self._owner = owner
        self._wake = wake
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self) -> None:
        """Make what is due, until cancelled."""
        try:
            while not self._stopping:
                # Before the look, so that what is placed during it is not missed.
                self._wake.clear()
                room = IN_FLIGHT_MAX - len(self._under_way)
                for claim in await self._calls.claim(self._owner, room, CLAIMED_FOR) if room else ():
                    task = asyncio.create_task(self._make(claim))
                    self._under_way.add(task)
                    task.add_done_callback(self._done)
                # A retry that comes due, or what another replica left, has no event: look again soon.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._wake.wait()
            await asyncio.Event().wait()
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._wake.set()

    async def drain(self) -> None:
        """At the beginning of a stop: take nothing new, let what is under way end, hand back what will not."""
        self._stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN_S)
        await self._calls.hand_back(self._owner)

    async def _make(self, claim: Claim) -> None:
        """One call and its record, a task of its own. A record that fails leaves the claim to run out."""
        trace.current.set(claim.traceparent)
        try:
            try:
                with trace.tracer.span(f"stripe {claim.call.kind}", claim.traceparent, "client") as span:
                    if span.on:
                        span.say({"inkgate.command_id": str(claim.call.command_id), "inkgate.attempt": claim.tries})
                    async with asyncio.timeout(CALL_S_MAX):
                        answer = await self._answer(claim)
            except NothingToDo:
                answer = Closed()
            except InkgateError as error:
                await self._calls.failed(claim, error)
                return
            if answer is not None:
                await self._calls.answered(claim, answer)
        except Exception as error:  # one call must not take the others with it
            _log.error(
                "call not recorded", call_id=str(claim.call.id), kind=claim.call.kind, error=type(error).__name__
            )

    async def _answer(self, claim: Claim) -> Answer | None:
        """Stripe's answer; None when the call is somebody else's by now."""
        if claim.call.kind != "expire" and (
            claim.look_up or retry.key_may_be_forgotten(claim.first_tried_at, self._clock.now())
        ):
            found = await self._look_up(claim.call, claim.first_tried_at)
            if found is not None:
                return found
            number = await self._calls.new_key(claim)
            if number is None:
                return None
            claim = msgspec.structs.replace(claim, key_number=number)
        return await self._ask(claim)

    async def _ask(self, claim: Claim) -> Answer:
        call = claim.call
        if call.kind == "expire":
            return await self._gateway.expire_session(call.reference)
        key = idempotency_key(call.kind, call.command_id, call.reference, claim.key_number)
        if call.kind == "create":
            return await self._gateway.create_session(dict(call.parameters), key)
        return await self._gateway.create_refund(dict(call.parameters), key)

    async def _look_up(self, call: Call, since: datetime) -> Answer | None:
        if call.kind == "create":
            return await self._gateway.find_session(call.command_id, since - timedelta(minutes=5))
        return await self._gateway.find_refund(call.reference, call.command_id)
