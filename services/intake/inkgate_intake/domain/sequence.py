"""The order of a conversation: which event gets which number.

Order of arrival, but what stands together in one batch is sorted by when it was written (WhatsApp's whole seconds; equal
means order of arrival). Only what is really new is numbered, so a conversation has no hole.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from inkgate_intake.domain.identity import Linked, Plan
from inkgate_intake.domain.items import Link, Placed, Receipt


class Numbered(msgspec.Struct, frozen=True):
    """The `index`-th item of the batch (or, with `linked`, what it brought to light) on a conversation.

    `sequence` is 1 for the first of the batch on this conversation, 2 for the second …; 0 for a receipt, which has none.
    """

    index: int
    conversation: UUID
    sequence: int
    linked: Linked | None = None


def numbered(items: Sequence[Placed], plan: Plan) -> list[Numbered]:
    """Every event of a batch, each conversation's in its order."""
    lines: dict[UUID, list[tuple[bool, datetime, int, int, Linked | None]]] = {}
    result: list[Numbered] = []
    for linked in plan.linked:
        item = items[linked.index]
        at = item.at if isinstance(item, Receipt) else item.sent_at
        # A conversation that is closed says so last; one that goes on says it before the message that brought it.
        closes = linked.closed_into is not None
        lines.setdefault(linked.conversation, []).append((closes, at, linked.index, 0, linked))
    for index, item in enumerate(items):
        conversation = plan.places[index].conversation
        if isinstance(item, Receipt):
            result.append(Numbered(index, conversation, 0))
        elif not isinstance(item, Link):
            lines.setdefault(conversation, []).append((False, item.sent_at, index, 1, None))
    for conversation, line in lines.items():
        if len(line) > 1:
            line.sort(key=lambda entry: entry[:4])
        for number, entry in enumerate(line, 1):
            result.append(Numbered(entry[2], conversation, number, entry[4]))
    return result


def counts(events: Sequence[Numbered]) -> dict[UUID, int]:
    """How many numbers each conversation needs, in key order (rows are locked in that order)."""
    needed: dict[UUID, int] = {}
    for event in events:
        if event.sequence:
            needed[event.conversation] = max(event.sequence, needed.get(event.conversation, 0))
    return {conversation: needed[conversation] for conversation in sorted(needed)}


def absolute(event: Numbered, last: Mapping[UUID, int], needed: Mapping[UUID, int]) -> int:
    """The number in the whole conversation, whose newest number is `last` now that `needed` ones were taken."""
    return last[event.conversation] - needed[event.conversation] + event.sequence
