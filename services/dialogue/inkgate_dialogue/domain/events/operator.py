"""Facts about what an operator did, or should see."""

from typing import Any, ClassVar
from uuid import UUID

from inkgate_dialogue.domain.events.fact import Fact


class ActionTaken(Fact, frozen=True, kw_only=True):
    """An operator's action, done. `changed`: what it changed at once, name → [before, after]; what waits for
    `intent_id` is said when that is delivered."""

    KIND: ClassVar[str] = "action_taken"
    action_id: UUID
    action: str
    by: str
    arguments: dict[str, Any] = {}
    intent_id: UUID | None = None
    changed: dict[str, Any] = {}


class ActionRefused(Fact, frozen=True, kw_only=True):
    KIND: ClassVar[str] = "action_refused"
    action_id: UUID
    action: str
    by: str
    reason: str
    allowed: list[str] = []


class Note(Fact, frozen=True, kw_only=True):
    """Something that an operator should see and that changes nothing."""

    KIND: ClassVar[str] = "note"
    about: str
    details: dict[str, Any] = {}
