"""Whose turn it is in a conversation."""

from uuid import UUID

from inkgate_sender.domain.queue import BUSINESS, REPLY, Lane, first_in_lane

ANNA, BEN = UUID(int=1), UUID(int=2)
ANNAS, BENS, REMINDER = Lane(ANNA, REPLY), Lane(BEN, REPLY), Lane(ANNA, BUSINESS)


def test_the_first_of_each_conversation_begins() -> None:
    assert first_in_lane([ANNAS, BENS, ANNAS], []) == [True, True, False]


def test_behind_one_that_has_not_ended_everybody_waits() -> None:
    assert first_in_lane([ANNAS, BENS], [ANNAS]) == [False, True]


def test_a_parked_reminder_does_not_block_a_reply() -> None:
    assert first_in_lane([ANNAS], [REMINDER]) == [True]


def test_a_reminder_lets_a_reply_go_first() -> None:
    assert first_in_lane([ANNAS, REMINDER], []) == [True, False]
    assert first_in_lane([REMINDER], [ANNAS]) == [False]
