"""Topic `control`: what concerns several services. Events that concern no person are keyed by phone number id."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from inkgate_common.contracts.base import Data


class Control(Data, frozen=True, kw_only=True):
    TOPIC: ClassVar[str] = "control"

    at: datetime


class PersonErased(Control, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.person.erased"
    conversation_id: UUID
    opted_out: bool


class ModeChanged(Control, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.mode.changed"
    panic: bool
    pilot: bool
    by: str


class SenderHeld(Control, frozen=True, kw_only=True):
    """`scope` is all, or business (only what the business begins)."""

    TYPE: ClassVar[str] = "inkgate.sender.held"
    phone_number_id: str
    scope: str
    code: int | None = None
    title: str | None = None


class SenderReleased(Control, frozen=True, kw_only=True):
    TYPE: ClassVar[str] = "inkgate.sender.released"
    phone_number_id: str
    scope: str
    by: str


class StudioChanged(Control, frozen=True, kw_only=True):
    """Another studio file is in use from now on (also at the very first start). `questions` are its keys in their order."""

    TYPE: ClassVar[str] = "inkgate.studio.changed"
    digest: str
    questions: list[str] = []


TYPES: list[type[Data]] = [PersonErased, ModeChanged, SenderHeld, SenderReleased, StudioChanged]
