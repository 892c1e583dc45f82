"""Facts as the topic `leads` carries them: nothing personal, each with its lead's version. And back again: the topic
folded with `evolve` gives status, step, values, deposit and version (a test does it)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from inkgate_common.contracts import leads as out
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.questions import public_value

Common = dict[str, Any]

SOURCE = "dialogue"


def public(fact: e.Fact, version: int, epoch: int, now: datetime) -> out.LeadFact | None:
    """What is published of a fact, or None for what stays inside."""
    write = _WRITERS.get(type(fact))
    if write is None or fact.lead_id is None:
        return None
    written: out.LeadFact = write(fact, {"lead_id": fact.lead_id, "epoch": epoch, "version": version, "at": now})
    return written


def _answer(f: e.AnswerRecorded, c: Common) -> out.AnswerRecorded:
    value = public_value(f.key, f.value)
    return out.AnswerRecorded(**c, key=f.key, value=value, correction=f.correction, withdrawn=f.withdrawn)


def _step(f: e.StepAdvanced, c: Common) -> out.StepAdvanced:
    return out.StepAdvanced(**c, from_step=f.from_step, to_step=f.to_step, key=f.key, intent_id=f.intent_id)


def _status(f: e.StatusChanged, c: Common) -> out.StatusChanged:
    return out.StatusChanged(
        **c, from_status=f.from_status, to_status=f.to_status, reason=f.reason, intent_id=f.intent_id
    )


def _reverted(f: e.ChangeReverted, c: Common) -> out.ChangeReverted:
    return out.ChangeReverted(**c, intent_id=f.intent_id, status=f.status, step=f.step, question=f.question)


_WRITERS: dict[type[e.Fact], Callable[[Any, Common], out.LeadFact]] = {
    e.LeadCreated: lambda f, c: out.LeadCreated(**c, previous_lead_id=f.previous_lead_id),
    e.AnswerRecorded: _answer,
    e.StrikeRecorded: lambda f, c: out.StrikeRecorded(**c, key=f.key, strikes=f.strikes, reason=f.reason),
    e.StepAdvanced: _step,
    e.StatusChanged: _status,
    e.ChangeReverted: _reverted,
    e.GateClosed: lambda f, c: out.GateClosed(**c, intent_id=f.intent_id, how=f.how, reason=f.reason, basis=f.basis),
    e.MessageSent: lambda f, c: out.MessageSent(**c, intent_id=f.intent_id, basis=f.basis, waited_s=f.waited_s),
    e.MessageSeen: lambda f, c: out.MessageSeen(**c, intent_id=f.intent_id, status=f.status),
    e.MessageFailed: lambda f, c: out.MessageFailed(**c, intent_id=f.intent_id, code=f.code, late=f.late),
    e.TourOffered: lambda f, c: out.TourOffered(
        **c,
        city=f.tour.city,
        country=f.tour.country,
        starts=f.tour.starts,
        ends=f.tour.ends,
        intent_id=f.intent_id,
    ),
    e.TourAnswered: lambda f, c: out.TourAnswered(**c, accepted=f.accepted, intent_id=f.intent_id),
    e.DepositRecorded: lambda f, c: out.DepositRecorded(
        **c, kind=f.event, amount_pence=f.amount_pence, currency=f.deposit.currency
    ),
    e.DepositSet: lambda f, c: out.DepositRecorded(**c, kind="set", amount_pence=f.amount_pence),
    e.HandoverOpened: lambda f, c: out.HandoverOpened(**c, reason=f.reason),
    e.HandoverClosed: lambda f, c: out.HandoverClosed(**c, reason=f.reason),
    e.OptedOut: lambda f, c: out.OptedOut(**c),
    e.OptedIn: lambda f, c: out.OptedIn(**c),
    e.Restarted: lambda f, c: out.Restarted(**c),
    e.LeadErased: lambda f, c: out.LeadErased(**c),
    e.Flagged: lambda f, c: out.Flagged(**c, flag=f.flag, on=f.on),
    e.SlotsOffered: lambda f, c: out.SlotsOffered(
        **c, starts=[session.starts_at for session in f.offer.sessions] if f.offer is not None else []
    ),
    e.SlotHeld: lambda f, c: out.SlotHeld(**c, starts_at=f.appointment.starts_at, ends_at=f.appointment.ends_at),
    e.SlotReleased: lambda f, c: out.SlotReleased(**c, reason=f.reason),
    e.WindowGiven: lambda f, c: out.WindowGiven(**c),
    e.Marked: lambda f, c: out.SlotChosen(**c, slot=f.slot) if f.mark == "slot" else out.Marked(**c, mark=f.mark),
}
