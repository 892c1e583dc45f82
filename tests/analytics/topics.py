"""A topic `leads` of a test's own, on the suite's Kafka."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from inkgate.analytics import reader
from inkgate.analytics.sinks.sink import Sink
from inkgate_common.cloudevents import Event, Record, encode
from inkgate_common.settings import KafkaSettings

WITHIN_S = 60.0


@dataclass
class Topic:
    """A topic `leads` of its own."""

    kafka: KafkaSettings
    producer: AIOKafkaProducer
    admin: AIOKafkaAdminClient

    @property
    def name(self) -> str:
        return self.kafka.topic("leads")

    async def again(self) -> None:
        """A producer that knows the topic as it is now."""
        await self.producer.stop()
        self.producer = AIOKafkaProducer(**self.kafka.client_options())
        await self.producer.start()

    async def publish(self, events: Sequence[Event], *, partition: int | None = None) -> None:
        for event in events:
            await self.send(encode(event, self.name), partition)
        await self.producer.flush()

    async def send(self, record: Record, partition: int | None = None) -> None:
        headers = [(name, text.encode()) for name, text in record.headers]
        await self.producer.send(
            self.name, record.value, key=record.key.encode(), headers=headers, partition=partition,
            timestamp_ms=None,
        )  # fmt: skip

    async def read(self, sink: Sink, begin: reader.Begin = None, batch: int = 100) -> tuple[reader.Counts, list[str]]:
        """To its end; what was counted and said."""
        said: list[str] = []
        loop = reader.Reader(self.kafka, sink, begin, said.append, batch)
        async with asyncio.timeout(WITHIN_S):
            await loop.run(asyncio.Event(), once=True)
        return loop.counts, said
