"""The mailbox: what arrives while a gate is open waits, sorted by when it was written, and is judged against the state
after the gate, its conditions checked anew."""

from datetime import datetime
from uuid import UUID

import msgspec

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.inbound import MessageReceived


class Waiting(msgspec.Struct, frozen=True):
    """An event in the mailbox. One that is out of order is kept and shown, and judged only when an operator says so."""

    event: Event
    out_of_order: bool = False


def written_at(event: Event) -> datetime:
    """When it was written: WhatsApp's clock for a message, ours for timers, actions and follow-ups."""
    return event.data.sent_at if isinstance(event.data, MessageReceived) else event.time


def order(event: Event) -> tuple[datetime, int, datetime, UUID]:
    """Sort key: when written, then order of arrival."""
    return (written_at(event), event.sequence or 0, event.time, event.id)
