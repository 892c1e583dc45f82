"""`inkgate`: the tool at a desk. Each command is a module of its own, loaded only when it is called."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One subcommand; its module has `add_arguments(parser)` and `run(args) -> exit code`."""

    name: str
    module: str
    help: str

    def is_there(self) -> bool:
        """Whether its module exists, found without loading it."""
        try:
            return importlib.util.find_spec(self.module) is not None
        except ModuleNotFoundError:
            return False


COMMANDS = (
    Command("demo", "inkgate.demo", "everything at once: servers, services, sandbox and a first conversation"),
    Command("local", "inkgate.local.command", "PostgreSQL and Kafka on this machine: up, down, status, env"),
    Command("sandbox", "inkgate.sandbox.command", "stands where WhatsApp and Stripe stand, with a phone on a web page"),
    Command("check", "inkgate.invariants.command", "checks what must always hold, against databases and topics"),
    Command("bench", "inkgate.bench.command", "drives signed webhooks through all services and measures"),
    Command("studio", "inkgate.studio.command", "checks a studio file, shows what the bot will say, chats with it"),
    Command("analytics", "inkgate.analytics.command", "leads as tables, answers and one page, from the topic `leads`"),
    Command("dlq", "inkgate.dlq_command", "lists and replays dead letters"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit code. Takes `sys.argv` when no arguments are given."""
    try:
        return _main(list(sys.argv[1:] if argv is None else argv))
    except KeyboardInterrupt:
        return 130


def _main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="inkgate", description="The tool at a desk for Inkgate.")
    choices = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in COMMANDS:
        if not command.is_there():
            continue
        chosen = choices.add_parser(command.name, help=command.help, description=command.help)
        if command.name in arguments[:1]:
            # Only the command that is called is loaded, so that `inkgate --help` stays quick.
            module = importlib.import_module(command.module)
            module.add_arguments(chosen)
            chosen.set_defaults(run=module.run)
    args = parser.parse_args(arguments)
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
