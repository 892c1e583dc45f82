"""Rule 3: a client's messages are judged in the order they were written (late ones are shown as out of order), and she
receives our answers in intent order.

When it fails inside, an answer may have been stored under the wrong question: the mailbox, the out-of-order check or the
sequences are at fault. When it fails outside, she read our messages in the wrong order: two calls of one conversation were
under way at once, or a queue was left.
"""

import itertools
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from inkgate.invariants.snapshot import Finding, Snapshot, TimelineRow

TITLE = "in the order they were written"

# Words of command are looked for before the order check (PROTOCOL §2): these verdicts are theirs.
_COMMANDS = frozenset(
    {"stop", "start", "older_than_start", "older_than_stop", "asks_for_the_artist", "continue", "opted_out"}
)


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("3", TITLE)
    for conversation_id, rows in snapshot.timelines.items():
        _judged(finding, conversation_id, [row for row in rows if row.kind == "message_received"])
    _received(snapshot, finding)
    return finding


def _judged(finding: Finding, conversation_id: UUID, rows: list[TimelineRow]) -> None:
    newest: datetime | None = None
    by_hand: set[str] = set()
    for row in rows:
        message_id, sent_at = str(row.data["message_id"]), datetime.fromisoformat(row.data["sent_at"])
        if not row.data.get("judged", True):
            if row.data["verdict"] == "out_of_order":
                finding.count("out of order")
                by_hand.add(message_id)
            continue
        finding.count("messages judged")
        late = newest is not None and sent_at < newest
        if late and row.data["verdict"] not in _COMMANDS and message_id not in by_hand:
            finding.wrong(
                f"a message was judged ({row.data['verdict']}) after one that was written later",
                conversation=conversation_id,
                message=message_id,
                written=sent_at.isoformat(),
                newest=newest.isoformat() if newest else "",
            )
        newest = sent_at if newest is None else max(newest, sent_at)


def _received(snapshot: Snapshot, finding: Finding) -> None:
    """In each conversation and queue (what the business begins has its own): first copies in the order of the intents."""
    lanes: dict[tuple[str, str], list[tuple[int, datetime, UUID]]] = defaultdict(list)
    for intent_id, event in snapshot.intents.items():
        if not snapshot.outside_knows(event.time):
            continue
        arrived = [call.started_at for call in snapshot.calls.get(intent_id, ()) if call.accepted]
        if arrived:
            lanes[(event.subject, event.data.queue)].append((event.data.sequence, min(arrived), intent_id))
    for (conversation_id, _), sent in lanes.items():
        sent.sort()
        finding.count("answers received", len(sent))
        for (_, before, _first), (_, after, intent_id) in itertools.pairwise(sent):
            if after < before:
                finding.wrong("she received an answer before the one that came first", conversation=conversation_id,
                              intent=intent_id)  # fmt: skip
