"""What was read is judged only where nothing moved meanwhile."""

from typing import Any

import pytest

from inkgate.invariants.quiet import Silence
from inkgate.invariants.snapshot import Sandbox, Snapshot

ENDED = {("inbound", 0): 5, ("deliveries", 0): 7}


def as_read(newest_n: int = 3, **other: Any) -> Snapshot:
    """Read in the silence, but for what is said; a topic that nobody is asked about before is read too."""
    return Snapshot(**{"ends": {**ENDED, ("leads", 0): 9}, "sandbox": Sandbox(None, newest_n=newest_n), **other})


def test_a_silence_lasts_while_nothing_moves() -> None:
    assert Silence([], 3, ENDED).lasted(as_read())


def test_without_a_sandbox_only_our_own_side_is_compared() -> None:
    assert Silence([], 0, ENDED).lasted(as_read(sandbox=None))


@pytest.mark.parametrize(
    "read",
    [as_read(newest_n=4), as_read(ends={**ENDED, ("inbound", 0): 6}), as_read(unpublished=1)],
    ids=["a call or a webhook", "an event on a topic", "an event that no topic has yet"],
)
def test_it_is_over_with(read: Snapshot) -> None:
    assert not Silence([], 3, ENDED).lasted(read)
