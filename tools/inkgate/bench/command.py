"""`inkgate bench`: what a turn costs, and how many of them two cores take."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkgate.local.errors import LocalError

if TYPE_CHECKING:
    from inkgate.bench.runs import Plan
    from inkgate.bench.stage import Machine

PARTS = ("echo", "closed", "latency")
ECHO_CLIENTS = ("aiohttp", "httpx")
# The echo over the client that the sender uses is what the product is compared with.
BASE_CLIENT = "aiohttp"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `inkgate bench`."""
    parser.add_argument("--clients", type=int, default=1000, help="how many write in the closed loop (default 1000)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each figure is measured (default 15)")
    parser.add_argument(
        "--runs", type=int, default=3, help="how often everything is done; medians are shown (default 3)"
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="only that part; may be given several times")
    parser.add_argument("--statuses", choices=("none", "all", "both"), default="both", help="status webhooks or not")
    parser.add_argument("--rates", default="20,100,300", help="turns/s of the open loop (default 20,100,300)")
    parser.add_argument(
        "--echo-client", choices=(*ECHO_CLIENTS, "both"), default=BASE_CLIENT, help="HTTP client(s) of the echo"
    )
    parser.add_argument("--quick", action="store_true", help="a smoke test: one run, tiny numbers, meaningless figures")
    parser.add_argument("--no-check", action="store_true", help="leave `inkgate check` out")
    parser.add_argument("--json", type=Path, default=None, metavar="FILE", help="write everything measured to a file")
    parser.add_argument("--home", type=Path, default=None, help="folder of the servers (else ./.inkgate)")


def run(args: argparse.Namespace) -> int:
    """Measure and print. 0 whatever the figures are; 1 with the reason when it could not be done, 2 for a bad option."""
    try:
        plan, runs = _plan(args)
    except ValueError as error:
        print(f"inkgate bench: {error}", file=sys.stderr)
        return 2
    from inkgate.bench.stage import machine

    # So that what was started is stopped and what was made is removed, however it is ended.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with machine(args.home) as on:
            result = _measure(on, plan, runs, args)
    except (LocalError, OSError) as error:
        print(f"inkgate bench: {error}", file=sys.stderr)
        return 1
    from inkgate.bench.report import print_report

    print_report(result)
    if args.json is not None:
        args.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


def _plan(args: argparse.Namespace) -> tuple[Plan, int]:
    from inkgate.bench.runs import Plan

    parts = args.only or PARTS
    rates = [int(rate) for rate in args.rates.split(",") if rate] if "latency" in parts else []
    if args.clients < 1 or args.runs < 1 or args.seconds <= 0 or any(rate < 1 for rate in rates):
        raise ValueError("--clients, --seconds, --runs and --rates must be above 0")
    plan = Plan(args.clients, args.seconds, rates=rates, closed="closed" in parts, check=not args.no_check)
    if args.quick:
        clients = min(args.clients, 20)
        plan = replace(plan, clients=clients, seconds=1.0, warm_s=0.5, rates=rates[:1], rate_warm_s=0.0)
        return plan, 1
    return plan, args.runs


def _measure(on: Machine, plan: Plan, runs: int, args: argparse.Namespace) -> dict[str, Any]:
    from inkgate.bench import report
    from inkgate.bench.runs import echo, product
    from inkgate.local.environment import TOPIC_PARTITIONS

    parts = args.only or PARTS
    modes = ("none", "all") if args.statuses == "both" else (args.statuses,)
    clients = ECHO_CLIENTS if args.echo_client == "both" else (args.echo_client,)
    done: list[dict[str, Any]] = []
    for number in range(1, runs + 1):

        def say(line: str, number: int = number) -> None:
            print(f"run {number} of {runs}: {line}", file=sys.stderr, flush=True)

        one: dict[str, Any] = {}
        if "echo" in parts:
            one["echo"] = {client: echo(on, plan, client, say) for client in clients}
        if plan.closed or plan.rates:
            for mode in modes:
                one[mode] = product(on, plan, mode, say)
        report.add_ratios(one, BASE_CLIENT if BASE_CLIENT in clients else clients[0])
        done.append(one)
    settings = {
        "clients": plan.clients,
        "seconds": plan.seconds,
        "runs": runs,
        "partitions": TOPIC_PARTITIONS,
        "INKGATE_WHATSAPP_RATE": 0,
    }
    return {
        "machine": asyncio.run(report.describe(on)),
        "settings": settings,
        "medians": report.median(done),
        "runs": done,
    }
