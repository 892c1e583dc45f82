"""Rule 2: every webhook answered 200 has exactly one effect or one recorded reason for having none; none is lost.

When it fails, somebody's message, tick or payment is gone, or was judged twice: it is in intake's memory and in no event
(the outbox and its transaction came apart), or on a topic and in no inbox (a consumer skipped it: look at `positions` and
`held`), or judged and not on the timeline. The webhooks are those that the sandbox saw answered 200; what intake remembers
is looked at even without it.
"""

from collections import Counter, defaultdict
from uuid import UUID

from inkgate.invariants.snapshot import Finding, Snapshot, Webhook
from inkgate_common.contracts.inbound import IdentityLinked, MessageReceived
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_intake.domain.items import key_of

TITLE = "nothing lost, nothing twice"

# Who must have taken in what (PROTOCOL §1, as far as it is built).
READERS = {
    "inbound": ("dialogue",),
    "deliveries": ("dialogue",),
    "payments": ("dialogue",),
    "commands": ("dialogue",),
    "intents": ("sender",),
    "receipts": ("sender",),
    "payment-commands": ("payments",),
    "control": ("intake", "payments"),
}


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("2", TITLE)
    _webhooks(snapshot, finding)
    _remembered(snapshot, finding)
    _taken_in(snapshot, finding)
    _judged_once(snapshot, finding)
    _stripe(snapshot, finding)
    return finding


def _webhooks(snapshot: Snapshot, finding: Finding) -> None:
    """From outside: what was answered 200 is remembered, or on a topic (a restored intake has forgotten it), or recorded
    with its reason."""
    excerpts = "\n".join(snapshot.unhandled.values())
    traces = snapshot.seen | _published(snapshot)
    for webhook in snapshot.sandbox.webhooks if snapshot.sandbox else ():
        key = _key(webhook)
        if key is None:
            continue
        finding.count("webhooks answered 200")
        if key[0] in traces or key[1] in excerpts:
            continue
        finding.wrong("a webhook was answered 200 and left no trace", id=key[1], kind=webhook.what, entry=webhook.n)


def _key(webhook: Webhook) -> tuple[bytes, str] | None:
    if webhook.what == "status" and webhook.wamid and webhook.status:
        return key_of("status", webhook.wamid, webhook.status), webhook.wamid
    identity = webhook.body.get("id") if webhook.what == "message" and webhook.body else None
    return (key_of("message", identity), identity) if isinstance(identity, str) and identity else None


def _published(snapshot: Snapshot) -> set[bytes]:
    """What intake would remember of each event that it published."""
    messages = {key_of("message", event.data.message_id) for event in snapshot.of("inbound", MessageReceived)}
    return messages | {key_of("status", e.data.wamid, e.data.status) for e in snapshot.of("receipts", ReceiptReceived)}


def _remembered(snapshot: Snapshot, finding: Finding) -> None:
    """From inside: what intake remembers is on a topic, exactly once."""
    messages = Counter(event.data.message_id for event in snapshot.of("inbound", MessageReceived))
    receipts = Counter((e.data.wamid, e.data.status) for e in snapshot.of("receipts", ReceiptReceived))
    finding.count("messages", len(messages))
    finding.count("receipts", len(receipts))
    for message_id, number in messages.items():
        if number > 1:
            finding.wrong("one message became several events", message=message_id, events=number)
    for (wamid, status), number in receipts.items():
        if number > 1:
            finding.wrong("one status became several events", wamid=wamid, status=status, events=number)
    if snapshot.trimmed:
        return
    without = [key for key in snapshot.seen - _published(snapshot) if key not in snapshot.unhandled]
    # A changed user id is remembered too, and is published as `identity.linked`.
    links = sum(1 for _ in snapshot.of("inbound", IdentityLinked))
    if len(without) > links and not snapshot.open:
        finding.wrong(
            f"{len(without) - links} webhooks are remembered and were never published", first=without[0].hex()
        )


def _taken_in(snapshot: Snapshot, finding: Finding) -> None:
    """Every event is in the inbox of whoever reads its topic."""
    for topic, services in READERS.items():
        for service in services:
            inbox = snapshot.inboxes.get(service)
            if inbox is None or snapshot.open:
                continue
            for event in snapshot.of(topic):
                finding.count("events taken in")
                if event.id not in inbox and event.id not in snapshot.dead:
                    finding.wrong(
                        f"{service} never took in an event", event=event.id, type=event.type, conversation=event.subject
                    )


def _judged_once(snapshot: Snapshot, finding: Finding) -> None:
    """Every message is on the timeline, judged at most once; or waits in a mailbox; or is a dead letter."""
    shown: dict[str, list[bool]] = defaultdict(list)
    for row in snapshot.timeline:
        if row.kind == "message_received":
            shown[str(row.data.get("message_id"))].append(bool(row.data.get("judged", True)))
    waiting = {item.event_id for item in snapshot.mailbox}
    inbox = snapshot.inboxes.get("dialogue", {})
    for event in snapshot.of("inbound", MessageReceived):
        if event.id not in inbox or UUID(event.subject) in snapshot.erased:
            continue
        message_id = event.data.message_id
        finding.count("messages judged or shown")
        entries = shown[message_id]
        if sum(entries) > 1:
            finding.wrong("a message was judged twice", message=message_id, conversation=event.subject)
        elif len(entries) > 1 and entries != [False, True]:  # one that was late is judged when an operator says so
            finding.wrong("a message was taken in twice", message=message_id, conversation=event.subject)
        elif not entries and event.id not in waiting and event.id not in snapshot.dead:
            finding.wrong("a message was taken in and is nowhere", message=message_id, conversation=event.subject)


def _stripe(snapshot: Snapshot, finding: Finding) -> None:
    for webhook in snapshot.sandbox.stripe if snapshot.sandbox else ():
        finding.count("Stripe webhooks answered 200")
        if webhook.event_id and webhook.event_id not in snapshot.stripe_events:
            finding.wrong("a Stripe event was answered 200 and is not known", event=webhook.event_id, type=webhook.what)
