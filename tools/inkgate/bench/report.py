"""What the bench prints: medians over the runs, bars, and the machine it was."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import asyncpg

from inkgate.bench.stage import Machine
from inkgate.local.environment import SERVICES
from inkgate.local.jars import KAFKA

Figures = dict[str, Any]

RATIO_BARS = {"none": 0.33, "all": 0.13}
RATIO_AIMS = {"none": 0.6, "all": 0.25}
SENT_P50_MS_BAR = 25.0
MEMORY_MB_BAR = 120.0
MEMORY_MB_BARS = {"intake": MEMORY_MB_BAR, "dialogue": 200.0, "sender": MEMORY_MB_BAR, "payments": MEMORY_MB_BAR}
# More than this of the machine used by others, and a ratio compares two machines.
QUIET_SHARE = 0.05
ADDED_UP = ("troubles", "skipped")
COLUMNS = ("acknowledged_ms", "sent_ms")
MODES = {"none": "no statuses", "all": "sent, delivered, read"}
PACKAGES = (
    "litestar",
    "uvicorn",
    "uvloop",
    "httptools",
    "aiohttp",
    "httpx",
    "httpx-aiohttp",
    "aiokafka",
    "asyncpg",
    "sqlalchemy",
    "msgspec",
)


async def describe(on: Machine) -> Figures:
    """The machine and the versions of what ran on it."""
    connection = await asyncpg.connect(on.addresses.database_url)
    try:
        postgres = {
            name: await connection.fetchval(f"show {name}")
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
    finally:
        await connection.close()
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "processor": _processor(),
        "ram_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "postgres": postgres,
        "kafka": _kafka(on),
        "packages": {name: metadata.version(name) for name in PACKAGES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _kafka(on: Machine) -> str:
    if on.elsewhere:
        return "elsewhere"
    return KAFKA.rpartition(":")[2]


def median(runs: Sequence[Any]) -> Any:
    """The same shape as each of the runs, with the median of each number.

    What should be nought is added up, lists are joined, truths must hold in all runs, the rest is the last run's.
    """
    there = [run for run in runs if run is not None]
    if not there:
        return None
    if all(isinstance(run, dict) for run in there):
        names = list(dict.fromkeys(name for run in there for name in run))
        values = {name: [run[name] for run in there if name in run] for name in names}
        return {name: (_total if name in ADDED_UP else median)(found) for name, found in values.items()}
    if all(isinstance(run, bool) for run in there):
        return all(there)
    if all(isinstance(run, int | float) for run in there):
        return statistics.median(there)
    if all(isinstance(run, list) for run in there):
        return [item for run in there for item in run]
    return there[-1]


def _total(runs: Sequence[Any]) -> Any:
    if isinstance(runs[0], dict):
        return {name: sum(run[name] for run in runs) for name in runs[0]}
    return sum(runs)


def add_ratios(run: Figures, client: str) -> None:
    """Beside each rate of the product its share of the echo of the same run."""
    base = run.get("echo", {}).get(client, {}).get("turns_per_s")
    for mode in RATIO_BARS:
        rate = run.get(mode, {}).get("turns_per_s")
        if base and rate:
            run[mode]["ratio"] = round(rate / base, 3)


def print_report(result: Figures, say: Callable[[str], None] = print) -> None:
    """Everything, as tables."""
    for line in _machine_lines(result["machine"], result["settings"]):
        say(line)
    medians = result["medians"]
    runs = result["runs"]
    say("")
    for client, echo in medians.get("echo", {}).items():
        rates = _each(runs, "echo", client, "turns_per_s")
        say(f"echo over {client:12}{echo['turns_per_s']:8.0f} turns/s   {rates}   others used {_share(echo)}")
        costs = ", ".join(f"{name} {ms:.2f}" for name, ms in echo["cpu_ms_per_turn"].items() if ms >= 0.005)
        say(f"{'':22}         CPU ms a turn: {costs}")
    for mode, name in MODES.items():
        if "turns_per_s" in medians.get(mode, {}):
            figures = medians[mode]
            rates = _each(runs, mode, "turns_per_s")
            say(f"{name:22}{figures['turns_per_s']:8.0f} turns/s   {rates}   others used {_share(figures)}")
    for mode in MODES:
        if mode in medians:
            say("")
            for line in _mode_lines(mode, medians[mode]):
                say(line)
    say("")
    for line in bars(medians):
        say(line)
    busiest = max(_shares(medians), default=0.0)
    if busiest > QUIET_SHARE:
        say(f"Other processes used up to {busiest:.0%} of the machine: these figures are not worth writing down.")


def _machine_lines(machine: Figures, settings: Figures) -> Iterator[str]:
    yield f"{machine['cores']} cores ({machine['processor']}), {machine['ram_gb']} GB, {machine['kernel']}"
    postgres = machine["postgres"]
    yield (
        f"{machine['python']}, PostgreSQL {postgres['server_version']} (fsync {postgres['fsync']}, synchronous_commit "
        f"{postgres['synchronous_commit']}), Kafka {machine['kafka']}"
    )
    yield ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    yield ", ".join(f"{name} {value}" for name, value in settings.items())


def _each(runs: Sequence[Figures], *path: str) -> str:
    """The figures of the runs that a median was taken of."""
    found = []
    for run in runs:
        value: Any = run
        for name in path:
            value = value.get(name, {})
        if value:
            found.append(f"{value:.0f}")
    return f"({' '.join(found)})"


def _shares(figures: Mapping[str, Any]) -> Iterator[float]:
    """Every `others_share` in there, however deep."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _shares(value)
        elif name == "others_share" and value is not None:
            yield value


def _share(figures: Figures) -> str:
    share = figures.get("others_share")
    return "?" if share is None else f"{share:.0%} of the machine"


def _ms(value: float | None) -> str:
    return "      –" if value is None else f"{value:7.1f}"


def _mode_lines(mode: str, figures: Figures) -> Iterator[str]:
    yield f"== {MODES[mode]}"
    yield f"{'milliseconds':22}  webhook acknowledged       webhook → send"
    yield f"{'':22}     p50     p99     max      p50     p99     max"
    rows = dict(figures.get("latency", {}))
    if "sent_ms" in figures:
        rows["closed"] = figures
    for rate, row in rows.items():
        name = "closed loop" if rate == "closed" else f"{rate} turns/s"
        cells = "".join(f" {_ms(row[what][part])}" for what in COLUMNS for part in ("p50", "p99", "max"))
        skipped = f"   {row['skipped']:.0f} skipped" if row.get("skipped") else ""
        yield f"{name:22}{cells}   others used {_share(row)}{skipped}"
    cpu = figures.get("cpu_ms_per_turn", {})
    memory, largest = figures.get("memory_mb", {}), figures.get("memory_max_mb", {})
    if memory:
        yield f"{'':22} CPU ms a turn   memory MB   at most"
        for name in memory:
            share = f"{cpu[name]:13.2f}" if name in cpu else f"{'–':>13}"
            yield f"{name:22} {share} {memory[name]:11.0f} {largest[name]:9.0f}"
        if cpu:
            yield f"{'together':22} {sum(cpu.values()):13.2f}"
    for kind in ("topic", *SERVICES):
        grown = {name: size for name, size in figures.get("bytes_per_turn", {}).items() if name.startswith(kind)}
        if grown:
            parts = ", ".join(f"{name.removeprefix(kind)[1:]} {size:.0f}" for name, size in grown.items())
            yield f"bytes a turn, {kind}: {sum(grown.values()):.0f} ({parts})"
    yield f"troubles: {figures.get('troubles')}; wrong steps: {figures.get('wrong_steps') or 'none'}"
    if "check" in figures:
        said = figures["check"]["said"]
        # Clean: the summary is enough, which is one line, or two where a rule had nothing to look at.
        yield "inkgate check: " + ("; ".join(said[-2:]) if figures["check"]["clean"] else "\n  ".join(["", *said]))


def bars(medians: Mapping[str, Any]) -> Iterator[str]:
    """Whether each bar is met, as far as it was measured."""
    for mode, name in MODES.items():
        figures = medians.get(mode, {})
        if "ratio" in figures:
            bar, aim, ratio = RATIO_BARS[mode], RATIO_AIMS[mode], figures["ratio"]
            yield f"{_met(ratio >= bar)}  {ratio:.2f} of the echo, {name} (bar {bar}, aim {aim})"
    slow = medians.get("none", {}).get("latency", {}).get("20")
    if slow and slow["sent_ms"]["p50"] is not None:
        p50 = slow["sent_ms"]["p50"]
        yield f"{_met(p50 <= SENT_P50_MS_BAR)}  webhook → send p50 {p50:.1f} ms at 20/s (bar {SENT_P50_MS_BAR:.0f})"
    for service, bar in MEMORY_MB_BARS.items():
        used = [
            medians[mode]["memory_max_mb"].get(service) for mode in MODES if "memory_max_mb" in medians.get(mode, {})
        ]
        known = [value for value in used if value is not None]
        if known:
            yield f"{_met(max(known) <= bar)}  {service} {max(known):.0f} MB at most (bar {bar:.0f})"
    for mode, name in MODES.items():
        clean = medians.get(mode, {}).get("check", {}).get("clean")
        if clean is not None:
            yield f"{_met(clean)}  inkgate check is clean, {name}"


def _met(met: bool) -> str:
    return "met     " if met else "NOT MET "
