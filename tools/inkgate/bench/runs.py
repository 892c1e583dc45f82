"""One measurement: the echo, or the product in one mode. Gives back plain values, as they are written to the JSON file."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import time
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from inkgate.bench import checking, growth
from inkgate.bench.load import Load, Window
from inkgate.bench.measure import Snapshot, cpu_ms_per_turn, others_share, snapshot
from inkgate.bench.posting import Poster
from inkgate.bench.script import Script
from inkgate.bench.stage import STATUSES, Machine, Stage, stage
from inkgate.local.environment import PHONE_NUMBER_ID, SERVICES
from inkgate.local.ports import HOST

WEBHOOKS = "/webhooks/whatsapp"
# Leads whose step is compared with what was answered, after each measurement.
SAMPLE = 20
SAMPLE_WITHIN_S = 10.0
# Numbers of the clients, of all measurements of this process: nobody appears twice.
_numbers = itertools.count(1, 1_000_000)

Figures = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how long (seconds)."""

    clients: int = 1000
    seconds: float = 15.0
    warm_s: float = 4.0
    rates: Sequence[int] = (20, 100, 300)
    rate_warm_s: float = 1.0
    closed: bool = True
    check: bool = True


def echo(on: Machine, plan: Plan, client: str, say: Say) -> Figures:
    """The echo with that HTTP client: turns/s, CPU and memory. Raises LocalError."""
    with stage(on, ()) as made:
        made.start(["sandbox", f"echo {client}"])
        say(f"echo over {client}: {plan.seconds:.0f} s")

        async def drive() -> Figures:
            load = await _load(made, plan)
            try:
                return await _closed(on, made, load, plan)
            finally:
                load.close()

        return uvloop.run(drive())


def product(on: Machine, plan: Plan, mode: str, say: Say) -> Figures:
    """The four services in a mode (`none` or `all` statuses). Raises LocalError."""
    with stage(on, STATUSES[mode]) as made:
        made.migrate()
        made.start(["sandbox", *SERVICES])
        figures: Figures = {}

        async def drive() -> Mapping[str, int]:
            load = await _load(made, plan)
            empty = await growth.size(on, made)
            try:
                if plan.closed:
                    say(f"statuses {mode}: closed loop, {plan.clients} clients, {plan.seconds:.0f} s")
                    figures.update(await _closed(on, made, load, plan))
                latency = figures["latency"] = {}
                for rate in plan.rates:
                    say(f"statuses {mode}: {rate} turns/s, {plan.seconds:.0f} s")
                    before = snapshot(_watched(on, made))
                    window = await load.paced(rate, plan.rate_warm_s, plan.seconds)
                    latency[str(rate)] = _latency(window)
                    latency[str(rate)]["others_share"] = others_share(before, snapshot(_watched(on, made)))
                figures["troubles"] = vars(load.troubles)
                turns = await growth.turns(made)
                figures["bytes_per_turn"] = growth.a_turn(empty, await growth.size(on, made), turns)
                return load.everybody()
            finally:
                load.close()

        wrong = _wrong_steps(made, uvloop.run(drive()))
        figures["wrong_steps"] = wrong
        figures["memory_mb"], figures["memory_max_mb"] = _memory(snapshot(_watched(on, made)))
        if plan.check:
            say(f"statuses {mode}: inkgate check")
            figures["check"] = checking.check(on, made)
        return figures


async def _load(made: Stage, plan: Plan) -> Load:
    ports = made.around.ports
    first = next(_numbers)
    script = Script(PHONE_NUMBER_ID, made.around.secrets.whatsapp_app_secret, made.around.topic_prefix.rstrip("."))
    poster = Poster(HOST, ports["intake"], WEBHOOKS)
    load = Load(poster, script, clients=plan.clients, statuses=made.statuses, first_number=first)
    await load.connect(HOST, ports["sandbox"])
    return load


def _watched(on: Machine, made: Stage) -> dict[str, int]:
    return {**made.pids(), "load generator": os.getpid(), **on.pids()}


async def _closed(on: Machine, made: Stage, load: Load, plan: Plan) -> Figures:
    pids = _watched(on, made)
    marks: list[Snapshot] = []
    window = await load.closed(plan.warm_s, plan.seconds, lambda: marks.append(snapshot(pids)))
    before, after = marks
    memory, memory_max = _memory(after)
    return {
        "turns_per_s": round(window.turns / window.seconds, 1),
        "acknowledged_ms": percentiles(window.acknowledged),
        "sent_ms": percentiles(window.sent),
        "cpu_ms_per_turn": {name: round(ms, 3) for name, ms in cpu_ms_per_turn(before, after, window.turns).items()},
        "memory_mb": memory,
        "memory_max_mb": memory_max,
        "others_share": others_share(before, after),
        "troubles": dict(vars(load.troubles)),
    }


def _latency(window: Window) -> Figures:
    return {
        "turns": window.turns,
        "acknowledged_ms": percentiles(window.acknowledged),
        "sent_ms": percentiles(window.sent),
        "generator_late_ms": percentiles(window.late),
        "skipped": window.skipped,
    }


def percentiles(seconds: array[float]) -> dict[str, float | None]:
    """p50, p99 and the largest, in milliseconds; None of nothing."""
    if not seconds:
        return {"p50": None, "p99": None, "max": None}
    ordered = sorted(seconds)
    last = len(ordered) - 1
    at = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[round(last * part)] * 1000, 2) for name, part in at.items()}


def _memory(now: Snapshot) -> tuple[dict[str, float], dict[str, float]]:
    used = {name: round(usage.memory / 1e6, 1) for name, usage in now.processes.items()}
    largest = {name: round(usage.memory_max / 1e6, 1) for name, usage in now.processes.items()}
    return used, largest


def _wrong_steps(made: Stage, everybody: Mapping[str, int]) -> list[str]:
    """Of a sample of clients, those whose lead does not stand at the question that they were sent last."""
    written = [(wa_id, turns) for wa_id, turns in everybody.items() if turns]
    step = max(1, len(written) // SAMPLE)
    deadline = time.monotonic() + SAMPLE_WITHIN_S
    wrong = []
    for wa_id, turns in written[::step]:
        # The first message brings question 0.
        while (seen := _step(made, wa_id)) != turns - 1 and time.monotonic() < deadline:
            time.sleep(0.2)
        if seen != turns - 1:
            wrong.append(f"{wa_id}: wrote {turns} messages, stands at step {seen}")
    return wrong


def _step(made: Stage, wa_id: str) -> int | None:
    connection = http.client.HTTPConnection(HOST, made.around.ports["dialogue"], timeout=10)
    try:
        connection.request("GET", f"/api/leads?phone={wa_id}")
        items = json.loads(connection.getresponse().read())["items"]
        return int(items[0]["step"]) if items else None
    finally:
        connection.close()
