"""Rule 3: messages are judged and answers received in order."""

from datetime import timedelta

from msgspec.structs import replace

from inkgate.invariants import rule_3_order
from tests.invariants.history import healthy, words


def test_3_a_message_judged_after_one_that_was_written_later() -> None:
    history = healthy()
    history.says("late", "answer", sent_at=history.now - timedelta(seconds=60), question="placement")
    assert "written later" in words(rule_3_order.check(history.snapshot()))


def test_3_a_late_stop_is_judged_all_the_same() -> None:
    history = healthy()
    history.says("late", "stop", sent_at=history.now - timedelta(seconds=60))
    assert not rule_3_order.check(history.snapshot()).violations


def test_3_answers_that_arrived_in_the_wrong_order() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    first, second = history.made.sandbox.calls
    history.made.sandbox.calls[:] = [
        replace(first, started_at=second.started_at),
        replace(second, started_at=first.started_at),
    ]
    assert "before the one that came first" in words(rule_3_order.check(history.snapshot()))
