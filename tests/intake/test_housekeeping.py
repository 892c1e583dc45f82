"""What has served its time is deleted, and nothing else."""

import pytest

from inkgate_common import housekeeping
from inkgate_common.db import UnitOfWork
from inkgate_intake.app import AGING
from tests.intake.conftest import Intake

pytestmark = pytest.mark.live


async def seen(uow: UnitOfWork, first: int, number: int, days: int) -> None:
    await uow.run(
        """insert into seen (key, seen_at)
        select decode(lpad(to_hex(n), 32, '0'), 'hex'), now() - make_interval(days => :days)
        from generate_series(cast(:first as integer), cast(:last as integer)) n""",
        first=first,
        last=first + number - 1,
        days=days,
    )


async def test_ids_are_kept_for_as_long_as_meta_repeats_and_longer(intake: Intake) -> None:
    async with intake.database.transaction() as uow:
        await seen(uow, 1, 25, days=10)
        await seen(uow, 101, 5, days=8)
    assert await housekeeping.purge(intake.database, "intake", AGING, batch_rows=10) == 25
    (row,) = await intake.rows(
        "select count(*) as n from seen where key < '\\x00000000000000000000000000001000'::bytea"
    )
    assert row.n == 5


async def test_one_replica_at_a_time(intake: Intake) -> None:
    async with intake.database.advisory_lock("intake-purge") as mine:
        assert mine
        assert await housekeeping.purge(intake.database, "intake", AGING) == 0
