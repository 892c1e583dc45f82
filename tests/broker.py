"""A Kafka of a test's own, beside the suite's."""

import asyncio
from pathlib import Path

from inkgate.local.kafka import KafkaServer
from inkgate.local.ports import free_port
from inkgate.processes import end_with_this_process, may_outlive_this_process


class Broker:
    """To stop and to start; its data is in `home`."""

    def __init__(self, home: Path) -> None:
        port = free_port()
        self._server = KafkaServer(home, port, free_port(frozenset({port})), "aW5rZ2F0ZS10ZXN0cy0wMQ")
        self.bootstrap = self._server.bootstrap

    async def start(self) -> None:
        await asyncio.to_thread(self._server.start)
        assert self._server.pid is not None
        end_with_this_process(self._server.pid)

    async def stop(self) -> None:
        if self._server.pid is not None:
            may_outlive_this_process(self._server.pid)
        await asyncio.to_thread(self._server.stop, 0.1)
