"""`python -m inkgate.corpus` writes docs/corpus.md; `--check` only compares, and tells what does not meet the bars."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from inkgate.corpus import report
from inkgate.corpus.figures import below_the_bars, read_all
from inkgate.corpus.messages import ROOT, CorpusError, sheets

PAGE = ROOT / "docs" / "corpus.md"


def checked(page: str) -> str:
    """The part of the page that a test compares: all but the times."""
    return page.split(report.TIMES)[0].rstrip()


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m inkgate.corpus", description="how well messages are understood")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when it is stale or below a bar")
    parser.add_argument("--misread", metavar="QUESTION", help="list what was misread there instead ('all': everywhere)")
    args = parser.parse_args(argv)
    try:
        marked = read_all(sheets())
    except CorpusError as error:
        print(error, file=sys.stderr)
        return 1
    if args.misread:
        print("\n".join(report.misreadings(marked, args.misread)) or "none")
        return 0
    below = below_the_bars(marked)
    print("\n".join(below) or "every bar is met")
    times = report.times(marked)
    if args.check:
        stale = not PAGE.is_file() or checked(PAGE.read_text("utf-8")) != checked(report.text(marked))
        if stale:
            print("docs/corpus.md is stale; run make corpus", file=sys.stderr)
        return 1 if stale or below else 0
    PAGE.write_text(report.text(marked) + "\n" + times, "utf-8")
    print(times)
    return 0


if __name__ == "__main__":
    sys.exit(main())
