"""What a fact makes of a lead."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from msgspec.structs import replace

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.booking import Appointment
from inkgate_dialogue.domain.lead import Asked, Handover, Lead, Older, Replied, Said, Taken

T = TypeVar("T")

# The name under which an offer of the tour counts strikes; it is no question.
TOUR_OFFER = "tour_offer"
# Older answers and media that a lead carries with it; the timeline has them all.
HISTORY_MAX = 200
# Messages that an edit or a deletion may still speak of (WhatsApp lets her edit for a quarter of an hour).
SAID_MAX = 40
# A status reply this long ago counts no longer for how soon the same one may go again.
_FORGOTTEN = timedelta(hours=12)
# Times that would suit her: she is asked for two or three.
WINDOWS_KEPT = 10


def _answer(lead: Lead, f: e.AnswerRecorded) -> Lead:
    history, answers, values = lead.history, lead.answers, lead.values
    if f.key in answers and not f"{f.text}\n".startswith(f"{answers[f.key]}\n"):
        old = Older(key=f.key, text=answers[f.key], value=values.get(f.key), until=f.at)
        history = [*history, old][-HISTORY_MAX:]
    values = _without(values, f.key)
    if f.value is not None:
        values[f.key] = f.value
    if f.withdrawn:
        return replace(lead, answers=_without(answers, f.key), values=values, history=history)
    strikes = _without(lead.strikes, f.key)
    unread = _without(lead.unread, f.key) if lead.unread else lead.unread
    return replace(
        lead,
        answers={**answers, f.key: f.text},
        values=values,
        history=history,
        media=_with_media(lead, f.media),
        strikes=strikes,
        unread=unread,
        said=_with_said(lead, f.message_id, f.key, f.text if f.said is None else f.said, answer=True),
    )


def _with_media(lead: Lead, media: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Her media with this one, which is there once however often it is spoken of."""
    return lead.media if media is None or media in lead.media else [*lead.media, media][-HISTORY_MAX:]


def _with_said(lead: Lead, message_id: str | None, key: str, text: str, *, answer: bool) -> list[Said]:
    if message_id is None:
        return lead.said
    others = [said for said in lead.said if said.message_id != message_id]
    return [*others, Said(message_id=message_id, key=key, text=text, answer=answer)][-SAID_MAX:]


def _kept(lead: Lead, f: e.Kept) -> Lead:
    lead = replace(lead, media=_with_media(lead, f.media), kept_at=f.at if f.thanked else lead.kept_at)
    if f.question is None:
        return lead
    if f.counts:
        lead = replace(lead, unread={**lead.unread, f.question: lead.unread.get(f.question, 0) + 1})
    return replace(lead, said=_with_said(lead, f.message_id, f.question, f.text or "", answer=False))


def _replied(lead: Lead, f: e.StatusReplied) -> Lead:
    again = lead.replied is not None and lead.replied.text == f.text and f.at - lead.replied.at < _FORGOTTEN
    times = lead.replied.times + 1 if lead.replied is not None and again else 1
    return replace(lead, replied=Replied(text=f.text, at=f.at, times=times))


def _strike(lead: Lead, f: e.StrikeRecorded) -> Lead:
    said = _with_said(lead, f.message_id, f.key, "", answer=False)
    return replace(lead, strikes={**lead.strikes, f.key: f.strikes}, said=said)


def _step(lead: Lead, f: e.StepAdvanced) -> Lead:
    return replace(lead, question=f.key, asked=f.asked)


def _status(lead: Lead, f: e.StatusChanged) -> Lead:
    opened_from = f.from_status if f.to_status == "NEEDS_ARTIST_REPLY" else None
    keep = f.to_status == "OPTOUT" or f.from_status == "OPTOUT"
    return replace(
        lead,
        status=f.to_status,
        appointment=_appointment(lead, f.to_status),
        windows=() if f.to_status == "COLLECTING_TIME_WINDOWS" else lead.windows,
        handover_from=lead.handover_from if keep and opened_from is None else opened_from,
        stopped_from=f.from_status if f.to_status in ("OPTOUT", "STALE", "ABANDONED") else None,
        moved_by=f.by,
    )


def _appointment(lead: Lead, status: str) -> Appointment | None:
    """A time that is held becomes booked with its lead, and is only held again where that is taken back."""
    appointment = lead.appointment
    if appointment is None or not appointment.live:
        return appointment
    booked = status in ("BOOKED", "COMPLETED", "NO_SHOW")
    return replace(appointment, state="booked" if booked else "held")


def _slots_offered(lead: Lead, f: e.SlotsOffered) -> Lead:
    return replace(lead, offer=f.offer)


def _slot_held(lead: Lead, f: e.SlotHeld) -> Lead:
    return replace(lead, appointment=f.appointment, strikes=_without(lead.strikes, "slot"))


def _slot_released(lead: Lead, f: e.SlotReleased) -> Lead:
    standing = lead.appointment
    if standing is None or not standing.live:
        return lead
    return replace(lead, appointment=replace(standing, state="released", sequence=standing.sequence + 1))


def _window_given(lead: Lead, f: e.WindowGiven) -> Lead:
    return replace(lead, windows=(*lead.windows, f.text)[-WINDOWS_KEPT:])


def _revert(lead: Lead, f: e.ChangeReverted) -> Lead:
    return replace(
        lead,
        status=f.status,
        appointment=_appointment(lead, f.status),
        question=f.question,
        asked=f.asked,
        handover_from=f.handover_from,
        stopped_from=f.stopped_from,
        completed_at=f.completed_at,
        held_reply_at=f.held_reply_at,
        tour=f.tour,
        tours_declined=tuple(key for key in lead.tours_declined if f.tour is None or key != f.tour.key),
    )


def _tour_offered(lead: Lead, f: e.TourOffered) -> Lead:
    return replace(lead, tour=f.tour, strikes=_without(lead.strikes, TOUR_OFFER))


def _tour_answered(lead: Lead, f: e.TourAnswered) -> Lead:
    if lead.tour is None:
        return lead
    declined = lead.tours_declined if f.accepted else (*lead.tours_declined, lead.tour.key)
    tour = replace(lead.tour, accepted=f.accepted)
    return replace(lead, tour=tour, tours_declined=declined, strikes=_without(lead.strikes, TOUR_OFFER))


def _without(kept: dict[str, T], key: str) -> dict[str, T]:
    return {name: value for name, value in kept.items() if name != key}


def _deposit(lead: Lead, f: e.DepositRecorded) -> Lead:
    return replace(lead, deposit=f.deposit)


def _deposit_set(lead: Lead, f: e.DepositSet) -> Lead:
    return replace(lead, deposit_pence=f.amount_pence)


def _handover_opened(lead: Lead, f: e.HandoverOpened) -> Lead:
    return replace(lead, handover=Handover(reason=f.reason, since=f.since))


def _handover_closed(lead: Lead, f: e.HandoverClosed) -> Lead:
    return replace(lead, handover=None, held_reply_at=None, artist_notified_at=None)


def _restarted(lead: Lead, f: e.Restarted) -> Lead:
    old = [
        Older(key=key, text=text, value=lead.values.get(key), until=lead.updated_at)
        for key, text in lead.answers.items()
    ]
    return replace(
        lead,
        question=None,
        asked=Asked(key=None),
        answers={},
        values={},
        strikes={},
        said=[],
        unread={},
        kept_at=None,
        replied=None,
        history=[*lead.history, *old][-HISTORY_MAX:],
        handover=None,
        handover_from=None,
        held_reply_at=None,
        artist_notified_at=None,
        completed_at=None,
        reminders=0,
        tour=None,
        tours_declined=(),
        confirmed_at=None,
        offer=None,
        windows=(),
    )


def _erased(lead: Lead, f: e.LeadErased) -> Lead:
    """What stays is named here, so that what is added to a lead later goes too."""
    return Lead(
        id=lead.id,
        conversation_id=lead.conversation_id,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
        status=lead.status,
        question=lead.question,
        flags=lead.flags,
        version=lead.version,
        handover=lead.handover,
        handover_from=lead.handover_from,
        completed_at=lead.completed_at,
        stopped_from=lead.stopped_from,
        moved_by=lead.moved_by,
        deposit=None if lead.deposit is None else replace(lead.deposit, url=None),
        deposit_pence=lead.deposit_pence,
        slot=lead.slot,
        appointment=lead.appointment,
    )


def _flagged(lead: Lead, f: e.Flagged) -> Lead:
    flags = tuple(flag for flag in lead.flags if flag != f.flag)
    return replace(lead, flags=(*flags, f.flag) if f.on else flags)


def _marked(lead: Lead, f: e.Marked) -> Lead:
    match f.mark:
        case "held_reply":
            return replace(lead, held_reply_at=f.at)
        case "artist_notified":
            return replace(lead, artist_notified_at=f.at)
        case "artist_asked":
            return replace(lead, artist_asked_at=f.at)
        case "artist_answered":
            return replace(lead, artist_asked_at=None)
        case "confirmed":
            return replace(lead, confirmed_at=f.at)
        case "completed":
            return replace(lead, completed_at=f.at)
        case "takeover_reminded":
            return replace(lead, handover=replace(lead.handover, reminded=True)) if lead.handover else lead
        case "reminder":
            return replace(lead, reminders=lead.reminders + 1 if f.number is None else f.number)
        case "slot":
            return replace(lead, slot=f.slot)
        case _:
            return lead


def _silence(lead: Lead, f: e.Silence) -> Lead:
    if f.since is None:
        quiet = lead.silent_since is None and not lead.reminders
        return lead if quiet else replace(lead, silent_since=None, silent_s=0.0, reminders=0)
    return replace(lead, silent_since=f.since, silent_s=f.counted_s)


def _waited(lead: Lead, f: e.Reminded) -> Lead:
    return replace(lead, reminded={**lead.reminded, f.timer: Taken(since=f.since, number=f.number)})


FOLDS: dict[type[e.Fact], Callable[[Lead, Any], Lead]] = {
    e.AnswerRecorded: _answer,
    e.StrikeRecorded: _strike,
    e.Kept: _kept,
    e.StatusReplied: _replied,
    e.StepAdvanced: _step,
    e.StatusChanged: _status,
    e.ChangeReverted: _revert,
    e.TourOffered: _tour_offered,
    e.TourAnswered: _tour_answered,
    e.DepositRecorded: _deposit,
    e.DepositSet: _deposit_set,
    e.HandoverOpened: _handover_opened,
    e.HandoverClosed: _handover_closed,
    e.Restarted: _restarted,
    e.LeadErased: _erased,
    e.Flagged: _flagged,
    e.Marked: _marked,
    e.SlotsOffered: _slots_offered,
    e.SlotHeld: _slot_held,
    e.SlotReleased: _slot_released,
    e.WindowGiven: _window_given,
    e.Silence: _silence,
    e.Reminded: _waited,
}
