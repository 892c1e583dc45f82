"""`evolve` is pure and total, and a fact that raises gives its lead the next version."""

import inspect
from typing import Any
from uuid import UUID

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.evolve import evolve
from inkgate_dialogue.domain.evolve.lead import HISTORY_MAX
from inkgate_dialogue.domain.lead import Conversation
from tests.builders.conversations import NOON, Conversing
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, operator, she_says

FACTS: list[type[e.Fact]] = [
    kind
    for _, kind in inspect.getmembers(e, inspect.isclass)
    if issubclass(kind, e.Fact) and kind not in (e.Fact, e.LeadFact)
]


def test_every_fact_has_a_kind_of_its_own() -> None:
    kinds = [kind.KIND for kind in FACTS]
    assert len(kinds) == len(set(kinds)) > 25


@pytest.mark.parametrize("status", ["BOOKED", "NEEDS_ARTIST_REPLY", "OPTOUT", "ABANDONED", "REFUNDED"])
def test_folding_what_was_recorded_gives_the_state_again(status: str) -> None:
    world = given(a_lead_in(status), she_says("hi"), delivered() if status != "OPTOUT" else operator("approve")).world
    state = Conversation(id=world.id, phone_number_id=world.state.phone_number_id)
    for turn in world.turns:
        for recorded in sorted(turn.recorded, key=lambda one: one.ordinal):
            state = evolve(state, recorded.fact, turn.now)
    assert state.lead == world.lead
    assert _plain(state) == _plain(world.state)


def _plain(state: Conversation) -> dict[str, Any]:
    return {name: getattr(state, name) for name in state.__struct_fields__ if name != "leads"}


def test_a_fact_of_a_lead_that_is_not_loaded_changes_nothing_of_it() -> None:
    state = Conversation(id=UUID(int=1), phone_number_id="1")
    flagged = evolve(state, e.Flagged(lead_id=UUID(int=2), flag="x", on=True), NOON)
    assert flagged == state


def test_state_is_never_changed_in_place() -> None:
    before: Conversing = a_lead_at("style")
    kept = (before.state, before.rows.copy())
    given(before, she_says("fine line"), delivered())
    assert (before.state, before.rows) == kept


def test_history_has_a_bound() -> None:
    world = a_lead_at("dimensions").fork()
    lead = world.lead
    state = Conversation(id=world.id, phone_number_id="1", leads={lead.id: lead}, lead_id=lead.id)
    for number in range(HISTORY_MAX + 50):
        state = evolve(state, e.AnswerRecorded(lead_id=lead.id, key="idea", text=f"idea {number}", at=NOON), NOON)
    assert state.lead is not None
    assert len(state.lead.history) == HISTORY_MAX
    assert state.lead.history[-1].text == f"idea {HISTORY_MAX + 48}"
