"""What a fact makes of the person: her conversation and what is under way in it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from inkgate_common import ids
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.lead import Conversation, Gate, Paused, Under

# Receipts of these intents need no look-up; of an older one they are rare.
RECENT_MAX = 8
# Of what she wrote last, for the artist; and of what an artist was told last.
HEARD_MAX = 5
HEARD_CHARS_MAX = 300
NOTICES_MAX = 40


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


def _ended(c: Conversation, intent_id: UUID) -> Conversation:
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


FOLDS: dict[type[e.Fact], Callable[[Conversation, Any], Conversation]] = {
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
