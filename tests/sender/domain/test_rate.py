"""Token buckets."""

import pytest

from inkgate_sender.domain.rate import (
    PAIR_BURST,
    PAIR_INTERVAL_S,
    number_burst,
    number_interval_s,
    pair_wait_s,
    pause_s,
    take,
)


def test_a_burst_goes_at_once_and_must_be_paid_back() -> None:
    full_at = 0.0
    for _ in range(PAIR_BURST):
        full_at, wait_s = take(full_at, 1000.0, PAIR_INTERVAL_S, PAIR_BURST)
        assert wait_s == 0
    assert take(full_at, 1000.0, PAIR_INTERVAL_S, PAIR_BURST).wait_s == pytest.approx(PAIR_INTERVAL_S)
    assert take(full_at, 1006.0, PAIR_INTERVAL_S, PAIR_BURST).wait_s == 0


def test_a_refused_token_is_not_taken() -> None:
    full_at = take(0.0, 10.0, 1.0, 1.0).full_at
    assert take(full_at, 10.5, 1.0, 1.0).full_at == full_at


def test_a_rate_of_nothing_is_no_limit() -> None:
    assert number_interval_s(0, 3) == 0
    assert all(take(5.0, 5.0, 0, 1.0).wait_s == 0 for _ in range(1000))


def test_replicas_share_the_rate_of_a_number() -> None:
    assert number_interval_s(80, 1) == 1 / 80
    assert number_interval_s(80, 4) == 4 / 80


def test_a_number_keeps_its_rate_over_a_second() -> None:
    interval_s, full_at, sent = number_interval_s(80, 1), 0.0, 0
    for millisecond in range(1000):
        now = 100 + millisecond / 1000
        while not (taken := take(full_at, now, interval_s, number_burst(interval_s))).wait_s:
            full_at, sent = taken.full_at, sent + 1
    assert 80 <= sent <= 80 + number_burst(interval_s)


def test_a_number_that_is_too_fast_rests_longer_each_time() -> None:
    assert [pause_s(n, 0) for n in (1, 2, 3, 7, 50)] == [1, 2, 4, 60, 60]
    assert pause_s(1, 17.0) == 17


def test_a_recipient_rests_four_to_the_n() -> None:
    assert [pair_wait_s(n) for n in (1, 2, 3, 5, 9)] == [4, 16, 64, 1024, 1024]
