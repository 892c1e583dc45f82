"""Mailbox order: when it was written, then order of arrival (PROTOCOL §2)."""

from datetime import timedelta
from random import Random
from uuid import UUID

from inkgate_common.cloudevents import Event
from inkgate_common.contracts.commands import TimerFired
from inkgate_dialogue.domain.mailbox import order
from tests.builders.conversations import NOON
from tests.builders.messages import event, written


def a_message(sequence: int, *, written_s: float, received_s: float = 100) -> Event:
    data = written("hi", sequence=sequence, sent_at=NOON + timedelta(seconds=written_s))
    return event(data, id=UUID(int=sequence), subject="c", time=NOON + timedelta(seconds=received_s))


def a_timer(at_s: float) -> Event:
    at = NOON + timedelta(seconds=at_s)
    data = TimerFired(timer_id=UUID(int=9), lead_id=UUID(int=9), timer="silence", due_at=at)
    return event(data, id=UUID(int=99), subject="c", time=at)


def test_the_earliest_written_is_first_whenever_it_came() -> None:
    waiting = [a_message(1, written_s=9), a_message(2, written_s=3), a_message(3, written_s=5)]
    assert min(waiting, key=order) is waiting[1]


def test_messages_of_one_second_keep_their_order_of_arrival() -> None:
    waiting = [a_message(number, written_s=3) for number in (1, 2, 3)]
    shuffled = list(waiting)
    Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=order) == waiting


def test_timers_and_actions_stand_among_messages_by_their_own_time() -> None:
    waiting = [a_message(1, written_s=9), a_timer(5), a_message(2, written_s=3)]
    assert [one.data.TYPE for one in sorted(waiting, key=order)] == [
        "inkgate.message.received", "inkgate.timer.fired", "inkgate.message.received",
    ]  # fmt: skip
