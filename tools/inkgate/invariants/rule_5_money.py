"""Rule 5: one Stripe event id, one effect; the sum recorded equals the sum that Stripe reports.

When it fails, money was counted twice or not at all. Compare what Stripe says of a session with `payments` (the rows), with
topic `payments` (what was told) and with the lead's deposit (what was believed): the first two that differ name the service.
"""

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from inkgate.invariants.snapshot import Finding, Snapshot
from inkgate_common.contracts.leads import DepositRecorded, StatusChanged
from inkgate_common.contracts.payments import DepositPaid

TITLE = "every penny once"


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("5", TITLE)
    _one_effect(snapshot, finding)
    _leads(snapshot, finding)
    _outside(snapshot, finding)
    return finding


def _one_effect(snapshot: Snapshot, finding: Finding) -> None:
    told: Counter[str] = Counter()
    paid: Counter[tuple[UUID, str | None]] = Counter()
    for event in snapshot.of("payments"):
        if event.data.stripe_event_id:
            told[event.data.stripe_event_id] += 1
        if isinstance(event.data, DepositPaid):
            paid[(event.data.lead_id, event.data.payment_intent or event.data.session)] += 1
    finding.count("Stripe events", len(snapshot.stripe_events))
    for stripe_event, number in told.items():
        effects = len(snapshot.stripe_events.get(stripe_event, ()))
        if stripe_event in snapshot.stripe_events and number != effects:
            finding.wrong(f"a Stripe event has {effects} effects on record and {number} were told", event=stripe_event)
    for (lead_id, reference), number in paid.items():
        if number > 1:
            finding.wrong("one payment was told twice", lead=lead_id, payment=reference)


def _leads(snapshot: Snapshot, finding: Finding) -> None:
    """The sums of the rows, of what was told, of the facts and of the lead are one sum."""
    rows: Counter[UUID] = Counter()
    told: Counter[UUID] = Counter()
    facts: Counter[UUID] = Counter()
    moves: Counter[UUID] = Counter()
    reports: Counter[UUID] = Counter()
    for paid in snapshot.paid:
        rows[paid.lead_id] += paid.amount_pence
    for event in snapshot.of("payments", DepositPaid):
        told[event.data.lead_id] += event.data.amount_pence
        reports[event.data.lead_id] += 1
    for event in snapshot.of("leads", DepositRecorded, StatusChanged):
        if isinstance(event.data, DepositRecorded) and event.data.kind == "paid":
            facts[event.data.lead_id] += event.data.amount_pence or 0
        elif isinstance(event.data, StatusChanged) and event.data.to_status == "DEPOSIT_PAID":
            moves[event.data.lead_id] += 1
    for lead_id in rows.keys() | told.keys() | facts.keys():
        finding.count("paid leads")
        lead = snapshot.leads.get(lead_id)
        believed = lead.deposit.paid_pence if lead and lead.deposit else 0
        sums = {"rows": rows[lead_id], "told": told[lead_id], "facts": facts[lead_id], "lead": believed}
        if len(set(sums.values())) > 1 and not snapshot.open and not snapshot.trimmed and lead is not None:
            finding.wrong(
                f"the sums differ: {', '.join(f'{name} {pence}p' for name, pence in sums.items())}", lead=lead_id
            )
        if moves[lead_id] > reports[lead_id] and not snapshot.trimmed:
            finding.wrong("more moves to DEPOSIT_PAID than payments", lead=lead_id)


def _outside(snapshot: Snapshot, finding: Finding) -> None:
    """What Stripe reported as paid, by payment, is what the rows say."""
    if snapshot.sandbox is None:
        return
    reported: dict[str, int] = defaultdict(int)
    for webhook in snapshot.sandbox.stripe:
        session = _paid_session(webhook.what, webhook.body)
        if session is not None:
            reported[str(session.get("payment_intent") or session["id"])] = int(session["amount_total"])
    recorded = {paid.reference: paid.amount_pence for paid in snapshot.paid}
    finding.count("payments that Stripe reported", len(reported))
    for reference, pence in reported.items():
        if recorded.get(reference) != pence:
            finding.wrong(f"Stripe reported {pence}p, recorded is {recorded.get(reference)}", payment=reference)


def _paid_session(what: str, body: dict[str, Any] | None) -> dict[str, Any] | None:
    if body is None or what not in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        return None
    session: dict[str, Any] = body["data"]["object"]
    return session if session.get("payment_status") == "paid" else None
