"""What has served its time goes, in batches, by one replica at a time; what may be replayed stays."""

from uuid import UUID

import pytest

from inkgate_common import housekeeping
from tests.common.conftest import World, number

pytestmark = pytest.mark.live


async def rows(world: World, count: int, days: int, state: str = "done") -> None:
    await world.change(
        """insert into inbox (id, state, seen_at) select gen_random_uuid(), :state, now() - make_interval(days => :days)
        from generate_series(1, cast(:count as integer))""",
        state=state,
        days=days,
        count=count,
    )


async def left(world: World) -> list[tuple[str, int]]:
    query = "select state, count(*) as n from inbox group by state order by state"
    return [(row.state, row.n) for row in await world.rows(query)]


async def test_old_inbox_rows_go_and_dead_ones_stay(world: World) -> None:
    await rows(world, 23, days=15)
    await rows(world, 4, days=13)
    await rows(world, 3, days=400, state="dead")
    assert await housekeeping.purge(world.process.database, "test", [housekeeping.INBOX], batch_rows=10) == 23
    assert await left(world) == [("dead", 3), ("done", 4)]
    assert await housekeeping.purge(world.process.database, "test", [housekeeping.INBOX]) == 0


async def test_they_outlive_the_topics(world: World, anna: UUID) -> None:
    """The oldest record that Kafka may still hold, 7 days, must still be known."""
    await world.feed(one := number(anna, 1))
    await world.change("update inbox set seen_at = seen_at - interval '8 days'")
    assert await housekeeping.purge(world.process.database, "test", [housekeeping.INBOX]) == 0
    assert await world.state(one) == "done"


async def test_one_replica_at_a_time(world: World) -> None:
    await rows(world, 5, days=15)
    async with world.start().database.advisory_lock("test-purge") as mine:
        assert mine
        assert await housekeeping.purge(world.process.database, "test", [housekeeping.INBOX]) == 0
    assert await housekeeping.purge(world.process.database, "test", [housekeeping.INBOX]) == 5
