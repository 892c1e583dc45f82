"""How fast one process sends: numbers, recipients, pauses, holds."""

import pytest

from inkgate_sender.domain.queue import BUSINESS, REPLY
from inkgate_sender.domain.rate import PAIR_BURST
from inkgate_sender.pacing import Pacing

ONE, TWO = "1065", "1066"


def go(pacing: Pacing, now: float, number: str = ONE, recipient: str = "anna", queue: str = REPLY) -> bool:
    return pacing.leave(number, queue, recipient, now).wait_s == 0


def test_a_number_out_of_tokens_waits_and_another_does_not() -> None:
    pacing = Pacing(4.0)
    assert go(pacing, 100.0) and not go(pacing, 100.1, recipient="ben") and go(pacing, 100.1, number=TWO)
    assert pacing.room(ONE, REPLY, 100.1) == 0 and pacing.room(ONE, REPLY, 100.25) == 1
    assert pacing.opens_in_s(100.1) == pytest.approx(0.15)


def test_a_recipient_out_of_tokens_is_told_apart_from_a_number() -> None:
    pacing = Pacing(10_000.0)
    for _ in range(PAIR_BURST):
        assert go(pacing, 100.0)
    leave = pacing.leave(ONE, REPLY, "anna", 100.1)
    assert leave.personal and leave.wait_s == pytest.approx(5.9)
    assert go(pacing, 100.1, recipient="ben")


def test_who_must_wait_takes_no_token_of_the_number() -> None:
    pacing = Pacing(10.0)
    for n in range(PAIR_BURST):
        assert go(pacing, 100.0 + n * 0.1)
    assert not any(go(pacing, 104.5) for _ in range(20))
    assert go(pacing, 104.5, recipient="ben")


def test_replicas_share_a_number() -> None:
    pacing = Pacing(4.0)
    pacing.share(2)
    assert go(pacing, 100.0) and not go(pacing, 100.3, recipient="ben") and go(pacing, 100.5, recipient="ben")


def test_a_rate_of_nothing_is_no_pacing_at_all() -> None:
    pacing = Pacing(0.0)
    assert all(go(pacing, 100.0) for _ in range(1000))
    assert pacing.opens_in_s(100.0) == float("inf")


def test_a_number_that_was_too_fast_rests_longer_each_time_until_something_is_accepted() -> None:
    pacing = Pacing(0.0)
    assert pacing.too_fast(ONE, 0, 100.0) == 1
    assert pacing.too_fast(ONE, 0, 100.5) == 0.5, "answers to calls that were under way together count once"
    assert not go(pacing, 100.9) and pacing.opens_in_s(100.9) == pytest.approx(0.1) and go(pacing, 101.0)
    assert pacing.too_fast(ONE, 0, 101.0) == 2
    pacing.accepted(ONE)
    assert pacing.too_fast(ONE, 0, 200.0) == 1


def test_a_hold_stops_a_number_or_what_the_business_begins() -> None:
    pacing = Pacing(0.0)
    pacing.widen_hold(ONE, "business")
    assert go(pacing, 100.0) and not go(pacing, 100.0, queue=BUSINESS) and go(pacing, 100.0, TWO, queue=BUSINESS)
    pacing.widen_hold(ONE, "all")
    pacing.widen_hold(ONE, "business")
    assert not go(pacing, 100.0) and pacing.held() == [(ONE, "all")]
    assert pacing.hold(ONE, None) and go(pacing, 100.0)


def test_the_table_of_holds_tells_whether_something_may_go_that_could_not() -> None:
    pacing = Pacing(0.0)
    assert not pacing.hold(ONE, None) and not pacing.hold(ONE, "all") and not pacing.hold(ONE, "all")
    assert pacing.hold(ONE, "business") and pacing.hold(ONE, None)
