"""The fixtures of the integration tests: the footing, and the product on it."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.e2e.stack import Client
from tests.integration import told
from tests.integration.footing import Footing, choose
from tests.integration.product import EVERYTHING, Product, installed
from tests.servers import LiveServers

PARTITIONS = 3


@pytest.fixture(scope="session")
def footing() -> Iterator[Footing]:
    """What the integration tests stand on, started."""
    with tempfile.TemporaryDirectory(prefix="inkgate-integration-") as folder:
        chosen = choose(Path(folder) / "servers")
        told.used(chosen)
        try:
            chosen.start()
            yield chosen
        finally:
            chosen.close()


@pytest.fixture(scope="session")
def servers(footing: Footing) -> LiveServers:
    """PostgreSQL and Kafka of the footing, in the place of the whole suite's."""
    return footing.live


@pytest.fixture(scope="session")
async def product(footing: Footing) -> AsyncIterator[Product]:
    """The whole product, one of each service, migrated by two replicas of each at the same time."""
    with tempfile.TemporaryDirectory(prefix="inkgate-integration-") as folder:
        async with installed(footing, Path(folder), INKGATE_TOPIC_PARTITIONS=str(PARTITIONS)) as product:
            ended = await product.migrate(replicas=2)
            assert set(ended.values()) == {0}, f"migrate from two replicas at once ended with {ended}"
            await product.start_again(*EVERYTHING)
            yield product


@pytest.fixture
async def client(product: Product) -> AsyncIterator[Client]:
    """A client who never wrote before; no fault stays armed after the test."""
    yield product.client()
    await product.mend()


@pytest.fixture(autouse=True)
def only_on_containers(request: pytest.FixtureRequest) -> None:
    """Skips what the marker `containers` says is for containers alone."""
    if request.node.get_closest_marker("containers"):
        footing: Footing = request.getfixturevalue("footing")
        if footing.kind != "containers":
            pytest.skip(f"looks into a container, and the footing is {footing.kind} ({footing.why})")
