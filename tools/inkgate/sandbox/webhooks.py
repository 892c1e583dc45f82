"""Sends webhooks to one destination as Meta and Stripe do: signed, many at once, again until it answers 200.

Meta repeats with exponential back-off for up to seven days (Cloud API, 'Webhooks: retries'); here it is minutes, and the
steps are short, so that a service that was restarted catches up while someone watches.
Order: Meta promises none. What one client writes starts in the order it was written all the same, unless a fault
shuffles it or our service refuses an earlier one (4xx), so that a scripted chat is not at the mercy of the network.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping

import aiohttp
import msgspec
from yarl import URL

from inkgate.sandbox.bus import Bus
from inkgate.sandbox.faults import Faults
from inkgate.sandbox.journal import Entry, Journal
from inkgate.sandbox.times import Clock, iso_ms

BACKOFF_S_MIN = 0.5
BACKOFF_S_MAX = 10.0
# Nothing listens there: one cheap question a second or two, so that a service that starts is found soon.
REFUSED_PAUSE_S_MAX = 2.0
ATTEMPT_S_MAX = 20.0
SHUFFLE_HOLD_S = 0.4
SHUFFLE_BATCH_MAX = 20


class Job:
    """One webhook on its way. `key` orders it behind others of the same key (None: no order)."""

    __slots__ = (
        "attempt",
        "body",
        "event_id",
        "first_at",
        "key",
        "logged",
        "on_ack",
        "session",
        "status",
        "tracker",
        "wa_id",
        "wamid",
        "what",
    )

    def __init__(
        self,
        body: bytes,
        *,
        what: str,
        key: str | None = None,
        wa_id: str | None = None,
        wamid: str | None = None,
        status: str | None = None,
        tracker: str | None = None,
        event_id: str | None = None,
        session: str | None = None,
        logged: msgspec.Raw | None = None,
        on_ack: Callable[[float], None] | None = None,
    ) -> None:
        self.body = body
        self.what = what
        self.key = key
        self.wa_id = wa_id
        self.wamid = wamid
        self.status = status
        self.tracker = tracker
        self.event_id = event_id
        self.session = session
        self.logged = logged
        self.on_ack = on_ack
        self.attempt = 0
        self.first_at = 0.0


class Deliverer:
    """A bounded queue and a fixed number of workers for one destination.

    sign: raw body → the headers that prove it, made anew for each attempt (Stripe's carries the time).
    only: the name under which a fault can pick the webhooks of this deliverer (None: told by the job).
    """

    def __init__(
        self,
        url: str,
        *,
        kind: str,
        sign: Callable[[bytes], Mapping[str, str]],
        journal: Journal,
        bus: Bus,
        faults: Faults,
        clock: Clock,
        in_flight_max: int,
        queue_max: int,
        retry_s_max: float,
    ) -> None:
        self._url = URL(url)
        self._kind = kind
        self._sign = sign
        self._journal = journal
        self._bus = bus
        self._faults = faults
        self._clock = clock
        self._in_flight_max = in_flight_max
        self._queue_max = queue_max
        self._retry_s_max = retry_s_max
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._chains: dict[str, deque[Job]] = {}
        self._workers: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession | None = None
        self._held: list[Job] | None = None
        self._pause_until = 0.0
        self._pause_s = BACKOFF_S_MIN
        self.pending = 0

    def start(self, session: aiohttp.ClientSession) -> None:
        """Start the workers; `session` stays the caller's."""
        self._session = session
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._in_flight_max)]

    async def stop(self) -> None:
        """Stop the workers; what waits is forgotten, as all of the sandbox is when it stops."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)

    def offer(self, job: Job) -> bool:
        """Take a webhook to deliver. False: too many wait, it was discarded (and logged)."""
        job.first_at = self._clock()
        if self.pending >= self._queue_max:
            self._log(job, job.first_at, None, "discarded")
            return False
        if self._faults.any_webhooks:
            self._offer_with_fault(job)
        else:
            self._enqueue(job)
        return True

    def _offer_with_fault(self, job: Job) -> None:
        only = "stripe" if self._kind == "stripe_webhook" else "statuses" if job.what == "status" else "messages"
        if self._held is not None:
            self._hold(job)
            return
        fault = self._faults.take("webhooks", job.wa_id, only)
        if fault is None:
            self._enqueue(job)
            return
        self._bus.publish("fault", {"used": msgspec.to_builtins(fault), "armed": len(self._faults.armed())})
        if fault.drop:
            self._log(job, job.first_at, None, "discarded", fault.id)
            return
        if fault.duplicate:
            twin = Job(
                job.body,
                what=job.what,
                wa_id=job.wa_id,
                wamid=job.wamid,
                status=job.status,
                tracker=job.tracker,
                event_id=job.event_id,
                session=job.session,
                logged=job.logged,
            )
            twin.first_at = job.first_at
            self._later(fault.delay_s, twin)
        if fault.shuffle:
            self._held = []
            asyncio.get_running_loop().call_later(max(fault.delay_s, SHUFFLE_HOLD_S), self._release)
            self._hold(job)
        elif fault.delay_s:
            job.key = None
            self._later(fault.delay_s, job)
        else:
            self._enqueue(job)

    def _later(self, delay_s: float, job: Job) -> None:
        if delay_s:
            asyncio.get_running_loop().call_later(delay_s, self._enqueue, job)
        else:
            self._enqueue(job)

    def _hold(self, job: Job) -> None:
        assert self._held is not None
        self._held.append(job)
        if len(self._held) >= SHUFFLE_BATCH_MAX:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held:
            random.shuffle(held)
            for job in held:
                job.key = None
                self._enqueue(job)

    def _enqueue(self, job: Job) -> None:
        self.pending += 1
        if job.key is not None:
            waiting = self._chains.get(job.key)
            if waiting is not None:
                waiting.append(job)
                return
            self._chains[job.key] = deque()
        self._queue.put_nowait(job)

    def _let_next_go(self, job: Job) -> None:
        if job.key is None:
            return
        waiting = self._chains[job.key]
        if waiting:
            self._queue.put_nowait(waiting.popleft())
        else:
            del self._chains[job.key]
        job.key = None

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            job = await self._queue.get()
            while (wait_s := self._pause_until - loop.time()) > 0:
                await asyncio.sleep(wait_s)
            await self._attempt(job)

    async def _attempt(self, job: Job) -> None:
        assert self._session is not None
        job.attempt += 1
        started = self._clock()
        status: int | None = None
        outcome = "answered"
        try:
            async with self._session.post(self._url, data=job.body, headers=self._sign(job.body)) as response:
                await response.read()
                status = response.status
        except TimeoutError:
            outcome = "timeout"
        except (aiohttp.ClientError, OSError) as error:
            outcome = "no_connection"
            if isinstance(error, aiohttp.ClientConnectorError):
                self._pause()
        self._log(job, started, status, outcome)
        if status == 200:
            self._pause_s = BACKOFF_S_MIN
            self._acknowledged(job)
            return
        if status is not None and 400 <= status < 500 and job.attempt >= 3:
            self._let_next_go(job)
        if self._clock() - job.first_at > self._retry_s_max:
            self._let_next_go(job)
            self.pending -= 1
            self._log(job, started, None, "discarded")
            return
        delay_s = min(BACKOFF_S_MAX, BACKOFF_S_MIN * 2 ** (job.attempt - 1)) * random.uniform(0.8, 1.2)
        if outcome == "no_connection":
            delay_s = min(delay_s, REFUSED_PAUSE_S_MAX)
        asyncio.get_running_loop().call_later(delay_s, self._queue.put_nowait, job)

    def _pause(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._pause_until <= now:
            self._pause_until = now + self._pause_s
            self._pause_s = min(REFUSED_PAUSE_S_MAX, self._pause_s * 2)

    def _acknowledged(self, job: Job) -> None:
        self.pending -= 1
        self._let_next_go(job)
        now = self._clock()
        if job.on_ack is not None:
            job.on_ack(now)

    def _log(self, job: Job, started: float, status: int | None, outcome: str, fault: int | None = None) -> None:
        now = self._clock()
        self._journal.add(
            Entry(
                kind=self._kind,
                direction="out",
                path=self._url.path,
                call_started_at=started,
                answered_at=None if status is None else now,
                outcome=outcome,
                response_status=status,
                request=job.logged,
                wa_id=job.wa_id,
                wamid=job.wamid,
                biz_opaque_callback_data=job.tracker,
                delivered_to_us=status == 200,
                what=job.what,
                status=job.status,
                attempt=job.attempt,
                fault=fault,
                event_id=job.event_id,
                session=job.session,
            ),
            now,
        )
        if self._bus.listening:
            self._bus.publish(
                "webhook",
                {
                    "kind": self._kind,
                    "what": job.what,
                    "wa_id": job.wa_id,
                    "wamid": job.wamid,
                    "status": job.status,
                    "event_id": job.event_id,
                    "session": job.session,
                    "attempt": job.attempt,
                    "http_status": status,
                    "outcome": outcome,
                    "took_ms": round((now - started) * 1000, 1),
                    "at": iso_ms(now),
                },
            )
