"""The tables that are kept, the same in every database, and the view that queries read.

    facts      every fact, by lead, version and epoch: also those that a restored database has told otherwise since
    messages   what became of each message of ours (sent, seen, failed), by lead and event id
    leads      one row a lead, folded from its facts: where it stands now, and what is not known of it
    positions  how far the topic was read, by partition
    history    (a view) the facts that hold, and whether they were `undone` since: by a late failure

Times are UTC: `…_us` as microseconds, to reckon with in any dialect; `…_at` and `…day` to look at and to group by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "whole", "number", "yes", "day", "time"]
Row = dict[str, object]


@dataclass(frozen=True)
class Table:
    """A table: its columns in their order, and how many of the first ones are its key."""

    name: str
    columns: dict[str, Kind]
    keys: int

    @property
    def key(self) -> list[str]:
        return list(self.columns)[: self.keys]


FACTS = Table(
    "facts",
    {
        "lead_id": "text",
        "version": "whole",
        "epoch": "whole",
        "event_id": "text",
        "type": "text",
        "at_us": "whole",
        "happened_at": "time",
        "day": "day",
        "question": "text",
        "from_step": "whole",
        "step": "whole",
        "from_status": "text",
        "status": "text",
        "reason": "text",
        "intent_id": "text",
        "how": "text",
        "basis": "text",
        "kind": "text",
        "amount_pence": "whole",
        "currency": "text",
        "strikes": "whole",
        "correction": "yes",
        "withdrawn": "yes",
        "data": "text",
    },
    keys=3,
)
MESSAGES = Table(
    "messages",
    {
        "lead_id": "text",
        "event_id": "text",
        "version": "whole",
        "epoch": "whole",
        "type": "text",
        "at_us": "whole",
        "happened_at": "time",
        "day": "day",
        "intent_id": "text",
        "status": "text",
        "basis": "text",
        "code": "text",
        "waited_us": "whole",
        "data": "text",
    },
    keys=2,
)
LEADS = Table(
    "leads",
    {
        "lead_id": "text",
        "fold": "whole",
        "facts": "whole",
        "missing": "whole",
        "version": "whole",
        "epoch": "whole",
        "created_us": "whole",
        "created_at": "time",
        "created_day": "day",
        "changed_us": "whole",
        "changed_at": "time",
        "status": "text",
        "step": "whole",
        "question": "text",
        "waiting_on": "text",
        "city": "text",
        "country": "text",
        "travel_city": "text",
        "width_cm": "number",
        "height_cm": "number",
        "complexity": "whole",
        "coverup": "yes",
        "budget_pence": "whole",
        "timing": "text",
        "deposit": "text",
        "deposit_pence": "whole",
        "paid_pence": "whole",
        "refunded_pence": "whole",
        "currency": "text",
        "paid_us": "whole",
        "paid_at": "time",
        "appointment_at": "time",
        "strikes": "whole",
        "corrections": "whole",
        "handovers": "whole",
        "handover": "text",
        "opted_out": "yes",
        "erased": "yes",
        "previous_lead_id": "text",
    },
    keys=1,
)
POSITIONS = Table("positions", {"topic": "text", "part": "whole", "next_offset": "whole"}, keys=2)
TABLES = (FACTS, MESSAGES, LEADS, POSITIONS)

# A fact holds unless a later epoch told its number, or an earlier one, otherwise: seen in the order of versions, its epoch
# is the highest so far. A change is undone where its message turned out, later, not to have arrived.
HISTORY = """
with valid as (
    select * from (select *, max(epoch) over (partition by lead_id order by version) as newest from {facts}) every_one
    where epoch = newest
),
reverted as (
    select lead_id, intent_id, max(version) as reverted_version from valid
    where type = 'change_reverted' group by lead_id, intent_id
)
select valid.type in ('step_advanced', 'status_changed') and coalesce(reverted.reverted_version, 0) > valid.version
    as undone, {columns}
from valid left join reverted on valid.lead_id = reverted.lead_id and valid.intent_id = reverted.intent_id
"""


def history(facts: str) -> str:
    """What the view `history` selects. `facts` is how the table is read in that database."""
    return HISTORY.format(facts=facts, columns=", ".join(f"valid.{name} as {name}" for name in FACTS.columns))
