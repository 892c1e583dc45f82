"""`evolve`: what a fact makes of a conversation. Pure and total: it never refuses; whether something may happen is
`decide`'s business, and what happened is history."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.booking import Appointment
from inkgate_dialogue.domain.lead import (
    Asked,
    Conversation,
    Gate,
    Handover,
    Lead,
    Older,
    Paused,
    Replied,
    Said,
    Taken,
    Under,
)

# Receipts of these intents need no look-up; of an older one they are rare.
RECENT_MAX = 8
# The name under which an offer of the tour counts strikes; it is no question.
TOUR_OFFER = "tour_offer"
# Of what she wrote last, for the artist; and of what an artist was told last.
HEARD_MAX = 5
HEARD_CHARS_MAX = 300
NOTICES_MAX = 40
# Older answers and media that a lead carries with it; the timeline has them all.
HISTORY_MAX = 200
# Messages that an edit or a deletion may still speak of (WhatsApp lets her edit for a quarter of an hour).
SAID_MAX = 40
# A status reply this long ago counts no longer for how soon the same one may go again.
_FORGOTTEN = timedelta(hours=12)
# Times that would suit her: she is asked for two or three.
WINDOWS_KEPT = 10


def evolve(conversation: Conversation, fact: e.Fact, now: datetime) -> Conversation:
    """The conversation after `fact`. A fact that raises gives its lead the next version."""
    fold = _PERSON.get(type(fact))
    if fold is not None:
        conversation = fold(conversation, fact)
    lead = conversation.leads.get(fact.lead_id) if fact.lead_id else None
    if lead is None:
        return conversation
    fold_lead = _LEAD.get(type(fact))
    changed = lead if fold_lead is None else fold_lead(lead, fact)
    if fact.RAISES:
        moved = {"status_since": now} if changed.status != lead.status else {}
        changed = replace(changed, version=changed.version + 1, updated_at=now, **moved)
    if changed is lead:
        return conversation
    return replace(conversation, leads={**conversation.leads, changed.id: changed})


# --- the person -------------------------------------------------------------------------------------------------------


def _received(c: Conversation, f: e.MessageReceived) -> Conversation:
    if not f.judged:
        return c
    if f.ahead:
        return replace(c, judged=c.judged + 1)
    newest = f.sent_at if c.judged_at is None else max(f.sent_at, c.judged_at)
    if f.text and c.audience == "client":
        c = replace(c, heard=(*c.heard[-HEARD_MAX + 1 :], " ".join(f.text.split())[:HEARD_CHARS_MAX]))
    return replace(c, judged=c.judged + 1, judged_at=newest)


def _created(c: Conversation, f: e.MessageCreated) -> Conversation:
    under = {**c.under_way, ids.text(f.sending.intent_id): Under(kind=f.sort, lead_id=f.lead_id, answer=f.answer)}
    recent = (*c.recent[-RECENT_MAX + 1 :], f.sending.intent_id)
    c = replace(c, intent_sequence=f.sequence, under_way=under, recent=recent)
    if f.gate is None:
        return c
    if f.sending.opt_out:
        return replace(c, opt_out_gate=f.gate)
    # A message that only talks leaves what had failed to her next message; one that moves her takes its place.
    keeps = c.retry is not None and f.sending.change.empty and f.retry_of is None
    return replace(c, gate=f.gate) if keeps else replace(c, gate=f.gate, retry=None)


def _ended(c: Conversation, intent_id: Any) -> Conversation:
    ended = ids.text(intent_id)
    return replace(c, under_way={key: under for key, under in c.under_way.items() if key != ended})


def _sent(c: Conversation, f: e.MessageSent) -> Conversation:
    return _ended(c, f.intent_id)


def _accepted(c: Conversation, f: e.MessageAccepted) -> Conversation:
    if c.gate and c.gate.sending.intent_id == f.intent_id:
        c = replace(c, gate=_taken(c.gate, f))
    if c.opt_out_gate and c.opt_out_gate.sending.intent_id == f.intent_id:
        c = replace(c, opt_out_gate=_taken(c.opt_out_gate, f))
    return c


def _taken(gate: Gate, f: e.MessageAccepted) -> Gate:
    return replace(gate, accepted_at=f.accepted_at, began_at=f.began_at, fallback=f.fallback)


def _failed(c: Conversation, f: e.MessageFailed) -> Conversation:
    # Of two that failed, the one that moves her goes out again.
    keeps = f.retry is None or (c.retry is not None and f.retry.change.empty and not c.retry.change.empty)
    return replace(_ended(c, f.intent_id), retry=c.retry if keeps else f.retry)


def _cancelled(c: Conversation, f: e.MessageCancelled) -> Conversation:
    return _ended(c, f.intent_id)


def _cancellation_asked(c: Conversation, f: e.CancellationAsked) -> Conversation:
    under = c.under_way.get(str(f.intent_id))
    if under is None:
        return replace(c, intent_sequence=f.sequence)
    recalled = {**c.under_way, str(f.intent_id): replace(under, recalled=True)}
    return replace(c, intent_sequence=f.sequence, under_way=recalled)


def _superseded(c: Conversation, f: e.GateSuperseded) -> Conversation:
    if c.gate and c.gate.sending.intent_id == f.intent_id:
        return replace(c, gate=replace(c.gate, superseded_by=f.by))
    return c


def _gate_closed(c: Conversation, f: e.GateClosed) -> Conversation:
    if c.gate and c.gate.sending.intent_id == f.intent_id:
        c = replace(c, gate=None)
    if c.opt_out_gate and c.opt_out_gate.sending.intent_id == f.intent_id:
        c = replace(c, opt_out_gate=None)
    if f.how == "applied":
        c = replace(c, applied=f.applied)
        if c.retry and c.retry.intent_id == f.intent_id:
            c = replace(c, retry=None)
    return c


def _reverted(c: Conversation, f: e.ChangeReverted) -> Conversation:
    return replace(c, applied=None)


def _retry_forgotten(c: Conversation, f: e.RetryForgotten) -> Conversation:
    return replace(c, retry=None) if c.retry and c.retry.intent_id == f.intent_id else c


def _seen(c: Conversation, f: e.PersonSeen) -> Conversation:
    return replace(
        c,
        phone=f.phone or c.phone,
        user_id=f.user_id or c.user_id,
        profile_name=f.profile_name or c.profile_name,
        window_expires_at=f.window_expires_at or c.window_expires_at,
    )


def _language(c: Conversation, f: e.LanguageChosen) -> Conversation:
    return replace(c, language=f.language)


def _noticed(c: Conversation, f: e.NoticeGiven) -> Conversation:
    return replace(c, notices=(*c.notices[-NOTICES_MAX + 1 :], f.noticed))


def _notice_taken(c: Conversation, f: e.NoticeTaken) -> Conversation:
    taken = tuple(replace(one, wamid=f.wamid) if one.intent_id == f.intent_id else one for one in c.notices)
    return replace(c, notices=taken)


def _word(c: Conversation, f: e.WordHeard) -> Conversation:
    return replace(c, word=f.word)


def _paused(c: Conversation, f: e.Paused) -> Conversation:
    standing = c.paused.held_at if c.paused is not None else None
    return replace(c, paused=Paused(held_at=f.held_at or standing))


def _joins(c: Conversation, f: e.PauseEnded | e.Joined) -> Conversation:
    return replace(c, paused=None if isinstance(f, e.PauseEnded) else c.paused, joins_until=f.until)


def _artist_wrote(c: Conversation, f: e.ArtistWrote) -> Conversation:
    return replace(c, artist_at=f.at)


def _artist_done(c: Conversation, f: e.HandoverClosed | e.Restarted) -> Conversation:
    return replace(c, artist_at=None)


def _opted_out(c: Conversation, f: e.OptedOut) -> Conversation:
    return replace(c, opted_out=True, retry=None)


def _opted_in(c: Conversation, f: e.OptedIn) -> Conversation:
    return replace(c, opted_out=False)


def _parked(c: Conversation, f: e.Parked) -> Conversation:
    return replace(c, parked=f.reason)


def _closed_into(c: Conversation, f: e.ClosedInto) -> Conversation:
    return replace(c, closed_into=f.into)


def _person_erased(c: Conversation, f: e.PersonErased) -> Conversation:
    return Conversation(
        id=c.id,
        phone_number_id=c.phone_number_id,
        audience=c.audience,
        lead_id=c.lead_id,
        leads=c.leads,
        lead_count=c.lead_count,
        opted_out=c.opted_out,
        judged=c.judged,
        intent_sequence=c.intent_sequence,
        recent=c.recent,
        erased_at=f.at,
    )


def _timer_set(c: Conversation, f: e.TimerSet) -> Conversation:
    return replace(c, timers={**c.timers, f.timer: f.due_at})


def _timer_fired(c: Conversation, f: e.TimerFired) -> Conversation:
    return replace(c, timers={name: due for name, due in c.timers.items() if name != f.timer})


def _judged(c: Conversation, f: e.Fact) -> Conversation:
    """Something was judged: a late failure takes nothing back any more."""
    return replace(c, judged=c.judged + 1)


def _moved(c: Conversation, f: e.StatusChanged) -> Conversation:
    return c if f.by is None else _judged(c, f)


def _reminded(c: Conversation, f: e.Marked) -> Conversation:
    return _judged(c, f) if f.mark == "reminder" else c


def _lead_created(c: Conversation, f: e.LeadCreated) -> Conversation:
    return replace(
        c,
        leads={**c.leads, f.lead.id: f.lead},
        lead_id=f.lead.id,
        lead_count=c.lead_count + 1,
        retry=None,
        applied=None,
    )


# --- the lead ---------------------------------------------------------------------------------------------------------


def _answer(lead: Lead, f: e.AnswerRecorded) -> Lead:
    history, answers, values = lead.history, lead.answers, lead.values
    if f.key in answers and not f"{f.text}\n".startswith(f"{answers[f.key]}\n"):
        old = Older(key=f.key, text=answers[f.key], value=values.get(f.key), until=f.at)
        history = [*history, old][-HISTORY_MAX:]
    values = {name: value for name, value in values.items() if name != f.key}
    if f.value is not None:
        values[f.key] = f.value
    if f.withdrawn:
        answers = {name: text for name, text in answers.items() if name != f.key}
        return replace(lead, answers=answers, values=values, history=history)
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
    strikes = {key: count for key, count in lead.strikes.items() if key != "slot"}
    return replace(lead, appointment=f.appointment, strikes=strikes)


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


def _without(strikes: dict[str, int], key: str) -> dict[str, int]:
    return {name: count for name, count in strikes.items() if name != key}


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


_PERSON: dict[type[e.Fact], Callable[[Conversation, Any], Conversation]] = {
    e.MessageReceived: _received,
    e.MessageCreated: _created,
    e.MessageSent: _sent,
    e.MessageAccepted: _accepted,
    e.MessageFailed: _failed,
    e.MessageCancelled: _cancelled,
    e.CancellationAsked: _cancellation_asked,
    e.GateSuperseded: _superseded,
    e.GateClosed: _gate_closed,
    e.ChangeReverted: _reverted,
    e.RetryForgotten: _retry_forgotten,
    e.PersonSeen: _seen,
    e.LanguageChosen: _language,
    e.WordHeard: _word,
    e.ArtistWrote: _artist_wrote,
    e.Paused: _paused,
    e.PauseEnded: _joins,
    e.Joined: _joins,
    e.HandoverClosed: _artist_done,
    e.Restarted: _artist_done,
    e.OptedOut: _opted_out,
    e.OptedIn: _opted_in,
    e.Parked: _parked,
    e.ClosedInto: _closed_into,
    e.PersonErased: _person_erased,
    e.NoticeGiven: _noticed,
    e.NoticeTaken: _notice_taken,
    e.TimerSet: _timer_set,
    e.TimerFired: _timer_fired,
    e.ActionTaken: _judged,
    e.DepositRecorded: _judged,
    e.StatusChanged: _moved,
    e.Marked: _reminded,
    e.Reminded: _judged,
    e.LeadCreated: _lead_created,
}

_LEAD: dict[type[e.Fact], Callable[[Lead, Any], Lead]] = {
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
