"""Calls to Stripe: outside of transactions, repeated safely, never in each other's way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from inkgate_common.contracts.payment_commands import DepositCancelled, RefundRequested
from inkgate_payments import worker as worker_module
from inkgate_payments.domain.answers import Closed, MadeRefund, MadeSession
from inkgate_payments.errors import AccountRefused, KeySpent, NothingToDo, StripeRefused, StripeUnavailable
from tests.payments.conftest import Payments, Person, unique

pytestmark = pytest.mark.live

Behaviour = Callable[[], Awaitable[None]]


class FakeStripe:
    """Makes what it is asked for, once a key, as Stripe does. `before` runs first and may raise or wait."""

    def __init__(self) -> None:
        self.before: list[Behaviour] = []
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.sessions: dict[str, MadeSession] = {}
        self.refunds: dict[str, MadeRefund] = {}
        self.expired: list[str] = []
        self.found_session: MadeSession | None = None
        self.found_refund: MadeRefund | None = None
        self.look_ups = 0

    async def _behave(self) -> None:
        if self.before:
            await self.before.pop(0)()

    async def create_session(self, parameters: dict[str, Any], key: str) -> MadeSession:
        self.asked.append(("create", key, parameters))
        at = datetime.fromtimestamp(parameters["expires_at"]).astimezone()
        made = MadeSession(id=f"cs_{uuid4().hex}", url="https://checkout.example/x", expires_at=at, livemode=False)
        made = self.sessions.setdefault(key, made)
        await self._behave()
        return made

    async def expire_session(self, session: str) -> Closed:
        self.expired.append(session)
        await self._behave()
        return Closed()

    async def create_refund(self, parameters: dict[str, Any], key: str) -> MadeRefund:
        self.asked.append(("refund", key, parameters))
        made = MadeRefund(id=f"re_{uuid4().hex}", amount_pence=parameters["amount"], status="succeeded")
        made = self.refunds.setdefault(key, made)
        await self._behave()
        return made

    async def find_session(self, command_id: UUID, since: datetime) -> MadeSession | None:
        self.look_ups += 1
        return self.found_session

    async def find_refund(self, intent: str, command_id: UUID) -> MadeRefund | None:
        self.look_ups += 1
        return self.found_refund


def raising(error: Exception) -> Behaviour:
    async def behave() -> None:
        raise error

    return behave


@pytest.fixture
def stripe() -> FakeStripe:
    return FakeStripe()


@asynccontextmanager
async def working(payments: Payments, stripe: FakeStripe) -> AsyncIterator[None]:
    """A worker runs for the block."""
    task = asyncio.create_task(payments.worker(stripe).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; fails the test rather than hang."""
    async with asyncio.timeout(20):
        while not await condition():
            await asyncio.sleep(0.02)


async def until_told(payments: Payments, person: Person, *kinds: str) -> None:
    async def told() -> bool:
        return await payments.kinds(person) == list(kinds)

    await until(told)


async def until_call(payments: Payments, person: Person, state: str, tries: int, kind: str = "create") -> None:
    async def reached() -> bool:
        rows = await payments.rows(
            "select state, tries, claimed_until from calls where deposit_id = :id and kind = :kind",
            id=person.command,
            kind=kind,
        )
        free = [row for row in rows if state != "waiting" or row.claimed_until is None]
        return [(row.state, row.tries) for row in free] == [(state, tries)]

    await until(reached)


async def later(payments: Payments) -> None:
    """Let every pause be over."""
    payments.clock.ahead += timedelta(minutes=10)


async def test_a_request_becomes_a_link(payments: Payments, stripe: FakeStripe, person: Person) -> None:
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_told(payments, person, "link_created")
    (told,) = await payments.told(person)
    assert (told.data.url, told.data.amount_pence) == ("https://checkout.example/x", 15000)
    assert len(stripe.asked) == 1 and str(person.command) in stripe.asked[0][1]
    row = await payments.one("select state, parameters from calls where deposit_id = :id", id=person.command)
    assert (row.state, row.parameters) == ("done", "{}")


async def test_a_lost_answer_is_asked_for_again_with_the_same_key_and_parameters(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    stripe.before = [raising(StripeUnavailable("connection")), raising(StripeUnavailable("http_503"))]
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        for tries in (1, 2):
            await until_call(payments, person, "waiting", tries)
            await later(payments)
        await until_told(payments, person, "link_created")
    assert len(stripe.asked) == 3 and stripe.asked[0] == stripe.asked[1] == stripe.asked[2]
    assert len(stripe.sessions) == 1


async def test_a_crash_between_the_call_and_its_record_makes_one_link(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    called = asyncio.Event()

    async def hang() -> None:
        called.set()
        await asyncio.Event().wait()

    stripe.before = [hang]
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await asyncio.wait_for(called.wait(), 20)
    assert await payments.kinds(person) == []
    payments.clock.ahead += worker_module.CLAIMED_FOR  # the dead worker's claim runs out
    async with working(payments, stripe):
        await until_told(payments, person, "link_created")
    assert len(stripe.sessions) == 1 and stripe.asked[0] == stripe.asked[1]


async def test_a_worker_that_stops_hands_back_what_it_had_claimed(
    payments: Payments, stripe: FakeStripe, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = asyncio.Event()

    async def hang() -> None:
        called.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(worker_module, "DRAIN_S", 0.05)
    stripe.before = [hang]
    await payments.consume(person.event(person.requested()))
    worker = payments.worker(stripe)
    task = asyncio.create_task(worker.run())
    await asyncio.wait_for(called.wait(), 20)
    await worker.drain()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with working(payments, stripe):  # at once, not when the claim runs out
        await until_told(payments, person, "link_created")


async def test_a_call_that_hangs_holds_up_nobody_else(payments: Payments, stripe: FakeStripe, person: Person) -> None:
    called, release = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        called.set()
        await release.wait()

    stripe.before = [hang]
    other = Person()
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await asyncio.wait_for(called.wait(), 20)
        await payments.consume(other.event(other.requested()))
        await until_told(payments, other, "link_created")
        assert await payments.kinds(person) == []
        release.set()
        await until_told(payments, person, "link_created")


async def test_several_workers_make_each_call_once(payments: Payments, stripe: FakeStripe) -> None:
    people = [Person() for _ in range(30)]
    await payments.consume(*(person.event(person.requested()) for person in people))
    async with working(payments, stripe), working(payments, stripe), working(payments, stripe):
        for person in people:
            await until_told(payments, person, "link_created")
    assert len(stripe.asked) == len({key for _, key, _ in stripe.asked}) == 30


async def test_a_refusal_is_told(payments: Payments, stripe: FakeStripe, person: Person) -> None:
    stripe.before = [raising(StripeRefused("amount_too_small", "It must add up to £0.30"))]
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_told(payments, person, "request_failed")
    fact = (await payments.told(person))[0].data
    assert (fact.code, fact.message) == ("amount_too_small", "It must add up to £0.30")
    assert len(stripe.asked) == 1


async def test_a_wrong_api_key_is_told_after_a_few_tries(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    stripe.before = [raising(AccountRefused("account_401"))] * 5
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        for tries in range(1, 5):
            await until_call(payments, person, "waiting", tries)
            await later(payments)
        await until_told(payments, person, "request_failed")
    assert (await payments.told(person))[0].data.code == "account_401"


async def test_a_key_that_repeats_a_stored_failure_is_replaced_after_looking_up(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    stripe.before = [raising(KeySpent("http_500"))]
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_call(payments, person, "waiting", 1)
        await later(payments)
        await until_told(payments, person, "link_created")
    assert stripe.look_ups == 1
    (_, first, _), (_, second, _) = stripe.asked
    assert first != second


async def test_what_the_look_up_finds_is_taken_and_not_made_again(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    expires = person.requested().expires_at
    stripe.found_session = MadeSession(
        id=f"cs_{uuid4().hex}", url="https://checkout.example/found", expires_at=expires, livemode=False
    )
    stripe.before = [raising(KeySpent("http_500"))]
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_call(payments, person, "waiting", 1)
        await later(payments)
        await until_told(payments, person, "link_created")
    assert (await payments.told(person))[0].data.url == "https://checkout.example/found"
    assert len(stripe.asked) == 1


async def refunding(payments: Payments, person: Person) -> None:
    await payments.webhook(unique(person.paid()))
    command = RefundRequested(command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command)
    await payments.consume(person.event(command))


async def test_a_refund_that_may_have_been_forgotten_is_looked_up_before_it_is_asked_for_again(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    stripe.before = [raising(StripeUnavailable("connection"))]
    await refunding(payments, person)
    async with working(payments, stripe):
        await until_call(payments, person, "waiting", 1, "refund")
        stripe.found_refund = MadeRefund(id=f"re_{uuid4().hex}", amount_pence=15000, status="succeeded")
        payments.clock.ahead = timedelta(hours=25)
        await until_call(payments, person, "done", 2, "refund")
    assert (stripe.look_ups, len(stripe.asked)) == (1, 1)
    row = await payments.one("select id, state from refunds where deposit_id = :id", id=person.command)
    assert (row.id, row.state) == (stripe.found_refund.id, "made")
    assert await payments.kinds(person) == ["paid"]  # its own event will tell it


async def test_within_a_day_a_refund_is_repeated_with_its_key_and_not_looked_up(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    stripe.before = [raising(StripeUnavailable("connection"))]
    await refunding(payments, person)
    async with working(payments, stripe):
        await until_call(payments, person, "waiting", 1, "refund")
        payments.clock.ahead = timedelta(hours=20)
        await until_call(payments, person, "done", 2, "refund")
    assert stripe.look_ups == 0 and len(stripe.refunds) == 1 and stripe.asked[0] == stripe.asked[1]


async def test_a_refund_that_stripe_refuses_is_told(payments: Payments, stripe: FakeStripe, person: Person) -> None:
    stripe.before = [raising(StripeRefused("charge_disputed", "It has been charged back"))]
    await refunding(payments, person)
    async with working(payments, stripe):
        await until_told(payments, person, "paid", "refund_failed")
    assert (await payments.told(person))[1].data.reason == "charge_disputed"


def cancellation(person: Person) -> DepositCancelled:
    return DepositCancelled(
        command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command, reason="opted_out"
    )


async def test_a_link_that_is_taken_back_while_it_is_made_is_closed_and_never_told(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    async def take_back() -> None:
        await payments.consume(person.event(cancellation(person)))

    stripe.before = [take_back]
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_told(payments, person, "request_failed")
        await until_call(payments, person, "done", 1, "expire")
    assert stripe.expired == [made.id for made in stripe.sessions.values()]
    assert await payments.kinds(person) == ["request_failed"]


async def test_closing_a_link_that_is_not_open_is_no_failure(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_told(payments, person, "link_created")
        stripe.before = [raising(NothingToDo("invalid_request_error", "it is complete"))]
        await payments.consume(person.event(cancellation(person)))
        await until_call(payments, person, "done", 1, "expire")
    assert await payments.kinds(person) == ["link_created"]


async def test_a_request_that_stripe_never_answers_ends_when_its_link_would_be_over(
    payments: Payments, stripe: FakeStripe, person: Person
) -> None:
    stripe.before = [raising(StripeUnavailable("connection"))] * 2
    await payments.consume(person.event(person.requested()))
    async with working(payments, stripe):
        await until_call(payments, person, "waiting", 1)
        payments.clock.ahead = timedelta(hours=23, minutes=24, seconds=39)
        await until_told(payments, person, "request_failed")
    assert (await payments.told(person))[0].data.code == "connection"
