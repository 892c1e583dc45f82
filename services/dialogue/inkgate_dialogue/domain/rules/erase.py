"""DOMAIN §3b and §4: forgetting a person. `erase` by the operator is a fact: it waits for nothing and sends nothing.

What she wrote and who she is goes, here and (by `inkgate.person.erased`) in every other service; sums of money, statuses and
times stay, without a name. An open gate ends superseded by it, and what waits is dropped. She is not told: a message would
need the number that is being forgotten; what she gets when she asks says so.
"""

from uuid import UUID

from inkgate_common.contracts.control import PersonErased
from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain import gate
from inkgate_dialogue.domain.rules import deposit
from inkgate_dialogue.domain.turn import Turn


def erase(turn: Turn) -> None:
    """Forget the person of this conversation. All her leads must be loaded. What waits in the mailbox is the caller's to
    drop."""
    state = turn.state
    for standing in (state.gate, state.opt_out_gate):
        if standing is not None:
            gate.close(turn, standing.sending, "superseded", str(turn.event.id))
    for intent_id, under in state.under_way.items():
        if not under.recalled:
            turn.cancel(UUID(intent_id), "erased")
    for lead_id in sorted(state.leads):
        deposit.cancel_open_link(turn, turn.lead(lead_id), "erased")
        turn.record(e.LeadErased(lead_id=lead_id))
    turn.record(e.PersonErased(lead_id=state.lead_id, at=turn.now))
    told = PersonErased(at=turn.now, conversation_id=turn.state.id, opted_out=turn.state.opted_out)
    turn.emit(told, "erased")
