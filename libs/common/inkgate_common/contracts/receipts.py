"""Topic `receipts`: WhatsApp's statuses for what we sent. Written by intake, read by the sender."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import msgspec

from inkgate_common.contracts.base import Data


class GraphError(msgspec.Struct, frozen=True, kw_only=True):
    """An error as the Graph API words it; `code` decides, never the title (FACTS §2)."""

    code: int
    title: str | None = None
    details: str | None = None


class ReceiptReceived(Data, frozen=True, kw_only=True):
    """`intent_id` and `attempt` come back in `biz_opaque_callback_data`; both are None for a message that is not ours.

    `status` is sent, delivered, read, played, failed, or whatever WhatsApp invents next. `at` is WhatsApp's clock.
    """

    TOPIC: ClassVar[str] = "receipts"
    TYPE: ClassVar[str] = "inkgate.receipt.received"

    phone_number_id: str
    wamid: str
    status: str
    intent_id: UUID | None = None
    attempt: int | None = None
    at: datetime
    recipient: str | None = None
    errors: list[GraphError] = []


TYPES: list[type[Data]] = [ReceiptReceived]
