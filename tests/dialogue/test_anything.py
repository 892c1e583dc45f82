"""Whatever happens, in whatever order: nothing raises, and what PROTOCOL §7 promises holds as far as the core can see it.

A night's run: HYPOTHESIS_PROFILE=long pytest tests/dialogue/test_anything.py
"""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from msgspec.structs import replace

from inkgate_common.contracts.commands import OperatorActed
from inkgate_common.contracts.intents import IntentCreated
from inkgate_dialogue.domain.studio import Consent
from tests.builders.conversations import Conversing
from tests.builders.leads import STUDIO, a_studio
from tests.builders.tours import BERLIN, a_stop, on_tour
from tests.dialogue.happening import Happening
from tests.dialogue.happenings import ENDS, HAPPENINGS
from tests.dialogue.happenings_inside import ARTIST_LINE, NOTICED
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given, slots
from tests.dialogue.promises import Promises
from tests.dialogue.steps import delivered, she_says

# A studio that waits a moment for more.
PATIENT = a_studio(messages=replace(STUDIO.file.messages, collect_s=3))
CAREFUL = a_studio(consent=[Consent(key="age"), Consent(key="data_use")])
TOURING = on_tour(a_stop("Bath", "GB", "2026-03-02", "2026-03-06"), BERLIN, countries=["IE"])


@cache
def on_the_way_to_a_tour() -> Conversing:
    return given(*answers_until("location_city"), studio=TOURING).world


@cache
def in_spanish() -> Conversing:
    return given(she_says("hola, quiero un tatuaje"), delivered()).world


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
    lambda: slots("before_deposit", "paid"),
    lambda: slots("before_deposit", "windows"),
    lambda: a_lead_at("budget"),
    lambda: a_lead_in("NEEDS_FOLLOW_UP"),
    lambda: a_lead_in("REFUNDED"),
    lambda: Conversing(studio=CAREFUL),
    on_the_way_to_a_tour,
    in_spanish,
]


# Short ones, and ones that are long enough to come far.
SEQUENCES = st.one_of(st.lists(HAPPENINGS, max_size=40), st.lists(HAPPENINGS, min_size=12, max_size=40))

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
bounded = settings(max_examples=20_000 if LONG else 200)


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
@drawn(start=st.integers(0, len(STARTS) - 1), happenings=SEQUENCES)
def test_any_sequence_of_events_keeps_the_promises(start: int, happenings: list[Happening]) -> None:
    lived_through(start, happenings)


@settings(bounded, max_examples=bounded.max_examples // 4)
@drawn(start=st.integers(0, len(STARTS) - 1), happenings=st.lists(HAPPENINGS, max_size=12))
def test_the_same_events_always_have_the_same_effect(start: int, happenings: list[Happening]) -> None:
    def effect() -> list[Any]:
        world = lived_through(start, happenings)
        return [world.state, world.box, world.rows, world.emitted, world.published]

    assert effect() == effect()


@settings(bounded, max_examples=bounded.max_examples // 4)
@drawn(happenings=st.lists(st.one_of(ARTIST_LINE, ARTIST_LINE, ENDS), max_size=20))
def test_any_sequence_on_the_artists_own_line_is_taken_and_opens_no_enquiry(happenings: list[Happening]) -> None:
    world = Conversing(audience="artist")
    for happening in happenings:
        happening(world)
    assert not world.rows
    assert world.state.gate is None
    assert [waiting for waiting in world.box if not world.state.parked] == []
    numbers = [data.sequence for _, data in world.emitted if isinstance(data, IntentCreated)]
    assert numbers == list(range(1, len(numbers) + 1))
    answered = {data.lead_id for _, data in world.emitted if isinstance(data, OperatorActed)}
    assert answered <= set(NOTICED), "a command for a lead that she was never told of"
