"""Makes the calls. Jobs come from two sides: what a consumer batch recorded as `sending` in the transaction that took it
in, and what the pump claims (messages that waited for their turn, for a retry, for tokens, for the end of a hold). A bounded
number of callers take them from memory; the recorder writes down what came of them.

No call begins unless its attempt is committed as `sending`, this process holds its lease, and the intent was not taken back.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from inkgate_common import log, trace
from inkgate_common.clock import Clock
from inkgate_common.db import Database
from inkgate_sender import jobs, metrics, repository_queue
from inkgate_sender.domain.errors_table import classify
from inkgate_sender.domain.outcome import Accepted, NotCalled, NotSent, Outcome, Refused, Unknown, Unsendable
from inkgate_sender.domain.queue import BUSINESS, REPLY
from inkgate_sender.domain.window import choose
from inkgate_sender.gateway import Message
from inkgate_sender.jobs import Job, Result
from inkgate_sender.pacing import Pacing
from inkgate_sender.repository_queue import Ask

_log = log.get("engine")

_RESULTS = {kind: metrics.ATTEMPTS.labels(kind.__name__.lower()) for kind in (Accepted, Refused, Unknown, NotSent)}

POLL_S = 0.5
# A job that waited this long in memory asks the database whether it was taken back by another process.
STALE_AFTER_S = 0.25
BEHIND_MAX = 20_000
FORGOTTEN_MAX = 20_000


class Gateway(Protocol):
    """What the engine needs of WhatsApp (gateway.WhatsApp)."""

    async def send(self, message: Message) -> Accepted | Refused | Unknown | NotSent: ...


class Lease(Protocol):
    """This process as the others see it (keeper.Keeper)."""

    @property
    def owner(self) -> UUID: ...

    def held(self) -> bool:
        """Whether the others surely do not take us for dead."""


class Engine:
    """`call` and `pump` are background tasks."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        lease: Lease,
        pacing: Pacing,
        record: Callable[[Result], None],
        clock: Clock,
        concurrency: int,
        probe_s: float,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._lease = lease
        self.pacing = pacing
        self._record = record
        self._clock = clock
        self._concurrency = concurrency
        self._probe_every = timedelta(seconds=probe_s)
        # In memory at most twice what can be under way: a crash leaves no more than these uncertain.
        self._jobs_max = 2 * concurrency
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._mine: dict[UUID, Job] = {}
        self._behind: Counter[UUID] = Counter()
        self._forgotten: dict[UUID, None] = {}
        self._more_in_table = False
        self._calls = 0
        metrics.CALLS.set_function(lambda: self._calls)
        self._silence = asyncio.Event()
        self._silence.set()
        self._wake = asyncio.Event()
        self.stopping = False

    # What the handlers ask and tell.

    def room(self) -> int:
        """How many more jobs may be taken into memory; none while stopping, or without a lease."""
        if self.stopping or not self._lease.held():
            return 0
        return max(0, self._jobs_max - len(self._mine))

    @property
    def owner(self) -> UUID:
        return self._lease.owner

    def take(self, taken: Sequence[Job], behind: Iterable[UUID]) -> None:
        """These attempts are committed as ours: call them. In `behind` conversations messages were left waiting."""
        now_s = self._clock.monotonic()
        for job in taken:
            job.committed_s = now_s
            self._mine[job.intent_id] = job
            self._queue.put_nowait(job)
        left = False
        for conversation_id in behind:
            left = True
            if len(self._behind) < BEHIND_MAX:
                self._behind[conversation_id] += 1
        if left:
            self._wake.set()

    def suspend(self, intents: Iterable[UUID]) -> None:
        """These are being taken back: what is in memory of them is not called."""
        for intent_id in intents:
            job = self._mine.get(intent_id)
            if job is not None:
                job.cancelled = True

    def forget(self, intents: Iterable[UUID]) -> None:
        """These were taken back, and that is committed: no call of them begins any more."""
        intents = list(intents)
        self.suspend(intents)
        self._forgotten.update(dict.fromkeys(intents))
        while len(self._forgotten) > FORGOTTEN_MAX:
            del self._forgotten[next(iter(self._forgotten))]

    def recorded(self, results: Sequence[Result], next_due_s: float) -> None:
        """These results are committed. `next_due_s`: in so many seconds the first of them is to be tried again."""
        wake = self._more_in_table
        for result in results:
            if self._mine.get(result.job.intent_id) is result.job:
                del self._mine[result.job.intent_id]
            wake = wake or result.job.conversation_id in self._behind
        if wake or next_due_s <= 0:
            self._wake.set()
        elif next_due_s < POLL_S:
            asyncio.get_running_loop().call_later(next_due_s, self._wake.set)

    def wake(self) -> None:
        """Something may be sent that could not be before."""
        self._wake.set()

    async def stop(self) -> None:
        """Begin no call any more; return when those under way have ended. What was not called goes back to the queue."""
        self.stopping = True
        while not self._queue.empty():
            self._record(Result(self._queue.get_nowait(), NotCalled("stopping"), self._clock.now()))
        await self._silence.wait()

    def holds(self, intent_id: UUID) -> bool:
        """Whether this intent is in this process's hands."""
        return intent_id in self._mine

    # The callers.

    async def call(self) -> None:
        """Make calls until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._concurrency):
                group.create_task(self._caller())

    async def _caller(self) -> None:
        while True:
            job = await self._queue.get()
            if self._is_stale(job) and await self._taken_back(job):
                job.cancelled = True
            reason = self._why_not(job)
            if reason is not None:
                self._record(Result(job, NotCalled(reason), self._clock.now()))
            else:
                await self._send(job)

    def _is_stale(self, job: Job) -> bool:
        """Alone, this process knows of every cancellation; with others, only as long as it has the conversation."""
        return self.pacing.replicas > 1 and self._clock.monotonic() - job.committed_s > STALE_AFTER_S

    async def _taken_back(self, job: Job) -> bool:
        try:
            return bool(await repository_queue.cancelled_among(self._database, [job.intent_id]))
        except Exception as error:  # without an answer it must not be called
            _log.warning("cannot look a send up", error=type(error).__name__)
            return True

    def _why_not(self, job: Job) -> str | None:
        """Why this call must not begin now; None: it may. No await stands between this and the call."""
        if job.cancelled or job.intent_id in self._forgotten:
            return "cancelled"
        if self.stopping:
            return "stopping"
        if job.owner != self._lease.owner or not self._lease.held():
            return "lease"
        if not job.probe and self.pacing.on_hold(job.intent.phone_number_id, job.intent.queue):
            return "held"
        return None

    async def _send(self, job: Job) -> None:
        intent, began_at, began_s = job.intent, self._clock.now(), self._clock.monotonic()
        choice = choose(
            body=intent.body,
            fallback=intent.fallback,
            fallback_used=job.fallback_used,
            window_expires_at=intent.window_expires_at,
            expires_at=intent.expires_at,
            now=began_at,
        )
        if isinstance(choice, Unsendable):
            self._record(Result(job, choice, began_at))
            return
        if choice.is_fallback and not job.fallback_used:
            # The window shut since the attempt was recorded as the body's: it is recorded anew, as the template's.
            self._record(Result(job, NotCalled("window"), began_at))
            return
        message = Message(
            intent.phone_number_id, intent.to, intent.recipient, choice.body, f"{intent.intent_id}:{job.attempt}"
        )
        self._calls += 1
        self._silence.clear()
        try:
            with trace.tracer.span("POST messages", job.traceparent, "client") as span:
                outcome = await self._call_once(message)
                if span.on:
                    _draw(span, job, outcome)
                    job.traceparent = span.traceparent
            metrics.SEND_SECONDS.observe(self._clock.monotonic() - began_s)
            _RESULTS[type(outcome)].inc()
            self._record(Result(job, outcome, began_at, choice.body, self._pace(job, outcome)))
        finally:
            self._calls -= 1
            if self._calls == 0:
                self._silence.set()

    async def _call_once(self, message: Message) -> Accepted | Refused | Unknown | NotSent:
        try:
            return await self._gateway.send(message)
        except Exception as error:  # a fault of ours must not lose the send
            _log.error("call failed", tracker=message.tracker, error=repr(error)[:300])
            return Unknown(type(error).__name__)

    def _pace(self, job: Job, outcome: Outcome) -> float:
        """What an answer says about the number, obeyed at once. Returns a pause in seconds."""
        number = job.intent.phone_number_id
        if isinstance(outcome, Accepted):
            self.pacing.accepted(number)
        elif isinstance(outcome, Refused):
            kind = classify(outcome.code, outcome.http_status).kind
            if kind == "hold":
                self.pacing.widen_hold(number, "all")
            elif kind == "rate_number":
                return self.pacing.too_fast(number, outcome.retry_after_s, self._clock.monotonic())
        return 0.0

    # The pump.

    async def pump(self) -> None:
        """Claim what is due, until cancelled."""
        while True:
            wait_s = min(POLL_S, max(0.005, self.pacing.opens_in_s(self._clock.monotonic())))
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            while await self._claim():
                pass
            await self._probe()

    async def _claim(self) -> bool:
        """Claim as many as callers are free for. Returns whether there is more, and room for it."""
        asks = self._asks(min(self.room(), self._concurrency - self._calls - self._queue.qsize()))
        if not asks:
            return False
        claimed = await self._take_claims(asks, probe=False)
        self._more_in_table = any(claimed[(ask.phone_number_id, ask.queue)] >= ask.limit for ask in asks)
        return self._more_in_table

    def _asks(self, free: int) -> list[Ask]:
        """What to claim with `free` callers: something of every queue that may go, replies first."""
        now_s = self._clock.monotonic()
        rooms = [(number, queue, self.pacing.room(number, queue, now_s)) for number, queue in self.pacing.queues()]
        opened = [(number, queue, room) for number, queue, room in rooms if room > 0]
        if free <= 0 or not opened:
            return []
        share = max(1, free // len(opened))
        return [
            Ask(number, queue, min(share, room if queue == REPLY else max(1, room // 2)))
            for number, queue, room in opened[:free]
        ]

    async def _probe(self) -> None:
        """Every minute one message of a held number is tried: when it goes through, the hold ends (recorder.py)."""
        for number, scope in self.pacing.held():
            now = self._clock.now()
            if not self.room():
                return
            async with self._database.transaction() as uow:
                mine = await repository_queue.take_probe(uow, number, now, self._probe_every)
            for queue in ((REPLY, BUSINESS) if scope == "all" else (BUSINESS,)) if mine else ():
                if (await self._take_claims([Ask(number, queue, 1)], probe=True)).total():
                    break

    async def _take_claims(self, asks: Sequence[Ask], *, probe: bool) -> Counter[tuple[str, str]]:
        owner = self._lease.owner
        async with self._database.transaction() as uow:
            claimed = await repository_queue.claim(uow, asks, owner, self._clock.now())
        now_s = self._clock.monotonic()
        for row in claimed:
            self._count_down(row.conversation_id)
            if row.state != "sending":
                continue
            try:
                job = jobs.of_claim(row, owner, now_s, probe=probe)
            except (msgspec.MsgspecError, TypeError) as error:
                _log.error("payload cannot be read", intent_id=str(row.intent_id), error=type(error).__name__)
                continue
            self._mine[job.intent_id] = job
            leave = self.pacing.leave(row.phone_number_id, row.queue, job.recipient, now_s)
            if leave.wait_s and not probe:
                wait_s = leave.wait_s if leave.personal else 0.0
                self._record(Result(job, NotCalled("rate", wait_s), self._clock.now()))
            else:
                self._queue.put_nowait(job)
        return Counter((row.phone_number_id, row.queue) for row in claimed)

    def _count_down(self, conversation_id: UUID) -> None:
        if conversation_id in self._behind:
            self._behind[conversation_id] -= 1
            if self._behind[conversation_id] <= 0:
                del self._behind[conversation_id]


def _draw(span: trace.Span, job: Job, outcome: Outcome) -> None:
    """What a trace shows of a call: which attempt, and what came of it. The address holds no more than our number's id."""
    span.say(
        {
            "http.request.method": "POST",
            "inkgate.intent_id": str(job.intent_id),
            "inkgate.attempt": job.attempt,
            "inkgate.outcome": type(outcome).__name__.lower(),
        }
    )
    if isinstance(outcome, Refused):
        span.say({"http.response.status_code": outcome.http_status})
        span.failed(str(outcome.code or outcome.http_status))
    elif isinstance(outcome, Accepted):
        span.say({"http.response.status_code": 200})
    else:
        span.failed(type(outcome).__name__.lower())
