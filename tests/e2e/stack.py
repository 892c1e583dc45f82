"""The whole product as real processes for the tests: four services and the sandbox, on the suite's PostgreSQL and Kafka.

`stack` is one such set for the whole session: tests share it, each with clients of its own, so a test must leave nothing
under way and no fault armed. `Stack.check` runs the invariants over all that happened since it was started.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest

from inkgate import script
from inkgate.invariants.report import Report, examine
from inkgate.local.environment import SERVICES, Surroundings
from inkgate.processes import ServiceProcess, run_all, terminate_all
from inkgate_dialogue.studio_file import HERE
from tests.servers import LiveServers

Item = dict[str, Any]
T = TypeVar("T")

ARTIST = "447700900999"
# What a studio may ask first, and the thirteen.
ANSWERS = {"age": "yes", "data_use": "yes", **script.ANSWERS}
WITHIN_S = 20.0
LOOK_EVERY_S = 0.02

UNCERTAIN_WAIT_S = 2.0
# Short waits, so that what takes half a minute in production takes seconds here. Each service ignores what is not its own.
SETTINGS: Mapping[str, str] = {
    "INKGATE_UNCERTAIN_WAIT": str(UNCERTAIN_WAIT_S),
    "INKGATE_SEND_TIMEOUT": "1.5",
    "INKGATE_RETRY_BASE": "0.2",
    "INKGATE_RETRY_TRIES": "4",
    "INKGATE_ARTIST_NUMBERS": ARTIST,
    "INKGATE_WHATSAPP_RATE": "0",  # the artist gets many notices: with the pair limit the suite would wait for them
    "INKGATE_SANDBOX_STATUS_DELAY_MS": "30",
    "INKGATE_HTTP_LINGER": "0",  # nobody stands between: each stop would take a second longer
}
OPT_OUT_STATUS_S = 3.0
_NEVER_IDLE = ("1", "2", "3", "4", "7", "+ gapless", "+ replay", "+ one end")
_LOUD = ("warn", "error", "Error", "Traceback")


def argv(name: str) -> list[str]:
    """How a service, or the sandbox, is started."""
    if name == "sandbox":
        return [sys.executable, "-m", "inkgate.cli", "sandbox", "serve"]
    return [sys.executable, "-m", f"inkgate_{name}", "serve"]


class Stack:
    """One set of processes. `around` says where they listen."""

    def __init__(self, around: Surroundings, http: aiohttp.ClientSession, logs: Path) -> None:
        self.around = around
        self.http = http
        self.logs = logs
        self.processes: dict[str, ServiceProcess] = {}
        self._numbers = itertools.count(1)
        self._reported: set[tuple[object, ...]] = set()

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """A further process, such as a replica. `start` starts it."""
        self.processes[name] = ServiceProcess(name, command, environment, self.logs / f"{name}.log")

    def make(self, name: str) -> ServiceProcess:
        """How one is run that was not added: as a process, where `around` says."""
        return ServiceProcess(name, argv(name), self.around.of(name), self.logs / f"{name}.log")

    def start(self, *names: str) -> None:
        """Start these and wait until all are ready. Raises ServiceFailed with the end of a log."""
        for name in names:
            if name not in self.processes:
                self.processes[name] = self.make(name)
            self.processes[name].start()
        for name in names:
            self.processes[name].wait_ready()

    def stop(self, *names: str) -> None:
        """Ask these to stop (SIGTERM), and wait until they have."""
        terminate_all([self.processes[name] for name in names])

    def kill(self, name: str) -> None:
        """kill -9, as a crash."""
        self.processes[name].kill()

    async def start_again(self, *names: str) -> None:
        """Start what was killed, without holding up the test's own loop."""
        await asyncio.to_thread(self.start, *names)

    def log(self, name: str) -> str:
        """What a service has logged so far."""
        return self.processes[name].log()

    def complaints(self) -> str:
        """What does not run, and the newest warnings and errors of each service."""
        lines = []
        for name, process in self.processes.items():
            if not process.is_running:
                lines.append(f"{name} does not run (code {process.returncode})")
            loud = [line for line in self.log(name).splitlines() if any(word in line for word in _LOUD)]
            lines += [f"{name}: {line[:300]}" for line in loud[-5:]]
        return "\n".join(lines)

    def client(self, wa_id: str | None = None) -> Client:
        """A client, by default one who never wrote before."""
        return Client(self, wa_id or f"4477{10_000_000 + next(self._numbers)}")

    # --- HTTP ---

    async def call(
        self, service: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """One call: status and decoded answer."""
        url = self.around.url(service) + path
        async with self.http.request(method, url, json=body, headers=headers or {}) as response:
            return response.status, await response.json(content_type=None) if "json" in response.content_type else None

    async def ok(self, service: str, method: str, path: str, body: Any = None) -> Any:
        """One call that must succeed; its answer."""
        status, answer = await self.call(service, method, path, body)
        assert status < 300, f"{method} {path} was answered {status}: {answer}"
        return answer

    async def fault(self, **fault: Any) -> int:
        """Arm a fault at the sandbox; its id."""
        return int((await self.ok("sandbox", "POST", "/sandbox/faults", fault))["id"])

    async def mend(self) -> None:
        """Disarm every fault."""
        await self.ok("sandbox", "DELETE", "/sandbox/faults")

    async def log_entries(self, kind: str, wa_id: str | None = None) -> list[Item]:
        """The sandbox's log, of one kind and client."""
        who = f"&wa_id={wa_id}" if wa_id else ""
        return list((await self.ok("sandbox", "GET", f"/sandbox/log?kind={kind}{who}"))["items"])

    # --- waiting ---

    async def wait_for(self, what: str, look: Callable[[], Awaitable[T]], within_s: float = WITHIN_S) -> T:
        """What `look` returns once it is true; a failed test, naming `what`, where that does not come."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                found = await look()
            except (aiohttp.ClientError, OSError):  # a service that was just killed
                found = None  # type: ignore[assignment]
            if found:
                return found
            if time.monotonic() > deadline:
                pytest.fail(f"waited {within_s:.0f} s for {what}\n{self.complaints()}")
            await asyncio.sleep(LOOK_EVERY_S)  # other processes: there is no event to await

    # --- the end ---

    async def check(self, settle_s: float = 30.0) -> Report:
        """Wait until all is quiet and examine every rule. Fails the test where one is broken, once for each violation: the
        stack is shared, and one bug should not fail every test that comes after."""
        report = await examine(self.around, self.around.url("sandbox"), settle_s=settle_s)
        print("\n".join(report.lines()))
        found = {(v.rule, v.what, *v.ids.items()) for finding in report.findings for v in finding.violations}
        fresh, self._reported = found - self._reported, self._reported | found
        if report.open or fresh:
            pytest.fail("\n".join([*report.lines(), self.complaints()]))
        idle = [finding.rule for finding in report.findings if finding.rule in _NEVER_IDLE and not finding.examined]
        assert not idle, f"rules {idle} examined nothing: the check is blind"
        return report


class Client:
    """A client's phone, and her lead as dialogue's API shows it."""

    def __init__(self, stack: Stack, wa_id: str) -> None:
        self.stack = stack
        self.wa_id = wa_id

    async def say(self, text: str, **more: Any) -> str:
        """Write; the message's id. `more`: message_id, timestamp (Unix seconds), media, raw, …"""
        body = {"text": text, **more}
        answer = await self.stack.ok("sandbox", "POST", f"/sandbox/clients/{self.wa_id}/messages", body)
        return str(answer["message_id"])

    async def in_a_later_second(self) -> None:
        """Return when WhatsApp's clock, which counts whole seconds, is past what was written so far: in the same second STOP
        wins over START."""
        newest = max(message["timestamp"] for message in await self.chat() if message["direction"] == "in")
        while int(time.time()) <= newest:
            await asyncio.sleep(0.05)  # a clock has no event to await

    async def chat(self) -> list[Item]:
        """What is on her phone, oldest first."""
        return list((await self.stack.ok("sandbox", "GET", f"/sandbox/clients/{self.wa_id}/messages"))["items"])

    async def received(self) -> list[str]:
        """The texts that reached her, oldest first."""
        return [message["text"] for message in await self.chat() if message["direction"] == "out"]

    async def calls(self) -> list[Item]:
        """The calls of the Graph API that were for her."""
        return [entry for entry in await self.stack.log_entries("graph_call", self.wa_id) if entry["what"] != "read"]

    # --- the lead ---

    async def leads(self) -> list[Item]:
        """Her enquiries, newest first."""
        return list((await self.stack.ok("dialogue", "GET", f"/api/leads?phone={self.wa_id}"))["items"])

    async def lead(self) -> Item:
        """Her newest enquiry. There must be one."""
        return (await self.leads())[0]

    async def timeline(self, *kinds: str) -> list[Item]:
        """Her newest enquiry's timeline, oldest first; only these kinds where any is named."""
        lead = await self.lead()
        items = (await self.stack.ok("dialogue", "GET", f"/api/leads/{lead['id']}/timeline"))["items"]
        return [item for item in items if not kinds or item["kind"] in kinds]

    async def act(self, action: str, headers: Mapping[str, str] | None = None, **arguments: Any) -> tuple[int, Item]:
        """An operator's action on her newest enquiry."""
        lead = await self.lead()
        body = {"action": action, **arguments}
        return await self.stack.call("dialogue", "POST", f"/api/leads/{lead['id']}/actions", body, headers)

    async def until(self, what: str, condition: Callable[[Item], Any], within_s: float = WITHIN_S) -> Item:
        """Her lead once `condition` holds of it."""

        async def look() -> Item | None:
            found = await self.leads()
            return found[0] if found and condition(found[0]) else None

        found = await self.stack.wait_for(f"{what} of {self.wa_id}", look, within_s)
        assert found is not None
        return found

    async def until_shown(self, what: str, within_s: float = WITHIN_S, **members: Any) -> Item:
        """The newest timeline item with these members, once there is one."""

        async def look() -> Item | None:
            items = await self.timeline()
            return next(
                (i for i in reversed(items) if all(i.get(name) == value for name, value in members.items())), None
            )

        found = await self.stack.wait_for(f"{what} of {self.wa_id}", look, within_s)
        assert found is not None
        return found

    async def judged(self, message_id: str) -> Item:
        """The timeline's entry of her message, once it was judged (or recorded)."""

        async def look() -> Item | None:
            for item in await self.timeline("message_received"):
                if item["message_id"] == message_id and item["verdict"] != "waiting":
                    return item
            return None

        found = await self.stack.wait_for(f"the judgement of a message of {self.wa_id}", look)
        assert found is not None
        return found

    # --- whole turns ---

    async def turn(self, text: str) -> Item:
        """Say it; her lead once it was judged and nothing is open any more."""
        await self.judged_first(await self.say(text))
        return await self.until("the end of a turn", lambda lead: lead["open_gate"] is None)

    async def judged_first(self, message_id: str) -> Item:
        """As `judged`, but there need not be a lead yet."""
        await self.until("a lead", lambda lead: True)
        return await self.judged(message_id)

    async def begin(self) -> Item:
        """The first message; her lead at question 0."""
        await self.say("Hi, do you have time for a new piece?")
        return await self.until("the first question", lambda lead: lead["step"] == 0)

    async def answer_until(self, question: str | None) -> Item:
        """Answer what is asked until `question` is open; None: to the end of the questions."""
        lead = await self.lead() if await self.leads() else await self.begin()
        while lead["status"] == "QUALIFYING" and lead["question"] != question:
            step = lead["step"]
            await self.say(ANSWERS[lead["question"]])
            lead = await self.until(
                f"step {step + 1}", lambda lead, step=step: lead["step"] > step or lead["status"] != "QUALIFYING"
            )
        return lead

    async def qualified(self) -> Item:
        """All questions answered; her lead in PENDING_APPROVAL."""
        await self.answer_until(None)
        return await self.until("PENDING_APPROVAL", lambda lead: lead["status"] == "PENDING_APPROVAL")

    async def with_link(self) -> Item:
        """Approved; her lead in AWAITING_DEPOSIT."""
        await self.qualified()
        status, answer = await self.act("approve")
        assert status == 202, answer
        return await self.until("AWAITING_DEPOSIT", lambda lead: lead["status"] == "AWAITING_DEPOSIT")

    async def pay(self, how: str = "pay", query: str = "") -> Item:
        """At the checkout of her newest link: pay, fail, expire, dispute."""
        session = (await self.lead())["deposit"]["session"]
        result: Item = await self.stack.ok("sandbox", "POST", f"/sandbox/checkout/{session}/{how}{query}")
        return result

    async def paid(self) -> Item:
        """Paid; her lead in BOOKING_PENDING."""
        await self.with_link()
        await self.pay()
        return await self.until("BOOKING_PENDING", lambda lead: lead["status"] == "BOOKING_PENDING")


@asynccontextmanager
async def running(
    around: Surroundings, logs: Path, names: tuple[str, ...] = ("sandbox", *SERVICES)
) -> AsyncIterator[Stack]:
    """A stack of its own: migrated and started; every process is gone when the block ends."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20), trust_env=False) as http:
        stack = Stack(around, http, logs)
        try:
            await asyncio.to_thread(migrate, around, logs)
            await asyncio.to_thread(stack.start, *names)
            yield stack
        finally:
            services = [process for name, process in stack.processes.items() if name != "sandbox"]
            await asyncio.to_thread(terminate_all, services)
            await asyncio.to_thread(terminate_all, [p for n, p in stack.processes.items() if n == "sandbox"])


def migrate(around: Surroundings, logs: Path) -> None:
    """The databases and topics of all services."""
    commands = {
        f"migrate-{name}": ([sys.executable, "-m", f"inkgate_{name}", "migrate"], around.of(name)) for name in SERVICES
    }
    run_all(commands, logs)


def studio_file(folder: Path, **lines: object) -> Path:
    """The studio that comes with Inkgate, but with an opt-out's minute that lasts seconds, and no quiet hours: tests run at
    night too. `lines` are further keys that say something else."""
    text = (HERE / "default.toml").read_text()
    for key, value in {"opt_out_status_s": OPT_OUT_STATUS_S, "begin": '"09:00"', "end": '"09:00"', **lines}.items():
        text, changed = re.subn(rf"(?m)^{key} = [^#\n]*", f"{key} = {value} ", text)
        assert changed == 1, f"the studio file has {changed} lines '{key}'"
    path = folder / "studio.toml"
    path.write_text(text)
    return path


def surroundings(servers: LiveServers, folder: Path, **more: str) -> Surroundings:
    """An installation of its own on the suite's servers, with short waits."""
    around = servers.installation()
    settings = {**SETTINGS, "INKGATE_STUDIO": str(studio_file(folder)), **more}
    return replace(around, extra={**around.extra, **settings})


@pytest.fixture(scope="session")
async def stack(servers: LiveServers) -> AsyncIterator[Stack]:
    """The whole product, once a session."""
    with tempfile.TemporaryDirectory(prefix="inkgate-e2e-") as folder:
        async with running(surroundings(servers, Path(folder)), Path(folder) / "logs") as stack:
            yield stack


@pytest.fixture
async def clean_stack(stack: Stack) -> AsyncIterator[Stack]:
    """The session's stack; no fault stays armed after the test."""
    yield stack
    await stack.mend()


@pytest.fixture
def client(clean_stack: Stack) -> Client:
    """A client who never wrote before."""
    return clean_stack.client()
