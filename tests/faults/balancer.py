"""Spreads connections over several replicas, as a load balancer in front of them does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from inkgate.local.ports import HOST


@asynccontextmanager
async def balancer(port: int, replicas: Sequence[int]) -> AsyncIterator[None]:
    """Listens on `port`; each connection goes to the next of these ports that answers."""
    turn = itertools.cycle(replicas)
    open_now: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        try:
            for _ in replicas:
                with suppress(OSError):
                    onward = await asyncio.open_connection(HOST, next(turn))
                    await _join(reader, writer, *onward)
                    return
        finally:
            open_now.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, HOST, port)
    try:
        yield
    finally:
        server.close()
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answers: asyncio.StreamReader,
    asks: asyncio.StreamWriter,
) -> None:
    """Both directions, until either side has gone: a replica that is killed takes its connections along."""
    both = [asyncio.create_task(_pump(reader, asks)), asyncio.create_task(_pump(answers, writer))]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        asks.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(65_536):
            sink.write(chunk)
            await sink.drain()
