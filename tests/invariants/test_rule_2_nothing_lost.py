"""Rule 2: nothing is lost."""

from inkgate.invariants import rule_2_nothing_lost
from inkgate.invariants.snapshot import Webhook
from inkgate_intake.domain.items import key_of
from tests.invariants.history import CLIENT, healthy, words


def test_2_a_webhook_that_was_answered_and_left_no_trace() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    history.made.sandbox.webhooks.append(Webhook(9, "status", CLIENT, "wamid.x", "sent"))
    assert "left no trace" in words(rule_2_nothing_lost.check(history.snapshot()))


def test_2_what_a_restored_intake_has_forgotten_is_on_the_topic() -> None:
    history = healthy()
    history.made.seen.clear()
    assert not rule_2_nothing_lost.check(history.snapshot()).violations


def test_2_a_webhook_that_is_recorded_with_its_reason() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    history.made.sandbox.webhooks.append(Webhook(9, "message", CLIENT, "m9", body={"id": "m9"}))
    history.made.unhandled[b"k"] = '{"id":"m9"}'
    assert not rule_2_nothing_lost.check(history.snapshot()).violations


def test_2_a_message_that_is_remembered_and_was_never_published() -> None:
    history = healthy()
    history.made.seen.add(key_of("message", "lost"))
    assert "never published" in words(rule_2_nothing_lost.check(history.snapshot()))


def test_2_an_event_that_nobody_took_in() -> None:
    history = healthy()
    history.made.inboxes["sender"].popitem()
    assert "sender never took in an event" in words(rule_2_nothing_lost.check(history.snapshot()))


def test_2_a_message_that_was_judged_twice() -> None:
    history = healthy()
    at = history.now.isoformat()
    history.row("message_received", message_id="m2", verdict="answer", sent_at=at, judged=True)
    assert "judged twice" in words(rule_2_nothing_lost.check(history.snapshot()))


def test_2_a_message_that_was_taken_in_twice() -> None:
    history = healthy()
    at = history.now.isoformat()
    history.row("message_received", message_id="m2", verdict="out_of_order", sent_at=at, judged=False)
    assert "taken in twice" in words(rule_2_nothing_lost.check(history.snapshot()))


def test_2_a_late_message_that_was_judged_by_hand_is_shown_twice() -> None:
    history = healthy()
    history.says("m3", "answer", question="placement")
    late = history.made.timeline.pop()
    for judged in (False, True):
        history.row("message_received", **{**late.data, "verdict": "out_of_order", "judged": judged})
    assert not rule_2_nothing_lost.check(history.snapshot()).violations


def test_2_a_message_that_was_taken_in_and_is_nowhere() -> None:
    history = healthy()
    history.says("m3", "answer", question="placement")
    history.made.timeline.pop()
    assert "is nowhere" in words(rule_2_nothing_lost.check(history.snapshot()))
