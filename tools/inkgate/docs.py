"""The documents that are generated from the code: `python -m inkgate.docs` writes them, `--check` only compares.

    libs/common/inkgate_common/contracts/schemas/<ce_type>.json   a JSON Schema of every event type
    docs/asyncapi.yaml                                            topics, types, who sends and who receives (AsyncAPI 3)
    docs/settings.md                                              every setting of every service
    docs/studio-keys.md                                           every key of the studio file
    docs/templates.md                                             the templates to have approved at Meta
    docs/domain-coverage.md                                       rule of the domain → module → tests

The same code always gives the same bytes; `tests/contract/test_generated.py` fails when a file is stale.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from inkgate.documents import asyncapi, coverage, schemas, settings, studio, templates

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path("libs/common/inkgate_common/contracts/schemas")
ASYNCAPI = Path("docs/asyncapi.yaml")
SETTINGS = Path("docs/settings.md")
STUDIO_KEYS = Path("docs/studio-keys.md")
TEMPLATES = Path("docs/templates.md")
COVERAGE = Path("docs/domain-coverage.md")


def generate() -> dict[Path, str]:
    """Every generated file, by its path in the repository."""
    return {
        **{SCHEMAS / name: text for name, text in schemas.files().items()},
        ASYNCAPI: asyncapi.text(f"../{SCHEMAS.as_posix()}"),
        SETTINGS: settings.text(),
        STUDIO_KEYS: studio.text(),
        TEMPLATES: templates.text(),
        COVERAGE: coverage.text(),
    }


def stale(files: Mapping[Path, str], root: Path = ROOT) -> list[str]:
    """What differs on disk, one line each; schemas of types that are gone too."""
    found = []
    for path, text in files.items():
        if not (root / path).is_file():
            found.append(f"{path} is missing")
        elif (root / path).read_text("utf-8") != text:
            found.append(f"{path} is stale")
    gone = {path.relative_to(root) for path in (root / SCHEMAS).glob("*.json")} - set(files)
    return found + [f"{path} describes a type that is gone" for path in sorted(gone)]


def write(files: Mapping[Path, str], root: Path = ROOT) -> None:
    """Make the files on disk these."""
    (root / SCHEMAS).mkdir(parents=True, exist_ok=True)
    for path in (root / SCHEMAS).glob("*.json"):
        if path.relative_to(root) not in files:
            path.unlink()
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m inkgate.docs", description="writes the generated documents")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    args = parser.parse_args(argv)
    if not (ROOT / "pyproject.toml").is_file():
        print("the documents belong to the repository; run this from a clone of it", file=sys.stderr)
        return 1
    files = generate()
    found = stale(files)
    if args.check:
        for line in found:
            print(f"{line}; run make docs", file=sys.stderr)
        return 1 if found else 0
    write(files)
    print(
        "\n".join(line.replace(" is stale", " is new").replace(" is missing", " is new") for line in found)
        or "unchanged"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
