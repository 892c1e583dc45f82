"""Extra: `evolve` over the topic `leads` gives each lead's row again: status, step, values, deposit, flags, version.

When it fails, a fact was folded into the state and not published (or the other way round), and whoever builds on the topic
believes something else than the console shows.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from inkgate.invariants.snapshot import Finding, Snapshot
from inkgate_common.cloudevents import Event
from inkgate_common.contracts import leads as out
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.booking import Appointment, Offer, Session
from inkgate_dialogue.domain.evolve import evolve
from inkgate_dialogue.domain.lead import Asked, Conversation, Deposit, Lead, Tour
from inkgate_dialogue.domain.questions import PUBLIC, public_value

TITLE = "the topic tells the whole story"

# What is known of money from the topic alone: what each report makes of the deposit's state.
_STATES = {"refund_failed": None, "disputed": None, "set": None}


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("+ replay", TITLE)
    if snapshot.open:
        finding.notes.append("not examined while something is under way")
        return finding
    for lead_id, row in snapshot.leads.items():
        events = snapshot.lead_events.get(lead_id, [])
        if not events or not isinstance(events[0].data, out.LeadCreated):
            if not snapshot.trimmed:
                finding.wrong("a lead whose creation is not on the topic", lead=lead_id)
            continue
        finding.count("leads")
        again = replay(row.conversation_id, events)
        mine, theirs = _facets(row, snapshot.questions), _facets(again, snapshot.questions)
        for name in mine:
            if mine[name] != theirs[name]:
                finding.wrong(f"{name} is {mine[name]!r}, by the topic {theirs[name]!r}", lead=lead_id)
    return finding


def replay(conversation_id: UUID, events: Sequence[Event]) -> Lead:
    """The lead that these events of the topic, in order, lead to."""
    conversation = Conversation(id=conversation_id, phone_number_id="")
    lead_id = events[0].data.lead_id
    for event in events:
        fact = _fact(event.data, conversation.leads.get(lead_id), conversation_id)
        if fact is not None:
            conversation = evolve(conversation, fact, event.data.at)
    return conversation.leads[lead_id]


def _facets(lead: Lead, questions: Sequence[str]) -> dict[str, Any]:
    deposit = lead.deposit
    return {
        "status": lead.status,
        "step": questions.index(lead.question) if lead.question in questions else -1,
        "values": {
            key: said for key in sorted(PUBLIC) if (said := public_value(key, lead.values.get(key))) is not None
        },
        "deposit": None if deposit is None else (deposit.state, deposit.paid_pence, deposit.refunded_pence),
        "slot": lead.slot,
        "flags": sorted(lead.flags),
        "handover": None if lead.handover is None else lead.handover.reason,
        "version": lead.version,
    }


def _created(data: out.LeadCreated, _: Lead | None, conversation_id: UUID) -> e.Fact:
    lead = Lead(id=data.lead_id, conversation_id=conversation_id, created_at=data.at, updated_at=data.at)
    return e.LeadCreated(lead_id=data.lead_id, lead=lead)


def _deposit(data: out.DepositRecorded, lead: Lead | None, _: UUID) -> e.Fact:
    if data.kind == "set":
        return e.DepositSet(lead_id=data.lead_id, amount_pence=data.amount_pence or 0, by="")
    standing = lead.deposit if lead else None
    before = standing or Deposit(command_id=data.lead_id, amount_pence=0, currency="", state=data.kind)
    paid = before.paid_pence + (data.amount_pence or 0 if data.kind == "paid" else 0)
    refunded = before.refunded_pence + (data.amount_pence or 0 if data.kind == "refunded" else 0)
    state = before.state if data.kind in _STATES else data.kind
    if data.kind == "refunded" and refunded < paid:
        state = "paid"
    deposit = replace(before, state=state, paid_pence=paid, refunded_pence=refunded)
    return e.DepositRecorded(lead_id=data.lead_id, event=data.kind, deposit=deposit)


def _step(data: out.StepAdvanced, *_: Any) -> e.Fact:
    return e.StepAdvanced(
        lead_id=data.lead_id,
        from_step=data.from_step,
        to_step=data.to_step,
        key=data.key,
        asked=Asked(key=data.key),
        intent_id=data.intent_id,
        at=data.at,
    )


def _reverted(data: out.ChangeReverted, lead: Lead | None, _: UUID) -> e.Fact:
    return e.ChangeReverted(
        lead_id=data.lead_id,
        intent_id=data.intent_id,
        status=data.status,  # type: ignore[arg-type]
        question=data.question,
        step=data.step,
        asked=Asked(key=data.question),
        handover_from=None,
    )


def _status(data: out.StatusChanged, *_: Any) -> e.Fact:
    return e.StatusChanged(
        lead_id=data.lead_id,
        from_status=data.from_status,  # type: ignore[arg-type]
        to_status=data.to_status,  # type: ignore[arg-type]
        reason=data.reason,
    )


def _answer(data: out.AnswerRecorded, *_: Any) -> e.Fact:
    return e.AnswerRecorded(
        lead_id=data.lead_id, key=data.key, text="", value=data.value, at=data.at, withdrawn=data.withdrawn
    )


def _marked(data: out.Marked, *_: Any) -> e.Fact:
    return e.Marked(lead_id=data.lead_id, mark=data.mark, at=data.at)


def _opened(data: out.HandoverOpened, *_: Any) -> e.Fact:
    return e.HandoverOpened(lead_id=data.lead_id, reason=data.reason, since=data.at)


def _slot(data: out.SlotChosen, *_: Any) -> e.Fact:
    return e.Marked(lead_id=data.lead_id, mark="slot", at=data.at, slot=data.slot)


def _offered(data: out.SlotsOffered, *_: Any) -> e.Fact:
    sessions = tuple(Session(starts_at=at, ends_at=at, busy_until=at) for at in data.starts)
    return e.SlotsOffered(lead_id=data.lead_id, offer=Offer(sessions=sessions) if sessions else None)


def _held(data: out.SlotHeld, *_: Any) -> e.Fact:
    begins, ends = data.starts_at, data.ends_at
    held = Appointment(starts_at=begins, ends_at=ends, busy_until=ends, label="", token=data.lead_id)
    return e.SlotHeld(lead_id=data.lead_id, appointment=held)


def _gate(data: out.GateClosed, *_: Any) -> e.Fact:
    return e.GateClosed(lead_id=data.lead_id, intent_id=data.intent_id, how=data.how)


def _strike(data: out.StrikeRecorded, *_: Any) -> e.Fact:
    return e.StrikeRecorded(lead_id=data.lead_id, key=data.key, strikes=data.strikes, reason=data.reason)


def _flag(data: out.Flagged, *_: Any) -> e.Fact:
    return e.Flagged(lead_id=data.lead_id, flag=data.flag, on=data.on)


def _tour_offered(data: out.TourOffered, *_: Any) -> e.Fact:
    tour = Tour(key="", city=data.city, country=data.country, starts=data.starts, ends=data.ends)
    return e.TourOffered(lead_id=data.lead_id, tour=tour)


def _handover_closed(data: out.HandoverClosed, *_: Any) -> e.Fact:
    return e.HandoverClosed(lead_id=data.lead_id, reason=data.reason)


_READERS: dict[type[out.LeadFact], Callable[[Any, Lead | None, UUID], e.Fact]] = {
    out.LeadCreated: _created,
    out.AnswerRecorded: _answer,
    out.StrikeRecorded: _strike,
    out.StepAdvanced: _step,
    out.StatusChanged: _status,
    out.ChangeReverted: _reverted,
    out.GateClosed: _gate,
    out.DepositRecorded: _deposit,
    out.HandoverOpened: _opened,
    out.HandoverClosed: _handover_closed,
    out.OptedOut: lambda data, *_: e.OptedOut(lead_id=data.lead_id),
    out.OptedIn: lambda data, *_: e.OptedIn(lead_id=data.lead_id),
    out.Restarted: lambda data, *_: e.Restarted(lead_id=data.lead_id),
    out.TourOffered: _tour_offered,
    out.TourAnswered: lambda data, *_: e.TourAnswered(lead_id=data.lead_id, accepted=data.accepted),
    out.Flagged: _flag,
    out.LeadErased: lambda data, *_: e.LeadErased(lead_id=data.lead_id),
    out.SlotChosen: _slot,
    out.SlotsOffered: _offered,
    out.SlotHeld: _held,
    out.SlotReleased: lambda data, *_: e.SlotReleased(lead_id=data.lead_id, reason=data.reason),
    out.WindowGiven: lambda data, *_: e.WindowGiven(lead_id=data.lead_id, text=""),
    out.Marked: _marked,
}


def _fact(data: out.LeadFact, lead: Lead | None, conversation_id: UUID) -> e.Fact | None:
    read = _READERS.get(type(data))
    return read(data, lead, conversation_id) if read is not None else None
