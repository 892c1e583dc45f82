"""Facts as the timeline shows them: flat, with names an operator reads; the state's own bookkeeping stays out."""

from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from inkgate_dialogue.domain import events as e

_INTERNAL = frozenset(
    {"lead_id", "applied", "gate", "sending", "asked", "retry", "lead", "deposit", "at", "waited_s"}
    | {"handover_from", "stopped_from", "completed_at", "held_reply_at"}
)
# What is shown must not take a name of the item's own (`queries.item`): id, at, lead_id, conversation_id, phone, kind, …
_NAMES = {"from_status": "from", "to_status": "to", "from_step": "from", "to_step": "to"}


@cache
def _members(kind: type[e.Fact]) -> tuple[tuple[str, str], ...]:
    """The members of a fact that are shown, and under which names."""
    hidden = _INTERNAL | {"intent_id"}
    return tuple((name, _NAMES.get(name, name)) for name in kind.__struct_fields__ if name not in hidden)


def intent_of(fact: e.Fact) -> UUID | None:
    """The message a fact is about, or that gated it."""
    if isinstance(fact, e.MessageCreated):
        return fact.sending.intent_id
    found: UUID | None = getattr(fact, "intent_id", None)
    return found


def shown(fact: e.Fact) -> dict[str, Any]:
    """The kind-specific members of a timeline item."""
    data = {shown_as: value for name, shown_as in _members(type(fact)) if (value := getattr(fact, name)) is not None}
    if isinstance(fact, e.MessageCreated):
        data["gating"] = fact.gate is not None
        data["copy"] = fact.sending.copy
    elif isinstance(fact, e.DepositRecorded):
        data |= {"amount_pence": fact.amount_pence or fact.deposit.amount_pence, "url": fact.deposit.url}
    return data


def encoded(fact: e.Fact) -> str:
    return msgspec.json.encode(shown(fact)).decode()
