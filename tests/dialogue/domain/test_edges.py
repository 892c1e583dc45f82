"""DOMAIN §2: each edge of the table is made by a rule, an action or a fact, and here is the way: a missing one is seen."""

from collections.abc import Callable
from functools import cache

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.studio import Consent
from inkgate_dialogue.domain.transitions import TRANSITIONS
from tests.builders.conversations import Conversing
from tests.builders.leads import ANSWERS, QUESTIONS, a_studio
from tests.builders.tours import a_stop, on_tour
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given, slots
from tests.dialogue.steps import (
    Step,
    delivered,
    fails,
    is_refunded,
    link_expires,
    link_is_created,
    operator,
    she_pays,
    she_says,
    time_passes,
)

STOP: list[Step] = [she_says("STOP"), delivered()]
HUMAN: list[Step] = [she_says("HUMAN"), delivered()]
LINK: list[Step] = [link_is_created(), delivered()]
APPROVE: list[Step] = [operator("approve"), *LINK]
BOOK: list[Step] = [operator("book", slot="Sat 10 Jan, 11:00"), delivered()]
TWO_WEEKS = time_passes(days=15)

BERLIN = a_stop("Berlin", "DE", "2026-03-02", "2026-03-06")


def by_hand(action: str) -> list[Step]:
    return [operator(action), delivered()]


def lead_in(status: str, *more: Step) -> Callable[[], Conversing]:
    return cache(lambda: given(a_lead_in(status), *more).world)


def lead_at(question: str, *more: Step) -> Callable[[], Conversing]:
    return cache(lambda: given(a_lead_at(question), *more).world)


def nobody(**world: object) -> Callable[[], Conversing]:
    return lambda: Conversing(**world)  # type: ignore[arg-type]


ON_TOUR = on_tour(BERLIN, countries=["IE"])
# The places are asked last: a stop that is accepted then completes the enquiry.
PLACES_LAST = ["location_city", "location_country"]
ASKED_LAST = [key for key in QUESTIONS if key not in PLACES_LAST] + PLACES_LAST


def _asked_last() -> Conversing:
    studio = replace(ON_TOUR, file=replace(ON_TOUR.file, questions=ASKED_LAST))
    steps: list[Step] = [she_says("hi"), delivered()]
    for key in ASKED_LAST[:-2]:
        steps += [she_says(ANSWERS[key]), delivered()]
    return given(*steps, she_says("Leeds, UK"), delivered(), studio=studio).world


LEEDS_LATER = on_tour(a_stop("Leeds", "GB", "2026-05-11", "2026-05-15"), opens_days=60, countries=["IE"])
WAITING_FOR_LEEDS = cache(
    lambda: given(*answers_until("location_city"), she_says("Leeds, UK"), delivered(), studio=LEEDS_LATER).world
)
TAKEN_OVER: list[Step] = [she_says("Hi, it's Mia", kind="echo")]
NONE: list[Step] = [she_says("none of these"), delivered()]


def last_mile(order: str, stage: str) -> Callable[[], Conversing]:
    return lambda: slots(order, stage)


COLLECTING = last_mile("before_deposit", "windows")
PAID_COLLECTING = last_mile("after_deposit", "windows")
WITH_ARTIST = lead_at("style", *HUMAN)
PENDING_WITH_ARTIST = lead_in("PENDING_APPROVAL", *HUMAN)
AWAITING_WITH_ARTIST = lead_in("AWAITING_DEPOSIT", *HUMAN)
FOLLOW_UP = lead_in("NEEDS_FOLLOW_UP")
LINKED_FOLLOW_UP = lead_in("AWAITING_DEPOSIT", *by_hand("follow_up"))
PAID_FOLLOW_UP = lead_in("BOOKING_PENDING", *by_hand("follow_up"))

# (from, to) → (who makes it, how it begins, what happens). The names are rules, actions and facts.
WAYS: dict[tuple[str, str], tuple[str, Callable[[], Conversing], list[Step]]] = {
    ("NEW", "QUALIFYING"): ("welcome", nobody(), [she_says("hi"), delivered()]),
    ("NEW", "OPTOUT"): ("opt_out", nobody(), STOP),
    ("QUALIFYING", "PENDING_APPROVAL"): ("completion", lead_at("timing"), [she_says("flexible"), delivered()]),
    ("QUALIFYING", "NEEDS_ARTIST_REPLY"): ("handover", lead_at("style"), HUMAN),
    ("QUALIFYING", "NEEDS_FOLLOW_UP"): (
        "budget", lead_at("budget"), [she_says("£100"), delivered(), she_says("Leeds, UK"), delivered()],
    ),
    ("QUALIFYING", "REJECTED"): (
        "consent", nobody(studio=a_studio(consent=[Consent(key="age")])),
        [she_says("hi"), delivered(), she_says("no"), delivered()],
    ),
    ("QUALIFYING", "TOUR_CONVERSION_OFFERED"): (
        "tour", nobody(studio=ON_TOUR), [*answers_until("location_city"), she_says("Leeds, UK"), delivered()],
    ),
    ("QUALIFYING", "WAITLISTED"): (
        "tour", nobody(studio=on_tour(countries=["IE"])),
        [*answers_until("location_city"), she_says("Leeds, UK"), delivered()],
    ),
    ("QUALIFYING", "ABANDONED"): ("reminders", lead_at("style"), [time_passes(days=4)]),
    ("QUALIFYING", "STALE"): ("in_hand", lead_at("style", *TAKEN_OVER), [TWO_WEEKS]),
    ("QUALIFYING", "OPTOUT"): ("opt_out", lead_at("style"), STOP),
    ("PENDING_APPROVAL", "AWAITING_DEPOSIT"): ("approve", lead_in("PENDING_APPROVAL"), APPROVE),
    ("PENDING_APPROVAL", "REJECTED"): ("reject", lead_in("PENDING_APPROVAL"), by_hand("reject")),
    ("PENDING_APPROVAL", "NEEDS_ARTIST_REPLY"): ("handover", lead_in("PENDING_APPROVAL"), HUMAN),
    ("PENDING_APPROVAL", "NEEDS_FOLLOW_UP"): ("by_hand", lead_in("PENDING_APPROVAL"), by_hand("follow_up")),
    ("PENDING_APPROVAL", "STALE"): ("approval", lead_in("PENDING_APPROVAL"), [time_passes(days=4)]),
    ("PENDING_APPROVAL", "ABANDONED"): ("by_hand", lead_in("PENDING_APPROVAL"), by_hand("close")),
    ("PENDING_APPROVAL", "OPTOUT"): ("opt_out", lead_in("PENDING_APPROVAL"), STOP),
    ("AWAITING_DEPOSIT", "DEPOSIT_PAID"): ("deposit", lead_in("AWAITING_DEPOSIT"), [she_pays()]),
    ("AWAITING_DEPOSIT", "DEPOSIT_EXPIRED"): ("deposit", lead_in("AWAITING_DEPOSIT"), [link_expires()]),
    ("AWAITING_DEPOSIT", "REJECTED"): ("reject", lead_in("AWAITING_DEPOSIT"), by_hand("reject")),
    ("AWAITING_DEPOSIT", "NEEDS_ARTIST_REPLY"): ("handover", lead_in("AWAITING_DEPOSIT"), HUMAN),
    ("AWAITING_DEPOSIT", "NEEDS_FOLLOW_UP"): ("by_hand", lead_in("AWAITING_DEPOSIT"), by_hand("follow_up")),
    ("AWAITING_DEPOSIT", "STALE"): (
        "in_hand", last_mile("before_deposit", "offered"), [TWO_WEEKS],
    ),
    ("AWAITING_DEPOSIT", "OPTOUT"): ("opt_out", lead_in("AWAITING_DEPOSIT"), STOP),
    ("DEPOSIT_EXPIRED", "AWAITING_DEPOSIT"): (
        "way_back", lead_in("DEPOSIT_EXPIRED"), [she_says("hi"), delivered(), *LINK],
    ),
    ("DEPOSIT_EXPIRED", "DEPOSIT_PAID"): ("deposit", lead_in("DEPOSIT_EXPIRED"), [she_pays()]),
    ("DEPOSIT_EXPIRED", "NEEDS_ARTIST_REPLY"): ("handover", lead_in("DEPOSIT_EXPIRED"), HUMAN),
    ("DEPOSIT_EXPIRED", "REJECTED"): ("reject", lead_in("DEPOSIT_EXPIRED"), by_hand("reject")),
    ("DEPOSIT_EXPIRED", "OPTOUT"): ("opt_out", lead_in("DEPOSIT_EXPIRED"), STOP),
    ("DEPOSIT_PAID", "BOOKING_PENDING"): ("deposit", lead_in("DEPOSIT_PAID"), [delivered()]),
    ("DEPOSIT_PAID", "NEEDS_FOLLOW_UP"): ("by_hand", lead_in("DEPOSIT_PAID", fails()), by_hand("follow_up")),
    ("DEPOSIT_PAID", "REFUNDED"): ("deposit", lead_in("DEPOSIT_PAID"), [is_refunded()]),
    ("DEPOSIT_PAID", "CANCELLED"): ("cancel", lead_in("DEPOSIT_PAID", fails()), by_hand("cancel")),
    ("BOOKING_PENDING", "BOOKED"): ("book", lead_in("BOOKING_PENDING"), BOOK),
    ("BOOKING_PENDING", "NEEDS_FOLLOW_UP"): ("booking_limit", lead_in("BOOKING_PENDING"), [time_passes(days=4)]),
    ("BOOKING_PENDING", "REFUNDED"): ("deposit", lead_in("BOOKING_PENDING"), [is_refunded()]),
    ("BOOKING_PENDING", "CANCELLED"): ("cancel", lead_in("BOOKING_PENDING"), by_hand("cancel")),
    ("AWAITING_DEPOSIT", "COLLECTING_TIME_WINDOWS"): ("windows", last_mile("before_deposit", "offered"), NONE),
    ("BOOKING_PENDING", "COLLECTING_TIME_WINDOWS"): ("windows", last_mile("after_deposit", "offered"), NONE),
    ("COLLECTING_TIME_WINDOWS", "NEEDS_ARTIST_REPLY"): (
        "windows", COLLECTING, [she_says("Monday or Friday after 3"), delivered()],
    ),
    ("COLLECTING_TIME_WINDOWS", "BOOKING_PENDING"): ("slot_offers", PAID_COLLECTING, [she_says("3"), delivered()]),
    ("COLLECTING_TIME_WINDOWS", "AWAITING_DEPOSIT"): ("send_deposit", COLLECTING, [operator("send_deposit"), *LINK]),
    ("COLLECTING_TIME_WINDOWS", "REFUNDED"): ("deposit", PAID_COLLECTING, [is_refunded()]),
    ("COLLECTING_TIME_WINDOWS", "CANCELLED"): ("cancel", PAID_COLLECTING, by_hand("cancel")),
    ("COLLECTING_TIME_WINDOWS", "OPTOUT"): ("opt_out", COLLECTING, STOP),
    ("NEEDS_ARTIST_REPLY", "QUALIFYING"): ("handover", WITH_ARTIST, [she_says("CONTINUE"), delivered()]),
    ("NEEDS_ARTIST_REPLY", "PENDING_APPROVAL"): ("resume", PENDING_WITH_ARTIST, by_hand("resume")),
    ("NEEDS_ARTIST_REPLY", "AWAITING_DEPOSIT"): ("approve", PENDING_WITH_ARTIST, APPROVE),
    ("NEEDS_ARTIST_REPLY", "DEPOSIT_PAID"): ("deposit", AWAITING_WITH_ARTIST, [she_pays()]),
    ("NEEDS_ARTIST_REPLY", "BOOKED"): ("book", PENDING_WITH_ARTIST, BOOK),
    ("NEEDS_ARTIST_REPLY", "REJECTED"): ("reject", WITH_ARTIST, by_hand("reject")),
    ("NEEDS_ARTIST_REPLY", "REFUNDED"): ("deposit", AWAITING_WITH_ARTIST, [is_refunded()]),
    ("NEEDS_ARTIST_REPLY", "CANCELLED"): ("cancel", WITH_ARTIST, by_hand("cancel")),
    ("NEEDS_ARTIST_REPLY", "ABANDONED"): ("by_hand", WITH_ARTIST, by_hand("close")),
    ("NEEDS_ARTIST_REPLY", "STALE"): ("in_hand", WITH_ARTIST, [TWO_WEEKS]),
    ("NEEDS_ARTIST_REPLY", "OPTOUT"): ("opt_out", WITH_ARTIST, STOP),
    ("NEEDS_FOLLOW_UP", "PENDING_APPROVAL"): ("by_hand", FOLLOW_UP, by_hand("resume")),
    ("NEEDS_FOLLOW_UP", "AWAITING_DEPOSIT"): ("approve", FOLLOW_UP, APPROVE),
    ("NEEDS_FOLLOW_UP", "DEPOSIT_PAID"): ("deposit", LINKED_FOLLOW_UP, [she_pays()]),
    ("NEEDS_FOLLOW_UP", "BOOKING_PENDING"): ("by_hand", PAID_FOLLOW_UP, by_hand("resume")),
    ("NEEDS_FOLLOW_UP", "BOOKED"): ("book", PAID_FOLLOW_UP, BOOK),
    ("NEEDS_FOLLOW_UP", "NEEDS_ARTIST_REPLY"): ("handover", FOLLOW_UP, HUMAN),
    ("NEEDS_FOLLOW_UP", "REJECTED"): ("reject", FOLLOW_UP, by_hand("reject")),
    ("NEEDS_FOLLOW_UP", "REFUNDED"): ("deposit", PAID_FOLLOW_UP, [is_refunded()]),
    ("NEEDS_FOLLOW_UP", "CANCELLED"): ("cancel", PAID_FOLLOW_UP, by_hand("cancel")),
    ("NEEDS_FOLLOW_UP", "ABANDONED"): ("by_hand", FOLLOW_UP, by_hand("close")),
    ("NEEDS_FOLLOW_UP", "STALE"): ("in_hand", FOLLOW_UP, [TWO_WEEKS]),
    ("NEEDS_FOLLOW_UP", "OPTOUT"): ("opt_out", FOLLOW_UP, STOP),
    ("TOUR_CONVERSION_OFFERED", "QUALIFYING"): (
        "tour", lead_in("TOUR_CONVERSION_OFFERED"), [she_says("yes"), delivered()],
    ),
    ("TOUR_CONVERSION_OFFERED", "PENDING_APPROVAL"): ("tour", cache(_asked_last), [she_says("yes"), delivered()]),
    ("TOUR_CONVERSION_OFFERED", "WAITLISTED"): (
        "tour", lead_in("TOUR_CONVERSION_OFFERED"), [she_says("no"), delivered()],
    ),
    ("TOUR_CONVERSION_OFFERED", "NEEDS_ARTIST_REPLY"): ("handover", lead_in("TOUR_CONVERSION_OFFERED"), HUMAN),
    ("TOUR_CONVERSION_OFFERED", "REJECTED"): ("reject", lead_in("TOUR_CONVERSION_OFFERED"), by_hand("reject")),
    ("TOUR_CONVERSION_OFFERED", "ABANDONED"): ("by_hand", lead_in("TOUR_CONVERSION_OFFERED"), by_hand("close")),
    ("TOUR_CONVERSION_OFFERED", "STALE"): ("tour", lead_in("TOUR_CONVERSION_OFFERED"), [time_passes(days=90)]),
    ("TOUR_CONVERSION_OFFERED", "OPTOUT"): ("opt_out", lead_in("TOUR_CONVERSION_OFFERED"), STOP),
    ("WAITLISTED", "TOUR_CONVERSION_OFFERED"): ("tour", WAITING_FOR_LEEDS, [time_passes(days=70), delivered()]),
    ("WAITLISTED", "QUALIFYING"): ("restart", lead_in("WAITLISTED"), [she_says("START"), delivered()]),
    ("WAITLISTED", "OPTOUT"): ("opt_out", lead_in("WAITLISTED"), STOP),
    ("OPTOUT", "QUALIFYING"): ("restart", lead_in("OPTOUT"), [she_says("START"), delivered()]),
    ("OPTOUT", "DEPOSIT_PAID"): ("deposit", lead_in("AWAITING_DEPOSIT", *STOP), [she_pays()]),
    ("ABANDONED", "QUALIFYING"): ("restart", lead_in("ABANDONED"), [she_says("hi"), delivered()]),
    ("ABANDONED", "DEPOSIT_PAID"): (
        "deposit", lead_in("AWAITING_DEPOSIT", *by_hand("follow_up"), *by_hand("close")), [she_pays()],
    ),
    ("STALE", "QUALIFYING"): ("restart", lead_in("NEEDS_FOLLOW_UP", TWO_WEEKS), [she_says("hi"), delivered()]),
    ("STALE", "PENDING_APPROVAL"): (
        "restart", lead_in("PENDING_APPROVAL", time_passes(days=4)), [she_says("hi"), delivered()],
    ),
    ("STALE", "DEPOSIT_PAID"): (
        "deposit", lead_in("AWAITING_DEPOSIT", *by_hand("follow_up"), TWO_WEEKS), [she_pays()],
    ),
    ("BOOKED", "REFUNDED"): ("deposit", lead_in("BOOKED"), [is_refunded()]),
    ("BOOKED", "CANCELLED"): ("cancel", lead_in("BOOKED"), by_hand("cancel")),
    ("BOOKED", "COMPLETED"): ("complete", lead_in("BOOKED"), [operator("complete")]),
    ("BOOKED", "NO_SHOW"): ("no_show", lead_in("BOOKED"), [operator("no_show")]),
}  # fmt: skip

# Edges of the table that nothing makes, and why.
UNMADE: dict[tuple[str, str], str] = {
    ("NEEDS_ARTIST_REPLY", "BOOKING_PENDING"): "who is paid never stands there: being paid moves her to DEPOSIT_PAID",
}


@pytest.mark.domain("2.edges")
def test_every_edge_of_the_table_has_its_way() -> None:
    edges = {(status, target) for status, targets in TRANSITIONS.items() for target in targets}
    assert set(WAYS) | set(UNMADE) == edges
    assert not set(WAYS) & set(UNMADE)


@pytest.mark.domain("2.edges")
@pytest.mark.parametrize("edge", WAYS, ids=" → ".join)
def test_the_way_makes_the_edge(edge: tuple[str, str]) -> None:
    _, begins, steps = WAYS[edge]
    world = begins()
    assert world.state.lead_id is None or world.lead.status == edge[0] or edge[0] == "NEW", world.transcript()
    changes = [
        (fact.from_status, fact.to_status)
        for fact in given(world).when(*steps).world.facts()
        if isinstance(fact, e.StatusChanged)
    ]
    assert edge in changes, changes
