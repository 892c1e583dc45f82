"""Rule 1: a gated change has its delivered message before it."""

from uuid import uuid5

import pytest
from msgspec.structs import replace

from inkgate.invariants import rule_1_delivered_first
from inkgate_common.contracts import leads
from inkgate_common.contracts.intents import Template
from tests.invariants.history import NAMES, healthy, words


def test_1_a_change_before_its_message_was_delivered() -> None:
    history = healthy()
    history.fact(leads.AnswerRecorded, key="placement")
    intent_id = history.asks("style?")
    history.fact(leads.GateClosed, intent_id=intent_id, how="applied", basis="accepted")
    history.step(1, 2, "style", intent_id)
    history.fact(leads.MessageSent, raises=False, intent_id=intent_id, basis="accepted")
    assert "without a delivered message before it" in words(rule_1_delivered_first.check(history.snapshot()))


def test_1_a_change_without_a_gate() -> None:
    history = healthy()
    history.step(1, 2, "style", uuid5(NAMES, "never sent"))
    assert "without an applied gate" in words(rule_1_delivered_first.check(history.snapshot()))


def test_1_a_change_that_whatsapp_never_heard_of() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    history.made.sandbox.calls.pop()
    assert "before WhatsApp had the message" in words(rule_1_delivered_first.check(history.snapshot()))


def test_1_a_delivered_gate_that_never_ended() -> None:
    history = healthy()
    history.asks("style?")
    assert "its gate never ended" in words(rule_1_delivered_first.check(history.snapshot()))


def test_1_a_delivered_gate_that_was_superseded_by_nothing() -> None:
    history = healthy()
    intent_id = history.asks("style?")
    history.fact(leads.GateClosed, intent_id=intent_id, how="superseded", reason="moved")
    assert "superseded by nothing on record" in words(rule_1_delivered_first.check(history.snapshot()))


def test_1_a_template_that_only_invites_her_moves_nobody() -> None:
    invitation = Template(name="invitation", language="en")
    well, badly = healthy(), healthy()
    well.fact(leads.GateClosed, intent_id=well.asks("style?", template=invitation), how="failed", reason="invited")
    assert not rule_1_delivered_first.check(well.snapshot()).violations
    badly.applied(badly.asks("style?", template=invitation))
    assert "only the invitation went out" in words(rule_1_delivered_first.check(badly.snapshot()))
    same = healthy()
    same.applied(same.asks("style?", template=replace(invitation, same_content=True)))
    assert not rule_1_delivered_first.check(same.snapshot()).violations


def test_1_a_forced_change_needs_no_message() -> None:
    history = healthy()
    intent_id = uuid5(NAMES, "forced")
    history.fact(leads.GateClosed, intent_id=intent_id, how="applied", basis="force")
    history.step(1, 2, "style", intent_id)
    finding = rule_1_delivered_first.check(history.snapshot())
    assert not finding.violations
    assert finding.examined["forced"] == 1


@pytest.mark.parametrize(
    ("to_status", "what"),
    [
        ("PENDING_APPROVAL", "waits for a message"),
        ("DEPOSIT_PAID", "without a report of money"),
        ("OPTOUT", "she had not opted out"),
    ],
)
def test_1_a_fact_that_is_none(to_status: str, what: str) -> None:
    history = healthy()
    history.fact(leads.StatusChanged, from_status="QUALIFYING", to_status=to_status, reason="because")
    assert what in words(rule_1_delivered_first.check(history.snapshot()))
