"""Panic and holds as times, and what counts beside them."""

from datetime import UTC, datetime, timedelta

import pytest

from inkgate_dialogue.domain.pauses import KEPT, Pause, begin, counted, end, lasting, next_look, of_number

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
pytestmark = pytest.mark.domain("5.timers")


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def pause(began: float, ended: float | None, number: str | None = None) -> Pause:
    return Pause(began_at=at(began), ended_at=None if ended is None else at(ended), number=number)


@pytest.mark.parametrize(
    ("pauses", "more", "hours"),
    [
        ([], [], 10),
        ([pause(2, 4)], [], 8),
        ([pause(-5, 1)], [], 9),
        ([pause(-5, -1)], [], 10),
        ([pause(8, None)], [], 8),
        ([pause(-1, None)], [], 0),
        ([pause(20, 30)], [], 10),
        ([pause(1, 4), pause(3, 6)], [], 5),
        ([pause(1, 6), pause(2, 3)], [], 5),
        ([pause(1, 2)], [(at(5), at(7))], 7),
        ([pause(1, 3)], [(at(2), at(4))], 7),
    ],
)
def test_only_what_is_in_no_pause_counts(
    pauses: list[Pause], more: list[tuple[datetime, datetime]], hours: float
) -> None:
    assert counted(NOON, at(10), pauses, more) == timedelta(hours=hours)


def test_a_moment_that_is_still_to_come_counts_nothing() -> None:
    assert counted(at(1), NOON, [pause(-1, None)]) == timedelta(0)


def test_a_pause_begins_once_and_ends_once() -> None:
    held = begin(begin((), "1", at(0)), "1", at(1))
    assert held == (pause(0, None, "1"),)
    both = begin(held, None, at(2))
    assert end(both, "1", at(3)) == (pause(0, 3, "1"), pause(2, None))
    assert end(end(both, "1", at(3)), "1", at(9)) == end(both, "1", at(3))


def test_an_end_that_is_told_before_its_beginning_is_no_negative_time() -> None:
    assert end((pause(2, None),), None, at(1)) == (pause(2, 2),)


def test_old_pauses_are_forgotten() -> None:
    assert begin((pause(0, 1),), "1", at(1) + KEPT) == (Pause(began_at=at(1) + KEPT, number="1"),)
    assert begin((pause(0, None),), None, at(1) + KEPT) == (pause(0, None),)


def test_panic_concerns_every_number_and_a_hold_its_own() -> None:
    known = (pause(0, None), pause(0, 1, "1"), pause(0, 1, "2"))
    assert of_number(known, "1") == known[:2]


def test_a_timer_in_a_pause_looks_again_the_later_the_longer_it_lasts() -> None:
    assert lasting((pause(1, 2), pause(3, None), pause(2, None))) == at(2)
    assert lasting((pause(1, 2),)) is None
    assert next_look(at(0), at(0)) == at(1 / 6)
    assert next_look(at(0), at(8)) == at(10)
