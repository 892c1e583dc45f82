"""What runs beside the work: figures for the metrics page, and throwing away what is old."""

from datetime import timedelta

from inkgate_common import housekeeping
from inkgate_common.clock import Clock
from inkgate_common.db import Database
from inkgate_sender import metrics, repository_queue, repository_upkeep

SENDS_KEPT = timedelta(days=14)
# WhatsApp repeats a webhook for 7 days.
AGING = (housekeeping.INBOX, housekeeping.Aging("orphan_receipts", "intent_id", "seen_at", 8))
PURGE_BATCH = 5_000
STATES = ("waiting", "sending", "uncertain", "accepted")


async def measure(database: Database, clock: Clock) -> None:
    """Set the gauges."""
    found = {state: (n, age_s) for state, n, age_s in await repository_upkeep.depth(database)}
    for state in STATES:
        metrics.QUEUE_DEPTH.labels(state).set(found.get(state, (0, 0.0))[0])
    metrics.UNCERTAIN.set(found.get("uncertain", (0, 0.0))[0])
    metrics.QUEUE_OLDEST_S.set(found.get("waiting", (0, 0.0))[1])
    held = [number for number in await repository_queue.numbers(database) if number.hold_scope]
    for scope in ("all", "business"):
        metrics.HOLDS.labels(scope).set(sum(number.hold_scope == scope for number in held))
    ages = [(clock.now() - number.held_at).total_seconds() for number in held if number.held_at]
    metrics.HOLD_OLDEST_S.set(max(ages, default=0.0))
    metrics.TEMPLATES_UNUSABLE.set(await repository_upkeep.templates_unusable(database))


async def purge(database: Database, clock: Clock) -> None:
    """Forget what is old, in batches, each in its own transaction."""
    await housekeeping.purge(database, "sender", AGING)
    before = clock.now() - SENDS_KEPT
    sends = PURGE_BATCH
    while sends == PURGE_BATCH:
        async with database.transaction() as uow:
            sends = await repository_upkeep.purge_sends(uow, before, PURGE_BATCH)
