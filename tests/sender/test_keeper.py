"""Whether this process has read its receipts to the end: the clock of uncertain sends runs by it."""

from inkgate_common.kafka import Reach
from inkgate_sender.keeper import CAUGHT_UP_WITHIN_S, Tide

NOW_MS = 1_000_000.0


def at(tide: Tide, now_s: float, **reach: tuple[int, int | None]) -> int:
    """Partitions as p0=(handled, end), asked for just now."""
    read = {int(name[1:]): Reach(handled, end, int(NOW_MS)) for name, (handled, end) in reach.items()}
    return tide.caught_up(read, now_s, NOW_MS + 10)


def test_a_partition_that_is_read_to_the_end_is_caught_up() -> None:
    tide = Tide()
    assert at(tide, 0, p0=(7, 7), p1=(3, 9)) == 1


def test_one_whose_end_is_not_known_is_not() -> None:
    assert at(Tide(), 0, p0=(7, None)) == 0


def test_one_that_nobody_asked_for_a_while_is_not() -> None:
    stale = Reach(7, 7, int(NOW_MS - CAUGHT_UP_WITHIN_S * 1000 - 1))
    assert Tide().caught_up({0: stale}, 0, NOW_MS) == 0


def test_under_load_it_is_enough_to_reach_an_end_that_was_seen_moments_ago() -> None:
    tide = Tide()
    assert at(tide, 0, p0=(90, 100)) == 0
    assert at(tide, 2, p0=(100, 140)) == 1
    assert at(tide, 4, p0=(139, 200)) == 0, (
        "the end of two seconds ago is not reached, and four seconds is too long ago"
    )
    assert at(tide, 5, p0=(141, 200)) == 1


def test_one_that_falls_behind_is_not_caught_up_for_long() -> None:
    tide = Tide()
    assert at(tide, 0, p0=(7, 7)) == 1
    assert at(tide, 2, p0=(7, 900)) == 1
    assert at(tide, CAUGHT_UP_WITHIN_S + 0.1, p0=(7, 900)) == 0


def test_one_that_moved_to_another_process_is_forgotten() -> None:
    tide = Tide()
    assert at(tide, 0, p0=(7, 7), p1=(7, 7)) == 2
    assert at(tide, 1, p1=(7, 7)) == 1
