"""A played set of leads, the same for all tests of a run."""

import pytest

from inkgate.analytics.facts import Fact
from tests.analytics import played


@pytest.fixture(scope="session")
def facts() -> list[Fact]:
    """What forty clients come to, in the order of time."""
    return played.facts(played.events(played.lives(40)))
