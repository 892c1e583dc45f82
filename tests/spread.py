"""How the tests are spread where several processes share them (`pytest -n 2`, as `make check` does): by whole files, for the
sake of what a file's tests share, and the longest first.

Each process has servers of its own. What must not run twice, or not beside its like, is one piece in `TOGETHER`. Without
`-n` nothing of this has any effect.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Run by one process, one after the other: each has servers of its own for all its tests, and stops them.
TOGETHER = ("tests/integration", "tests/cluster")
# What takes minutes comes first, so that no process is left alone with it in the end; what takes milliseconds comes last.
FIRST = ("tests/cluster", "tests/integration", "tests/faults", "tests/e2e", "tests/sender", "tests/payments")
LAST = ("tests/contract", "tests/dialogue")


def piece(nodeid: str) -> str:
    """What a test is given out with: its file, or what stands in `TOGETHER`."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if file.startswith(f"{folder}/")), file)


def place(nodeid: str) -> int:
    """The smaller, the earlier."""
    for place, folder in enumerate(FIRST):
        if nodeid.startswith(f"{folder}/"):
            return place
    return len(FIRST) + any(nodeid.startswith(f"{folder}/") for folder in LAST)


class ByPiece(LoadScopeScheduling):
    """Gives out pieces in the order in which the tests stand."""

    def _split_scope(self, nodeid: str) -> str:
        return piece(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByPiece:
    """Instead of what `--dist` says."""
    config.option.loadscopereorder = False
    return ByPiece(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order, in each of the processes."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place(item.nodeid))
