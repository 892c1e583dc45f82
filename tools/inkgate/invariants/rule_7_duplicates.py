"""Rule 7: duplicate sends happen only for uncertain sends whose status had not come when the wait ended, and are counted.

When it fails, a client got one message twice for no good reason: a result was recorded for an attempt that was not current,
a lane had two calls at once, or the wait for a status ended though the status was in the sender's inbox.
"""

import itertools
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from inkgate.invariants.snapshot import Call, Finding, Snapshot
from inkgate_common.contracts.receipts import ReceiptReceived

TITLE = "twice only when nobody could know"


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("7", TITLE)
    uncertain = sum(copy.outcome == "unknown" for copy in snapshot.copies.values())
    if snapshot.sandbox is None:
        finding.notes.append("without the sandbox's log nobody can tell what arrived twice")
        return finding
    finding.count("messages at WhatsApp")
    finding.examined["messages at WhatsApp"] = sum(any(c.accepted for c in calls) for calls in snapshot.calls.values())
    finding.count("uncertain sends", uncertain)
    known = _receipts(snapshot)
    duplicates = 0
    for intent_id, calls in snapshot.calls.items():
        arrived = [call for call in calls if call.accepted]
        duplicates += max(0, len(arrived) - 1)
        for first, second in itertools.pairwise(arrived):
            _judge(snapshot, finding, intent_id, first, second, known)
    finding.count("duplicates", duplicates)
    return finding


def _receipts(snapshot: Snapshot) -> dict[tuple[UUID, int | None], datetime]:
    """(Intent, attempt) → when the sender took in the first status of that copy."""
    inbox = snapshot.inboxes.get("sender", {})
    found: dict[tuple[UUID, int | None], datetime] = defaultdict()
    for event in snapshot.of("receipts", ReceiptReceived):
        if event.data.intent_id is not None and event.id in inbox:
            key = (event.data.intent_id, event.data.attempt)
            found[key] = min(inbox[event.id], found.get(key, inbox[event.id]))
    return found


def _judge(
    snapshot: Snapshot,
    finding: Finding,
    intent_id: UUID,
    first: Call,
    second: Call,
    known: dict[tuple[UUID, int | None], datetime],
) -> None:
    where = {"intent": intent_id, "attempt": first.attempt, "again": second.attempt}
    if first.attempt == second.attempt:
        finding.wrong("one attempt was called twice", **where)
        return
    copy = snapshot.copies.get((intent_id, first.attempt or 0))
    if copy is None or copy.outcome != "unknown":
        finding.wrong(f"sent again though its outcome was known: {copy.outcome if copy else 'no record'}", **where)
        return
    status_at = known.get((intent_id, first.attempt))
    if status_at is not None and status_at < second.started_at:
        finding.wrong("sent again though a status had been taken in", **where, status=status_at.isoformat())
