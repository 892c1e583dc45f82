"""The commands that every service has, as a shell sees them, and its background tasks."""

import asyncio
import os
from pathlib import Path

import pytest

from inkgate_common import service
from inkgate_common.service import Service, every, main
from inkgate_common.settings import ServiceSettings
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


def test_a_database_that_is_not_there_ends_migrate_without_its_password(
    environment: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("INKGATE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    environment.setenv("INKGATE_DATABASE_URL", "postgresql://inkgate:open-sesame@127.0.0.1:1/x")
    assert run("migrate") == 1
    err = capfd.readouterr().err
    assert err.count("\n") == 1 and "ConnectionRefusedError" in err and "open-sesame" not in err


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
