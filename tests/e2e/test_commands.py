"""`inkgate check` and `inkgate dlq` against a running installation."""

import asyncio
import json
import uuid
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from inkgate.cli import main
from inkgate_common import cloudevents
from inkgate_common.contracts.inbound import MessageReceived
from tests.e2e.stack import Client, Stack

pytestmark = pytest.mark.live


def where(stack: Stack) -> list[str]:
    """The options that name the stack's installation."""
    around = stack.around
    return [
        *("--database-url", around.servers.database_url, "--kafka-bootstrap", around.servers.kafka_bootstrap),
        *("--topic-prefix", around.topic_prefix, "--database-prefix", around.database_prefix),
    ]


async def test_inkgate_check(clean_stack: Stack, client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    await client.answer_until("placement")
    await clean_stack.check()
    options = [*where(clean_stack), "--sandbox-url", clean_stack.around.url("sandbox")]
    assert await asyncio.to_thread(main, ["check", *options]) == 0
    shown = capsys.readouterr().out
    assert "gated changes" in shown
    assert "every rule holds" in shown

    assert await asyncio.to_thread(main, ["check", "--json", "--no-sandbox", *where(clean_stack)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["holds"]
    assert [rule["rule"] for rule in found["rules"]][:7] == ["1", "2", "3", "4", "5", "6", "7"]


async def test_inkgate_check_says_what_is_under_way(clean_stack: Stack, client: Client) -> None:
    await client.begin()
    await clean_stack.fault(on="whatsapp", wa_id=client.wa_id, delay_s=1.2)
    await client.say("A fox")
    await client.until("an open gate", lambda lead: lead["open_gate"] is not None)
    arguments = ["check", "--settle", "0", "--no-sandbox", *where(clean_stack)]
    assert await asyncio.to_thread(main, arguments) == 1
    await clean_stack.check()


async def test_inkgate_check_of_nothing_is_an_error(clean_stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Another prefix names topics that do not exist: to find nothing wrong there would be a lie."""
    arguments = ["check", *where(clean_stack), "--topic-prefix", "elsewhere."]
    assert await asyncio.to_thread(main, arguments) == 2
    assert "there is no topic elsewhere.inkgate." in capsys.readouterr().err


async def test_a_poisoned_event_stops_nobody_and_is_listed(
    clean_stack: Stack, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """PostgreSQL refuses the NUL character in its number. It goes to the dead letters, and life goes on beside it."""
    await client.begin()
    now = datetime.now(UTC)  # noqa: TID251  a test's event, not the product's clock
    poison = cloudevents.new(
        MessageReceived(
            phone_number_id="106540352242922",
            sequence=1,
            message_id=f"wamid.poison{uuid.uuid4()}",
            sent_at=now,
            received_at=now,
            from_="44770090\x00555",
            kind="text",
            text="Hi",
        ),
        source="test",
        subject=uuid.uuid4(),
        time=now,
        cause=uuid.uuid4(),
    )
    await publish(clean_stack, poison)
    assert (await client.turn("A fox"))["question"] == "placement"

    async def listed() -> bool:
        assert await asyncio.to_thread(main, ["dlq", "list", *where(clean_stack)]) == 0
        return str(poison.id) in capsys.readouterr().out

    await clean_stack.wait_for("the dead letter", listed)
    assert await asyncio.to_thread(main, ["dlq", "list", "--topic", "inbound", *where(clean_stack)]) == 0
    shown = capsys.readouterr().out
    assert f"{poison.id}  dead  inkgate.message.received" in shown
    assert "inkgate.inbound.v1/" in shown, "where it came from"
    await clean_stack.check()

    assert await asyncio.to_thread(main, ["dlq", "replay", str(uuid.uuid4()), *where(clean_stack)]) == 1
    capsys.readouterr()
    assert await asyncio.to_thread(main, ["dlq", "replay", str(poison.id), *where(clean_stack)]) == 0
    assert "written to" in capsys.readouterr().out

    async def taken_in() -> bool:
        assert await asyncio.to_thread(main, ["dlq", "list", *where(clean_stack)]) == 0
        return str(poison.id) not in capsys.readouterr().out

    await clean_stack.wait_for("the replay: it waits in its parked conversation's mailbox", taken_in)
    assert await asyncio.to_thread(main, ["dlq", "list", "--all", *where(clean_stack)]) == 0
    assert f"{poison.id}  done" in capsys.readouterr().out
    assert (await client.turn("Left forearm"))["question"] == "dimensions"
    await clean_stack.check()


async def publish(stack: Stack, event: cloudevents.Event) -> None:
    """Write an event to its topic as a service would."""
    topic = f"{stack.around.topic_prefix}inkgate.{event.topic}.v1"
    record = cloudevents.encode(event, topic)
    producer = AIOKafkaProducer(bootstrap_servers=stack.around.servers.kafka_bootstrap)
    await producer.start()
    try:
        headers = [(name, value.encode()) for name, value in record.headers]
        await producer.send_and_wait(topic, record.value, key=record.key.encode(), headers=headers)
    finally:
        await producer.stop()
