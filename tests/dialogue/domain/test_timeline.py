"""What an operator sees of a fact."""

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.timeline import intent_of, shown
from tests.dialogue.domain.test_evolve import FACTS
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, she_says

# An item's own members (queries.item): nothing that is shown may hide them.
ITEM = {"id", "at", "lead_id", "conversation_id", "phone", "kind", "version", "intent_id"}


@pytest.mark.parametrize("kind", [fact for fact in FACTS if fact.SHOWN], ids=lambda fact: fact.KIND)
def test_no_shown_name_hides_one_of_the_items_own(kind: type[e.Fact]) -> None:
    names = set(kind.__struct_fields__) - {"lead_id", "at", "intent_id"}
    assert not names & ITEM, names & ITEM


def everything() -> list[e.Fact]:
    world = given(a_lead_in("BOOKED"), she_says("hi"), delivered()).world
    return [recorded.fact for turn in world.turns for recorded in turn.recorded if recorded.fact.SHOWN]


def test_nothing_shown_hides_it_in_a_whole_conversation_either() -> None:
    for fact in everything():
        assert not set(shown(fact)) & ITEM, fact.KIND


def test_a_change_says_from_where_to_where() -> None:
    moved = next(fact for fact in everything() if isinstance(fact, e.StatusChanged))
    assert (shown(moved)["from"], shown(moved)["to"]) == ("NEW", "QUALIFYING")
    step = next(fact for fact in everything() if isinstance(fact, e.StepAdvanced))
    assert (shown(step)["from"], shown(step)["to"], shown(step)["key"]) == (-1, 0, "idea")


def test_a_message_says_what_waits_for_it_and_what_sort_it_is() -> None:
    made = next(fact for fact in everything() if isinstance(fact, e.MessageCreated))
    seen = shown(made)
    assert (seen["sort"], seen["gating"], seen["copy"]) == ("gate", True, "welcome")
    assert seen["change"] == "NEW → QUALIFYING, step -1 → 0"
    assert intent_of(made) == made.sending.intent_id


def test_money_says_how_much_and_by_which_link() -> None:
    paid = next(fact for fact in everything() if isinstance(fact, e.DepositRecorded) and fact.event == "paid")
    assert (shown(paid)["amount_pence"], shown(paid)["url"]) == (15_000, "https://pay.example/cs_1")


def test_her_message_stands_before_what_it_brought_about() -> None:
    turn = given(a_lead_at("dimensions")).when(she_says("8x12cm")).world.turns[-1]
    kinds = [recorded.fact.KIND for recorded in turn.recorded if recorded.fact.SHOWN]
    assert kinds == ["message_received", "answer_recorded", "message_created"]


def test_a_fact_names_the_message_that_gated_it() -> None:
    world = given(a_lead_at("dimensions"), she_says("8x12cm"), delivered()).world
    made = [recorded.fact for recorded in world.turns[-2].recorded if isinstance(recorded.fact, e.MessageCreated)]
    moved = [recorded.fact for recorded in world.turns[-1].recorded if isinstance(recorded.fact, e.StepAdvanced)]
    assert intent_of(moved[0]) == made[0].sending.intent_id
