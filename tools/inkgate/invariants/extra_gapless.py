"""Extra: every numbered stream is gapless, and every number stands for one event.

`inbound`, `intents` and `deliveries` carry a sequence per conversation, `leads` a version per lead (PROTOCOL §3). When it
fails, a consumer waits for a number that never comes and parks the conversation after a minute, or takes two events for one:
numbers were taken outside of the transaction that wrote the event, or a row of an outbox was lost. A database that was
restored from a backup gives numbers again; that is told by the lead's flag `restored`, or by the epoch, and counted.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from inkgate.invariants.snapshot import Finding, Snapshot
from inkgate_common.contracts.leads import MessageFact

TITLE = "no number missing, none twice"

_NUMBERED = ("inbound", "intents", "deliveries")


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("+ gapless", TITLE)
    restored = _restored(snapshot)
    for topic in _NUMBERED:
        streams: dict[str, list[int]] = defaultdict(list)
        for event in snapshot.of(topic):
            streams[event.subject].append(event.data.sequence)
        finding.count(f"streams of {topic}", len(streams))
        for conversation_id, numbers in streams.items():
            if conversation_id in restored and len(set(numbers)) < len(numbers):
                finding.count("streams of a restored database")
                numbers = list(set(numbers))
            wrong = _gap(numbers, snapshot.trimmed)
            if wrong:
                finding.wrong(f"{topic}: {wrong}", conversation=conversation_id)
    for lead_id in snapshot.lead_events:
        _lead(snapshot, finding, lead_id)
    return finding


def _restored(snapshot: Snapshot) -> set[str]:
    """Conversations of which some service's database is known to have been restored."""
    flagged = {str(lead.conversation_id) for lead in snapshot.leads.values() if "restored" in lead.flags}
    return flagged | {event.subject for event in snapshot.of("leads") if event.data.epoch > 1}


def _gap(numbers: Iterable[int], trimmed: bool) -> str | None:
    ordered = sorted(numbers)
    expected = ordered[0] if trimmed else 1
    for number in ordered:
        if number < expected:
            return f"number {number} was given twice"
        if number > expected:
            return f"number {expected} is missing"
        expected += 1
    return None


def _lead(snapshot: Snapshot, finding: Finding, lead_id: UUID) -> None:
    finding.count("leads")
    events = [event.data for event in snapshot.lead_events[lead_id]]
    raising = [data for data in events if not isinstance(data, MessageFact)]
    if not raising:
        return
    wrong = _gap((data.version for data in raising), snapshot.trimmed)
    if wrong:
        finding.wrong(f"leads: version {wrong}", lead=lead_id)
    newest = max(data.version for data in raising)
    row = snapshot.leads.get(lead_id)
    if row is not None and row.version != newest and not snapshot.open:
        finding.wrong(f"the row is at version {row.version}, the topic at {newest}", lead=lead_id)
    if any(data.version > newest for data in events):
        finding.wrong("a message carries a version that does not exist", lead=lead_id)
    epochs = [data.epoch for data in sorted(raising, key=lambda data: data.version)]
    if epochs != sorted(epochs):
        finding.wrong("the epoch went back", lead=lead_id)
