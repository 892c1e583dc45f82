"""Runs every rule over one snapshot and words what was found. RULES is this package's table of contents."""

import time
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from inkgate.invariants import (
    extra_gapless,
    extra_one_end,
    extra_replay,
    rule_1_delivered_first,
    rule_2_nothing_lost,
    rule_3_order,
    rule_4_steps,
    rule_5_money,
    rule_6_stop,
    rule_7_duplicates,
)
from inkgate.invariants.load import load
from inkgate.invariants.quiet import settle
from inkgate.invariants.snapshot import Finding, Snapshot
from inkgate.local.environment import Surroundings

RULES: tuple[Callable[[Snapshot], Finding], ...] = (
    rule_1_delivered_first.check,
    rule_2_nothing_lost.check,
    rule_3_order.check,
    rule_4_steps.check,
    rule_5_money.check,
    rule_6_stop.check,
    rule_7_duplicates.check,
    extra_gapless.check,
    extra_replay.check,
    extra_one_end.check,
)

SETTLE_S = 30.0
SHOWN_MAX = 10


class Report(msgspec.Struct, frozen=True):
    """What a check found. `open`: what was still under way when the time to settle was over."""

    findings: list[Finding]
    open: list[str]
    notes: list[str]

    @property
    def holds(self) -> bool:
        """Everything is quiet and every rule holds."""
        return not self.open and not any(finding.violations for finding in self.findings)

    @property
    def duplicates(self) -> int:
        """Messages that reached a client more than once."""
        return sum(finding.examined.get("duplicates", 0) for finding in self.findings)

    def lines(self) -> list[str]:
        """For people: a line a rule, and what is wrong below it."""
        lines = [f"note      {note}" for note in self.notes]
        if self.open:
            lines += ["not quiet, so this is not the last word:", *(f"          {what}" for what in self.open)]
        for finding in self.findings:
            lines += _lines(finding)
        wrong = sum(len(finding.violations) for finding in self.findings)
        idle = [finding.rule for finding in self.findings if not _examined(finding)]
        lines.append(f"{wrong} violations" if wrong else "every rule holds" if not self.open else "no violation so far")
        if idle:
            lines.append(f"nothing to examine for rule {', '.join(idle)}: nothing is shown about that")
        return lines

    def json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "holds": self.holds,
            "open": self.open,
            "notes": self.notes,
            "rules": [
                {
                    "rule": finding.rule,
                    "title": finding.title,
                    "examined": finding.examined,
                    "notes": finding.notes,
                    "violations": msgspec.to_builtins(finding.violations),
                }
                for finding in self.findings
            ],
        }


def _examined(finding: Finding) -> bool:
    return any(finding.examined.values())


def _lines(finding: Finding) -> list[str]:
    counts = ", ".join(f"{number:,} {what}" for what, number in finding.examined.items())
    wrong = finding.violations
    state = f"{len(wrong)} VIOLATIONS" if wrong else "ok" if _examined(finding) else "nothing to examine"
    name = finding.rule if finding.rule.startswith("+") else f"rule {finding.rule}"
    lines = [f"{name:<10}{state:<20}{finding.title}" + (f" ({counts})" if counts else "")]
    lines += [f"          note: {note}" for note in finding.notes]
    for violation in wrong[:SHOWN_MAX]:
        where = " ".join(f"{key}={value}" for key, value in violation.ids.items())
        lines.append(f"          {violation.what}  {where}")
    if len(wrong) > SHOWN_MAX:
        lines.append(f"          … and {len(wrong) - SHOWN_MAX} more")
    return lines


async def examine(
    around: Surroundings, sandbox_url: str | None, *, settle_s: float = SETTLE_S, allow_open: bool = False
) -> Report:
    """Wait until all is quiet, read everything, judge it. `sandbox_url` None: the outside world is not asked.

    allow_open: judge what is there although something is under way. Raises what the drivers raise.
    """
    notes = []
    if sandbox_url is not None and not await _answers(sandbox_url):
        notes.append(f"no sandbox at {sandbox_url}: nothing is compared with what went out")
        sandbox_url = None
    still_open, snapshot = await _quiet_snapshot(around, sandbox_url, settle_s)
    if snapshot.trimmed:
        notes.append("topics no longer reach back to their beginning: what is older is not judged")
    if snapshot.repeated:
        notes.append(f"{snapshot.repeated} events were published more than once, as may be after a crash")
    if snapshot.dead:
        notes.append(f"{len(snapshot.dead)} events are dead letters (inkgate dlq list)")
    findings = [rule(snapshot) for rule in RULES]
    return Report(findings, [] if allow_open else still_open, notes)


async def _quiet_snapshot(around: Surroundings, sandbox_url: str | None, settle_s: float) -> tuple[list[str], Snapshot]:
    """All of it as it stood while nothing moved, and what was open where that cannot be had in time."""
    deadline = time.monotonic() + settle_s
    while True:
        silence = await settle(around, sandbox_url, max(deadline - time.monotonic(), 0))
        snapshot = await load(around, sandbox_url, silence.open)
        if silence.open or silence.lasted(snapshot):
            return silence.open, snapshot
        if time.monotonic() >= deadline:
            snapshot.open = ["something moved while it was read"]
            return snapshot.open, snapshot


async def _answers(sandbox_url: str) -> bool:
    try:
        async with (
            aiohttp.ClientSession(trust_env=False, timeout=aiohttp.ClientTimeout(total=3)) as session,
            session.get(f"{sandbox_url}/sandbox/log", params={"limit": "0"}) as response,
        ):
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
