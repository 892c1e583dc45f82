"""What facts come to: the same, however often, in whatever order and in how many pieces they came."""

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkgate.analytics import fold
from inkgate.analytics.facts import Fact
from inkgate.analytics.tables import FACTS, LEADS, MESSAGES
from inkgate_common.contracts import leads as out
from inkgate_dialogue.domain.questions import public_value
from tests.analytics import played
from tests.builders.conversations import Conversing
from tests.dialogue.domain.test_publish import LIVES

LEAD = "6f1c9c3e-0000-4000-8000-000000000002"
OWN = played.facts(played.events(played.lives(3, seed=5)))


class Kept:
    """A sink of dictionaries. A crash leaves what was put before it, as ClickHouse does, or nothing of it."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, Any]] = {"facts": {}, "messages": {}, "leads": {}}
        self._facts: dict[Any, Fact] = {}

    def known(self, lead_ids: set[str]) -> list[Fact]:
        kept = (*self.tables["facts"].values(), *self.tables["messages"].values())
        return [_fact(row) for row in kept if row["lead_id"] in lead_ids]

    def take(self, batch: list[Fact], crash_after: int = 3) -> None:
        rows = fold.apply(batch, self.known({fact.lead_id for fact in batch}))
        for table, new in ((FACTS, rows.facts), (MESSAGES, rows.messages), (LEADS, rows.leads))[:crash_after]:
            for row in new:
                self.tables[table.name][tuple(row[name] for name in table.key)] = row


def _fact(row: dict[str, Any]) -> Fact:
    fields = {name: row[name] for name in ("event_id", "type", "lead_id", "epoch", "version", "at_us")}
    return Fact(**fields, data=msgspec.json.decode(row["data"]))


def whole(facts: Iterable[Fact]) -> dict[str, dict[Any, Any]]:
    kept = Kept()
    kept.take(list(facts))
    return kept.tables


def fact(type_: str, version: int, *, epoch: int = 1, at_us: int | None = None, event: str = "", **data: Any) -> Fact:
    return Fact(
        event_id=event or f"{type_}-{epoch}-{version}",
        type=type_,
        lead_id=LEAD,
        epoch=epoch,
        version=version,
        at_us=version * 1_000_000 if at_us is None else at_us,
        data=data,
    )


def row(*facts: Fact) -> dict[str, Any]:
    return dict(whole(facts)["leads"][(LEAD,)])


# --- however it comes -------------------------------------------------------------------------------------------------


def histories() -> st.SearchStrategy[list[Fact]]:
    """Facts of a lead or two that may also contradict each other: two epochs, holes, one number told twice."""
    one = st.builds(
        lambda kind, lead, epoch, version, at, data: Fact(
            event_id=f"{kind}/{lead}/{version}/{at}",
            type=kind,
            lead_id=f"lead-{lead}",
            epoch=epoch,
            version=version,
            at_us=at,
            data=data,
        ),
        st.sampled_from(["created", "status_changed", "answer_recorded", "restarted", "message_sent", "message_failed"]),
        st.integers(1, 2),
        st.integers(1, 3),
        st.integers(1, 6),
        st.integers(0, 5),
        st.fixed_dictionaries({"to_status": st.sampled_from(["QUALIFYING", "BOOKED"]), "key": st.just("budget"),
                               "value": st.integers(0, 9), "intent_id": st.just("i")}),
    )  # fmt: skip
    return st.lists(one, min_size=1, max_size=14, unique_by=lambda fact: (fact.event_id, fact.epoch))


@settings(max_examples=120)
@given(histories(), st.data())
def test_any_order_any_repetition_any_pieces_and_any_crash_give_the_same_tables(
    facts: list[Fact], data: st.DataObject
) -> None:
    came = data.draw(st.permutations([*facts, *data.draw(st.lists(st.sampled_from(facts), max_size=10))]))
    kept = Kept()
    while came:
        size = data.draw(st.integers(1, len(came)))
        batch, came = came[:size], came[size:]
        for crash_after in data.draw(st.lists(st.integers(0, 2), max_size=2)):
            kept.take(batch, crash_after)
        kept.take(batch)
    assert kept.tables == whole(facts)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_so_do_real_histories_replayed_from_any_point(data: st.DataObject) -> None:
    kept, at = Kept(), 0
    for _ in range(data.draw(st.integers(1, 5))):
        upto = data.draw(st.integers(at, len(OWN)))
        kept.take(data.draw(st.randoms(use_true_random=False)).sample(OWN[at:upto], upto - at))
        at = data.draw(st.integers(0, upto))  # it goes back, and reads again
    kept.take(OWN[at:])
    assert kept.tables == whole(OWN)


def test_what_is_known_already_is_not_written_again() -> None:
    kept = Kept()
    kept.take(OWN)
    again = fold.apply(OWN, kept.known({fact.lead_id for fact in OWN}))
    assert again.facts == [] and again.messages == []
    assert {one["lead_id"] for one in again.leads} == {fact.lead_id for fact in OWN}


# --- the lead is the one that dialogue knows --------------------------------------------------------------------------


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_the_row_says_what_dialogue_says_of_its_lead(life: Conversing) -> None:
    lead = life.lead
    facts = [_told(number, data) for number, data in enumerate(life.published)]
    mine = dict(whole(facts)["leads"][(str(lead.id),)])
    assert (mine["status"], mine["version"], mine["missing"]) == (lead.status, lead.version, 0)
    assert (mine["question"], mine["step"]) == (lead.question, life.studio.step(lead.question, lead.answers))
    values = {key: public_value(key, value) for key, value in lead.values.items()}
    size = values.get("dimensions") or {}
    assert (mine["width_cm"], mine["height_cm"]) == (size.get("width_cm"), size.get("height_cm"))
    for column, key in (("city", "location_city"), ("country", "location_country"), ("budget_pence", "budget"),
                        ("timing", "timing"), ("coverup", "coverup"), ("complexity", "complexity")):  # fmt: skip
        assert mine[column] == values.get(key)
    deposit = lead.deposit
    assert mine["deposit"] == (None if deposit is None else deposit.state)
    assert mine["paid_pence"] == (0 if deposit is None else deposit.paid_pence)
    assert mine["refunded_pence"] == (0 if deposit is None else deposit.refunded_pence)
    assert mine["handover"] == (None if lead.handover is None else lead.handover.reason)
    assert mine["waiting_on"] == (None if lead.question in lead.answers else lead.question)
    assert mine["opted_out"] == life.state.opted_out


def _told(number: int, data: out.LeadFact) -> Fact:
    plain = msgspec.to_builtins(data)
    return Fact(
        event_id=str(number),
        type=data.TYPE.removeprefix("inkgate.lead."),
        lead_id=plain["lead_id"],
        epoch=data.epoch,
        version=data.version,
        at_us=number,
        data=plain,
    )


# --- what is not known ------------------------------------------------------------------------------------------------


def test_a_fact_that_has_not_come_is_counted_as_missing_until_it_comes() -> None:
    first, second, third = (fact("created", 1), fact("answer_recorded", 2, key="budget", value=5), fact("marked", 3))
    assert row(first, third)["missing"] == 1
    assert row(first, third)["budget_pence"] is None
    assert row(first, third, second)["missing"] == 0


def test_a_lead_whose_beginning_was_deleted_has_no_beginning_made_up_for_it() -> None:
    late = row(fact("status_changed", 4, to_status="BOOKED"))
    assert (late["created_at"], late["status"], late["missing"]) == (None, "BOOKED", 3)


def test_a_message_of_an_unknown_lead_is_kept_without_a_row_for_it() -> None:
    rows = fold.apply([fact("message_sent", 2)], [])
    assert len(rows.messages) == 1 and rows.leads == []


# --- a restored database ----------------------------------------------------------------------------------------------


def test_a_higher_epoch_holds_from_its_first_number_on() -> None:
    before = [fact("status_changed", number, to_status=f"OLD{number}") for number in range(1, 6)]
    after = [fact("status_changed", 3, epoch=2, to_status="NEW3"), fact("status_changed", 4, epoch=2, to_status="NEW4")]
    assert [one.data["to_status"] for one in fold.valid([*before, *after])] == ["OLD1", "OLD2", "NEW3", "NEW4"]
    known = row(*before, *after)
    assert (known["status"], known["version"], known["epoch"], known["missing"]) == ("NEW4", 4, 2, 0)


def test_what_the_lost_database_still_publishes_does_not_come_back() -> None:
    facts = [
        fact("created", 1),
        fact("status_changed", 2, epoch=2, to_status="NEW"),
        fact("status_changed", 7, to_status="OLD"),
    ]
    assert row(*facts)["status"] == "NEW"


def test_a_delivery_that_was_told_in_two_epochs_under_one_id_is_one_delivery() -> None:
    facts = [
        fact("message_sent", 2, event="e", basis="accepted"),
        fact("message_sent", 2, epoch=2, event="e", basis="accepted"),
    ]
    for order in (facts, facts[::-1]):
        messages = whole([fact("created", 1), *order])["messages"]
        assert [one["epoch"] for one in messages.values()] == [2]


def test_one_number_told_twice_by_one_epoch_is_the_later_one_whatever_came_first() -> None:
    early, late = fact("status_changed", 1, to_status="A", at_us=1), fact("status_changed", 1, to_status="B", at_us=2)
    assert row(early, late)["status"] == row(late, early)["status"] == "B"


# --- an erased person -------------------------------------------------------------------------------------------------


def test_of_an_erased_lead_the_figures_stay() -> None:
    erased = row(
        fact("created", 1),
        fact("deposit_recorded", 2, kind="paid", amount_pence=5_000, currency="GBP"),
        fact("erased", 3),
    )
    assert (erased["erased"], erased["paid_pence"], erased["deposit"]) == (True, 5_000, "paid")


def test_a_value_that_no_column_takes_is_left_out_of_it_and_stays_in_the_whole() -> None:
    strange = fact("strike_recorded", 1, key=["budget"], strikes="many", reason="x" * 5_000)
    kept = fold.fact_row(strange)
    assert (kept["question"], kept["strikes"], len(str(kept["reason"]))) == (None, None, 500)
    assert "many" in str(kept["data"])
