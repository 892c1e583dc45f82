"""DOMAIN §3 row 7: a budget below the minimum of the client's region. Judged when the country is known."""

from inkgate_dialogue.domain.amounts import amount
from inkgate_dialogue.domain.lead import Change, Lead
from inkgate_dialogue.domain.turn import Turn


def after_answer(turn: Turn, lead: Lead, key: str) -> bool:
    country, budget = lead.values.get("location_country"), lead.values.get("budget")
    if key not in ("budget", "location_city", "location_country") or country is None or budget is None:
        return False
    minimum = turn.studio.region(country).minimum_pence
    if budget >= minimum:
        return False
    change = Change(status="NEEDS_FOLLOW_UP", reason="budget_low", notice="budget_low")
    turn.say("budget_low", lead=lead, change=change, words={"minimum": amount(minimum, turn.studio.file.currency)})
    return True
