"""DOMAIN §4, floods and `collect_s`: which of the waiting messages are judged as one.

More than `flood_max` waiting messages of one person, what waited through panic mode, and messages that follow each other
within the studio's `collect_s` are judged as one text. Words of command are looked for before joining and are judged alone;
so is an edit. Nobody speaks in a gesture, so it parts nothing. Messages from before the open question went out and from
after it are never joined: the former are no answer to it. Every message keeps its place in the timeline, judged once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.inbound import MessageReceived
from inkgate_dialogue.domain import mailbox, words
from inkgate_dialogue.domain.gate import written_after
from inkgate_dialogue.domain.lead import Conversation
from inkgate_dialogue.domain.studio import Messages

_PICTURES = frozenset({"image", "video", "document"})
_TAPS = frozenset({"button", "list"})

Alone = Callable[[MessageReceived], bool]


class Next(msgspec.Struct, frozen=True):
    """What is judged next: one event, or several messages as one. Nothing, and `look_at`: more may follow until then.
    `joins_until`: what was written up to then is judged as one."""

    events: Sequence[Event] = ()
    look_at: datetime | None = None
    joins_until: datetime | None = None


def upcoming(waiting: Sequence[Event], c: Conversation, limits: Messages, alone: Alone, now: datetime) -> Next:
    """What to judge of `waiting` (not empty). `alone` tells a message that must not be joined (a word of command)."""
    joinable = _joinable(c, alone)
    if len(waiting) == 1 and (not limits.collect_s or not joinable(waiting[0])):
        return Next(waiting)
    ordered = sorted(waiting, key=mailbox.order)
    if not joinable(ordered[0]):
        return Next(ordered[:1])
    until = c.joins_until
    if len(ordered) > limits.flood_max:
        spoken = [event for event in ordered if joinable(event)]
        until = mailbox.written_at(spoken[-1]) if len(spoken) > limits.flood_max else until
    run = _run(ordered, c, joinable)
    if until is not None and mailbox.written_at(ordered[0]) <= until:
        return Next([event for event in run if mailbox.written_at(event) <= until], joins_until=until)
    if not limits.collect_s:
        return Next(ordered[:1])
    return _collected(ordered, run, timedelta(seconds=limits.collect_s), now)


def _joinable(c: Conversation, alone: Alone) -> Callable[[Event], bool]:
    def check(event: Event) -> bool:
        data = event.data
        if not isinstance(data, MessageReceived) or data.audience != "client" or data.kind == "edited":
            return False
        late = c.judged_at is not None and data.sent_at < c.judged_at
        return not late and not words.speechless(data) and not alone(data)

    return check


def _run(ordered: Sequence[Event], c: Conversation, joinable: Callable[[Event], bool]) -> list[Event]:
    """The messages from the first on that may be one, whatever timers and gestures stand between them."""
    side = _side(ordered[0], c)
    run: list[Event] = []
    for event in ordered:
        if joinable(event):
            if _side(event, c) != side:
                break
            run.append(event)
        elif isinstance(event.data, OperatorActed) or _spoken(event):
            break
    return run


def _spoken(event: Event) -> bool:
    return isinstance(event.data, MessageReceived) and not words.speechless(event.data)


def _side(event: Event, c: Conversation) -> bool:
    """Whether it was written after the open question went out."""
    lead = c.lead
    if lead is None or lead.question is None:
        return True
    return written_after(event.data, lead.asked.accepted_at, lead.asked.began_at)


def _collected(ordered: Sequence[Event], run: list[Event], gap: timedelta, now: datetime) -> Next:
    """Those that follow each other within `gap`, once it has passed without another one; a tap answers by itself."""
    chain = run[:1]
    for event in run[1:]:
        if event.data.kind in _TAPS or event.data.received_at - chain[-1].data.received_at > gap:
            break
        chain.append(event)
    last = chain[-1]
    spoken = [event for event in ordered if _spoken(event)]
    closed = chain[0].data.kind in _TAPS or spoken[-1] is not last
    ends = last.data.received_at + gap
    return Next(chain) if closed or now >= ends else Next(look_at=ends)


def joined(messages: Sequence[MessageReceived]) -> MessageReceived:
    """Several messages as one: their texts in their order, and the first picture (its caption is the answer)."""
    last = messages[-1]
    text = "\n".join(message.text.strip() for message in messages if message.text and message.text.strip())
    first = next((message for message in messages if message.kind in _PICTURES and message.media is not None), None)
    if first is None and not text:
        first = messages[0]
    return replace(
        last,
        kind="text" if first is None else first.kind,
        text=text or None,
        choice=None,
        media=None if first is None else first.media,
        details={} if first is None else first.details,
        received_at=max(message.received_at for message in messages),
        opted_out_before=any(message.opted_out_before for message in messages),
    )
