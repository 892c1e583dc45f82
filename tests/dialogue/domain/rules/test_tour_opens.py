"""DOMAIN §3 row 28: a stop of the tour opens in a waitlisted client's city."""

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.quiet import QuietHours
from tests.builders.tours import BERLIN, LYON, NICE, on_tour
from tests.dialogue.checks import (
    flag,
    gate,
    instead_of_what_failed,
    lead_is,
    nothing_changed,
    says,
    says_nothing,
    status,
    text,
    waiting,
)
from tests.dialogue.language import given
from tests.dialogue.steps import delivered, fails, mode, operator, she_says, the_studio_file_changes, time_passes
from tests.dialogue.tours import at_the_city, at_the_country, tour_is, waitlisted


@pytest.mark.domain("3.28")
def test_a_stop_that_opens_in_her_city_is_offered_once() -> None:
    studio = on_tour(NICE, opens_days=60)
    waits = given(at_the_city(studio), she_says("Nice"), delivered()).then(status("WAITLISTED"))
    waits.when(time_passes(days=60)).then(says_nothing())
    opens = waits.when(time_passes(days=10))
    opens.then(says("tour_opens"), gate("WAITLISTED → TOUR_CONVERSION_OFFERED"), status("WAITLISTED"), text("Nice"))
    opens.when(delivered()).then(status("TOUR_CONVERSION_OFFERED"), tour_is(city="Nice"))
    opens.when(time_passes(days=5)).then(says("tour_reminder"), status("TOUR_CONVERSION_OFFERED"))


@pytest.mark.domain("3.28", "5.quiet-hours")
def test_nobody_is_woken_by_an_offer() -> None:
    """A stop opens at ten in London; at this studio mornings are quiet."""
    studio = on_tour(NICE, opens_days=60)
    night = replace(studio, file=replace(studio.file, quiet_hours=QuietHours(begin="09:00", end="13:00")))
    waits = given(at_the_city(night), she_says("Nice"), delivered()).when(time_passes(days=70)).then(says("tour_opens"))
    [fact] = [fact for fact in waits.world.facts() if isinstance(fact, e.MessageCreated)]
    [turn] = [turn for turn in waits.world.turns if any(one.fact is fact for one in turn.recorded)]
    assert turn.now.hour == 12  # one o'clock in Nice


@pytest.mark.domain("3.28", "4.window")
def test_outside_the_window_a_template_says_the_same_and_gates_like_it() -> None:
    studio = on_tour(NICE, opens_days=60)
    waits = given(at_the_city(studio), she_says("Nice"), delivered(), time_passes(days=70))
    [offer] = [intent for intent in waits.world.intents() if waits.world.copies[intent.intent_id] == "tour_opens"]
    assert offer.fallback is not None
    assert (offer.fallback.name, offer.fallback.same_content) == ("inkgate_on_tour", True)
    assert "Nice: 11 May 2026" in offer.fallback.parameters[1]
    waits.when(delivered(fallback=True)).then(status("TOUR_CONVERSION_OFFERED"))


@pytest.mark.domain("3.28")
def test_it_opens_by_day_in_the_studios_time() -> None:
    studio = on_tour(NICE, opens_days=60)
    opens = given(at_the_city(studio), she_says("Nice"), delivered()).when(time_passes(days=70)).world
    at = opens.turns[-1].event.time
    assert (at.month, at.day, at.hour) == (3, 12, 10)


@pytest.mark.domain("3.28")
def test_a_stop_that_comes_with_a_changed_studio_file_is_offered_at_once_and_once() -> None:
    with_hers = on_tour(BERLIN, LYON)
    waits = waitlisted("Lyon", on_tour())
    changed = given(waits).when(the_studio_file_changes(with_hers)).then(says("tour_opens"), text("Lyon"))
    changed.when(the_studio_file_changes(with_hers)).then(says_nothing(), waiting(1))
    changed.when(delivered(), the_studio_file_changes(with_hers)).then(
        says_nothing(), status("TOUR_CONVERSION_OFFERED")
    )


@pytest.mark.domain("3.28")
def test_a_stop_elsewhere_is_not_offered_to_those_who_wait() -> None:
    given(waitlisted()).when(the_studio_file_changes(on_tour(BERLIN))).then(says_nothing())


@pytest.mark.domain("3.28")
def test_what_she_declined_is_not_offered_again() -> None:
    studio = on_tour(LYON, BERLIN)
    changed = given(
        waitlisted("Lyon", studio), the_studio_file_changes(studio), delivered(), she_says("no"), delivered()
    )
    changed.when(the_studio_file_changes(studio), time_passes(days=30)).then(says_nothing(), status("WAITLISTED"))


@pytest.mark.domain("3.28")
def test_an_offer_that_fails_leaves_her_waitlisted_and_her_next_message_brings_it_again() -> None:
    studio = on_tour(LYON)
    failed = given(waitlisted("Lyon", studio), the_studio_file_changes(studio)).when(fails())
    failed.then(status("WAITLISTED"), flag("send_failed"), lead_is(tour=None))
    failed.when(the_studio_file_changes(studio)).then(says_nothing())
    failed.when(she_says("hello")).then(says("tour_opens"), instead_of_what_failed())


@pytest.mark.domain("3.28")
def test_nobody_is_offered_a_stop_while_the_artist_has_her_or_after_a_stop() -> None:
    studio = on_tour(LYON)
    with_artist = given(waitlisted("Lyon", studio), she_says("HUMAN"), delivered())
    with_artist.when(the_studio_file_changes(studio)).then(says_nothing())
    with_artist.when(operator("resume"), delivered(), time_passes(days=1)).then(says("ask", "tour_opens"))
    gone = given(waitlisted("Lyon", studio), she_says("STOP"), delivered())
    gone.when(the_studio_file_changes(studio)).then(says_nothing())


@pytest.mark.domain("3.28")
def test_panic_keeps_the_offer_waiting_and_pilot_keeps_it_quiet() -> None:
    studio = on_tour(LYON)
    given(waitlisted("Lyon", studio), mode(panic=True)).when(the_studio_file_changes(studio)).then(
        says_nothing(), waiting(1)
    )
    given(waitlisted("Lyon", studio), mode(pilot=True)).when(the_studio_file_changes(studio)).then(says_nothing())


@pytest.mark.domain("3.28")
def test_a_lead_in_another_status_is_left_alone() -> None:
    given(at_the_country()).when(the_studio_file_changes(on_tour(LYON))).then(says_nothing(), nothing_changed())
