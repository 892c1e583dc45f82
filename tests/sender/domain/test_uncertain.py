"""The uncertain send: wait for a status, and only then send again."""

from datetime import timedelta

from inkgate_common.contracts.deliveries import MessageDelivered, MessageFailed
from inkgate_sender.domain.send import Send
from inkgate_sender.domain.uncertain import gate_timed_out, look_again, orphaned
from inkgate_sender.domain.verdict import Verdict
from tests.builders.sends import BEGAN, NOW, ON_ACCEPTED, ON_DELIVERED, sending, taken, uncertain, unknown, waiting

WAIT_S = 30.0


def after(waited_s: float, send: Send) -> Verdict | None:
    return look_again(send, waited_s, WAIT_S, ON_ACCEPTED, NOW)


def test_given_a_dead_process_then_what_it_had_under_way_is_uncertain_and_the_attempt_stays() -> None:
    verdict = orphaned(sending(2), ON_ACCEPTED, NOW)
    assert (verdict.send.state, verdict.send.attempt, verdict.send.owner) == ("uncertain", 2, None)
    assert verdict.touched[0].outcome == "unknown" and verdict.touched[0].began_at == BEGAN


def test_given_a_dead_process_and_a_status_that_came_already_then_it_is_delivered() -> None:
    (said,) = orphaned(sending(copies=(unknown(outcome="", rank=1),)), ON_ACCEPTED, NOW).says
    assert isinstance(said, MessageDelivered) and said.basis == "status"


def test_while_the_wait_is_not_over_nothing_happens() -> None:
    assert after(29.9, uncertain()) is None


def test_when_no_status_came_it_is_sent_again() -> None:
    verdict = after(30.0, uncertain())
    assert verdict is not None and verdict.resend
    assert verdict.send.state == "waiting" and verdict.send.due_at == NOW and not verdict.says


def test_a_status_ends_the_wait_at_once() -> None:
    verdict = after(0.0, uncertain(copies=(unknown(rank=1),)))
    assert verdict is not None and isinstance(verdict.says[0], MessageDelivered) and not verdict.resend


def test_after_a_cancellation_it_is_not_repeated_but_fails_as_uncertain() -> None:
    assert after(29.0, uncertain(cancelled="stop")) is None
    verdict = after(30.0, uncertain(cancelled="stop"))
    assert verdict is not None and not verdict.resend
    (said,) = verdict.says
    assert isinstance(said, MessageFailed) and (said.code, said.permanent) == ("uncertain", False)


def test_after_a_cancellation_a_status_still_delivers_it() -> None:
    verdict = after(3.0, uncertain(cancelled="stop", copies=(unknown(rank=1),)))
    assert verdict is not None and isinstance(verdict.says[0], MessageDelivered)


def test_what_stays_uncertain_fails_when_its_budget_is_spent() -> None:
    verdict = after(30.0, uncertain(8, strikes=8))
    assert verdict is not None and isinstance(verdict.says[0], MessageFailed)


def test_what_a_restored_database_suspects_is_sent_when_no_status_comes() -> None:
    verdict = after(30.0, waiting(state="uncertain", attempt=1, began_at=BEGAN))
    assert verdict is not None and verdict.resend


def test_given_the_gate_on_delivered_when_no_status_came_in_time_then_acceptance_is_enough() -> None:
    send = waiting(state="accepted", attempt=1, began_at=BEGAN, copies=(taken(rank=1, wamid="w"),))
    verdict = gate_timed_out(send, ON_DELIVERED, NOW + timedelta(seconds=120))
    (said,) = verdict.says
    assert isinstance(said, MessageDelivered) and (said.basis, said.wamid) == ("timeout", "w")
    assert said.accepted_at == NOW.replace(microsecond=0) and verdict.send.state == "delivered"
