"""Topic `deliveries`: what became of each intent. Written by the sender; opens dialogue's gates.

Every intent ends in exactly one of delivered, failed, cancelled; what is learned later is a `message.status`.
"""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from inkgate_common.contracts.base import Data
from inkgate_common.contracts.receipts import GraphError

Basis = Literal["accepted", "status", "timeout"]


class Delivery(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "deliveries"

    intent_id: UUID
    sequence: int
    lead_id: UUID | None = None
    at: datetime


class MessageDelivered(Delivery, frozen=True, kw_only=True):
    """WhatsApp took it. `accepted_at` is WhatsApp's clock (the response's Date, or the status `sent`; else the start of
    the first attempt that may have gone out); `began_at` is when that call began on our clock. `fallback`: the intent's
    fallback template went out instead of its body (the 24-hour window was shut)."""

    TYPE: ClassVar[str] = "inkgate.message.delivered"

    wamid: str | None
    attempts: int
    basis: Basis
    accepted_at: datetime
    began_at: datetime
    fallback: bool = False


class MessageFailed(Delivery, frozen=True, kw_only=True):
    """It did not go out and will not be tried again. `code` is the Graph error's, or `expired`, `uncertain`, `window`…"""

    TYPE: ClassVar[str] = "inkgate.message.failed"

    code: str
    title: str | None = None
    permanent: bool = True


class MessageCancelled(Delivery, frozen=True, kw_only=True):
    """It surely did not go out."""

    TYPE: ClassVar[str] = "inkgate.message.cancelled"

    reason: str | None = None


class MessageStatus(Delivery, frozen=True, kw_only=True):
    """What was learned about one copy: accepted (by the API's answer), sent, delivered, read, played, failed.

    `makes_delivered`: this proves a copy whose outcome was unknown or recorded as failed, so the intent counts as
    delivered. `all_failed`: every copy that went out has now failed (a late failure when the intent had been delivered).
    `fallback`: this copy is the intent's fallback template.
    """

    TYPE: ClassVar[str] = "inkgate.message.status"

    wamid: str | None
    attempt: int | None = None
    status: str
    errors: list[GraphError] = []
    accepted_at: datetime | None = None
    began_at: datetime | None = None
    makes_delivered: bool = False
    all_failed: bool = False
    fallback: bool = False


TYPES: list[type[Data]] = [MessageDelivered, MessageFailed, MessageCancelled, MessageStatus]
