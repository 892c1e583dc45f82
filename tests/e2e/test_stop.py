"""Opt-out wins: whatever is under way, and until she writes START (DOMAIN §4)."""

import pytest

from tests.e2e.stack import OPT_OUT_STATUS_S, Client, Stack

pytestmark = [pytest.mark.live, pytest.mark.domain("3.21", "4.opt-out", "3b.opt-out")]


async def test_stop_ends_it_and_nothing_more_is_sent(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await client.say("STOP")
    stopped = await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")
    assert stopped["opted_out"]
    received = await client.received()

    ignored = await client.judged(await client.say("Left forearm"))
    assert ignored["verdict"] == "opted_out"
    status, problem = await client.act("ask", text="Are you sure?")
    assert status == 409
    assert "ask" not in problem["allowed"]
    await clean_stack.check()
    assert await client.received() == received


async def test_stop_while_a_gate_is_open(clean_stack: Stack, client: Client) -> None:
    """The call that carries the next question hangs; STOP does not wait for it, and its change is never made."""
    before = await client.answer_until("dimensions")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, hang=True)
    await client.say("8x12cm")
    await client.until("an open gate", lambda lead: lead["open_gate"] is not None)

    async def hanging() -> bool:
        return len(await client.calls()) > len(await client.received())

    await clean_stack.wait_for("the hanging call", hanging)
    await client.say("STOP")
    stopped = await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")
    assert stopped["opted_out"]
    await clean_stack.check()

    after = await client.lead()
    assert after["step"] == before["step"], "the gate of the hanging message was never applied"
    assert not any("Which style" in text for text in await client.received())
    assert "no more messages" in (await client.received())[-1]
    ends = {item["intent_id"]: item["how"] for item in await client.timeline("gate_closed")}
    assert list(ends.values()).count("applied") == len(ends) - 1
    assert set(ends.values()) <= {"applied", "cancelled", "superseded"}


async def test_stop_takes_back_what_waits_for_another_try(clean_stack: Stack, client: Client) -> None:
    """A message that is to be tried again later surely did not go out: it is cancelled."""
    await client.answer_until("dimensions")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131057)  # at least a minute's wait
    await client.say("8x12cm")

    async def refused() -> bool:
        return any(call["error_code"] == 131057 for call in await client.calls())

    await clean_stack.wait_for("the refusal", refused)
    await client.say("STOP")
    await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")
    await client.until_shown("the cancellation", kind="message_cancelled")
    closed = [item for item in await client.timeline("gate_closed") if item["how"] == "cancelled"]
    assert len(closed) == 1
    await clean_stack.check()


async def test_optout_follows_though_its_confirmation_fails(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
    await client.say("STOP")
    stopped = await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")
    assert stopped["opted_out"]
    change = await client.until_shown("the change", kind="status_changed", to="OPTOUT")
    assert change["intent_id"] is None, "it follows as a fact"
    await clean_stack.check()


async def test_optout_follows_though_its_confirmation_takes_over_a_minute(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, hang=True, times=2)
    await client.say("STOP")
    early = await client.until("opted out", lambda lead: lead["opted_out"])
    assert early["status"] == "QUALIFYING", "the status waits for the confirmation, a while"
    stopped = await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT", within_s=OPT_OUT_STATUS_S + 15)
    assert stopped["open_gate"] is None
    change = await client.until_shown("the change", kind="status_changed", to="OPTOUT")
    assert change["intent_id"] is None
    await clean_stack.check()
    assert "no more messages" in (await client.received())[-1], "and the confirmation comes all the same"


async def test_a_stop_that_arrives_late_still_counts_and_an_old_start_does_not(
    clean_stack: Stack, client: Client
) -> None:
    await client.answer_until("placement")
    now = next(m["timestamp"] for m in reversed(await client.chat()) if m["direction"] == "in")
    await client.say("STOP", timestamp=now - 5)
    await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")
    old = await client.judged(await client.say("START", timestamp=now - 8))
    assert old["verdict"] == "older_than_stop"
    assert (await client.lead())["opted_out"]
    await client.in_a_later_second()
    await client.say("START")
    fresh = await client.until("the restart", lambda lead: lead["status"] == "QUALIFYING")
    assert (fresh["step"], fresh["answers"]) == (0, {})
    await clean_stack.check()


async def test_a_paid_clients_stop_keeps_her_status(clean_stack: Stack, client: Client) -> None:
    await client.paid()
    await client.say("STOP")
    stopped = await client.until("opted out", lambda lead: lead["opted_out"] and lead["open_gate"] is None)
    assert stopped["status"] == "BOOKING_PENDING"
    await client.in_a_later_second()
    await client.say("START")
    back = await client.until("opted in", lambda lead: not lead["opted_out"] and lead["open_gate"] is None)
    assert back["status"] == "BOOKING_PENDING"
    await clean_stack.check()


async def test_stop_expires_the_open_link_and_a_payment_counts_all_the_same(clean_stack: Stack, client: Client) -> None:
    await client.with_link()
    await client.say("STOP")
    await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")

    async def expired() -> bool:
        sessions = (await clean_stack.ok("sandbox", "GET", "/sandbox/checkout"))["items"]
        mine = (await client.lead())["deposit"]["session"]
        return any(session["id"] == mine and session["status"] == "expired" for session in sessions)

    await clean_stack.wait_for("the link's end", expired)
    await client.pay(query="?late=true")
    paid = await client.until("the payment", lambda lead: lead["deposit"]["paid_pence"] > 0)
    assert paid["opted_out"]
    after = await client.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")
    assert after["opted_out"], "it waits for no message that she will not get"
    await clean_stack.check()
