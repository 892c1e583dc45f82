"""What WhatsApp's statuses mean for a send."""

from datetime import timedelta

import pytest

from inkgate_common.contracts.deliveries import MessageDelivered, MessageFailed, MessageStatus
from inkgate_sender.domain.receipts import Receipt, judge
from inkgate_sender.domain.send import Send
from inkgate_sender.domain.uncertain import orphaned
from inkgate_sender.domain.verdict import Policy, Verdict
from tests.builders.sends import (
    BEGAN,
    NOW,
    ON_ACCEPTED,
    ON_DELIVERED,
    WAMID,
    delivered,
    failed,
    refused,
    sending,
    status,
    taken,
    uncertain,
    unknown,
    waiting,
)


def heard(send: Send, *receipts: Receipt, policy: Policy = ON_ACCEPTED) -> list[Verdict]:
    verdicts = []
    for receipt in receipts:
        verdict = judge(send, receipt, policy, NOW, 0.0)
        verdicts.append(verdict)
        send = verdict.send
    return verdicts


def told(verdicts: list[Verdict]) -> list[str]:
    """The statuses that were told on."""
    return [said.status for verdict in verdicts for said in verdict.says if isinstance(said, MessageStatus)]


def accepted(**fields: object) -> Send:
    return waiting(**{"state": "accepted", "attempt": 1, "began_at": BEGAN, "copies": (taken(),), **fields})


# Rank.


def test_each_status_is_told_once_as_it_rises() -> None:
    verdicts = heard(delivered(), status("sent"), status("delivered"), status("read"), status("played"))
    assert told(verdicts) == ["sent", "delivered", "read", "played"]
    assert all(verdict.send.state == "delivered" for verdict in verdicts)


def test_a_status_that_comes_twice_or_late_changes_nothing() -> None:
    verdicts = heard(delivered(), status("read"), status("read"), status("delivered"), status("sent"))
    assert told(verdicts) == ["read"]
    assert not any(verdict.touched for verdict in verdicts[1:])


def test_a_status_that_whatsapp_invented_since_changes_nothing() -> None:
    (verdict,) = heard(delivered(), status("telepathy"))
    assert not verdict.touched and not verdict.says


def test_a_status_without_an_attempt_is_of_the_newest() -> None:
    (verdict,) = heard(delivered(attempt=2, copies=(taken(2),)), status("sent", None))
    assert verdict.touched[0].attempt == 2


# Uncertain sends.


@pytest.mark.parametrize("name", ["sent", "delivered", "read", "played"])
def test_a_status_makes_an_uncertain_send_delivered(name: str) -> None:
    (verdict,) = heard(uncertain(), status(name))
    first, second = verdict.says
    assert isinstance(first, MessageStatus) and first.status == name
    assert isinstance(second, MessageDelivered) and (second.basis, second.wamid) == ("status", WAMID)
    assert second.began_at == BEGAN and verdict.send.state == "delivered"


def test_the_status_sent_tells_when_whatsapp_took_it() -> None:
    at = NOW.replace(microsecond=0) + timedelta(seconds=3)
    (verdict,) = heard(uncertain(), status("sent", at=at))
    assert isinstance(verdict.says[1], MessageDelivered) and verdict.says[1].accepted_at == at


def test_another_status_does_not_so_the_start_of_the_first_attempt_counts() -> None:
    send = uncertain(2, copies=(unknown(1, began_at=BEGAN - timedelta(seconds=40)), unknown(2)))
    (verdict,) = heard(send, status("read", 2, at=NOW + timedelta(hours=5)))
    assert isinstance(verdict.says[1], MessageDelivered)
    assert verdict.says[1].accepted_at == (BEGAN - timedelta(seconds=40)).replace(microsecond=0)


def test_a_status_of_an_earlier_attempt_delivers_what_waits_to_be_sent_again() -> None:
    (verdict,) = heard(waiting(attempt=1, copies=(unknown(),)), status("sent"))
    assert verdict.send.state == "delivered" and verdict.duplicates == 0


def test_while_a_call_is_under_way_its_answer_ends_the_send() -> None:
    (verdict,) = heard(sending(), status("sent"))
    assert verdict.send.state == "sending" and told([verdict]) == ["sent"] and verdict.touched[0].rank == 1


def test_a_reported_failure_of_an_uncertain_send_is_a_definite_answer() -> None:
    (verdict,) = heard(uncertain(), status("failed", code=131026))
    assert isinstance(verdict.says[1], MessageFailed) and verdict.says[1].code == "131026"
    (again,) = heard(uncertain(), status("failed", code=131000))
    assert again.send.state == "waiting"


# Duplicates.


def test_a_status_of_the_first_copy_after_the_second_went_out_shows_a_duplicate() -> None:
    send = delivered(attempt=2, copies=(unknown(1), taken(2)))
    first, second = heard(send, status("sent", 1), status("delivered", 1))
    assert (first.duplicates, second.duplicates) == (1, 0)


# Late failure.


def test_when_every_copy_that_went_out_failed_it_is_a_late_failure() -> None:
    (verdict,) = heard(delivered(), status("failed", code=131026))
    (said,) = verdict.says
    assert isinstance(said, MessageStatus) and said.all_failed and said.errors[0].code == 131026
    assert verdict.send.late_failed and verdict.send.state == "delivered"


def test_while_another_copy_stands_a_failure_is_only_told() -> None:
    (verdict,) = heard(delivered(attempt=2, copies=(taken(1), taken(2))), status("failed", 1, code=131026))
    assert isinstance(verdict.says[0], MessageStatus) and not verdict.says[0].all_failed


def test_a_copy_whose_outcome_is_unknown_does_not_count_as_one_that_went_out() -> None:
    (verdict,) = heard(delivered(attempt=2, copies=(unknown(1), taken(2))), status("failed", 2, code=131026))
    assert isinstance(verdict.says[0], MessageStatus) and verdict.says[0].all_failed


def test_a_failure_that_comes_twice_is_told_once() -> None:
    assert told(heard(delivered(), status("failed", code=1), status("failed", code=1))) == ["failed"]


def test_a_copy_that_reached_her_cannot_fail_any_more() -> None:
    assert told(heard(delivered(), status("delivered"), status("failed", code=131026))) == ["delivered"]


def test_after_a_late_failure_a_delivery_makes_it_delivered_again() -> None:
    verdicts = heard(delivered(), status("failed", code=131026), status("delivered"))
    (said,) = verdicts[1].says
    assert isinstance(said, MessageStatus) and said.makes_delivered and not verdicts[1].send.late_failed


def test_a_stale_sent_after_failed_of_the_same_copy_proves_nothing() -> None:
    verdicts = heard(delivered(), status("failed", code=131026), status("sent"))
    assert told(verdicts) == ["failed"] and verdicts[1].send.late_failed


@pytest.mark.parametrize(("code", "scope"), [(131042, "all"), (131048, "business"), (131026, None)])
def test_an_error_of_the_account_that_comes_by_webhook_holds_the_number(code: int, scope: str | None) -> None:
    (verdict,) = heard(delivered(), status("failed", code=code))
    assert (verdict.hold.scope if verdict.hold else None) == scope


# The other way round.


@pytest.mark.parametrize("name", ["sent", "delivered", "read"])
def test_a_status_of_a_copy_whose_outcome_was_unknown_makes_a_failed_intent_delivered(name: str) -> None:
    (verdict,) = heard(failed(code="uncertain", copies=(unknown(),)), status(name))
    (said,) = verdict.says
    assert isinstance(said, MessageStatus) and said.makes_delivered and said.accepted_at is not None
    assert verdict.send.state == "delivered"


def test_reaching_her_makes_a_failed_intent_delivered_and_sent_does_not() -> None:
    send = failed(copies=(taken(failed=True, code=131026),))
    (stale,) = heard(send, status("sent"))
    assert not stale.says
    (verdict,) = heard(send, status("delivered"))
    assert isinstance(verdict.says[0], MessageStatus) and verdict.says[0].makes_delivered


def test_it_is_made_delivered_once() -> None:
    verdicts = heard(failed(copies=(refused(),)), status("delivered"), status("read"))
    flags = [said.makes_delivered for verdict in verdicts for said in verdict.says if isinstance(said, MessageStatus)]
    assert flags == [True, False]


# gate_on = delivered.


def test_given_the_gate_on_delivered_then_sent_is_not_enough() -> None:
    first, second = heard(accepted(), status("sent"), status("delivered"), policy=ON_DELIVERED)
    assert first.send.state == "accepted" and len(first.says) == 1 and first.send.due_at == NOW
    assert isinstance(second.says[1], MessageDelivered) and second.says[1].basis == "status"
    assert second.says[1].accepted_at == NOW.replace(microsecond=0)


def test_given_the_gate_on_delivered_then_sent_ends_the_wait_of_an_uncertain_send_but_not_the_gate() -> None:
    (verdict,) = heard(uncertain(), status("sent"), policy=ON_DELIVERED)
    assert verdict.send.state == "accepted" and verdict.send.due_at == NOW + timedelta(seconds=120)


def test_given_the_gate_on_delivered_then_a_failure_fails_or_is_tried_again_by_its_code() -> None:
    (permanent,) = heard(accepted(), status("failed", code=131026), policy=ON_DELIVERED)
    assert [type(said) for said in permanent.says] == [MessageStatus, MessageFailed]
    (transient,) = heard(accepted(), status("failed", code=131000), policy=ON_DELIVERED)
    assert transient.send.state == "waiting" and len(transient.says) == 1


def test_given_the_gate_on_delivered_and_a_cancellation_then_a_failure_is_not_tried_again() -> None:
    (verdict,) = heard(accepted(cancelled="stop"), status("failed", code=131000), policy=ON_DELIVERED)
    assert verdict.send.state == "cancelled"


def test_a_status_says_whether_its_copy_was_the_template() -> None:
    """Also where the answer was lost, and only the record of the attempt tells which of the two had been begun."""
    of_the_body = judge(uncertain(has_fallback=True), status("sent"), ON_ACCEPTED, NOW, 0.5)
    assert [said.fallback for said in of_the_body.says] == [False, False]
    lost = sending(attempt=2, has_fallback=True, fallback_used=True, copies=(refused(1, code=131047),))
    after_a_crash = orphaned(lost, ON_ACCEPTED, NOW).send
    of_the_template = judge(after_a_crash, status("sent", 2), ON_ACCEPTED, NOW, 0.5)
    assert [said.fallback for said in of_the_template.says] == [True, True]
    assert of_the_template.send.copy(1).fallback is False
