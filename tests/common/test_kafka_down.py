"""Kafka goes away and comes back: what was committed meanwhile is published, and read, without anybody's help."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError

from inkgate_common.repeats import Repeats
from tests.broker import Broker
from tests.common.conftest import World, handled, number

pytestmark = pytest.mark.live


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    made = Broker(tmp_path)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


class Written(logging.Handler):
    """What aiokafka says, and what of it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.said: Counter[tuple[str, int, str]] = Counter()
        self.lines: list[logging.LogRecord] = []
        written = logging.Handler()
        written.emit = self.lines.append  # type: ignore[method-assign]
        self.repeats = Repeats(written, period_s=3_600)  # it ends when the test says so

    def emit(self, record: logging.LogRecord) -> None:
        self.said[(record.name, record.levelno, str(record.msg))] += 1
        self.repeats.handle(record)


@pytest.fixture
def written() -> Iterator[Written]:
    made, library = Written(), logging.getLogger("aiokafka")
    library.addHandler(made)
    yield made
    library.removeHandler(made)
    made.repeats.close()


async def test_relay_and_consumer_go_on_after_kafka_was_down(
    world: World, broker: Broker, anna: UUID, written: Written
) -> None:
    world.settings = world.settings.model_copy(update={"kafka_bootstrap": broker.bootstrap})
    await world.make_topics()
    process = world.start()
    async with process.relaying() as relay, process.consuming() as consumer:
        await process.emit(number(anna, 1))
        await world.handler.until(1)
        await consumer.reachable()
        await broker.stop()
        with pytest.raises(KafkaError):
            await consumer.reachable()  # though nothing is to be read, and nothing to be published
        await process.emit(*(number(anna, n) for n in range(2, 30)))  # a commit waits for no Kafka
        async with asyncio.timeout(30):
            while relay.connected:
                await asyncio.sleep(0.05)  # the relay notices by itself
            while not written.said or max(written.said.values()) < 10:
                await asyncio.sleep(0.05)
        assert len(written.lines) == len(written.said), "each once"
        await broker.start()
        await world.handler.until(29)
        await consumer.reachable()
        async with asyncio.timeout(30):
            while not relay.connected:
                await asyncio.sleep(0.05)
        await process.emit(number(anna, 30))
        await world.handler.until(30)
        await world.until_no_rows("outbox")
    assert await world.taken(anna) == handled(*range(1, 31))
    before = len(written.lines)
    written.repeats.tell()
    left_out = sum(getattr(line, "left_out", 0) for line in written.lines[before:])
    assert before + left_out == sum(written.said.values()), "none is lost without being counted"
