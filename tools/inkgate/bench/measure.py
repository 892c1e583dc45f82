"""CPU time and memory of processes, from /proc (proc(5)). Where there is none (macOS) nothing is measured."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """One process, or one with all its children. Seconds of CPU since it began; bytes of memory."""

    cpu_s: float
    memory: int
    """resident, for several processes with what they share counted once (Pss)"""
    memory_max: int
    """the largest it ever was; of several the sum now"""


@dataclass(frozen=True)
class Snapshot:
    """All watched processes at one moment, and the machine's CPU time."""

    processes: Mapping[str, Usage]
    busy_s: float
    total_s: float


def snapshot(pids: Mapping[str, int]) -> Snapshot:
    """These processes (name → pid) with their children, now. One that is gone is left out; what is watched under a name of
    its own is not counted with its parent."""
    if not PROC.is_dir():
        return Snapshot({}, 0.0, 0.0)
    times, children = _all_processes()
    found = {}
    watched = set(pids.values())
    for name, pid in pids.items():
        family = _family(pid, children, watched)
        if pid in times:
            found[name] = _usage([one for one in family if one in times], times)
    busy, total = _machine()
    return Snapshot(found, busy, total)


def _usage(family: list[int], times: Mapping[int, float]) -> Usage:
    cpu_s = sum(times[pid] for pid in family)
    if len(family) == 1:
        status = _fields(PROC / str(family[0]) / "status", ("VmRSS", "VmHWM"))
        return Usage(cpu_s, status.get("VmRSS", 0), status.get("VmHWM", 0))
    shares = [_fields(PROC / str(pid) / "smaps_rollup", ("Pss", "Rss")) for pid in family]
    memory = sum(share.get("Pss", 0) for share in shares)
    return Usage(cpu_s, memory, memory)


def _all_processes() -> tuple[dict[int, float], dict[int, list[int]]]:
    """CPU seconds of each process (ended children that it has waited for included), and who is whose child."""
    times: dict[int, float] = {}
    children: dict[int, list[int]] = defaultdict(list)
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            # The name, in brackets, may hold spaces and brackets.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        pid = int(folder.name)
        times[pid] = sum(map(int, fields[11:15])) / _TICKS_PER_S
        children[int(fields[1])].append(pid)
    return times, children


def _family(pid: int, children: Mapping[int, list[int]], watched: set[int]) -> Iterable[int]:
    yield pid
    for child in children.get(pid, ()):
        if child not in watched:
            yield from _family(child, children, watched)


def _fields(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    """Fields `Name: 123 kB` of a file in /proc, in bytes; none where it may not be read."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    split = (line.split() for line in lines)
    return {parts[0][:-1]: int(parts[1]) * 1024 for parts in split if len(parts) == 3 and parts[0][:-1] in names}


def _machine() -> tuple[float, float]:
    """Seconds that all cores together were busy, and that there were."""
    fields = [int(field) for field in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    total = sum(fields)
    idle = fields[3] + fields[4]
    return (total - idle) / _TICKS_PER_S, total / _TICKS_PER_S


def cpu_ms_per_turn(before: Snapshot, after: Snapshot, turns: int) -> dict[str, float]:
    """CPU milliseconds of each process for one turn."""
    if not turns:
        return {}
    return {
        name: (usage.cpu_s - before.processes[name].cpu_s) * 1000 / turns
        for name, usage in after.processes.items()
        if name in before.processes
    }


def others_share(before: Snapshot, after: Snapshot) -> float | None:
    """Which share (0 to 1) of the machine was used by processes that were not watched: a measure of how quiet it was."""
    total = after.total_s - before.total_s
    if total <= 0:
        return None
    ours = sum(
        usage.cpu_s - before.processes[name].cpu_s
        for name, usage in after.processes.items()
        if name in before.processes
    )
    return max(0.0, (after.busy_s - before.busy_s - ours) / total)
