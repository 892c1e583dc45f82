"""Services as processes: start, wait until ready, stop, kill, start again. For demo, tests and bench.

Nothing that is started here outlives this process for longer than a service takes to stop, however this process ends:
`inkgate.guard` watches it.
"""

from __future__ import annotations

import atexit
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from inkgate import guard
from inkgate.local.errors import LocalError, log_tail
from inkgate.local.pids import POLL_S
from inkgate.local.shield import shielded

READY_TIMEOUT_S = 30.0
# A service stops within 10 s (PROTOCOL.md, section 5).
STOP_TIMEOUT_S = 12.0


class ServiceFailed(LocalError):
    """A service ended by itself, or was not ready in time; the text ends with the tail of its log."""


class _Guard:
    """The one guard process of this process, started with the first thing to watch."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def watch(self, pid: int, number: signal.Signals = signal.SIGTERM) -> None:
        self._write(f"+{pid} {int(number)}\n")

    def forget(self, pid: int) -> None:
        self._write(f"-{pid}\n")

    def _write(self, line: str) -> None:
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", guard.__file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    start_new_session=True,
                    cwd="/",
                )
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # It was killed; what it watched is still ours to stop.
                self._process.stdin.write(line)
                self._process.stdin.flush()

    def close(self) -> None:
        """At a normal end nothing is left to watch, and the guard is gone before we are."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)


_guard = _Guard()
atexit.register(_guard.close)


def end_with_this_process(pid: int, number: signal.Signals = signal.SIGTERM) -> None:
    """From now on that process gets the signal when this process is gone."""
    _guard.watch(pid, number)


def may_outlive_this_process(pid: int) -> None:
    """Takes `end_with_this_process` back; also to be called when it has ended."""
    _guard.forget(pid)


class ServiceProcess:
    """One service (or the sandbox) as a process of its own.

    `env` holds its settings and must name `INKGATE_HTTP_PORT` if it is to be waited for; everything else but `INKGATE_*`
    comes from our own environment. Output goes to the end of `log_path`.
    """

    def __init__(self, name: str, argv: Sequence[str], env: Mapping[str, str], log_path: Path) -> None:
        self.name = name
        self.argv = list(argv)
        self.env = dict(env)
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def __repr__(self) -> str:
        return f"<ServiceProcess {self.name} {self.pid or 'not running'}>"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs, None when it does not."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.pid is not None

    @property
    def returncode(self) -> int | None:
        """How it ended (negative: by that signal); None while it runs or when it was never started."""
        return self._process.poll() if self._process is not None else None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.env.get('INKGATE_HTTP_HOST', '127.0.0.1')}:{self.env['INKGATE_HTTP_PORT']}"

    def start(self) -> None:
        """Starts it, without waiting. Does nothing while it runs. OSError when there is no such program."""
        if self.is_running:
            return
        shielded(self._launch)

    def _launch(self) -> None:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("INKGATE_")}
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited, **self.env, "PYTHONUNBUFFERED": "1"},
                # Ctrl-C in the terminal is for whoever started us; we stop the services in order.
                start_new_session=True,
            )
        _guard.watch(self._process.pid)

    def wait_ready(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Waits until `GET /health/ready` answers 200. ServiceFailed when it ends first or takes too long."""
        deadline = time.monotonic() + timeout_s
        while not self._is_ready():
            if not self.is_running:
                raise ServiceFailed(f"{self.name} ended with code {self.returncode}; its log:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise ServiceFailed(f"{self.name} is not ready after {timeout_s:.0f} s; its log:\n{self.log_tail()}")
            time.sleep(POLL_S)

    def terminate(self, timeout_s: float = STOP_TIMEOUT_S) -> int | None:
        """Asks it to stop and waits; kills it when it does not. Its exit code, None when it was never started."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self._ended()

    def wait(self) -> int | None:
        """Waits, without end, until it ends by itself. Its exit code, None when it was never started."""
        return self._ended() if self._process is not None else None

    def signal(self, number: signal.Signals) -> None:
        """Sends it a signal (SIGSTOP, SIGCONT, …), without waiting. Does nothing when it does not run."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> int | None:
        """kill -9, as a crash. Its exit code, None when it was never started."""
        if self._process is None:
            return None
        self._process.kill()
        return self._ended()

    def restart(self, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Stops it if it runs, starts it, and waits until it is ready. ServiceFailed as in `wait_ready`."""
        self.terminate()
        self.start()
        self.wait_ready(timeout_s)

    def log(self) -> str:
        """What it has logged so far, also in earlier runs."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def log_tail(self, lines: int = 15) -> str:
        """The end of its log, indented."""
        return log_tail(self.log_path, lines)

    def _ended(self) -> int | None:
        assert self._process is not None
        code = self._process.wait()
        _guard.forget(self._process.pid)
        return code

    def _is_ready(self) -> bool:
        return is_ready(self.env.get("INKGATE_HTTP_HOST", "127.0.0.1"), int(self.env["INKGATE_HTTP_PORT"]))


def is_ready(host: str, port: int) -> bool:
    """Whether `GET /health/ready` is answered 200 there."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def run_all(commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]], log_folder: Path) -> None:
    """Runs commands (name → argv, settings) at the same time to their end. ServiceFailed with the log of one that failed.

    Their output goes to `<name>.log` in the folder.
    """
    processes = [ServiceProcess(name, argv, env, log_folder / f"{name}.log") for name, (argv, env) in commands.items()]
    try:
        for process in processes:
            process.start()
        for process in processes:
            code = process.wait()
            if code != 0:
                raise ServiceFailed(f"{process.name} ended with code {code}; its log:\n{process.log_tail()}")
    finally:
        for process in processes:
            process.kill()


def terminate_all(processes: Sequence[ServiceProcess], timeout_s: float = STOP_TIMEOUT_S) -> None:
    """Asks all of them to stop at once, and kills those that do not in time."""
    for process in processes:
        process.signal(signal.SIGTERM)
    deadline = time.monotonic() + timeout_s
    for process in processes:
        process.terminate(max(0.1, deadline - time.monotonic()))
