"""Clients on their way to a stop of the tour."""

from functools import cache
from typing import Any

from inkgate_dialogue.domain.studio import Studio
from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS, QUESTIONS, a_studio
from tests.builders.tours import BERLIN, LYON, NICE, a_tour, on_tour
from tests.dialogue.language import given
from tests.dialogue.steps import Step, delivered, she_says

TOUR = on_tour(BERLIN, LYON, NICE)


def answered(until: str, **said: str) -> list[Step]:
    steps = [she_says("hi"), delivered()]
    for key in QUESTIONS[: QUESTIONS.index(until)]:
        steps += [she_says({**ANSWERS, "budget": "£900", **said}[key]), delivered()]
    return steps


# A village that the data does not know: her country has to be asked.
VILLAGE = "Kleinhausendorf"


def at_the_city(studio: Studio = TOUR) -> Conversing:
    """Her city stands open."""
    return given(*answered("location_city"), studio=studio).world


def at_the_country(studio: Studio = TOUR) -> Conversing:
    """She has named a village; her country stands open."""
    return given(*answered("location_country", location_city=VILLAGE), studio=studio).world


@cache
def offered() -> Conversing:
    """Berlin was offered to her, who lives in a village."""
    world = given(at_the_country(), she_says("Germany"), delivered()).world
    assert world.lead.status == "TOUR_CONVERSION_OFFERED"
    return world


def waitlisted(city: str = "Hamburg", studio: Studio = TOUR) -> Conversing:
    """No stop was upcoming, so she waits."""
    closed = a_studio(tour=a_tour())
    waits = given(at_the_city(closed), she_says(city), delivered())
    waits.world.studio = studio
    assert waits.world.lead.status == "WAITLISTED"
    return waits.world


def tour_is(**fields: Any) -> Any:
    def check(world: Conversing) -> None:
        tour = world.lead.tour
        assert tour is not None, "no stop was offered"
        for name, expected in fields.items():
            assert getattr(tour, name) == expected, f"{name} of the tour is {getattr(tour, name)!r}"

    return check
