"""The locks of the image are parts of the one lock, and whole."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
WHOLE = ROOT / "requirements.lock"
RUNTIME, BUILD = ROOT / "deploy/runtime.lock", ROOT / "deploy/build.lock"
STALE = "run make lock"


def entries(lock: Path) -> dict[str, set[str]]:
    """'name==version' → its hashes."""
    found: dict[str, set[str]] = {}
    pin = ""
    for line in lock.read_text().splitlines():
        if named := re.match(r"([a-z0-9-]+==\S+)", line):
            pin = named[1]
        found.setdefault(pin, set()).update(re.findall(r"--hash=(sha256:\S+)", line))
    return found


def names(lock: Path) -> set[str]:
    """What it installs on this machine's system and Python."""
    lines = [line.removesuffix("\\").strip() for line in lock.read_text().splitlines() if "==" in line]
    wanted = [Requirement(line) for line in lines]
    return {each.name for each in wanted if each.marker is None or each.marker.evaluate()}


def needed(roots: Iterable[str]) -> set[str]:
    """The names of these requirements and of all that they require, by what the installed packages say."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        each = waiting.pop()
        this = (canonicalize_name(each.name), frozenset(each.extras))
        if this in found:
            continue
        found.add(this)
        for text in metadata.requires(each.name) or []:
            further = Requirement(text)
            if further.marker is None or any(further.marker.evaluate({"extra": extra}) for extra in ("", *each.extras)):
                waiting.append(further)
    return {name for name, _ in found}


@pytest.mark.parametrize("lock", [RUNTIME, BUILD], ids=lambda lock: lock.name)
def test_each_pin_is_that_of_the_whole_lock_with_the_same_hashes(lock: Path) -> None:
    whole = entries(WHOLE)
    assert {pin: hashes for pin, hashes in entries(lock).items() if whole.get(pin) != hashes} == {}, STALE
    assert all(entries(lock).values())


def test_the_runtime_lock_is_what_the_services_require_and_no_more() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert names(RUNTIME) == needed(project["dependencies"]), STALE


def test_the_build_lock_is_what_the_tools_of_the_build_require_and_no_more() -> None:
    assert names(BUILD) == needed(["hatchling", "cyclonedx-bom"]), STALE
