"""Money is a fact: recorded at once, whatever is under way, and never doubled (DOMAIN §3b, §4)."""

import pytest

from tests.e2e.stack import Client, Stack

pytestmark = [pytest.mark.live, pytest.mark.domain("3b.money")]


async def test_a_payment_proves_the_delivery_of_its_link(clean_stack: Stack, client: Client) -> None:
    """Our link could not be delivered, as far as we know; she pays it all the same."""
    await client.qualified()
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
    await client.act("approve")
    failed = await client.until("the failed link", lambda lead: "send_failed" in lead["flags"])
    assert failed["status"] == "PENDING_APPROVAL"
    await client.pay()
    await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    moves = [(item["from"], item["to"]) for item in await client.timeline("status_changed")][-3:]
    assert moves == [
        ("PENDING_APPROVAL", "AWAITING_DEPOSIT"),
        ("AWAITING_DEPOSIT", "DEPOSIT_PAID"),
        ("DEPOSIT_PAID", "BOOKING_PENDING"),
    ]
    bases = [item.get("basis") for item in await client.timeline("gate_closed")]
    assert "payment" in bases
    await clean_stack.check()


async def test_paid_while_the_links_call_hangs(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, drop_response=True, no_status=True)
    await client.act("approve")

    async def lost() -> bool:
        return any(call["outcome"] == "dropped" for call in await client.calls())

    await clean_stack.wait_for("the lost answer", lost)
    await client.pay()
    paid = await client.until("the payment", lambda lead: lead["deposit"]["paid_pence"] > 0)
    assert paid["status"] in ("DEPOSIT_PAID", "BOOKING_PENDING")
    await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    await clean_stack.check()


async def test_a_link_that_expired_and_was_paid_late(clean_stack: Stack, client: Client) -> None:
    await client.with_link()
    await client.pay("expire")
    await client.until("DEPOSIT_EXPIRED", lambda lead: lead["status"] == "DEPOSIT_EXPIRED")
    await client.pay(query="?late=true")
    paid = await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    assert paid["deposit"]["paid_pence"] == 15_000
    await clean_stack.check()


async def test_a_payment_that_fails_leaves_her_waiting(clean_stack: Stack, client: Client) -> None:
    await client.with_link()
    await client.pay("fail")
    await client.until_shown("the failure", kind="deposit_recorded", event="payment_failed")
    await clean_stack.check()
    lead = await client.lead()
    assert (lead["status"], lead["deposit"]["paid_pence"]) == ("AWAITING_DEPOSIT", 0)


async def test_a_refund_is_recorded_once(clean_stack: Stack, client: Client) -> None:
    await client.paid()
    status, _ = await client.act("refund")
    assert status == 202
    lead = await client.until("REFUNDED", lambda lead: lead["status"] == "REFUNDED")
    await clean_stack.check()
    lead = await client.lead()
    assert lead["deposit"]["refunded_pence"] == lead["deposit"]["paid_pence"] == 15_000
    refunds = [item for item in await client.timeline("deposit_recorded") if item["event"] == "refunded"]
    assert len(refunds) == 1
    assert sum("refund" in text.lower() for text in await client.received()) == 1


@pytest.mark.domain("3.30")
async def test_a_dispute_is_shown_and_moves_nothing(clean_stack: Stack, client: Client) -> None:
    before = await client.paid()
    await client.pay("dispute")
    disputed = await client.until("the dispute", lambda lead: "disputed" in lead["flags"])
    assert disputed["status"] == before["status"]
    await clean_stack.check()


async def test_stripe_fails_and_the_link_comes_all_the_same(clean_stack: Stack, client: Client) -> None:
    await client.qualified()
    await clean_stack.fault(on="stripe", status=503, times=2)
    await clean_stack.fault(on="stripe", drop_response=True)
    await client.act("approve")
    await client.until("AWAITING_DEPOSIT", lambda lead: lead["status"] == "AWAITING_DEPOSIT", within_s=60)
    lead = await client.lead()
    sessions = (await clean_stack.ok("sandbox", "GET", "/sandbox/checkout"))["items"]
    mine = [session for session in sessions if session["metadata"].get("lead_id") == lead["id"]]
    assert len(mine) == 1, "the idempotency key made one session of three calls"
    await clean_stack.check()
