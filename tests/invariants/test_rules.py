"""A rule that cannot fail proves nothing: each is shown a healthy history, and one that is spoiled in its own way."""

from datetime import timedelta
from uuid import uuid5

import pytest
from msgspec.structs import replace

from inkgate.invariants import (
    extra_gapless,
    extra_one_end,
    extra_replay,
    rule_1_delivered_first,
    rule_2_nothing_lost,
    rule_3_order,
    rule_4_steps,
    rule_5_money,
    rule_6_stop,
    rule_7_duplicates,
)
from inkgate.invariants.report import RULES, Report
from inkgate.invariants.snapshot import Call, Copy, Finding, PaidRow, Webhook
from inkgate_common.contracts import leads
from inkgate_common.contracts.control import StudioChanged
from inkgate_common.contracts.deliveries import MessageFailed
from inkgate_common.contracts.intents import IntentCancelled, IntentCreated, Template, Text
from inkgate_common.contracts.payments import DepositPaid
from inkgate_common.contracts.receipts import ReceiptReceived
from inkgate_intake.domain.items import key_of
from tests.invariants.history import CLIENT, LEAD, NAMES, NUMBER, History, healthy


def words(finding: Finding) -> str:
    return " | ".join(violation.what for violation in finding.violations)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__module__.rpartition(".")[2])
def test_a_healthy_history_breaks_no_rule(rule: object) -> None:
    finding = rule(healthy().snapshot())  # type: ignore[operator]
    assert not finding.violations, words(finding)


def test_a_report_says_which_rules_had_nothing_to_examine() -> None:
    report = Report([rule(healthy().snapshot()) for rule in RULES], [], [])
    assert report.holds
    assert report.lines()[-1].startswith("nothing to examine for rule 5, 6:")


def test_a_report_does_not_hold_while_something_is_under_way() -> None:
    assert not Report([], ["sender: 1 messages under way"], []).holds


# --- rule 1 -------------------------------------------------------------------------------------------------------------


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


# --- rule 2 -------------------------------------------------------------------------------------------------------------


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


# --- rule 3 -------------------------------------------------------------------------------------------------------------


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


# --- rule 4 -------------------------------------------------------------------------------------------------------------


def test_4_a_question_that_was_skipped() -> None:
    history = healthy()
    intent_id = history.asks("style?")
    history.applied(intent_id)
    history.step(1, 2, "style", intent_id)
    assert "'placement' is the next unanswered" in words(rule_4_steps.check(history.snapshot()))


def test_4_a_step_back_without_a_restart() -> None:
    history = healthy()
    intent_id = history.asks("idea again?")
    history.applied(intent_id)
    history.step(1, 0, "idea", intent_id)
    assert "went back" in words(rule_4_steps.check(history.snapshot()))


def test_4_a_restart_begins_afresh() -> None:
    history = healthy()
    intent_id = history.asks("welcome back")
    history.applied(intent_id)
    history.fact(leads.Restarted)
    history.step(-1, 0, "idea", intent_id)
    assert not rule_4_steps.check(history.snapshot()).violations


def test_4_an_answer_that_was_withdrawn_is_asked_for_again() -> None:
    history = healthy()
    history.fact(leads.AnswerRecorded, key="placement", correction=True)
    history.fact(leads.AnswerRecorded, key="idea", correction=True, withdrawn=True)
    intent_id = history.asks("idea again?")
    history.applied(intent_id)
    history.step(1, 0, "idea", intent_id)
    assert not rule_4_steps.check(history.snapshot()).violations


@pytest.mark.parametrize(("key", "right"), [("budget", True), ("placement", True), ("style", False)])
def test_4_a_step_is_right_by_any_list_of_the_studios_questions(key: str, right: bool) -> None:
    history = healthy()
    studio = StudioChanged(at=history.now, digest="d", questions=["idea", "budget", "placement"])
    history.publish(studio, "studio")
    intent_id = history.asks("again?")
    history.applied(intent_id)
    history.step(2, 1, key, intent_id)
    found = words(rule_4_steps.check(history.snapshot()))
    assert ("is the next unanswered" not in found) == right


def test_4_an_answer_to_a_question_that_was_not_asked() -> None:
    history = healthy()
    history.tick()
    history.fact(leads.AnswerRecorded, key="style")
    assert "'style', which was not asked" in words(rule_4_steps.check(history.snapshot()))


def test_4_an_answer_that_was_written_before_its_question_went_out() -> None:
    history = healthy()
    history.says("early", "answer", sent_at=history.now - timedelta(seconds=30), question="placement")
    assert "written before that question went out" in words(rule_4_steps.check(history.snapshot()))


# --- rule 5 -------------------------------------------------------------------------------------------------------------


def paid(history: History, name: str, stripe_event: str) -> None:
    data = DepositPaid(
        lead_id=LEAD,
        command_id=LEAD,
        session="cs_1",
        at=history.now,
        stripe_event_id=stripe_event,
        amount_pence=15_000,
        currency="gbp",
        payment_intent="pi_1",
    )
    history.publish(data, name, "dialogue")
    history.made.stripe_events[stripe_event] = (DepositPaid.TYPE,)


def test_5_one_payment_that_was_told_twice() -> None:
    history = healthy()
    paid(history, "a", "evt_1")
    paid(history, "b", "evt_2")
    assert "told twice" in words(rule_5_money.check(history.snapshot()))


def test_5_sums_that_differ() -> None:
    history = healthy()
    paid(history, "a", "evt_1")
    history.made.paid.append(PaidRow(LEAD, "cs_1", "pi_1", 15_000, "evt_1"))
    assert "lead 0p" in words(rule_5_money.check(history.snapshot()))


def test_5_what_stripe_reported_is_not_what_is_recorded() -> None:
    history = healthy()
    assert history.made.sandbox is not None
    session = {"id": "cs_1", "payment_intent": "pi_1", "payment_status": "paid", "amount_total": 15_000}
    event = {"data": {"object": session}}
    history.made.sandbox.stripe.append(Webhook(9, "checkout.session.completed", event_id="evt_1", body=event))
    assert "Stripe reported 15000p" in words(rule_5_money.check(history.snapshot()))


# --- rule 6 -------------------------------------------------------------------------------------------------------------


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


# --- rule 7 -------------------------------------------------------------------------------------------------------------


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


# --- the extra ones -----------------------------------------------------------------------------------------------------


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
