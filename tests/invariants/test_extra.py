"""Beside the seven: numbers without gaps, facts that fold to the state, one end a message."""

from uuid import uuid5

from msgspec.structs import replace

from inkgate.invariants import (
    extra_gapless,
    extra_one_end,
    extra_replay,
)
from inkgate_common.contracts import leads
from inkgate_common.contracts.deliveries import MessageFailed
from tests.invariants.history import LEAD, NAMES, healthy, words


def test_gapless_a_number_that_is_missing() -> None:
    history = healthy()
    history.made.events["inbound"].pop(0)
    assert "inbound: number 1 is missing" in words(extra_gapless.check(history.snapshot()))


def test_gapless_numbers_that_a_restored_database_gave_again_are_counted() -> None:
    history = healthy()
    history.made.leads[LEAD] = replace(history.made.leads[LEAD], flags=("restored",))
    history._numbers["inbound"] -= 1
    history.says("again", "answer", question="placement")
    finding = extra_gapless.check(history.snapshot())
    assert not finding.violations
    assert finding.examined["streams of a restored database"] == 1


def test_gapless_a_number_that_was_given_twice() -> None:
    history = healthy()
    history._numbers["inbound"] -= 1
    history.says("again", "answer", question="placement")
    assert "inbound: number 2 was given twice" in words(extra_gapless.check(history.snapshot()))


def test_gapless_a_version_that_was_given_twice() -> None:
    history = healthy()
    history.version -= 1
    history.fact(leads.Flagged, flag="x", on=True)
    assert "given twice" in words(extra_gapless.check(history.snapshot()))


def test_replay_a_fact_that_was_not_published() -> None:
    history = healthy()
    history.made.leads[LEAD] = replace(history.made.leads[LEAD], question="style", flags=("odd",))
    found = words(extra_replay.check(history.snapshot()))
    assert "step is 2, by the topic 1" in found
    assert "flags is ['odd']" in found


def test_one_end_two_stories_about_one_message() -> None:
    history = healthy()
    failed = MessageFailed(
        intent_id=uuid5(NAMES, "welcome"), sequence=history.number("deliveries"), at=history.now, code="1"
    )
    history.publish(failed, "failed", "dialogue")
    assert "it ended 2 times" in words(extra_one_end.check(history.snapshot()))
