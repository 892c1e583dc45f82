"""`inkgate studio check PATH`: is this studio file (and its copy) right?"""

import argparse
from pathlib import Path

from inkgate_common.errors import InkgateError
from inkgate_dialogue import studio_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `inkgate studio`."""
    commands = parser.add_subparsers(dest="studio_command", required=True)
    check = commands.add_parser("check", help="validate a studio file or folder, with its copy")
    check.add_argument("path", type=Path, help="the studio's TOML file, or the folder that holds studio.toml")


def run(arguments: argparse.Namespace) -> int:
    """0 where the file is right, 1 with one line that names file and problem where it is not."""
    try:
        studio = studio_file.read(arguments.path)
    except InkgateError as error:
        print(f"wrong: {error}")
        return 1
    counted = f"{len(studio.questions)} questions, {len(studio.artists)} artists"
    print(f"right: {studio.file.name}, {counted}, {studio.file.language}")
    return 0
