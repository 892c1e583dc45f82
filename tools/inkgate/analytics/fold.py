"""What facts come to. Pure: the same facts give the same rows, however often, in whatever order and in how many pieces
they came; what is not known yet is said, not guessed.

    apply(batch, known) -> rows

`known` are the facts that are kept of the leads in the batch. A number of a lead stands for one fact: where two epochs tell
it (a restored database took over), both are kept and the higher one holds, from its first number on (`valid`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from inkgate.analytics.facts import Fact
from inkgate.analytics.tables import LEADS, Row

# Raise it when `lead` gives other rows for the same facts: what is kept is folded again when it is next opened.
FOLD = 1
_WHOLE_MAX = 2**63 - 1
_TEXT_MAX = 500


@dataclass(frozen=True)
class Rows:
    """What is to be kept: facts and messages that are new or better known, and the row of every lead in the batch."""

    facts: list[Row]
    messages: list[Row]
    leads: list[Row]


def apply(batch: Iterable[Fact], known: Iterable[Fact]) -> Rows:
    """The rows that a batch brings about."""
    facts, messages = _sorted(known)
    new_facts, new_messages = _sorted(batch)
    fresh_facts = _better(facts, new_facts, _later)
    fresh_messages = _better(messages, new_messages, _higher)
    facts.update(fresh_facts)
    leads: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts.values():
        leads[fact.lead_id].append(fact)
    touched = {fact.lead_id for fact in (*new_facts.values(), *new_messages.values())}
    return Rows(
        [fact_row(fact) for fact in fresh_facts.values()],
        [message_row(fact) for fact in fresh_messages.values()],
        [lead(leads[lead_id]) for lead_id in sorted(touched) if lead_id in leads],
    )


def _sorted(facts: Iterable[Fact]) -> tuple[dict[Any, Fact], dict[Any, Fact]]:
    """Those that raise, and those about messages, each once, by what they are known by."""
    raising: dict[Any, Fact] = {}
    messages: dict[Any, Fact] = {}
    for fact in facts:
        if fact.raises:
            raising.update(_better(raising, {fact.key: fact}, _later))
        else:
            messages.update(_better(messages, {fact.event_id: fact}, _higher))
    return raising, messages


def _better(known: dict[Any, Fact], new: dict[Any, Fact], rank: Callable[[Fact], Any]) -> dict[Any, Fact]:
    return {key: fact for key, fact in new.items() if key not in known or rank(fact) > rank(known[key])}


def _later(fact: Fact) -> tuple[int, str]:
    # One number of one epoch is one fact; where a producer told it twice all the same, the later one stays, on every side.
    return (fact.at_us, fact.event_id)


def _higher(fact: Fact) -> tuple[int, int, int]:
    # A restored database tells of the same delivery under the same id, in its own epoch.
    return (fact.epoch, fact.at_us, fact.version)


def valid(facts: Iterable[Fact]) -> list[Fact]:
    """The facts of one lead that hold, in the order of their numbers."""
    found: list[Fact] = []
    newest = 0
    for fact in sorted(facts, key=lambda fact: (fact.version, -fact.epoch)):
        newest = max(newest, fact.epoch)
        if fact.epoch == newest and (not found or found[-1].version != fact.version):
            found.append(fact)
    return found


# --- one lead ---------------------------------------------------------------------------------------------------------


def lead(facts: Iterable[Fact]) -> Row:
    """The row of one lead, of all that is known of it."""
    known = valid(facts)
    row: Row = dict.fromkeys(LEADS.columns)
    row |= {"strikes": 0, "corrections": 0, "handovers": 0, "paid_pence": 0, "refunded_pence": 0}
    row |= {"opted_out": False, "erased": False, "status": "NEW", "step": -1}
    answers: dict[str, Any] = {}
    for fact in known:
        step = _FOLDS.get(fact.type)
        if step is not None:
            step(row, answers, fact)
    last = known[-1]
    row |= {
        "lead_id": last.lead_id, "fold": FOLD, "facts": len(known), "missing": last.version - len(known),
        "version": last.version, "epoch": last.epoch, "changed_us": last.at_us, "changed_at": _time(last.at),
        "waiting_on": None if row["question"] in answers else row["question"],
    }  # fmt: skip
    return row | _values(answers)


def _values(answers: dict[str, Any]) -> Row:
    size = answers.get("dimensions")
    size = size if isinstance(size, dict) else {}
    return {
        "city": _text(answers.get("location_city")),
        "country": _text(answers.get("location_country")),
        "travel_city": _text(answers.get("travel_city")),
        "width_cm": _number(size.get("width_cm")),
        "height_cm": _number(size.get("height_cm")),
        "complexity": _whole(answers.get("complexity")),
        "coverup": _yes(answers.get("coverup")),
        "budget_pence": _whole(answers.get("budget")),
        "timing": _text(answers.get("timing")),
    }


def _created(row: Row, _: dict[str, Any], fact: Fact) -> None:
    row |= {"created_us": fact.at_us, "created_at": _time(fact.at), "created_day": fact.at.date().isoformat()}
    row["previous_lead_id"] = _text(fact.data.get("previous_lead_id"))


def _answered(row: Row, answers: dict[str, Any], fact: Fact) -> None:
    question = _text(fact.data.get("key")) or ""
    if fact.data.get("withdrawn"):
        answers.pop(question, None)
        return
    answers[question] = fact.data.get("value")
    if fact.data.get("correction"):
        row["corrections"] = _count(row["corrections"])


def _stepped(row: Row, _: dict[str, Any], fact: Fact) -> None:
    row |= {"step": _whole(fact.data.get("to_step")), "question": _text(fact.data.get("key"))}


def _moved(row: Row, _: dict[str, Any], fact: Fact) -> None:
    row["status"] = _text(fact.data.get("to_status"))


def _reverted(row: Row, _: dict[str, Any], fact: Fact) -> None:
    data = fact.data
    row |= {"status": _text(data.get("status")), "step": _whole(data.get("step"))}
    row["question"] = _text(data.get("question"))


def _restarted(row: Row, answers: dict[str, Any], fact: Fact) -> None:
    answers.clear()
    row |= {"question": None, "step": -1, "handover": None}


def _struck(row: Row, _: dict[str, Any], fact: Fact) -> None:
    row["strikes"] = _count(row["strikes"])


def _money(row: Row, _: dict[str, Any], fact: Fact) -> None:
    """`kind` is what happened; the state stays through a dispute, a refund that failed, a sum that was set, and as long as a
    refund is not in full."""
    kind, pence = _text(fact.data.get("kind")), _whole(fact.data.get("amount_pence")) or 0
    row["currency"] = _text(fact.data.get("currency")) or row["currency"]
    if kind in ("set", "requested") and pence:
        row["deposit_pence"] = pence
    if kind == "paid":
        row["paid_pence"] = _sum(row["paid_pence"], pence)
        if row["paid_us"] is None:
            row |= {"paid_us": fact.at_us, "paid_at": _time(fact.at)}
    if kind == "refunded":
        row["refunded_pence"] = _sum(row["refunded_pence"], pence)
        if _sum(row["refunded_pence"], 0) < _sum(row["paid_pence"], 0):
            kind = "paid"
    if kind not in ("refund_failed", "disputed", "set"):
        row["deposit"] = kind


def _opened(row: Row, _: dict[str, Any], fact: Fact) -> None:
    row |= {"handover": _text(fact.data.get("reason")), "handovers": _count(row["handovers"])}


def _held(row: Row, _: dict[str, Any], fact: Fact) -> None:
    try:
        row["appointment_at"] = _time(msgspec.convert(fact.data.get("starts_at"), datetime).astimezone(UTC))
    except (msgspec.ValidationError, OverflowError):
        row["appointment_at"] = None


_Fold = Callable[[Row, dict[str, Any], Fact], None]
_FOLDS: dict[str, _Fold] = {
    "created": _created,
    "answer_recorded": _answered,
    "strike_recorded": _struck,
    "step_advanced": _stepped,
    "status_changed": _moved,
    "change_reverted": _reverted,
    "restarted": _restarted,
    "deposit_recorded": _money,
    "handover_opened": _opened,
    "handover_closed": lambda row, _, fact: row.update(handover=None),
    "slot_held": _held,
    "slot_released": lambda row, _, fact: row.update(appointment_at=None),
    "opted_out": lambda row, _, fact: row.update(opted_out=True),
    "opted_in": lambda row, _, fact: row.update(opted_out=False),
    "erased": lambda row, _, fact: row.update(erased=True),
}


# --- rows of facts ----------------------------------------------------------------------------------------------------


def fact_row(fact: Fact) -> Row:
    """A fact that raises as its table has it. `status` and `step` are those that it leads to."""
    data = fact.data
    return {
        **_common(fact),
        "question": _text(data.get("key") or data.get("question")),
        "from_step": _whole(data.get("from_step")),
        "step": _whole(data.get("to_step", data.get("step"))),
        "from_status": _text(data.get("from_status")),
        "status": _text(data.get("to_status", data.get("status"))),
        "reason": _text(data.get("reason")),
        "intent_id": _text(data.get("intent_id")),
        "how": _text(data.get("how")),
        "basis": _text(data.get("basis")),
        "kind": _text(data.get("kind")),
        "amount_pence": _whole(data.get("amount_pence")),
        "currency": _text(data.get("currency")),
        "strikes": _whole(data.get("strikes")),
        "correction": _yes(data.get("correction")),
        "withdrawn": _yes(data.get("withdrawn")),
    }


def message_row(fact: Fact) -> Row:
    """A fact about a message as its table has it. `waited_us`: how long she had waited for it when WhatsApp took it."""
    data, waited = fact.data, _number(fact.data.get("waited_s"))
    return {
        **_common(fact),
        "intent_id": _text(data.get("intent_id")),
        "status": _text(data.get("status")),
        "basis": _text(data.get("basis")),
        "code": _text(data.get("code")),
        "waited_us": None if waited is None else _whole(round(waited * 1e6)),
    }


def _common(fact: Fact) -> Row:
    return {
        "lead_id": fact.lead_id,
        "version": fact.version,
        "epoch": fact.epoch,
        "event_id": fact.event_id,
        "type": fact.type,
        "at_us": fact.at_us,
        "happened_at": _time(fact.at),
        "day": fact.at.date().isoformat(),
        "data": msgspec.json.encode(fact.data, order="deterministic").decode(),
    }


# A value that is not what a column takes is left out: the table keeps the whole of it in `data`.


def _text(value: Any) -> str | None:
    return value[:_TEXT_MAX] if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _WHOLE_MAX else None


def _number(value: Any) -> float | None:
    return (
        float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else None
    )


def _yes(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _time(at: datetime) -> str:
    """As every database reads it: UTC, without saying so."""
    return at.replace(tzinfo=None).isoformat(timespec="microseconds")


def _sum(standing: object, more: int) -> int:
    return (standing if isinstance(standing, int) else 0) + more


def _count(standing: object) -> int:
    return _sum(standing, 1)
