"""Rows that have served their time are deleted in batches, by one replica at a time."""

from inkgate_common import log
from inkgate_common.db import Database
from inkgate_intake import repository

_log = log.get("housekeeping")

EVERY_S = 600.0
BATCH_ROWS = 5_000
# Meta repeats a webhook for up to 7 days (FACTS §1); one day more than the 8 asked for.
SEEN_DAYS = 9
# Long enough to look into what we did not understand; it may hold what somebody wrote, so not longer.
UNHANDLED_DAYS = 14
# Inbox rows outlive the topics' retention of 7 days (DESIGN §3).
INBOX_DAYS = 14

_TABLES = (("seen", "key", SEEN_DAYS), ("unhandled", "key", UNHANDLED_DAYS), ("inbox", "id", INBOX_DAYS))


async def purge(database: Database, batch_rows: int = BATCH_ROWS) -> int:
    """Delete what is too old, a batch a transaction; how many rows it was."""
    total = 0
    async with database.advisory_lock("intake-purge") as mine:
        if not mine:
            return 0
        for table, key, days in _TABLES:
            deleted = batch_rows
            while deleted == batch_rows:
                async with database.transaction() as uow:
                    deleted = await repository.purge(uow, table, key, days, batch_rows)
                total += deleted
    if total:
        _log.info("purged", rows=total)
    return total
