"""`inkgate sandbox [serve]`: the command line."""

import argparse
import sys

from inkgate.sandbox.app import serve
from inkgate.sandbox.settings import SettingsError, load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to `parser`."""
    parser.add_argument(
        "action", nargs="?", choices=["serve"], default="serve", help="serve (the only one, and the default)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the command: 0 after a clean stop, 2 with one line on stderr when a setting is bad."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print(f"inkgate sandbox: {error}", file=sys.stderr)
        return 2
    serve(settings)
    return 0
