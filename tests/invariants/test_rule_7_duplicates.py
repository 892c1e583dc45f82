"""Rule 7: duplicates are of uncertain sends, and counted."""

from datetime import timedelta
from uuid import uuid5

from msgspec.structs import replace

from inkgate.invariants import rule_7_duplicates
from inkgate.invariants.snapshot import Call
from inkgate_common.contracts.receipts import ReceiptReceived
from tests.invariants.history import CLIENT, NAMES, NUMBER, healthy, words


def test_7_a_duplicate_of_a_send_whose_outcome_was_known() -> None:
    history = healthy()
    history.calls(uuid5(NAMES, "welcome"), attempt=2)
    assert "its outcome was known: accepted" in words(rule_7_duplicates.check(history.snapshot()))


def test_7_a_duplicate_of_an_uncertain_send_is_counted() -> None:
    history = healthy()
    intent_id = history.asks("style?")
    history.made.copies[(intent_id, 1)] = replace(history.made.copies[(intent_id, 1)], outcome="unknown")
    history.calls(intent_id, attempt=2)
    finding = rule_7_duplicates.check(history.snapshot())
    assert not finding.violations
    assert finding.examined["duplicates"] == 1


def test_7_a_duplicate_although_a_status_had_been_taken_in() -> None:
    history = healthy()
    intent_id = history.asks("style?")
    history.made.copies[(intent_id, 1)] = replace(history.made.copies[(intent_id, 1)], outcome="unknown")
    receipt = ReceiptReceived(
        phone_number_id=NUMBER, wamid="w", status="sent", intent_id=intent_id, attempt=1, at=history.now
    )
    history.publish(receipt, "sent", "sender")
    history.calls(intent_id, attempt=2)
    assert "a status had been taken in" in words(rule_7_duplicates.check(history.snapshot()))


def test_7_one_attempt_that_was_called_twice() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    first = history.made.sandbox.calls[0]
    history.made.sandbox.calls.append(
        Call(9, first.started_at + timedelta(seconds=1), True, CLIENT, first.intent_id, 1)
    )
    assert "one attempt was called twice" in words(rule_7_duplicates.check(history.snapshot()))
