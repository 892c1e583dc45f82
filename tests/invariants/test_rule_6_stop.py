"""Rule 6: no call after a STOP."""

from uuid import uuid5

from msgspec.structs import replace

from inkgate.invariants import rule_6_stop
from inkgate.invariants.snapshot import Copy
from inkgate_common.contracts import leads
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated, Text
from tests.invariants.history import CLIENT, LEAD, NAMES, NUMBER, History, healthy, words


def stopped(history: History) -> None:
    cancelled = IntentCancelled(
        intent_id=uuid5(NAMES, "x"),
        sequence=history.number("intents"),
        phone_number_id=NUMBER,
        reason="opt_out",
        opt_out=True,
    )
    history.publish(cancelled, "cancelled", "sender")
    confirmation = IntentCreated(
        intent_id=uuid5(NAMES, "bye"),
        sequence=history.number("intents"),
        phone_number_id=NUMBER,
        lead_id=LEAD,
        to=CLIENT,
        body=Text(text="bye"),
        gating=True,
        opt_out_confirmation=True,
    )
    history.publish(confirmation, "bye", "sender")
    history.calls(confirmation.intent_id)


def test_6_a_call_after_a_stop() -> None:
    history = healthy()
    stopped(history)
    history.tick(5)
    history.asks("are you sure?")
    assert "began after a STOP" in words(rule_6_stop.check(history.snapshot()))


def test_6_a_call_after_a_start() -> None:
    history = healthy()
    stopped(history)
    history.tick(5)
    history.fact(leads.OptedIn)
    history.tick(1)
    history.asks("welcome back")
    finding = rule_6_stop.check(history.snapshot())
    assert not finding.violations
    assert finding.examined["STOPs"] == 1


def test_6_a_start_within_the_second_in_which_the_stop_was_taken_in() -> None:
    history = healthy()
    stopped(history)
    history.made.sandbox = None
    for key, copy in list(history.made.copies.items()):
        if copy.intent_id == uuid5(NAMES, "bye"):
            del history.made.copies[key]
    history.tick(0.2)
    history.fact(leads.OptedIn)
    intent_id = uuid5(NAMES, "welcome back")
    welcome = replace(next(history.made.of("intents", IntentCreated)).data, intent_id=intent_id, sequence=9)
    history.publish(welcome, "welcome back", "sender")
    history.made.copies[(intent_id, 1)] = Copy(intent_id, 1, "accepted", history.tick(5))
    finding = rule_6_stop.check(history.snapshot())
    assert not finding.violations
    assert finding.examined["STOPs"] == 1


def test_6_without_the_sandbox_the_senders_own_record_counts() -> None:
    history = healthy()
    stopped(history)
    history.tick(5)
    history.asks("are you sure?")
    history.made.sandbox = None
    assert "began after a STOP" in words(rule_6_stop.check(history.snapshot()))
