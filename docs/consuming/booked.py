"""Which leads reached BOOKED in some days, and how long each took from the first message. Needs leads.py beside it.

python booked.py localhost:9092 inkgate.leads.v1 2026-05-04 2026-05-11    # days in UTC, the second one is not counted
"""

import asyncio
import sys
from datetime import UTC, datetime

from leads import Facts, holding, read


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def booked(facts: Facts) -> tuple[datetime, datetime | None] | None:
    """When a lead first reached BOOKED, and when it began: None where that fact was deleted before it was read."""
    began, reached = None, None
    for kind, data in holding(facts):
        if kind == "created":
            began = moment(data["at"])
        elif kind == "status_changed" and data["to_status"] == "BOOKED" and reached is None:
            reached = data
        elif kind == "change_reverted" and reached and reached["intent_id"] == data["intent_id"]:
            reached = None  # the message that told her so did not arrive after all
    return (moment(reached["at"]), began) if reached else None


bootstrap, topic, first, after = sys.argv[1:]
found = {lead: booked(facts) for lead, facts in asyncio.run(read(bootstrap, topic)).items()}
mine = {lead: one for lead, one in found.items() if one and moment(f"{first}T00Z") <= one[0] < moment(f"{after}T00Z")}
print(len(mine), "leads reached BOOKED")
for lead, (reached, began) in sorted(mine.items(), key=lambda item: item[1][0]):
    print(lead, reached.isoformat(), f"{(reached - began).total_seconds() / 3600:.1f} h" if began else "?")
