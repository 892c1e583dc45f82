"""The documents that are generated from the code: `python -m inkgate.docs` writes them, `--check` only compares.

    libs/common/inkgate_common/contracts/schemas/<ce_type>.json   a JSON Schema of every event type
    docs/asyncapi.yaml                                            topics, types, who sends and who receives (AsyncAPI 3)
    docs/openapi/<service>.yaml                                   what each service answers over HTTP (OpenAPI 3.1)
    docs/settings.md                                              every setting of every service
    docs/metrics.md                                               every metric of every service
    deploy/dashboards/inkgate.json                                the Grafana dashboard
    docs/studio-keys.md                                           every key of the studio file
    docs/templates.md                                             the templates to have approved at Meta
    docs/domain-coverage.md                                       rule of the domain → module → tests
    docs/contract-coverage.md                                     contract × service: who writes, who reads how much
    tests/contract/expectations/<consumer>.<topic>.json           what each consumer reads of each topic
    docs/kubernetes-values.md                                     every value of the Helm chart

The same code always gives the same bytes; `tests/contract/test_generated.py` fails when a file is stale. `--freeze` records
what the contracts are now as those of the release whose version stands in pyproject.toml (docs/contracts.md).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from inkgate.contract import expectations, releases
from inkgate.documents import (
    asyncapi,
    chart,
    contracts,
    coverage,
    dashboard,
    metrics,
    openapi,
    schemas,
    settings,
    studio,
    templates,
)

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = Path("libs/common/inkgate_common/contracts/schemas")
ASYNCAPI = Path("docs/asyncapi.yaml")
OPENAPI = Path("docs/openapi")
SETTINGS = Path("docs/settings.md")
METRICS = Path("docs/metrics.md")
DASHBOARD = Path("deploy/dashboards/inkgate.json")
STUDIO_KEYS = Path("docs/studio-keys.md")
TEMPLATES = Path("docs/templates.md")
COVERAGE = Path("docs/domain-coverage.md")
CONTRACTS = Path("docs/contract-coverage.md")
# Folders that hold generated files and nothing else.
_WHOLE = (SCHEMAS, expectations.FOLDER)
CHART_VALUES = Path("docs/kubernetes-values.md")


def generate() -> dict[Path, str]:
    """Every generated file, by its path in the repository."""
    return {
        **{SCHEMAS / name: text for name, text in schemas.files().items()},
        ASYNCAPI: asyncapi.text(f"../{SCHEMAS.as_posix()}"),
        **{OPENAPI / name: text for name, text in openapi.files().items()},
        SETTINGS: settings.text(),
        METRICS: metrics.text(),
        DASHBOARD: dashboard.text(),
        STUDIO_KEYS: studio.text(),
        TEMPLATES: templates.text(),
        COVERAGE: coverage.text(),
        **expectations.files(),
        CONTRACTS: contracts.text(expectations.all_of_them()),
        CHART_VALUES: chart.text(),
    }


def stale(files: Mapping[Path, str], root: Path = ROOT) -> list[str]:
    """What differs on disk, one line each; files of types and consumers that are gone too."""
    found = []
    for path, text in files.items():
        if not (root / path).is_file():
            found.append(f"{path} is missing")
        elif (root / path).read_text("utf-8") != text:
            found.append(f"{path} is stale")
    return found + [f"{path} describes what is gone" for path in _gone(files, root)]


def _gone(files: Mapping[Path, str], root: Path) -> list[Path]:
    there = {path.relative_to(root) for folder in _WHOLE for path in (root / folder).glob("*.json")}
    return sorted(there - set(files))


def write(files: Mapping[Path, str], root: Path = ROOT) -> None:
    """Make the files on disk these."""
    for path in _gone(files, root):
        (root / path).unlink()
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; its exit code."""
    parser = argparse.ArgumentParser(prog="python -m inkgate.docs", description="writes the generated documents")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    parser.add_argument("--freeze", action="store_true", help="then record the contracts of this version for ever")
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
    if args.freeze:
        try:
            print(f"frozen: {releases.freeze(releases.version_now()).relative_to(ROOT)}")
        except FileExistsError as error:
            print(error, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
