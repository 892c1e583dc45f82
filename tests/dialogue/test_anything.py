"""Whatever happens, in whatever order: nothing raises, and what PROTOCOL §7 promises holds as far as the core can see it.

A night's run: HYPOTHESIS_PROFILE=long pytest tests/dialogue/test_anything.py
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders.conversations import Conversing
from tests.builders.leads import STUDIO, a_studio
from tests.dialogue.happenings import HAPPENINGS, Happening
from tests.dialogue.language import a_lead_at, a_lead_in, slots
from tests.dialogue.promises import Promises

# A studio that waits a moment for more.
PATIENT = a_studio(messages=replace(STUDIO.file.messages, collect_s=3))

STARTS: list[Callable[[], Conversing]] = [
    Conversing,
    lambda: a_lead_at("dimensions"),
    lambda: a_lead_at("coverup"),
    lambda: a_lead_at("timing"),
    lambda: a_lead_in("PENDING_APPROVAL"),
    lambda: a_lead_in("AWAITING_DEPOSIT"),
    lambda: a_lead_in("DEPOSIT_EXPIRED"),
    lambda: a_lead_in("DEPOSIT_PAID"),
    lambda: a_lead_in("BOOKING_PENDING"),
    lambda: a_lead_in("BOOKED"),
    lambda: a_lead_in("NEEDS_ARTIST_REPLY"),
    lambda: a_lead_in("OPTOUT"),
    lambda: a_lead_in("ABANDONED"),
    lambda: a_lead_in("COMPLETED"),
    lambda: a_lead_in("TOUR_CONVERSION_OFFERED"),
    lambda: a_lead_in("WAITLISTED"),
    lambda: Conversing(studio=PATIENT),
    lambda: slots("after_deposit", "paid"),
    lambda: slots("after_deposit", "offered"),
    lambda: slots("after_deposit", "chosen"),
    lambda: slots("after_deposit", "booked"),
    lambda: slots("after_deposit", "windows"),
    lambda: slots("before_deposit", "offered"),
    lambda: slots("before_deposit", "chosen"),
]


LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
bounded = settings(
    max_examples=20_000 if LONG else 200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def lived_through(start: int, happenings: list[Happening]) -> Conversing:
    """A conversation to which these things happen; the promises are looked at after each of them."""
    world = STARTS[start]().fork()
    promises = Promises(world)
    for happening in happenings:
        happening(world)
        promises.look()
    promises.at_the_end()
    return world


@bounded
@drawn(start=st.integers(0, len(STARTS) - 1), happenings=st.lists(HAPPENINGS, max_size=40))
def test_any_sequence_of_events_keeps_the_promises(start: int, happenings: list[Happening]) -> None:
    lived_through(start, happenings)


@settings(bounded, max_examples=bounded.max_examples // 4)
@drawn(start=st.integers(0, len(STARTS) - 1), happenings=st.lists(HAPPENINGS, max_size=12))
def test_the_same_events_always_have_the_same_effect(start: int, happenings: list[Happening]) -> None:
    def effect() -> list[Any]:
        world = lived_through(start, happenings)
        return [world.state, world.box, world.rows, world.emitted, world.published]

    assert effect() == effect()
