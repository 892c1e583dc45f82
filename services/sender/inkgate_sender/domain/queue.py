"""The order of a conversation's messages. Two lanes each: replies, and what the business begins, so that a parked notice
or reminder never blocks a reply. In a lane the next begins when the one before has ended (or was accepted, or stepped
aside)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

REPLY = "reply"
BUSINESS = "business"


class Lane(NamedTuple):
    """One line of messages, one call at a time."""

    conversation_id: UUID
    queue: str


def first_in_lane(arrivals: Sequence[Lane], busy: Iterable[Lane]) -> list[bool]:
    """For each of the messages that arrive in this order, whether it may begin at once as far as its lane goes.

    `busy` are lanes with a message that blocks. What the business begins also lets a reply in front of it go first, so that
    one conversation has one call at a time; a reply waits for nobody but replies.
    """
    taken = set(busy)
    free = []
    for lane in arrivals:
        behind_a_reply = lane.queue == BUSINESS and Lane(lane.conversation_id, REPLY) in taken
        free.append(lane not in taken and not behind_a_reply)
        taken.add(lane)
    return free
