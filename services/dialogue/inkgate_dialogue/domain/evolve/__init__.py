"""`evolve`: what a fact makes of a conversation. Pure and total: it never refuses; whether something may happen is
`decide`'s business, and what happened is history. `person` and `lead` have a function a fact."""

from datetime import datetime

from msgspec.structs import replace

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.evolve.lead import FOLDS as OF_THE_LEAD
from inkgate_dialogue.domain.evolve.person import FOLDS as OF_THE_PERSON
from inkgate_dialogue.domain.lead import Conversation


def evolve(conversation: Conversation, fact: e.Fact, now: datetime) -> Conversation:
    """The conversation after `fact`. A fact that raises gives its lead the next version."""
    fold = OF_THE_PERSON.get(type(fact))
    if fold is not None:
        conversation = fold(conversation, fact)
    lead = conversation.leads.get(fact.lead_id) if fact.lead_id else None
    if lead is None:
        return conversation
    fold_lead = OF_THE_LEAD.get(type(fact))
    changed = lead if fold_lead is None else fold_lead(lead, fact)
    if fact.RAISES:
        moved = {"status_since": now} if changed.status != lead.status else {}
        changed = replace(changed, version=changed.version + 1, updated_at=now, **moved)
    if changed is lead:
        return conversation
    return replace(conversation, leads={**conversation.leads, changed.id: changed})
