"""What is published of a numbered item. Ids come from the cause: the same webhook always gives the same ids."""

from datetime import datetime
from uuid import UUID

from inkgate_common import cloudevents
from inkgate_common.cloudevents import Event
from inkgate_common.contracts.inbound import Audience, IdentityLinked, MessageReceived
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_intake.domain.identity import Linked
from inkgate_intake.domain.items import Link, Message, Placed, Receipt

SOURCE = "intake"


def message_received(
    item: Message,
    conversation: UUID,
    sequence: int,
    audience: Audience,
    opted_out_before: bool,
    received_at: datetime,
    traceparent: str | None,
) -> Event:
    """`inkgate.message.received`."""
    data = MessageReceived(
        phone_number_id=item.phone_number_id,
        sequence=sequence,
        message_id=item.message_id,
        sent_at=item.sent_at,
        received_at=received_at,
        from_=item.person.phone,
        user_id=item.person.user_id,
        profile_name=item.profile_name,
        audience=audience,
        kind=item.kind,
        text=item.text,
        choice=item.choice,
        media=item.media,
        reply_to=item.reply_to,
        opted_out_before=opted_out_before,
        details=item.details,
    )
    return cloudevents.new(
        data, source=SOURCE, subject=conversation, time=received_at, cause=cause_of(item), traceparent=traceparent
    )


def receipt_received(item: Receipt, conversation: UUID, received_at: datetime, traceparent: str | None) -> Event:
    """`inkgate.receipt.received`."""
    data = ReceiptReceived(
        phone_number_id=item.phone_number_id,
        wamid=item.wamid,
        status=item.status,
        intent_id=item.intent_id,
        attempt=item.attempt,
        at=item.at,
        recipient=item.person.phone or item.person.user_id,
        errors=item.errors,
    )
    return cloudevents.new(
        data, source=SOURCE, subject=conversation, time=received_at, cause=cause_of(item), traceparent=traceparent
    )


def identity_linked(
    item: Placed, linked: Linked, sequence: int, received_at: datetime, traceparent: str | None
) -> Event:
    """`inkgate.identity.linked`."""
    data = IdentityLinked(
        phone_number_id=item.phone_number_id,
        sequence=sequence,
        at=received_at,
        from_=item.person.phone,
        user_id=item.person.user_id,
        closed_into=linked.closed_into,
        took_over=list(linked.took_over),
    )
    return cloudevents.new(
        data,
        source=SOURCE,
        subject=linked.conversation,
        time=received_at,
        cause=cause_of(item),
        ordinal=str(linked.conversation),
        traceparent=traceparent,
    )


def cause_of(item: Message | Receipt | Link) -> str:
    """What the ids of an item's events are derived from: `<phone number id>/<message id>`, and a status's name."""
    if isinstance(item, Receipt):
        return f"{item.phone_number_id}/{item.wamid}/{item.status}"
    return f"{item.phone_number_id}/{item.message_id}"
