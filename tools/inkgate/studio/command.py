"""`inkgate studio check|show|simulate`: is a studio file right, what will the bot say, how is it to chat with it?"""

import argparse
import webbrowser
from pathlib import Path

from msgspec.structs import replace

from inkgate_common.clock import SystemClock
from inkgate_common.errors import InkgateError
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.studio import Artist, Studio, StudioError

# Notices are shown although the file may name no artist yet.
_ARTIST = "447700900900"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `inkgate studio`."""
    commands = parser.add_subparsers(dest="studio_command", required=True)
    path_help = "the studio's TOML file, or the folder that holds studio.toml"
    check = commands.add_parser("check", help="validate a studio file or folder, with its copy")
    check.add_argument("path", type=Path, help=path_help)
    optional = f"{path_help}; the one that comes with Inkgate if left out"
    show = commands.add_parser("show", help="a page of what the bot will say, in each language, with the flow drawn")
    show.add_argument("path", type=Path, nargs="?", help=optional)
    show.add_argument("--out", type=Path, default=Path("studio.html"), help="the page to write (default studio.html)")
    show.add_argument("--open", action="store_true", help="open it in the browser")
    simulate = commands.add_parser("simulate", help="chat with the bot in this terminal, without any server")
    simulate.add_argument("path", type=Path, nargs="?", help=optional)


def run(arguments: argparse.Namespace) -> int:
    """0 where all went well, 1 where the file is wrong: a line for each problem, with file, line and what is expected."""
    try:
        studio = studio_file.read(arguments.path)
    except StudioError as error:
        for problem in error.problems:
            print(problem)
        print(f"wrong: {len(error.problems)} problem{'s' if len(error.problems) > 1 else ''}")
        return 1
    except InkgateError as error:
        print(f"wrong: {error}")
        return 1
    return {"check": _check, "show": _show, "simulate": _simulate}[arguments.studio_command](studio, arguments)


def _check(studio: Studio, arguments: argparse.Namespace) -> int:
    counted = f"{len(studio.questions)} questions, {len(studio.artists)} artists"
    print(f"right: {studio.file.name}, {counted}, {' and '.join(studio.copies)}")
    return 0


def _show(studio: Studio, arguments: argparse.Namespace) -> int:
    from inkgate.studio import page  # by far the largest part of this package

    out: Path = arguments.out
    try:
        out.write_text(page.html(with_an_artist(studio)), encoding="utf-8")
    except OSError as error:
        print(f"{out} cannot be written: {error.strerror}")
        return 1
    print(f"written: {out}")
    if arguments.open:
        webbrowser.open(out.resolve().as_uri())
    return 0


def _simulate(studio: Studio, arguments: argparse.Namespace) -> int:
    from inkgate.studio import simulate

    simulate.chat(with_an_artist(studio), SystemClock().now())
    return 0


def with_an_artist(studio: Studio) -> Studio:
    """The same with somebody who is told of things."""
    if studio.artists:
        return studio
    file = replace(studio.file, artist=[Artist(number=_ARTIST, name="Artist")])
    return replace(studio, file=file)
