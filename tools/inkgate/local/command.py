"""`inkgate local up|down|status|env|fetch|pin`: PostgreSQL and Kafka on this machine."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inkgate.local.errors import LocalError
from inkgate.local.paths import default_home

if TYPE_CHECKING:
    from inkgate.local.servers import LocalServers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands of `inkgate local`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    up = actions.add_parser("up", help="start PostgreSQL and Kafka; does nothing when they run")
    down = actions.add_parser("down", help="stop them; data stays")
    down.add_argument("--delete", action="store_true", help="delete all their data too")
    status = actions.add_parser("status", help="say what runs where; exit code 3 when not everything runs")
    env = actions.add_parser("env", help="print the settings of a service as KEY=value lines")
    env.add_argument("service", help="intake, dialogue, sender, payments or sandbox")
    env.add_argument("--port-offset", type=int, default=0, metavar="N", help="add N to every HTTP port")
    for action in (up, down, status, env):
        action.add_argument(
            "--home", type=Path, default=None, help="folder of the servers (INKGATE_LOCAL_HOME, else ./.inkgate)"
        )
    actions.add_parser("fetch", help="fetch Kafka's jars now, so that everything works offline later")
    actions.add_parser("pin", help="write the list of pinned jars anew (for maintainers)")


def run(args: argparse.Namespace) -> int:
    """Runs one of them; errors end in one line and exit code 1."""
    try:
        return _run(args)
    except (LocalError, OSError) as error:
        print(f"inkgate local: {error}", file=sys.stderr)
        return 1


def _run(args: argparse.Namespace) -> int:
    if args.action in ("fetch", "pin"):
        from inkgate.local import jars, warm

        if args.action == "fetch":
            warm.prepare_classes(jars.kafka_jars(_say), _say)
        else:
            jars.pin(_say)
        return 0
    from inkgate.local.servers import LocalServers

    servers = LocalServers(args.home or default_home())
    if args.action == "up":
        servers.start(_say)
    elif args.action == "down":
        servers.remove(_say) if args.delete else servers.stop(_say)
    elif args.action == "status":
        return _status(servers)
    elif args.action == "env":
        from inkgate.local.environment import surroundings

        for key, value in surroundings(servers, port_offset=args.port_offset).of(args.service).items():
            print(f"{key}={value}")
    return 0


def _status(servers: LocalServers) -> int:
    listed = servers.status()
    if not listed:
        print(f"never started in {servers.home}")
        return 3
    for server in listed:
        where = f"process {server.pid}, 127.0.0.1:{server.port}" if server.running else "not running"
        print(f"{server.name:<11} {where}  (log: {server.log})")
    return 0 if all(server.running for server in listed) else 3


def _say(line: str) -> None:
    print(line, flush=True)
