"""Rule 1: every gated change has a delivered message before it (or the basis or `force` that opened its gate), and every
delivered gate was applied, or superseded by a recorded fact. A gate in whose place only the invitation went out is not.

When it fails, the product's promise is broken: a lead moved on without its client having been told (look at the gate's
basis, and at who wrote the delivery), or a client was told and her lead stood still (look for the delivery event in
dialogue's inbox and `held`). A change without an intent must be one of the facts that wait for nothing (DOMAIN §3b).
"""

from collections import defaultdict
from uuid import UUID

from inkgate.invariants.snapshot import Finding, Snapshot
from inkgate_common.cloudevents import Event
from inkgate_common.contracts import payments as p
from inkgate_common.contracts.deliveries import MessageDelivered, MessageStatus
from inkgate_common.contracts.leads import (
    ChangeReverted,
    GateClosed,
    MessageSent,
    OptedIn,
    OptedOut,
    StatusChanged,
    StepAdvanced,
)

TITLE = "delivered first, then the step moves"

# DOMAIN §3b: what a change without a message may lead to, and the report of money that must be there for it.
_FACTS: dict[str, type[p.Payment] | None] = {
    "DEPOSIT_PAID": p.DepositPaid,
    "DEPOSIT_EXPIRED": p.DepositExpired,
    "REFUNDED": p.DepositRefunded,
    "ABANDONED": None,
    "STALE": None,
    "COMPLETED": None,
    "NO_SHOW": None,
    "OPTOUT": None,
    "NEEDS_FOLLOW_UP": None,
    "BOOKING_PENDING": None,
    "BOOKED": None,
    "REJECTED": None,
    "CANCELLED": None,
}
# What is applied at once for a person who opted out: its message would not reach her (PROTOCOL §2, STOP).
_OPTED_OUT = ("OPTOUT", "BOOKING_PENDING", "BOOKED", "REJECTED", "CANCELLED")


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("1", TITLE)
    closed: dict[UUID, list[GateClosed]] = defaultdict(list)
    opted_out: set[UUID] = set()
    reverted: dict[UUID, int] = defaultdict(int)
    money = _money(snapshot)
    for lead_id, events in snapshot.lead_events.items():
        _history(snapshot, finding, lead_id, events, money[lead_id])
        for event in events:
            match event.data:
                case GateClosed(intent_id=intent_id):
                    closed[intent_id].append(event.data)
                case ChangeReverted(intent_id=intent_id):
                    reverted[intent_id] += 1
                case OptedOut():
                    opted_out.add(lead_id)
    _gates(snapshot, finding, closed, opted_out, reverted)
    return finding


def _money(snapshot: Snapshot) -> dict[UUID, set[type]]:
    found: dict[UUID, set[type]] = defaultdict(set)
    for event in snapshot.of("payments"):
        found[event.data.lead_id].add(type(event.data))
    return found


def _history(snapshot: Snapshot, finding: Finding, lead_id: UUID, events: list[Event], money: set[type]) -> None:
    """One lead's changes, each against what came before it."""
    sent: set[UUID] = set()
    applied: dict[UUID, GateClosed] = {}
    opted_out = False
    for event in events:
        data = event.data
        match data:
            case MessageSent():
                sent.add(data.intent_id)
            case GateClosed(how="applied"):
                applied[data.intent_id] = data
            case OptedOut() | OptedIn():
                opted_out = isinstance(data, OptedOut)
            case StepAdvanced() | StatusChanged() if data.intent_id is not None:
                finding.count("gated changes")
                if not snapshot.trimmed or data.intent_id in sent or data.intent_id in applied:
                    _gated(snapshot, finding, event, applied.get(data.intent_id), data.intent_id in sent, money)
            case StepAdvanced():
                finding.count("facts")
                finding.wrong("the step moved without a message", lead=lead_id, version=data.version)
            case StatusChanged():
                finding.count("facts")
                _fact(snapshot, finding, data, opted_out, money)


def _gated(
    snapshot: Snapshot, finding: Finding, change: Event, gate: GateClosed | None, sent: bool, money: set[type]
) -> None:
    data = change.data
    where = {"lead": data.lead_id, "version": data.version, "intent": data.intent_id}
    if gate is None:
        finding.wrong("a gated change without an applied gate before it", **where)
        return
    if gate.basis == "force":
        finding.count("forced")
        return
    if not sent:
        finding.wrong("a gated change without a delivered message before it", **where)
        return
    if not _proved(snapshot, data.intent_id, gate.basis, money):
        finding.wrong(f"nothing on record proves the basis '{gate.basis}'", **where)
    intent = snapshot.intents.get(data.intent_id)
    if intent is None or gate.basis == "payment" or not snapshot.outside_knows(intent.time):
        return
    finding.count("seen from outside")
    if not any(call.accepted and call.started_at <= data.at for call in snapshot.calls.get(data.intent_id, ())):
        finding.wrong("the lead moved before WhatsApp had the message", **where)


def _proved(snapshot: Snapshot, intent_id: UUID, basis: str | None, money: set[type]) -> bool:
    if snapshot.trimmed:
        return True
    reports = [event.data for event in snapshot.deliveries.get(intent_id, ())]
    if basis == "payment":
        return p.DepositPaid in money
    if basis == "reply":
        return any(isinstance(report, MessageStatus) and report.status == "accepted" for report in reports)
    return any(_delivers(report) for report in reports)


def _delivers(report: object) -> bool:
    return isinstance(report, MessageDelivered) or (isinstance(report, MessageStatus) and report.makes_delivered)


def _fact(snapshot: Snapshot, finding: Finding, data: StatusChanged, opted_out: bool, money: set[type]) -> None:
    where = {"lead": data.lead_id, "version": data.version, "reason": data.reason}
    change = f"{data.from_status} → {data.to_status}"
    if data.to_status not in _FACTS:
        finding.wrong(f"{change} waits for a message, and had none", **where)
        return
    report = _FACTS[data.to_status]
    if report is not None and report not in money and not snapshot.trimmed:
        finding.wrong(f"{change} without a report of money", **where)
    elif data.to_status in _OPTED_OUT and not opted_out and not snapshot.trimmed:
        finding.wrong(f"{change} without a message, though she had not opted out", **where)
    elif data.to_status == "NEEDS_FOLLOW_UP" and data.from_status != "BOOKING_PENDING":
        finding.wrong(f"{change} waits for a message, and had none", **where)


def _gates(
    snapshot: Snapshot,
    finding: Finding,
    closed: dict[UUID, list[GateClosed]],
    opted_out: set[UUID],
    reverted: dict[UUID, int],
) -> None:
    """Every delivered gate has an end, and the right one."""
    sent_again = {event.data.retry_of for event in snapshot.intents.values() if event.data.retry_of is not None}
    for intent_id, event in snapshot.intents.items():
        if not event.data.gating:
            continue
        ends = closed.get(intent_id, [])
        where = {"intent": intent_id, "lead": event.data.lead_id, "conversation": event.subject}
        if sum(end.how == "applied" for end in ends) > 1 + reverted[intent_id]:
            finding.wrong("a gate was applied twice", **where)
        if not any(_delivers(delivery.data) for delivery in snapshot.deliveries.get(intent_id, ())):
            continue
        finding.count("delivered gates")
        if not ends:
            if not snapshot.open and not snapshot.trimmed:
                finding.wrong("the message was delivered and its gate never ended", **where)
        elif _only_invited(snapshot, intent_id):
            finding.count("invitations")
            if any(end.how == "applied" and end.basis not in ("payment", "force") for end in ends):
                finding.wrong("a gate was applied though only the invitation went out", **where)
        elif ends[-1].how == "superseded":
            _superseded(snapshot, finding, ends[-1], where)
        elif ends[-1].how != "applied" and intent_id not in sent_again and event.data.lead_id not in opted_out:
            finding.wrong(f"the message was delivered and its gate ended {ends[-1].how}", **where)


def _only_invited(snapshot: Snapshot, intent_id: UUID) -> bool:
    """Whether nothing but an invitation to write went out in the message's place (DOMAIN §4, 24-hour window)."""
    template = snapshot.intents[intent_id].data.fallback
    reports = [event.data for event in snapshot.deliveries.get(intent_id, ()) if _delivers(event.data)]
    return template is not None and not template.same_content and all(report.fallback for report in reports)


def _superseded(snapshot: Snapshot, finding: Finding, end: GateClosed, where: dict[str, object]) -> None:
    """By a fact that is on record. An opt-out's confirmation may be overtaken by its own minute (DOMAIN §4)."""
    finding.count("superseded gates")
    intent = snapshot.intents.get(end.intent_id)
    if intent is not None and intent.data.opt_out_confirmation:
        return
    try:
        known = UUID(end.reason or "") in snapshot.event_ids
    except ValueError:
        known = False
    if not known and not snapshot.trimmed:
        finding.wrong("a delivered gate was superseded by nothing on record", **where, reason=end.reason)
