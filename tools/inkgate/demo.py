"""`inkgate demo`: the whole product on this machine from one command, and a first conversation moving through it.

Starts PostgreSQL and Kafka, migrates, starts the four services and the sandbox as processes, and stops all of it again
on Ctrl-C. One demo at a time in one home.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

from inkgate.local import LocalError, LocalServers, ServerAddresses, pids
from inkgate.local.environment import HTTP_PORTS, SERVICES, Surroundings, servers_elsewhere, surroundings
from inkgate.local.ports import is_free
from inkgate.processes import (
    STOP_TIMEOUT_S,
    ServiceProcess,
    end_with_this_process,
    may_outlive_this_process,
    run_all,
    terminate_all,
)


class Stopped(KeyboardInterrupt):
    """Ctrl-C, SIGTERM, or the terminal was closed. (A KeyboardInterrupt, since asyncio lets only that one through.)"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `inkgate demo`."""
    parser.add_argument("--script", action="store_true", help="play a client from first message to BOOKED, then stop")
    parser.add_argument("--fresh", action="store_true", help="begin with empty databases and topics")
    parser.add_argument("--keep-servers", action="store_true", help="leave PostgreSQL and Kafka running at the end")
    parser.add_argument(
        "--port-offset", type=int, default=0, metavar="N", help="add N to every HTTP port (8080 to 8083, 8090)"
    )
    parser.add_argument("--home", type=Path, default=None, help="folder of the servers (else ./.inkgate)")


def run(args: argparse.Namespace) -> int:
    """Runs the demo until it is stopped. 0 when all went well; 1 with the reason when it did not."""
    demo = Demo(LocalServers(args.home), args)
    try:
        with _signals(), demo.running():
            return demo.show()
    except Stopped:
        # To stop a demo is how it ends; a script that is stopped has not shown what it should.
        return 130 if args.script else 0
    except (LocalError, OSError) as error:
        print(f"inkgate demo: {error}", file=sys.stderr)
        return 1


class Demo:
    """One run of the demo."""

    def __init__(self, local: LocalServers, args: argparse.Namespace) -> None:
        self.local = local
        self.args = args
        self.logs = local.home / "logs"
        self.services: list[ServiceProcess] = []
        self.around: Surroundings
        # Whether PostgreSQL and Kafka are this demo's to stop: not where they ran before, or are somewhere else.
        self._own_servers = False
        self._record_path = local.home / "demo.json"
        self._began = time.monotonic()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything started and ready inside; everything stopped after. Raises LocalError."""
        with ExitStack() as at_end:
            self.local.home.mkdir(parents=True, exist_ok=True)
            at_end.enter_context(_only_one(self.local.home / ".demo.lock"))
            self._sweep()
            self._check_ports()
            at_end.callback(self._say_stopped)
            at_end.callback(self._record_path.unlink, missing_ok=True)
            started = self._start_servers(at_end)
            self.around = surroundings(self.local, port_offset=self.args.port_offset, started=started)
            self._migrate()
            at_end.callback(self._stop_services)
            self._start_services()
            yield
            self._say("stopping")

    def show(self) -> int:
        """What one sees once it runs: the pages, then the script, or a first conversation and a wait for Ctrl-C."""
        print(f"\n  the phone and the lead   {self.around.url('sandbox')}/")
        print(f"  the studio's leads       {self.around.url('dialogue')}/")
        print(f"  logs                     {self.logs}\n", flush=True)
        from inkgate import script

        if self.args.script:
            return script.full_script(self.around)
        script.first_conversation(self.around)
        print("\nCtrl-C stops everything.", flush=True)
        while True:
            for service in self.services:
                if not service.is_running:
                    raise LocalError(f"{service.name} ended with code {service.returncode}; {service.log_tail()}")
            time.sleep(0.5)

    def _say(self, line: str) -> None:
        # When the terminal is gone there is nobody to tell, and still everything to stop.
        with suppress(OSError):
            print(f"{time.monotonic() - self._began:6.1f} s  {line}", flush=True)

    def _say_stopped(self) -> None:
        left = [server.name for server in self.local.status() if server.running]
        ending = "nothing is left running" if not left else f"{' and '.join(left)} still run (inkgate local down)"
        self._say(f"stopped; {ending}")

    def _sweep(self) -> None:
        """Ends what a demo that was killed left behind, so that its ports are free and its servers whole."""
        try:
            record = json.loads(self._record_path.read_text())
        except (OSError, ValueError):
            return
        self._say("ending what an earlier demo left behind")
        signals = [(signal.SIGTERM, STOP_TIMEOUT_S), (signal.SIGKILL, 5.0)]
        for marker, pid in record["services"].items():
            pids.stop(pid, marker, signals)
        if record["servers"]:
            self.local.stop(self._say)
        self._record_path.unlink(missing_ok=True)

    def _check_ports(self) -> None:
        for name, usual in HTTP_PORTS.items():
            port = usual + self.args.port_offset
            if not is_free(port):
                raise LocalError(
                    f"port {port}, for {name}, is in use by another process (a demo in another folder, perhaps). "
                    "Stop it, or run beside it: make demo ARGS='--port-offset 100'"
                )

    def _start_servers(self, at_end: ExitStack) -> ServerAddresses | None:
        """Starts PostgreSQL and Kafka, except where the environment names others. What ran before keeps running."""
        if servers_elsewhere() is not None:
            if self.args.fresh:
                raise LocalError("--fresh deletes data only on the servers of this machine; unset INKGATE_DATABASE_URL")
            self._say("using the PostgreSQL and Kafka that INKGATE_DATABASE_URL and INKGATE_KAFKA_BOOTSTRAP name")
            return None
        if self.args.fresh:
            self.local.remove(self._say)
        found = {server.name for server in self.local.status() if server.running}
        self._own_servers = not found and not self.args.keep_servers
        if self._own_servers:
            self._record({})
            at_end.callback(self.local.stop, self._say)
        addresses = self.local.start(self._say)
        if self._own_servers:
            for server in self.local.status():
                if server.pid is not None:
                    end_with_this_process(server.pid)
                    at_end.callback(may_outlive_this_process, server.pid)
        return addresses

    def _migrate(self) -> None:
        self._say("migrating four databases, making topics")
        for service in SERVICES:
            (self.logs / f"migrate-{service}.log").unlink(missing_ok=True)
        commands = {f"migrate-{service}": (_argv(service, "migrate"), self.around.of(service)) for service in SERVICES}
        run_all(commands, self.logs)

    def _start_services(self) -> None:
        self._say("starting intake, dialogue, sender, payments and the sandbox")
        for name in ("sandbox", *SERVICES):
            log = self.logs / f"{name}.log"
            log.unlink(missing_ok=True)
            service = ServiceProcess(name, _argv(name, "serve"), self.around.of(name), log)
            self.services.append(service)
            service.start()
        self._record({" ".join(service.argv[1:]): service.pid or 0 for service in self.services})
        for service in self.services:
            service.wait_ready()
        self._say("everything is ready")

    def _stop_services(self) -> None:
        sandbox, services = self.services[:1], self.services[1:]
        terminate_all(services)
        # Last, so that what the services finish while they stop is still answered.
        terminate_all(sandbox)

    def _record(self, services: Mapping[str, int]) -> None:
        """Notes what a killed demo would leave behind; see `_sweep`."""
        draft = self._record_path.with_suffix(".new")
        draft.write_text(json.dumps({"services": services, "servers": self._own_servers}))
        draft.replace(self._record_path)


def _argv(name: str, action: str) -> list[str]:
    if name == "sandbox":
        return [sys.executable, "-m", "inkgate.cli", "sandbox", action]
    return [sys.executable, "-m", f"inkgate_{name}", action]


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Refuses a second demo in the same home: both would work on the same conversations."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(f"another demo runs in {path.parent}; stop it, or give this one another --home") from None
        yield


@contextmanager
def _signals() -> Iterator[None]:
    """The first signal ends the demo in order; further ones are told that it is ending."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def ending(number: int, frame: FrameType | None) -> None:
        with suppress(OSError):
            print("  (already stopping)", file=sys.stderr)

    def stop(number: int, frame: FrameType | None) -> None:
        for each in numbers:
            signal.signal(each, ending)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
