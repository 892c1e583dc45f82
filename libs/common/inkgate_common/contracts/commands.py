"""Topic `commands`: what dialogue tells itself on a conversation's key: operator actions, timers, notices."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from inkgate_common.contracts.base import Data


class Command(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "commands"


class OperatorActed(Command, frozen=True, kw_only=True):
    """An operator's action, taken in by the API (or an artist's line) and judged by the owner of the lead's partition.

    `in_status`: it is refused where the lead has left that status (an action link).
    """

    TYPE: ClassVar[str] = "inkgate.operator.acted"

    action_id: UUID
    lead_id: UUID
    action: str
    arguments: dict[str, Any] = {}
    by: str
    at: datetime
    in_status: str | None = None


class TimerFired(Command, frozen=True, kw_only=True):
    """A timer's row came due. `timer` is its kind; `due_at` tells a stale firing from the timer that stands now."""

    TYPE: ClassVar[str] = "inkgate.timer.fired"

    timer_id: UUID
    lead_id: UUID
    timer: str
    due_at: datetime


class NoticeRequested(Command, frozen=True, kw_only=True):
    """A lead's turn asks the artist's conversation (the key) to tell her something, once per change. `conversation_id` is
    the lead's: where what she answers to it goes."""

    TYPE: ClassVar[str] = "inkgate.notice.requested"

    lead_id: UUID
    notice: str
    to: str
    text: str
    phone_number_id: str
    conversation_id: UUID | None = None


TYPES: list[type[Data]] = [OperatorActed, TimerFired, NoticeRequested]
