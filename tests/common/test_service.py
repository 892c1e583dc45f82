"""The commands that every service has, as a shell sees them, and its background tasks."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from inkgate.local.ports import free_port
from inkgate_common import service
from inkgate_common.service import Service, every, main
from inkgate_common.settings import ServiceSettings, load
from inkgate_payments import app
from inkgate_payments.settings import PaymentsSettings
from tests.common.test_small_parts import TRANSIENT


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("INKGATE_")]:
        monkeypatch.delenv(name)
    # What is configured once stays for all tests, on a stderr that is this test's alone.
    monkeypatch.setattr("inkgate_common.log.configure", lambda name, log_format, level: None)
    return monkeypatch


async def build(settings: ServiceSettings) -> Service:
    raise OSError("the port is taken")


def run(command: str) -> int:
    return main("test", ServiceSettings, build, Path(), [], [command])


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_bad_setting_is_one_line_and_exit_code_2(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(command) == 2
    out, err = capfd.readouterr()
    assert out == "" and err == (
        "inkgate-test: INKGATE_KAFKA_BOOTSTRAP: is not set; INKGATE_DATABASE_URL: is not set\n"
    )


def test_what_cannot_start_is_one_line_and_exit_code_1(
    environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("INKGATE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    environment.setenv("INKGATE_DATABASE_URL", "postgresql://inkgate:open-sesame@127.0.0.1:1/x")
    assert run("serve") == 1
    assert capfd.readouterr().err == "inkgate-test: OSError: the port is taken\n"


def test_a_port_that_is_taken_is_named_and_exit_code_1(
    environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        environment.setenv("INKGATE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
        environment.setenv("INKGATE_DATABASE_URL", "postgresql://inkgate:open-sesame@127.0.0.1:1/x")
        environment.setenv("INKGATE_HTTP_PORT", str(port))
        environment.setenv("INKGATE_PUBLIC_URL", "https://studio.example")
        environment.setenv("INKGATE_STRIPE_SECRET_KEY", "sk_test_fake")
        environment.setenv("INKGATE_STRIPE_WEBHOOK_SECRET", "whsec_fake")
        assert main("payments", PaymentsSettings, app.build, Path(), [], ["serve"]) == 1
    assert f"inkgate-payments: InkgateError: cannot listen on 127.0.0.1:{port}" in capfd.readouterr().err


def test_a_database_that_is_not_there_ends_migrate_without_its_password(
    environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("INKGATE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    environment.setenv("INKGATE_DATABASE_URL", "postgresql://inkgate:open-sesame@127.0.0.1:1/x")
    assert run("migrate") == 1
    assert capfd.readouterr().err == (
        "inkgate-test: PostgreSQL at 127.0.0.1:1 does not answer: connection refused (INKGATE_DATABASE_URL)\n"
    )


@pytest.mark.parametrize("error", [*TRANSIENT[:2], ValueError("a bug")], ids=lambda error: type(error).__name__)
async def test_a_background_task_that_dies_is_started_again(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    async def at_once(_: float) -> None: ...

    async def task() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise error

    monkeypatch.setattr("inkgate_common.service.asyncio.sleep", at_once)
    await service._supervise("a task", task)
    assert len(tries) == 3


async def test_work_is_done_again_and_again_until_it_is_cancelled() -> None:
    thrice = asyncio.Event()
    times: list[int] = []

    async def work() -> None:
        times.append(1)
        if len(times) == 3:
            thrice.set()

    task = asyncio.ensure_future(every(0, work))
    async with asyncio.timeout(10):
        await thrice.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The head of an answer, in small letters; its body is empty."""
    writer.write(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
    return (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).lower()


async def test_while_it_stops_a_kept_connection_ends_with_its_next_answer() -> None:
    """One that is closed between two requests may meet the next on its way: the caller would see an error."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    nothing: Any = None
    port = free_port()
    server = service._server(Service("test", nothing, nothing, app, nothing, "127.0.0.1", port), keep_alive_s=75)
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0)
    one, other = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
    assert b"connection: close" not in await answer(*one)
    server.let_connections_go()
    for _ in range(2):  # what is open, and what comes now
        assert (await answer(*other)).count(b"connection: close") == 1
        assert await other[0].read() == b""
        other = one
    assert not running.done()
    server.should_exit = True
    await running


def test_an_idle_connection_is_the_callers_to_close(environment: pytest.MonkeyPatch) -> None:
    """nginx and AWS keep one for 60 s, and send the next webhook on it."""
    environment.setenv("INKGATE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    environment.setenv("INKGATE_DATABASE_URL", "postgresql://inkgate:open-sesame@127.0.0.1:1/x")
    nothing: Any = None
    settings = load(ServiceSettings)
    server = service._server(
        Service("test", nothing, nothing, nothing, nothing, "127.0.0.1", 0), settings.http_keep_alive
    )
    assert server.config.timeout_keep_alive > 60
