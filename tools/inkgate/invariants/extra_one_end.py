"""Extra: every intent ends in exactly one of delivered, failed, cancelled; what is learned later is a status (PROTOCOL §2).

When it fails, dialogue was told two stories about one message (a result was recorded by a process that had been given up),
or none: the sender lost an intent, and its gate stays open for ever.
"""

from collections import Counter

from inkgate.invariants.snapshot import Finding, Snapshot
from inkgate_common.contracts.deliveries import MessageStatus
from inkgate_common.contracts.intents import IntentCreated

TITLE = "every message ends once"


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("+ one end", TITLE)
    ends: Counter[str] = Counter()
    for event in snapshot.of("intents", IntentCreated):
        finding.count("intents")
        told = [
            e.data for e in snapshot.deliveries.get(event.data.intent_id, ()) if not isinstance(e.data, MessageStatus)
        ]
        where = {"intent": event.data.intent_id, "conversation": event.subject, "sequence": event.data.sequence}
        if len(told) > 1:
            finding.wrong(f"it ended {len(told)} times: {', '.join(type(end).__name__ for end in told)}", **where)
        elif not told and not snapshot.open and not snapshot.trimmed:
            finding.wrong("it never ended", **where)
        ends.update(type(end).__name__.removeprefix("Message").lower() for end in told[:1])
    for name, number in sorted(ends.items()):
        finding.count(name, number)
    return finding
