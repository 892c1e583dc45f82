"""The words of dialogue's tests: given a conversation, when things happen, then it stands like this.

    given(a_lead_at("dimensions")).when(she_says("8x12cm")).then(step("dimensions"), gate("step 2 → 3"))

A `given` and a `when` are steps; a `then` is checks. Only what happens in the newest `when` counts as sent or recorded.
"""

from functools import cache
from typing import Any

import pytest

from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS, QUESTIONS, STUDIO, a_studio
from tests.builders.tours import a_stop, on_tour
from tests.dialogue.checks import Check
from tests.dialogue.steps import (
    Step,
    delivered,
    is_refunded,
    link_expires,
    link_is_created,
    operator,
    she_pays,
    she_says,
    time_passes,
)


class given:
    """A conversation as the steps leave it."""

    def __init__(self, *steps: Step | Conversing, **world: Any) -> None:
        first = steps[0] if steps and isinstance(steps[0], Conversing) else None
        self.world = first.fork() if first is not None else Conversing(**world)
        for step in steps[1:] if first is not None else steps:
            step(self.world)  # type: ignore[operator]

    def when(self, *steps: Step) -> "given":
        """What happens now."""
        self.world.mark, self.world.mark_emitted = len(self.world.turns), len(self.world.emitted)
        for step in steps:
            step(self.world)
        return self

    def then(self, *checks: Check) -> "given":
        """How it stands after it."""
        __tracebackhide__ = True
        for check in checks:
            try:
                check(self.world)
            except AssertionError as error:
                pytest.fail(f"{error}\n\n{self.world.transcript()}", pytrace=False)
        return self


# --- conversations to begin with ---------------------------------------------------------------------------------------


def answers_until(question: str | None) -> list[Step]:
    """Her first message and her answers, up to the question that then stands open (None: all of them)."""
    upcoming = QUESTIONS[: QUESTIONS.index(question)] if question is not None else QUESTIONS
    steps = [she_says("hi"), delivered()]
    for key in upcoming:
        steps += [she_says(ANSWERS[key]), delivered()]
    return steps


@cache
def a_lead_at(question: str) -> Conversing:
    """A qualifying lead with this question open, everything before it answered."""
    return given(*answers_until(question)).world


_LINK: list[Step] = [operator("approve"), link_is_created(), delivered()]
_PAID: list[Step] = [*answers_until(None), *_LINK, she_pays()]
_BOOKED: list[Step] = [*_PAID, delivered(), operator("book", slot="Sat 10 Jan, 11:00"), delivered()]
_WAYS: dict[str, list[Step]] = {
    "PENDING_APPROVAL": answers_until(None),
    "AWAITING_DEPOSIT": [*answers_until(None), *_LINK],
    "DEPOSIT_EXPIRED": [*answers_until(None), *_LINK, link_expires(), delivered()],
    "DEPOSIT_PAID": _PAID,
    "BOOKING_PENDING": [*_PAID, delivered()],
    "BOOKED": _BOOKED,
    "CANCELLED": [*_BOOKED, operator("cancel"), delivered()],
    "COMPLETED": [*_BOOKED, operator("complete")],
    "NO_SHOW": [*_BOOKED, operator("no_show")],
    "REFUNDED": [*_PAID, delivered(), is_refunded(), delivered()],
    "REJECTED": [*answers_until(None), operator("reject", reason="No time."), delivered()],
    "NEEDS_ARTIST_REPLY": [*answers_until("style"), she_says("HUMAN"), delivered()],
    "NEEDS_FOLLOW_UP": [
        *answers_until("budget"), she_says("£100"), delivered(), she_says("Leeds, UK"), delivered(),
    ],
    "OPTOUT": [*answers_until("style"), she_says("STOP"), delivered()],
    "ABANDONED": [
        *answers_until("style"), time_passes(hours=13), delivered(), time_passes(hours=24), delivered(),
        time_passes(hours=12),
    ],
    "TOUR_CONVERSION_OFFERED": [*answers_until("location_country"), she_says("England"), delivered()],
    "WAITLISTED": [*answers_until("location_country"), she_says("England"), delivered(), she_says("no"), delivered()],
}  # fmt: skip


# Leeds is not on this tour.
_TOURS = on_tour(a_stop("Bath", "GB", "2026-03-02", "2026-03-06"), countries=["IE"])
_STUDIOS = {"TOUR_CONVERSION_OFFERED": _TOURS, "WAITLISTED": _TOURS}
_PAID_AND_OFFERED: list[Step] = [*_PAID, delivered(), delivered("slots_offered")]
_SLOTS: dict[tuple[str, str], list[Step]] = {
    ("after_deposit", "paid"): [*_PAID, delivered()],
    ("after_deposit", "offered"): _PAID_AND_OFFERED,
    ("after_deposit", "chosen"): [*_PAID_AND_OFFERED, she_says("3"), delivered()],
    ("after_deposit", "booked"): [*_PAID_AND_OFFERED, she_says("3"), delivered(), operator("book"), delivered()],
    ("after_deposit", "windows"): [*_PAID_AND_OFFERED, she_says("none of these"), delivered()],
    ("before_deposit", "offered"): [*answers_until(None), operator("approve"), delivered()],
    ("before_deposit", "chosen"): [
        *answers_until(None), operator("approve"), delivered(), she_says("3"), link_is_created(), delivered(),
    ],
    ("before_deposit", "paid"): [
        *answers_until(None), operator("approve"), delivered(), she_says("3"), link_is_created(), delivered(), she_pays(),
        delivered(),
    ],
    ("before_deposit", "windows"): [
        *answers_until(None), operator("approve"), delivered(), she_says("none of these"), delivered(),
    ],
}  # fmt: skip


@cache
def slots(order: str, stage: str) -> Conversing:
    """A lead in a studio with this order of the last mile, where slots are offered, one is chosen, booked …"""
    return given(*_SLOTS[(order, stage)], studio=a_studio(slots=order)).world


@cache
def a_lead_in(status: str) -> Conversing:
    """A lead that came to this status as leads come to it."""
    world = given(*_WAYS[status], studio=_STUDIOS.get(status, STUDIO)).world
    assert world.lead.status == status, world.transcript()
    return world
