"""A lead's timeline as it is read: turn by turn, receipts folded into the message they are about. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

Item = dict[str, Any]

_SEEN = {"sent": 1, "delivered": 2, "read": 3, "played": 4, "failed": 5}
# What a turn may begin with; the rest follows from something.
_BEGINS = frozenset({"message_received", "action_taken"})
_MAY_BEGIN = frozenset({"message_created", "timer_fired", "deposit_recorded"})
_ENDS = frozenset({"message_sent", "message_failed", "gate_closed"})
# A link that was made belongs to the turn that asked for it.
_GOES_ON = frozenset({"requested", "link_created"})


def turns(items: Sequence[Item]) -> list[Item]:
    """Timeline items (as `queries.item` gives them, oldest first) as turns: `at`, `took_ms` (None while nothing of it was
    delivered or failed) and `items`. Messages get `seen` (the furthest receipt), outcomes get `gate` (how it closed)."""
    told: list[Item] = []
    for item in _in_order(_folded(items)):
        if not told or _begins(item, told[-1]["items"][-1]):
            told.append({"at": item["at"], "took_ms": None, "items": []})
        told[-1]["items"].append(item)
        if item["kind"] in _ENDS:
            told[-1]["took_ms"] = _ms_between(told[-1]["at"], item["at"])
    return told


def _folded(items: Sequence[Item]) -> list[Item]:
    """Copies of the items without those that say more of another one, which says it now."""
    kept: list[Item] = []
    messages: dict[Any, Item] = {}
    outcomes: dict[Any, Item] = {}
    for original in items:
        item = dict(original)
        intent, kind = item["intent_id"], item["kind"]
        outcome = outcomes.get(intent)
        if kind == "message_seen" and intent in messages:
            message = messages[intent]
            if _SEEN.get(item["status"], 0) > _SEEN.get(message.get("seen", ""), 0):
                message["seen"] = item["status"]
            continue
        if outcome is not None and _same_end(outcome, item):
            outcome["gate"] = item["how"]
            continue
        if outcome is not None and outcome["kind"] == "message_accepted" and kind == "message_sent":
            kept.remove(outcome)
        if _flag_of_failure(item) and kept and kept[-1]["kind"] == "message_failed":
            continue
        if kind == "message_created":
            messages[intent] = item
        elif kind in ("message_accepted", "message_sent", "message_failed"):
            outcomes[intent] = item
        kept.append(item)
    return kept


def _flag_of_failure(item: Item) -> bool:
    return item["kind"] == "flagged" and bool(item["on"]) and item["flag"] == "send_failed"


def _same_end(outcome: Item, item: Item) -> bool:
    """Whether a gate closed by that outcome of its message."""
    pair = (outcome["kind"], item["kind"], item.get("how"))
    return pair in (("message_sent", "gate_closed", "applied"), ("message_failed", "gate_closed", "failed"))


def _in_order(items: list[Item]) -> list[Item]:
    """An operator's act is written down after what it did, in the same instant, and is read before it."""
    ordered: list[Item] = []
    for item in items:
        at = len(ordered)
        while item["kind"] == "action_taken" and at and ordered[at - 1]["at"] == item["at"]:
            at -= 1
        ordered.insert(at, item)
    return ordered


def _begins(item: Item, before: Item) -> bool:
    if item["kind"] in _BEGINS:
        return True
    return item["kind"] in _MAY_BEGIN and item.get("event") not in _GOES_ON and item["at"] != before["at"]


def _ms_between(earlier: str, later: str) -> int:
    return round((datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds() * 1000)
