"""Services as processes: ready, ended, killed, and gone with whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inkgate.local import pids
from inkgate.local.ports import free_port
from inkgate.processes import ServiceFailed, ServiceProcess, run_all, terminate_all

# A service of ten lines: ready at once, says what it got, takes SIGTERM as the settings say.
SERVICE = """
import http.server, os, signal, sys
class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("INKGATE_STUBBORN") else lambda *_: sys.exit(0))
server = http.server.HTTPServer(("127.0.0.1", int(os.environ["INKGATE_HTTP_PORT"])), Ready)
print("settings", sorted(name for name in os.environ if name.startswith("INKGATE_")))
server.serve_forever()
"""
Command = tuple[list[str], dict[str, str]]
Make = Callable[..., ServiceProcess]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[ServiceProcess] = []

    def call(code: str = SERVICE, **env: str) -> ServiceProcess:
        settings = {"INKGATE_HTTP_PORT": str(free_port()), **env}
        process = ServiceProcess("probe", [sys.executable, "-c", code], settings, tmp_path / "probe.log")
        made.append(process)
        return process

    yield call
    for process in made:
        process.kill()


def test_starts_gets_ready_and_stops(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKGATE_OF_THE_SHELL", "must not reach it")
    service = make()
    service.start()
    first = service.pid
    service.start()  # Running already.
    assert service.pid == first
    service.wait_ready()
    assert "settings ['INKGATE_HTTP_PORT']" in service.log_tail()
    service.restart()
    assert service.pid not in (None, first)
    assert service.terminate() == 0
    assert (service.is_running, service.returncode) == (False, 0)


def test_one_that_ends_before_it_is_ready_shows_its_log(make: Make) -> None:
    service = make("import sys; sys.exit('a setting is bad')")
    service.start()
    with pytest.raises(ServiceFailed, match=r"probe ended with code 1(.|\n)*a setting is bad"):
        service.wait_ready()


def test_one_that_never_gets_ready(make: Make) -> None:
    service = make("import signal; signal.pause()")
    service.start()
    with pytest.raises(ServiceFailed, match="not ready"):
        service.wait_ready(timeout_s=0.3)


def test_kill_is_a_crash(make: Make) -> None:
    service = make()
    service.start()
    service.wait_ready()
    assert service.kill() == -signal.SIGKILL


def test_one_that_ignores_sigterm_is_killed(make: Make) -> None:
    services = [make(INKGATE_STUBBORN="1"), make()]
    for service in services:
        service.start()
    for service in services:
        service.wait_ready()
    terminate_all(services, timeout_s=0.3)
    assert [service.returncode for service in services] == [-signal.SIGKILL, 0]


def test_run_all_names_the_one_that_failed(tmp_path: Path) -> None:
    good: Command = ([sys.executable, "-c", ""], {})
    bad: Command = ([sys.executable, "-c", "raise SystemExit('no database')"], {})
    run_all({"one": good, "two": good}, tmp_path)
    with pytest.raises(ServiceFailed, match=r"two ended with code 1(.|\n)*no database"):
        run_all({"one": good, "two": bad}, tmp_path)


def test_what_was_started_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import pathlib, signal, sys, threading\n"
            "from inkgate.processes import ServiceProcess\n"
            "service = ServiceProcess('child', [sys.executable, '-c', 'import signal; signal.pause()'], {},"
            " pathlib.Path(sys.argv[1]))\n"
            # From a thread that ends: it is the process that counts.
            "thread = threading.Thread(target=service.start); thread.start(); thread.join()\n"
            "print(service.pid, flush=True)\n"
            "signal.pause()",
            str(tmp_path / "log"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    child = int(starter.stdout.readline())
    assert pids.is_ours(child, "signal.pause()")
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate()
    assert pids.wait_until(lambda: pids.command_line(child) is None, 5)
