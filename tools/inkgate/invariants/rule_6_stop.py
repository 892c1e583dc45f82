"""Rule 6: from the moment the sender has taken a STOP's cancellation until a START is judged, no call to that person begins
but the confirmation's.

When it fails, somebody who asked to be left alone was written to: look at what kind of message it was (a reminder that
another replica had claimed, an uncertain send that was repeated, a follow-up that was judged after the STOP).
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from inkgate.invariants.snapshot import Call, Finding, Snapshot
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated
from inkgate_common.contracts.leads import OptedIn

TITLE = "STOP means stop"

# The inbox notes when the cancellation's transaction began; it counts as taken when that is committed.
_COMMITTED_WITHIN = timedelta(seconds=1)


def check(snapshot: Snapshot) -> Finding:
    finding = Finding("6", TITLE)
    intents = snapshot.intents
    by_conversation: dict[str, list[Call]] = defaultdict(list)
    for intent_id, call in _calls(snapshot):
        event = intents.get(intent_id)
        if event is not None:
            by_conversation[event.subject].append(call)
    for conversation_id, stops in _stops(snapshot).items():
        starts = _starts(snapshot, conversation_id)
        for taken_at, stopped_at in stops:
            finding.count("STOPs")
            until = min((at for at in starts if at > taken_at), default=None)
            for call in by_conversation[conversation_id]:
                finding.count("calls to those persons")
                after = call.started_at > stopped_at and (until is None or call.started_at < until)
                event = intents[call.intent_id] if call.intent_id else None
                if after and event is not None and not event.data.opt_out_confirmation:
                    finding.wrong("a call began after a STOP", conversation=conversation_id, intent=call.intent_id,
                                  began=call.started_at.isoformat(), stopped=stopped_at.isoformat())  # fmt: skip
    return finding


def _calls(snapshot: Snapshot) -> list[tuple[UUID, Call]]:
    """As the sandbox saw them; without it as the sender recorded them."""
    if snapshot.sandbox is not None:
        return [(call.intent_id, call) for call in snapshot.sandbox.calls if call.intent_id is not None]
    return [
        (copy.intent_id, Call(0, copy.began_at, copy.outcome == "accepted", None, copy.intent_id, copy.attempt))
        for copy in snapshot.copies.values()
        if copy.began_at is not None
    ]


def _stops(snapshot: Snapshot) -> dict[str, list[tuple[datetime, datetime]]]:
    """Conversation → for each confirmation: when the STOP was taken in, and from when on surely nothing may be sent: when
    that was committed, at the latest when the confirmation's own first call began."""
    inbox = snapshot.inboxes.get("sender", {})
    began = {intent_id: copy.began_at for (intent_id, attempt), copy in snapshot.copies.items() if attempt == 1}
    cancelled: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    for event in snapshot.of("intents", IntentCancelled):
        if event.data.opt_out and event.id in inbox:
            cancelled[event.subject].append((event.data.sequence, inbox[event.id]))
    stops: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for event in snapshot.of("intents", IntentCreated):
        if not event.data.opt_out_confirmation or event.id not in inbox:
            continue
        taken_at = inbox[event.id]
        earlier = [at for number, at in cancelled[event.subject] if number < event.data.sequence and at <= taken_at]
        moments = [at + _COMMITTED_WITHIN for at in (taken_at, *earlier)]
        moments += [call.started_at for call in snapshot.calls.get(event.data.intent_id, ())]
        first_call = began.get(event.data.intent_id)
        if first_call is not None:
            moments.append(first_call)
        stops[event.subject].append((taken_at, min(moments)))
    return stops


def _starts(snapshot: Snapshot, conversation_id: str) -> list[datetime]:
    return [event.data.at for event in snapshot.of("leads", OptedIn) if event.subject == conversation_id]
