"""The life of a service process: start, ready, stop. Every service has the same shape and differs in what it composes.

Stopping on SIGTERM takes under 10 s and goes in this order: not ready, and every answer closes its connection; consumers
finish their batch and leave their group, calls under way end, HTTP lingers; the socket closes and requests under way are
answered; the relay publishes what is left; background tasks end; connections close. docs/operate.md says what whoever sends
the SIGTERM does before it.
"""

import argparse
import asyncio
import contextlib
import gc
import math
import platform
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
import uvloop
from litestar.types import ASGIApp

from inkgate_common import housekeeping, log, metrics, trace
from inkgate_common.db import Database
from inkgate_common.errors import InkgateError, SettingsError, Unreachable
from inkgate_common.kafka import Consumer
from inkgate_common.outbox import Relay
from inkgate_common.settings import ServiceSettings, load
from inkgate_common.web import Health

_log = log.get("service")

S = TypeVar("S", bound=ServiceSettings)
Task = Callable[[], Awaitable[object]]

PARTS_EVERY_S = 5.0
PARTS_FROM_S = 2.0
HTTP_DRAIN_S = 3
CONSUMER_STOP_S = 4.0
TASK_STOP_S = 1.0
RELAY_FLUSH_S = 1.5
# All of it together, where HTTP lingers no longer than consumers take. A step that comes last still gets LAST_S.
STOP_S = 9.0
LAST_S = 0.2
# Objects made and not freed before the collector looks for cycles among them. A batch makes tens of thousands of values that
# know no cycles: Python's own 700 took a tenth of the CPU of a turn, and this holds back a few megabytes at most.
GC_THRESHOLD = 50_000


@dataclass
class Service:
    """What a composition root hands over. `tasks` run until cancelled and are started again when they fail; `drains` finish
    work under way at the beginning of a stop, beside the consumers; `closers` run last."""

    name: str
    database: Database
    relay: Relay
    app: ASGIApp
    health: Health
    host: str
    port: int
    consumers: Sequence[Consumer] = ()
    tasks: dict[str, Task] = field(default_factory=dict)
    drains: Sequence[Task] = ()
    closers: Sequence[Task] = ()


async def every(seconds: float, work: Task) -> None:
    """Do `work` again and again, `seconds` apart, until cancelled."""
    while True:
        await work()
        await asyncio.sleep(seconds)


async def _watch_parts(health: Health) -> None:
    """Measure them, from when the clients that are made at the start have had the time to come through."""
    await asyncio.sleep(PARTS_FROM_S)
    await every(PARTS_EVERY_S, health.measure)


async def _supervise(name: str, task: Task) -> None:
    """A task that dies is logged, counted and started again: a relay that stopped is an outage nobody sees."""
    while True:
        try:
            await task()
            return
        except Exception as error:  # the point is to survive all of them
            metrics.TASK_FAILURES.labels(name).inc()
            _log.warning("task starts again", task=name, error=repr(error)[:300])
            await asyncio.sleep(0.5)


class _Server(uvicorn.Server):
    """uvicorn, less its own signal handling."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield

    async def listen(self) -> None:
        """Serve until told to stop; returns early where it cannot listen, for which uvicorn would end the process."""
        with contextlib.suppress(SystemExit):
            await self.serve()

    def let_connections_go(self) -> None:
        """From now on every answer says that its connection ends with it. A kept one that is closed between two requests may
        meet the next on its way, and who sent that (a POST is not repeated by a proxy) sees an error."""
        header = (b"connection", b"close")
        self.config.encoded_headers.append(header)  # of which uvicorn makes those of an answer, once a second
        self.server_state.default_headers.append(header)


def _server(service: Service, keep_alive_s: float) -> _Server:
    config = uvicorn.Config(
        service.app,
        host=service.host,
        port=service.port,
        log_level="warning",
        proxy_headers=False,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=math.ceil(keep_alive_s),
        timeout_graceful_shutdown=HTTP_DRAIN_S,
        http="httptools",
        ws="none",
    )
    return _Server(config)


async def serve(service: Service, settings: ServiceSettings) -> None:
    """Run until SIGTERM or SIGINT. Raises InkgateError where it cannot listen."""
    # What lives as long as the process is looked through no more: the collector took a third of dialogue's CPU.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = _server(service, settings.http_keep_alive)
    background = {
        "relay": service.relay.run,
        "outbox scan": service.relay.scan,
        "parts": lambda: _watch_parts(service.health),
        "database": lambda: every(housekeeping.MEASURE_EVERY_S, partial(housekeeping.measure, service.database)),
        **service.tasks,
    }
    tasks = [asyncio.create_task(_supervise(name, task), name=name) for name, task in background.items()]
    consumers = [asyncio.create_task(_supervise("consumer", consumer.run)) for consumer in service.consumers]
    http = asyncio.create_task(server.listen(), name="http")
    announce = asyncio.create_task(_announce(service))
    waiter = asyncio.create_task(stop.wait())
    await asyncio.wait({waiter, http}, return_when=asyncio.FIRST_COMPLETED)
    died = http.done() and not stop.is_set()
    announce.cancel()
    waiter.cancel()
    await _stop(service, settings.http_linger, server, http, consumers, tasks)
    if died:
        raise InkgateError(f"cannot listen on {service.host}:{service.port} (is another process there?)")


async def _stop(
    service: Service,
    linger_s: float,
    server: _Server,
    http: "asyncio.Task[None]",
    consumers: "Sequence[asyncio.Task[None]]",
    tasks: "Sequence[asyncio.Task[None]]",
) -> None:
    """The end, in the order that the module's docstring gives."""
    began_s = asyncio.get_running_loop().time()
    first_s = CONSUMER_STOP_S if http.done() else max(CONSUMER_STOP_S, linger_s)

    def left(limit_s: float) -> float:
        until_s = began_s + STOP_S + first_s - CONSUMER_STOP_S
        return max(LAST_S, min(limit_s, until_s - asyncio.get_running_loop().time()))

    service.health.stopping = True
    server.let_connections_go()
    for consumer in service.consumers:
        await consumer.stop()
    beside = [asyncio.create_task(_quietly(drain), name="drain") for drain in service.drains]
    if not http.done():
        beside.append(asyncio.create_task(asyncio.sleep(linger_s), name="linger"))
    await _end([*consumers, *beside], first_s)
    server.should_exit = True
    await _end([http], left(HTTP_DRAIN_S + 0.5))
    with contextlib.suppress(Exception):
        await service.relay.flush(left(RELAY_FLUSH_S))
    for task in tasks:
        task.cancel()
    await _end(tasks, left(TASK_STOP_S))
    for close in (*service.closers, service.database.close, trace.tracer.close):
        with contextlib.suppress(Exception):
            async with asyncio.timeout(left(1)):
                await close()
    _log.info("stopped", after_s=round(asyncio.get_running_loop().time() - began_s, 2))


async def _quietly(drain: Task) -> None:
    try:
        await drain()
    except Exception as error:  # what is not finished is taken up by another replica
        _log.warning("not all finished at the stop", error=repr(error)[:300])


async def _end(tasks: Sequence["asyncio.Task[Any]"], limit_s: float) -> None:
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=limit_s)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=1)


async def _announce(service: Service) -> None:
    while await service.health.problems():
        await asyncio.sleep(0.05)  # a check has no event to wait for
    _log.info("ready", listening=f"http://{service.host}:{service.port}")


def main(
    name: str,
    settings_type: type[S],
    build: Callable[[S], Awaitable[Service]],
    migrations: Path,
    topics: Sequence[str],
    argv: Sequence[str] | None = None,
) -> int:
    """`inkgate-<name> serve|migrate`. Exits with one clear line: 2 when a setting is bad, or a server refuses it;
    1 when it cannot run."""
    parser = argparse.ArgumentParser(prog=f"inkgate-{name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the service until SIGTERM")
    commands.add_parser("migrate", help="make or update its database and the topics it writes")
    arguments = parser.parse_args(argv)

    async def work() -> None:
        settings = load(settings_type)
        log.configure(name, settings.log_format, settings.log_level)
        if arguments.command == "migrate":
            # Loaded for this alone: Alembic and what it brings would stay in a service's memory.
            from inkgate_common.migrate import migrate

            await migrate(settings.database_url.get_secret_value(), migrations, settings, topics)
        else:
            trace.configure(name, settings)
            metrics.BUILD.labels(name, version("inkgate"), platform.python_version()).set(1)
            metrics.DATABASE_BYTES_LIMIT.set(settings.database_bytes_max)
            await serve(await build(settings), settings)

    try:
        uvloop.run(work())
    except (SettingsError, Unreachable) as error:
        sys.stderr.write(f"inkgate-{name}: {error}\n")
        return 2 if isinstance(error, SettingsError) or error.refused else 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # one clear line, whatever it is
        sys.stderr.write(f"inkgate-{name}: {type(error).__name__}: {error}\n")
        return 1
    return 0
