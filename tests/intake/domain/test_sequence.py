"""The numbers of a conversation."""

from datetime import timedelta
from uuid import UUID

import msgspec

from inkgate_intake.domain.identity import Linked, Place, Plan
from inkgate_intake.domain.items import Link
from inkgate_intake.domain.sequence import absolute, counts, numbered
from tests.intake.domain.test_identity import NUMBER_ID, OLD, message, person, receipt

ANN, BO = UUID(int=1), UUID(int=2)
TEXT = message(person("1"))


def at(seconds: int) -> object:
    return msgspec.structs.replace(TEXT, sent_at=OLD + timedelta(seconds=seconds))


def order(plan: Plan, *items: object) -> list[tuple[UUID, int, int, bool]]:
    """Conversation, number, index, and whether it is the link."""
    events = numbered(items, plan)  # type: ignore[arg-type]
    return sorted((one.conversation, one.sequence, one.index, one.linked is not None) for one in events)


def places(*conversations: UUID) -> list[Place]:
    return [Place(conversation, False) for conversation in conversations]


def test_what_stands_together_is_sorted_by_when_it_was_written_and_equal_means_order_of_arrival() -> None:
    plan = Plan(places=places(ANN, ANN, BO, ANN, ANN))
    found = order(plan, at(5), at(3), at(9), at(5), at(1))
    assert [entry[:3] for entry in found] == [(ANN, 1, 4), (ANN, 2, 1), (ANN, 3, 0), (ANN, 4, 3), (BO, 1, 2)]


def test_receipts_and_links_take_no_number() -> None:
    link = Link(key=b"", person=person("1"), phone_number_id=NUMBER_ID, message_id="m", sent_at=OLD)
    plan = Plan(places=places(ANN, ANN, ANN))
    assert order(plan, receipt(person("1")), link, at(0)) == [(ANN, 0, 0, False), (ANN, 1, 2, False)]


def test_a_link_is_told_before_the_message_that_brought_it_and_a_closed_conversation_says_so_last() -> None:
    plan = Plan(places=places(BO, ANN, ANN), linked=[Linked(1, BO, closed_into=ANN), Linked(1, ANN, took_over=(BO,))])
    assert order(plan, at(9), at(5), at(5)) == [
        (ANN, 1, 1, True),
        (ANN, 2, 1, False),
        (ANN, 3, 2, False),
        (BO, 1, 0, False),
        (BO, 2, 1, True),
    ]


def test_numbers_are_taken_for_whole_conversations_in_key_order() -> None:
    plan = Plan(places=places(BO, ANN, BO))
    events = numbered([at(0), at(0), at(1)], plan)  # type: ignore[list-item]
    needed = counts(events)
    assert list(needed.items()) == [(ANN, 1), (BO, 2)]
    last = {ANN: 7, BO: 12}
    assert sorted((one.conversation, absolute(one, last, needed)) for one in events) == [(ANN, 7), (BO, 11), (BO, 12)]
