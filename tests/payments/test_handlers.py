"""Commands, webhooks and answers on the real database: every one has exactly one effect or one reason for none."""

import asyncio
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from inkgate_common import ids
from inkgate_common.contracts.control import PersonErased
from inkgate_common.contracts.payment_commands import DepositCancelled, RefundRequested
from inkgate_common.housekeeping import purge
from inkgate_payments.app import AGING
from inkgate_payments.errors import BadSignature
from tests.builders import stripe
from tests.payments.conftest import Payments, Person, unique

pytestmark = pytest.mark.live


def cancelled(person: Person) -> DepositCancelled:
    return DepositCancelled(
        command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command, reason="opted_out"
    )


async def calls(payments: Payments, person: Person) -> list[tuple[str, str]]:
    rows = await payments.rows(
        "select kind, state from calls where deposit_id = :id order by created_at, kind", id=person.command
    )
    return [(row.kind, row.state) for row in rows]


async def note(payments: Payments, event: dict[str, Any]) -> tuple[list[str], str]:
    row = await payments.one("select effect, note from stripe_events where id = :id", id=event["id"])
    return row.effect, row.note


async def test_the_same_command_however_often_is_one_call(payments: Payments, person: Person) -> None:
    event = person.event(person.requested())
    await payments.consume(event)
    await payments.consume(event)
    await payments.consume(person.event(person.requested()))  # another event id, the same command
    assert await calls(payments, person) == [("create", "waiting")]


async def test_a_request_and_its_cancellation_in_one_batch_make_no_call(payments: Payments, person: Person) -> None:
    await payments.consume(person.event(cancelled(person)), person.event(person.requested()))
    assert await payments.kinds(person) == ["request_failed"]
    assert [call for call in await calls(payments, person) if call[1] == "waiting"] == []


async def test_a_cancellation_that_overtook_its_request_still_holds(payments: Payments, person: Person) -> None:
    await payments.consume(person.event(cancelled(person)))
    assert await payments.kinds(person) == []
    await payments.consume(person.event(person.requested()))
    assert await payments.kinds(person) == ["request_failed"]
    assert await calls(payments, person) == []


async def test_a_command_on_a_key_that_is_no_conversation_goes_to_the_dead_letters_alone(
    payments: Payments, person: Person
) -> None:
    other = Person()
    bad = msgspec.structs.replace(other.event(other.requested()), subject=str(other.lead)[:-1] + "x")
    await payments.consume(bad, person.event(person.requested()))
    assert await calls(payments, person) == [("create", "waiting")]
    dead = await payments.rows("select topic from outbox where key = :key order by topic", key=bad.subject)
    assert [row.topic.endswith(".dlq") for row in dead] == [True, False]  # and its lead hears that there is no link


async def test_a_payment_is_told_once_with_an_id_from_its_stripe_event(payments: Payments, person: Person) -> None:
    event = unique(person.paid())
    for _ in range(3):
        await payments.webhook(event)
    (told,) = await payments.told(person)
    assert told.type == "inkgate.deposit.paid" and told.subject == str(person.conversation)
    assert told.id == ids.derive(event["id"], told.type)
    assert (told.data.stripe_event_id, told.data.amount_pence) == (event["id"], 15000)
    assert told.source == "/inkgate/payments"


async def test_two_event_ids_for_one_payment_are_one_effect_and_one_reason(payments: Payments, person: Person) -> None:
    first, second = unique(person.paid()), unique(person.paid())
    await payments.webhook(first)
    await payments.webhook(second)
    assert await payments.kinds(person) == ["paid"]
    assert (await note(payments, first))[0] == ["inkgate.deposit.paid"]
    assert await note(payments, second) == ([], "this payment is recorded already")


async def test_the_same_events_at_the_same_time_are_one_effect(payments: Payments, person: Person) -> None:
    events = [unique(person.paid()) for _ in range(3)]
    await asyncio.gather(*(payments.webhook(event) for event in events * 4))
    assert await payments.kinds(person) == ["paid"]
    row = await payments.one("select count(*) as n from payments where deposit_id = :id", id=person.command)
    assert row.n == 1


@pytest.mark.parametrize("paid_first", [True, False])
async def test_refund_and_dispute_may_come_before_their_payment(
    payments: Payments, person: Person, paid_first: bool
) -> None:
    await payments.consume(person.event(person.requested()))
    refund = unique(stripe.event("refund.created", stripe.refund(payment_intent=person.intent)))
    dispute = unique(stripe.event("charge.dispute.created", stripe.dispute(payment_intent=person.intent)))
    others = [refund, unique(refund), dispute, unique(dispute)]
    paid = unique(person.paid())
    for event in [paid, *others] if paid_first else [*others, paid]:
        await payments.webhook(event)
    assert sorted(await payments.kinds(person)) == ["disputed", "paid", "refunded"]
    assert (await payments.told(person))[0].type == "inkgate.deposit.paid"
    effects = [(await note(payments, event))[0] for event in others]
    assert sorted(len(effect) for effect in effects) == [0, 0, 1, 1]
    left = await payments.rows("select 1 from parked where payment_intent = :intent", intent=person.intent)
    assert list(left) == []


async def test_a_refund_and_its_payment_that_come_at_the_same_time_are_both_told(payments: Payments) -> None:
    people = [Person() for _ in range(20)]

    async def both(person: Person) -> None:
        refund = unique(stripe.event("refund.created", stripe.refund(payment_intent=person.intent)))
        await asyncio.gather(payments.webhook(refund), payments.webhook(unique(person.paid())))

    await asyncio.gather(*(both(person) for person in people))
    for person in people:
        assert sorted(await payments.kinds(person)) == ["paid", "refunded"]


async def test_an_event_about_nothing_of_ours_is_recorded_and_told_to_nobody(payments: Payments) -> None:
    before = await payments.one("select count(*) as n from outbox")
    strange = unique(stripe.event("checkout.session.completed", stripe.session()))
    unknown = unique(stripe.event("plan.created", {"id": "price_1"}))
    broken = unique(stripe.event("checkout.session.completed", stripe.session(id="cs_\x00", metadata={"a": "\x00"})))
    elsewhere = unique(stripe.event("charge.dispute.created", stripe.dispute()))
    old = unique(stripe.event("charge.refunded", stripe.charge(payment_intent=None)))
    for event in (strange, unknown, broken, elsewhere, old):
        await payments.webhook(event)
        await payments.webhook(event)
    assert (await note(payments, strange))[1] == "no session, payment or lead that we know"
    assert (await note(payments, unknown))[1] == "a type that does not concern us"
    assert (await note(payments, broken))[1].startswith("unreadable: ")
    assert (await note(payments, elsewhere))[1] == "waits for the payment that it speaks of"
    assert (await note(payments, old))[1] == "no session, payment or lead that we know"
    after = await payments.one("select count(*) as n from outbox")
    assert after.n == before.n


async def test_a_webhook_that_stripe_did_not_sign_leaves_nothing(payments: Payments, person: Person) -> None:
    raw = stripe.body(unique(person.paid()))
    with pytest.raises(BadSignature):
        await payments.webhooks.take(raw, stripe.signature(raw, secrets=["whsec_of_somebody_else"]))
    assert await payments.kinds(person) == []
    assert list(await payments.rows("select 1 from deposits where id = :id", id=person.command)) == []


async def test_the_sums_recorded_equal_the_sums_that_stripe_reports(payments: Payments, person: Person) -> None:
    charge = stripe.charge(payment_intent=person.intent, metadata=person.metadata)
    parts = [stripe.refund(payment_intent=person.intent, amount=pence) for pence in (5000, 10000)]
    await payments.webhook(unique(person.paid()))
    await payments.webhook(unique(stripe.event("charge.refunded", charge | {"amount_refunded": 5000})))
    await payments.webhook(unique(stripe.event("refund.created", parts[1])))
    await payments.webhook(unique(stripe.event("refund.created", parts[0])))
    await payments.webhook(unique(stripe.event("charge.refunded", charge | {"amount_refunded": 15000})))
    told = [event.data for event in await payments.told(person)][1:]
    assert sum(fact.amount_pence for fact in told) == 15000
    assert (told[-1].refunded_pence, told[-1].in_full) == (15000, True)
    row = await payments.one(
        "select amount_pence, refunded_pence from payments where reference = :intent", intent=person.intent
    )
    assert (row.amount_pence, row.refunded_pence) == (15000, 15000)


async def test_a_refund_command_makes_one_call_for_the_money_that_is_there(payments: Payments, person: Person) -> None:
    await payments.webhook(unique(person.paid()))
    command = RefundRequested(command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command)
    await payments.consume(person.event(command), person.event(command))
    again = RefundRequested(command_id=uuid4(), lead_id=person.lead, deposit_command_id=person.command)
    await payments.consume(person.event(again))
    assert await calls(payments, person) == [("refund", "waiting")]
    assert (await payments.told(person))[-1].data.reason == "nothing_left"


async def test_an_erased_person_is_forgotten_and_her_money_is_not(payments: Payments, person: Person) -> None:
    await payments.consume(person.event(person.requested()))
    await payments.webhook(unique(person.paid()))
    event = person.event(PersonErased(at=payments.clock.now(), conversation_id=person.conversation, opted_out=False))
    await payments.consume(event)
    tables = ("deposits", "payments", "refunds", "disputes", "calls", "parked", "stripe_events")
    for table in tables:
        rows = await payments.rows(f"select 1 from {table} t where t::text like :id", id=f"%{person.conversation}%")
        assert list(rows) == [], table
    row = await payments.one("select amount_pence from payments where deposit_id = :id", id=person.command)
    assert row.amount_pence == 15000
    refund = stripe.refund(payment_intent=person.intent, metadata=person.metadata)
    await payments.webhook(unique(stripe.event("refund.created", refund)))
    last = (await payments.told(person))[-1]
    assert (last.type, last.subject) == ("inkgate.deposit.refunded", str(person.lead))


async def test_what_is_too_old_to_be_repeated_is_forgotten(payments: Payments, person: Person) -> None:
    event = unique(person.paid())
    elsewhere = unique(stripe.event("charge.dispute.created", stripe.dispute(payment_intent=person.intent + "x")))
    await payments.webhook(event)
    await payments.webhook(elsewhere)
    await age(payments, "29 days")
    await purge(payments.database, "payments", AGING)
    assert (await note(payments, event))[0] == ["inkgate.deposit.paid"]
    await age(payments, "2 days")
    await purge(payments.database, "payments", AGING)
    assert list(await payments.rows("select 1 from stripe_events where id = :id", id=event["id"])) == []
    assert list(await payments.rows("select 1 from parked where event_id = :id", id=elsewhere["id"])) == []
    await payments.webhook(event)  # a month late: its state still knows it
    assert await payments.kinds(person) == ["paid"]


async def age(payments: Payments, by: str) -> None:
    async with payments.database.transaction() as uow:
        await uow.run("update stripe_events set seen_at = seen_at - cast(cast(:by as text) as interval)", by=by)
        await uow.run("update parked set parked_at = parked_at - cast(cast(:by as text) as interval)", by=by)
