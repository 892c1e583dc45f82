"""Rows that have served their time are deleted in batches, by one replica at a time."""

from collections.abc import Sequence

import msgspec

from inkgate_common import log, metrics
from inkgate_common.db import Database

_log = log.get("housekeeping")

EVERY_S = 600.0
BATCH_ROWS = 5_000
MEASURE_EVERY_S = 30.0


class Aging(msgspec.Struct, frozen=True):
    """Rows of `table` (its key is the column `key`) go `days` after `column`; `where` narrows which. Ours, never input."""

    table: str
    key: str
    column: str
    days: int
    where: str = "true"


# Inbox rows outlive the topics' retention of 7 days (DESIGN §3); a dead one stays for its replay.
INBOX = Aging("inbox", "id", "seen_at", 14, "state <> 'dead'")


async def measure(database: Database) -> None:
    """How large the database is, and how many clients its server has."""
    row = (
        await database.read(
            """select pg_database_size(current_database()) as bytes,
                (select count(*) from pg_stat_activity where backend_type = 'client backend') as clients,
                current_setting('max_connections')::integer
                    - current_setting('superuser_reserved_connections')::integer as clients_max"""
        )
    )[0]
    metrics.DATABASE_BYTES.set(row.bytes)
    metrics.CONNECTIONS.set(row.clients)
    metrics.CONNECTIONS_LIMIT.set(row.clients_max)


async def purge(database: Database, name: str, tables: Sequence[Aging], batch_rows: int = BATCH_ROWS) -> int:
    """Delete what is too old, a batch a transaction; how many rows it was. `name` names the service's lock."""
    total = 0
    async with database.advisory_lock(f"{name}-purge") as mine:
        if not mine:
            return 0
        for aging in tables:
            deleted = batch_rows
            while deleted == batch_rows:
                async with database.transaction() as uow:
                    rows = await uow.run(
                        f"""delete from {aging.table} where {aging.key} in (select {aging.key} from {aging.table}
                            where {aging.column} < now() - make_interval(days => :days) and {aging.where} limit :limit)
                        returning 1""",
                        days=aging.days,
                        limit=batch_rows,
                    )
                    deleted = len(rows)
                total += deleted
    if total:
        _log.info("purged", rows=total)
    return total
