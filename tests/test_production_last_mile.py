"""The last mile, as a specification: what a client's phone and her lead show when the world misbehaves.

Four services, the sandbox, real Kafka and real PostgreSQL. Each test ends with every invariant of PROTOCOL §7 examined.
"""

import time

import pytest

from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live


@pytest.mark.domain("3.2")
async def test_send_failure_does_not_advance_step(clean_stack: Stack, client: Client) -> None:
    """A message that WhatsApp refuses changes nothing; the same message goes out again with her next one."""
    await client.answer_until("placement")
    before = await client.lead()

    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
    await client.say("Left forearm")
    failed = await client.until("the failed send", lambda lead: "send_failed" in lead["flags"])

    assert (failed["status"], failed["step"], failed["question"]) == ("QUALIFYING", before["step"], "placement")
    assert failed["answers"]["placement"] == "Left forearm", "what she said is a fact, whatever becomes of our answer"
    assert failed["open_gate"] is None
    gates = await client.timeline("gate_closed")
    assert (gates[-1]["how"], gates[-1]["reason"]) == ("failed", "131026")
    assert not any("How big" in text for text in await client.received()), "she was not asked the next question"

    await client.say("Left forearm, inside")
    moved = await client.until("the next question", lambda lead: lead["question"] == "dimensions")

    assert moved["answers"]["placement"] == "Left forearm, inside", "her next message replaced the answer"
    assert moved["strikes"] == {}, "and was no strike"
    assert "send_failed" not in moved["flags"]
    assert sum("How big" in text for text in await client.received()) == 1
    await clean_stack.check()


@pytest.mark.domain("4.order")
async def test_out_of_order_message_does_not_advance_or_reprompt(clean_stack: Stack, client: Client) -> None:
    """A message written before the newest judged one, which reached us late, moves nothing and asks nothing again."""
    await client.answer_until("dimensions")
    await client.turn("10 x 12 cm")
    before, received = await client.lead(), await client.received()
    assert before["question"] == "style"

    late = await client.say("5 x 5 cm", timestamp=int(time.time()) - 60)
    judged = await client.judged(late)
    await clean_stack.check()
    after = await client.lead()

    assert judged["verdict"] == "out_of_order"
    assert (after["step"], after["question"], after["answers"]) == (before["step"], "style", before["answers"])
    assert "out_of_order" in after["flags"], "it is shown to the operator"
    assert await client.received() == received, "and she is not asked again"

    answered = await client.turn("Fine line")
    assert answered["question"] == "complexity", "the conversation goes on where it stood"
    await clean_stack.check()


@pytest.mark.domain("4.restart", "3.22")
async def test_optout_restart_resets_step_and_handover_timestamps(clean_stack: Stack, client: Client) -> None:
    """STOP, then START: the questions begin afresh, and a second handover notifies the artist again."""
    await client.answer_until("style")
    await client.say("HUMAN")
    await client.until("the handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    await client.turn("Are you there?")
    held = [text for text in await client.received() if "The artist has your message" in text]
    assert len(held) == 1, "one holding message"
    notified = [item for item in await client.timeline("marked") if item["mark"] == "artist_notified"]
    assert len(notified) == 1

    await client.say("STOP")
    stopped = await client.until("OPTOUT", lambda lead: lead["status"] == "OPTOUT")
    assert stopped["opted_out"]
    await client.in_a_later_second()
    await client.say("START")
    fresh = await client.until("the restart", lambda lead: lead["status"] == "QUALIFYING")

    assert (fresh["step"], fresh["question"], fresh["answers"]) == (0, "idea", {})
    assert (fresh["opted_out"], fresh["handover"]) == (False, None)

    await client.turn("A heron in reeds")
    await client.say("HUMAN")
    again = await client.until("the second handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    assert again["handover"] is not None
    await client.turn("Hello?")
    held = [text for text in await client.received() if "The artist has your message" in text]
    assert len(held) == 2, "the holding message's cooldown began afresh"
    notified = [item for item in await client.timeline("marked") if item["mark"] == "artist_notified"]
    assert len(notified) == 2, "and the artist was told again"
    await clean_stack.check()


@pytest.mark.domain("4.duplicates")
async def test_duplicate_message_id_different_text_is_ignored(clean_stack: Stack, client: Client) -> None:
    """The message id alone decides: the same id with other text is a duplicate. One answer, one event."""
    await client.answer_until("placement")
    first = await client.say("Left forearm")
    moved = await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    received = await client.received()

    await client.say("Right shoulder", message_id=first)

    async def acknowledged() -> bool:
        webhooks = await clean_stack.log_entries("webhook", client.wa_id)
        return sum(entry["wamid"] == first and entry["delivered_to_us"] for entry in webhooks) == 2

    await clean_stack.wait_for("the duplicate's 200", acknowledged)
    await clean_stack.check()
    after = await client.lead()

    assert after["answers"]["placement"] == "Left forearm"
    assert (after["version"], after["step"]) == (moved["version"], moved["step"])
    assert await client.received() == received
    assert len([item for item in await client.timeline("message_received") if item["message_id"] == first]) == 1


@pytest.mark.domain("4.stripe")
async def test_stripe_duplicate_events_do_not_double_transition(clean_stack: Stack, client: Client) -> None:
    """The same event twice, and the same payment under another event id: one sum, one transition, one message."""
    await client.with_link()
    await clean_stack.fault(on="webhooks", only="stripe", duplicate=True)
    paid = await client.pay()
    await client.until("the confirmation", lambda lead: lead["status"] == "BOOKING_PENDING")
    again = await client.pay(query="?again=true")
    assert set(again["events"]).isdisjoint(paid["events"]), "the second report has an event id of its own"

    async def reported() -> bool:
        webhooks = await clean_stack.log_entries("stripe_webhook")
        mine = [entry for entry in webhooks if entry["session"] == paid["session"] and entry["delivered_to_us"]]
        return len(mine) == 3

    await clean_stack.wait_for("three reports of one payment", reported)
    await clean_stack.check()
    lead = await client.lead()

    assert (lead["status"], lead["deposit"]["paid_pence"]) == ("BOOKING_PENDING", lead["deposit"]["amount_pence"])
    assert "paid_twice" not in lead["flags"]
    moves = [(item["from"], item["to"]) for item in await client.timeline("status_changed")]
    assert moves.count(("AWAITING_DEPOSIT", "DEPOSIT_PAID")) == 1
    assert moves.count(("DEPOSIT_PAID", "BOOKING_PENDING")) == 1
    assert sum("has arrived" in text for text in await client.received()) == 1
