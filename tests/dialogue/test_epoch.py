"""The epoch of a database that came back from a backup, on real PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from inkgate_common.db import Database
from inkgate_common.migrate import make_database, upgrade
from inkgate_dialogue.app import MIGRATIONS
from inkgate_dialogue.handlers import Handler
from tests.builders.leads import a_studio
from tests.servers import LiveServers

pytestmark = pytest.mark.live


class Unused:
    """A clock that nobody looks at where no event is judged."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
async def restored(servers: LiveServers) -> AsyncIterator[Database]:
    """Dialogue's database, whose contents were another's until now."""
    url = servers.installation().of("dialogue")["INKGATE_DATABASE_URL"]
    await make_database(url)
    await upgrade(url, MIGRATIONS)
    database = Database(url, pool_size=1)
    async with database.transaction() as uow:
        await uow.run("update service_state set fingerprint = 'elsewhere', epoch = 4")
    yield database
    await database.close()


async def epoch(database: Database) -> int:
    (row,) = await database.read("select epoch from service_state")
    found: int = row.epoch
    return found


async def test_a_restored_database_raises_the_epoch_once_and_also_when_its_first_batch_is_rolled_back(
    restored: Database,
) -> None:
    handler = Handler(a_studio(), Unused(), "1")
    with pytest.raises(ConnectionResetError):
        async with restored.transaction() as uow:
            await handler.handle(uow, [])
            raise ConnectionResetError
    assert await epoch(restored) == 4
    for _ in range(2):
        async with restored.transaction() as uow:
            await handler.handle(uow, [])
    assert await epoch(restored) == 5
