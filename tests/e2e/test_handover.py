"""The artist takes over, and the bot comes back at the kept step (DOMAIN §3 rows 5, 6, 23, 24, 25)."""

import pytest

from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live


@pytest.mark.domain("3.23", "3.25")
async def test_human_hands_over_and_continue_goes_on_at_the_kept_step(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("style")
    await client.say("HUMAN")
    handed = await client.until("the handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    assert (handed["question"], handed["step"]) == ("style", 3)
    assert handed["handover"] is not None

    await client.turn("CONTINUE")
    back = await client.until("QUALIFYING", lambda lead: lead["status"] == "QUALIFYING")
    assert (back["question"], back["step"], back["handover"]) == ("style", 3, None)
    assert (await client.turn("Fine line"))["question"] == "complexity"
    await clean_stack.check()


@pytest.mark.domain("3.24")
async def test_one_holding_message_per_cooldown(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("placement")
    await client.say("ARTIST")
    await client.until("the handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    for text in ("Hello?", "Is somebody there?", "I can wait"):
        await client.turn(text)
    assert sum("The artist has your message" in text for text in await client.received()) == 1
    await clean_stack.check()


@pytest.mark.domain("3.23")
async def test_the_artist_resumes_the_bot(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("dimensions")
    await client.say("HUMAN")
    await client.until("the handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    status, _ = await client.act("resume")
    assert status == 202
    back = await client.until("QUALIFYING", lambda lead: lead["status"] == "QUALIFYING")
    assert back["question"] == "dimensions"
    assert "How big" in (await client.received())[-1]
    await clean_stack.check()


@pytest.mark.domain("3.5")
async def test_high_detail_goes_to_the_artist(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("complexity")
    await client.say("3")
    handed = await client.until("the handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    assert handed["answers"]["complexity"] == "3"
    await client.turn("CONTINUE")
    back = await client.until("QUALIFYING", lambda lead: lead["status"] == "QUALIFYING")
    assert back["question"] == "coverup", "complexity is answered: the next question is open"
    await clean_stack.check()


@pytest.mark.domain("3.5", "3.4", "1.repair")
async def test_three_strikes_hand_over(clean_stack: Stack, client: Client) -> None:
    await client.answer_until("dimensions")
    first = await client.turn("as big as my love")
    assert (first["question"], first["strikes"]) == ("dimensions", {"dimensions": 1})
    second = await client.turn("really big")
    assert second["strikes"] == {"dimensions": 2}
    await client.say("enormous")
    handed = await client.until("the handover", lambda lead: lead["status"] == "NEEDS_ARTIST_REPLY")
    assert "three strikes" in handed["handover"]["reason"]
    await clean_stack.check()
