"""Sends that fail, at once, late, or nobody knows (PROTOCOL §2, Gates and Sending)."""

import time

import pytest

from tests.e2e.stack import UNCERTAIN_WAIT_S, Client, Stack

pytestmark = pytest.mark.live


async def question_fails(stack: Stack, client: Client, **fault: object) -> None:
    """The message that would ask for the size is refused."""
    await client.answer_until("placement")
    await stack.fault(on="whatsapp", wa_id=client.wa_id, **fault)
    await client.say("Left forearm")
    await client.until("the failed send", lambda lead: "send_failed" in lead["flags"])


async def test_the_operator_resends(clean_stack: Stack, client: Client) -> None:
    await question_fails(clean_stack, client, code=131026)
    failed = await client.lead()
    assert "resend" in failed["actions"]
    status, answer = await client.act("resend")
    assert status == 202
    moved = await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert "send_failed" not in moved["flags"]
    again = await client.until_shown("the new intent", kind="message_created", intent_id=answer["intent_id"])
    assert again["retry_of"] is not None
    await clean_stack.check()


@pytest.mark.domain("3b.force")
async def test_the_operator_forces_the_change(clean_stack: Stack, client: Client) -> None:
    await question_fails(clean_stack, client, code=131026)
    status, _ = await client.act("force")
    assert status == 202
    moved = await client.until("the forced step", lambda lead: lead["question"] == "dimensions")
    assert moved["step"] == 2
    assert (await client.timeline("gate_closed"))[-1]["basis"] == "force"
    taken = (await client.timeline("action_taken"))[-1]
    assert (taken["action"], taken["by"]) == ("force", "api"), "audited"
    await clean_stack.check()


async def test_a_transient_error_is_tried_again(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131016, times=2)
    await client.say("Left forearm")
    await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert sum("How big" in text for text in await client.received()) == 1
    assert [call["error_code"] for call in (await client.calls())[-3:]] == [131016, 131016, None]
    await clean_stack.check()


async def test_a_late_failure_takes_the_change_back(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, late_failure=131026)
    await client.say("Left forearm")
    back = await client.until("the late failure", lambda lead: "send_failed" in lead["flags"])
    assert (back["question"], back["step"]) == ("placement", 1)
    steps = [item["kind"] for item in await client.timeline("step_advanced", "change_reverted")]
    assert steps[-2:] == ["step_advanced", "change_reverted"], "it had moved, and was taken back"

    await client.say("Left forearm!")
    moved = await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert "send_failed" not in moved["flags"]
    await clean_stack.check()


async def test_a_late_failure_after_her_next_answer_is_only_shown(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(
        on="whatsapp", wa_id=client.wa_id, statuses=["sent"]
    )  # it never reached her, and nobody knows
    await client.turn("Left forearm")
    question = [message for message in await client.chat() if message["direction"] == "out"][-1]
    await client.turn("8x12cm")
    body = {"wamid": question["wamid"], "status": "failed", "code": 131026}
    await clean_stack.ok("sandbox", "POST", f"/sandbox/clients/{client.wa_id}/statuses", body)
    after = await client.until("the flag", lambda lead: "late_failure" in lead["flags"])
    assert after["question"] == "style", "she has answered it: nothing is taken back"
    await clean_stack.check()


async def test_a_lost_answer_is_not_sent_twice_when_a_status_comes(clean_stack: Stack, client: Client) -> None:
    """WhatsApp took it and the connection broke: the status settles it, though it takes its time, and no second copy goes
    out."""
    await client.answer_until("placement")
    await clean_stack.fault(
        on="webhooks", only="statuses", wa_id=client.wa_id, delay_s=0.65 * UNCERTAIN_WAIT_S, times=0
    )
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, drop_response=True)
    await client.say("Left forearm")
    await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert sum("How big" in text for text in await client.received()) == 1
    assert (await client.timeline("message_sent"))[-1]["basis"] == "status"
    await clean_stack.mend()
    await clean_stack.check()


async def test_a_lost_answer_without_a_status_is_sent_again_and_counted(clean_stack: Stack, client: Client) -> None:
    before = (await clean_stack.check()).duplicates
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, drop_response=True, no_status=True)
    await client.say("Left forearm")
    await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert sum("How big" in text for text in await client.received()) == 2
    assert (await clean_stack.check()).duplicates == before + 1


async def test_an_answer_that_never_came_and_was_never_taken(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, hang=True)
    await client.say("Left forearm")
    await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert sum("How big" in text for text in await client.received()) == 1
    await clean_stack.check()


async def test_an_error_of_the_server_that_was_taken_all_the_same(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, status=500, accepted=True)
    await client.say("Left forearm")
    await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    assert sum("How big" in text for text in await client.received()) == 1
    await clean_stack.check()


async def test_a_first_message_whose_welcome_fails(clean_stack: Stack, client: Client) -> None:
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, code=131026)
    await client.say("Hi!")
    failed = await client.until("the failed welcome", lambda lead: "send_failed" in lead["flags"])
    assert (failed["status"], failed["step"]) == ("NEW", -1)
    await client.say("Hello?")
    welcomed = await client.until("the welcome", lambda lead: lead["status"] == "QUALIFYING")
    assert (welcomed["step"], welcomed["flags"]) == (0, [])
    assert len(await client.received()) == 1
    await clean_stack.check()


async def test_a_hold_keeps_everything_and_its_release_sends_it(clean_stack: Stack, client: Client) -> None:
    """An expired token fails no message: the sender stops, says so, and goes on when it is let go."""
    await client.answer_until("placement")
    await clean_stack.fault(on="whatsapp", code=190, times=0)
    await client.say("Left forearm")

    async def held() -> list[dict[str, object]]:
        return list((await clean_stack.ok("sender", "GET", "/api/holds"))["items"])

    hold = (await clean_stack.wait_for("the hold", held))[0]
    assert (hold["scope"], hold["code"]) == ("all", 190)
    other = clean_stack.client()
    await other.say("Hi!")
    waiting = await other.until("a gate that waits", lambda lead: lead["open_gate"] is not None)
    assert waiting["flags"] == []
    await clean_stack.mend()
    await clean_stack.ok("sender", "POST", f"/api/holds/{hold['phone_number_id']}/release")
    await client.until("the next question", lambda lead: lead["question"] == "dimensions")
    await other.until("the welcome", lambda lead: lead["step"] == 0)
    assert (await clean_stack.ok("sender", "GET", "/api/holds"))["items"] == []
    await clean_stack.check()


@pytest.mark.domain("4.window")
async def test_outside_the_window_no_plain_text_goes_out(clean_stack: Stack, client: Client) -> None:
    """Her message reached us a day late: only the invitation goes out, which moves nothing; our answer comes with her next
    message."""
    await client.say("Hi!", timestamp=int(time.time()) - 25 * 3600)
    failed = await client.until("the welcome that could not be said", lambda lead: "send_failed" in lead["flags"])
    assert failed["status"] == "NEW"
    assert [call["request"]["type"] for call in await client.calls()] == ["template"]
    await client.say("Hello?")
    await client.until("the welcome", lambda lead: lead["status"] == "QUALIFYING")
    assert (await client.calls())[-1]["request"]["type"] != "template"
    await clean_stack.check()
