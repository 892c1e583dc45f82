"""`inkgate check`: whether everything that must always hold does hold, against databases, topics and the sandbox's log."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys

import asyncpg
from aiokafka.errors import KafkaError

from inkgate.local.errors import LocalError
from inkgate.where import add_where_arguments, where


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `inkgate check`."""
    add_where_arguments(parser)
    parser.add_argument("--sandbox-url", metavar="URL", help="the sandbox, whose log is the outside world's side")
    parser.add_argument("--no-sandbox", action="store_true", help="do not ask the sandbox")
    parser.add_argument(
        "--settle", type=float, default=30.0, metavar="SECONDS", help="wait this long for quiet (default 30)"
    )
    parser.add_argument(
        "--allow-open", action="store_true", help="exit 0 although something is under way, if no rule is broken"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """0: every rule holds. 1: a rule is broken, or things did not come to rest. 2: it could not be examined."""
    # Loaded here: it brings the services' own types along, and `inkgate check --help` needs none of them.
    from inkgate.invariants.report import examine

    try:
        around = where(args)
        sandbox_url = None if args.no_sandbox else args.sandbox_url or around.url("sandbox")
        report = asyncio.run(examine(around, sandbox_url, settle_s=args.settle, allow_open=args.allow_open))
    except (LocalError, OSError, TimeoutError, KafkaError, asyncpg.PostgresError) as error:
        print(f"inkgate check: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    if args.json:
        print(json.dumps(report.json(), indent=2, ensure_ascii=False))
    else:
        print("\n".join(report.lines()))
    return 0 if report.holds else 1
