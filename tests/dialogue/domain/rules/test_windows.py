"""No slot suits, or none is free: times that would, and then the artist."""

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.rules.windows import times
from tests.dialogue.checks import (
    gate,
    handover,
    holds,
    instead_of_what_failed,
    lead_is,
    no_gate,
    nothing_changed,
    on_offer,
    recorded,
    says,
    status,
    tells_nobody,
    tells_the_artist,
    text,
)
from tests.dialogue.language import given, slots
from tests.dialogue.steps import delivered, fails, operator, she_says, she_taps, the_calendar_is_full

AFTER, BEFORE = "after_deposit", "before_deposit"


# --- row 18 -------------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.18")
@pytest.mark.parametrize("said", ["none of these", "None", "do you have other dates?", "I can't make any of them"])
def test_none_of_them_suits_so_we_ask_for_times_that_would(said: str) -> None:
    given(slots(AFTER, "offered")).when(she_says(said)).then(
        says("windows_ask"), gate("BOOKING_PENDING → COLLECTING_TIME_WINDOWS"), status("BOOKING_PENDING")
    )
    given(slots(AFTER, "offered"), she_says(said)).when(delivered()).then(
        status("COLLECTING_TIME_WINDOWS"), tells_nobody()
    )
    given(slots(AFTER, "offered"), she_says(said)).when(fails()).then(status("BOOKING_PENDING"), nothing_changed())


@pytest.mark.domain("3.18")
def test_the_row_for_none_of_them_does_the_same() -> None:
    given(slots(AFTER, "offered")).when(she_taps(9)).then(says("windows_ask"))


@pytest.mark.domain("3.18")
def test_a_question_that_failed_goes_out_again() -> None:
    given(slots(AFTER, "offered"), she_says("none"), fails()).when(she_says("hello?")).then(
        says("windows_ask"), instead_of_what_failed()
    )


@pytest.mark.domain("3.18")
def test_nothing_is_free_after_the_payment() -> None:
    full = given(slots(AFTER, "paid"), fails(), the_calendar_is_full()).world
    given(full).when(operator("offer_slots")).then(says("windows_ask"), on_offer(None))


@pytest.mark.domain("3.18")
def test_nothing_is_offered_while_the_artists_calendar_was_never_read_and_she_hears_of_it() -> None:
    unread = given(slots(AFTER, "paid"), fails(), the_calendar_is_full(unread=True), operator("offer_slots"))
    unread.when(delivered()).then(status("COLLECTING_TIME_WINDOWS"), tells_the_artist("calendar_unread"))


@pytest.mark.domain("3.18")
def test_before_the_deposit_too() -> None:
    given(slots(BEFORE, "offered")).when(she_says("none")).then(gate("AWAITING_DEPOSIT → COLLECTING_TIME_WINDOWS"))


# --- row 19 -------------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.19")
def test_one_time_is_not_enough() -> None:
    once = given(slots(AFTER, "windows")).when(she_says("Tuesday afternoons"))
    once.then(says("windows_more"), gate("none"), lead_is(windows=("Tuesday afternoons",)))
    given(once.world).when(fails()).then(nothing_changed(), status("COLLECTING_TIME_WINDOWS"))


@pytest.mark.domain("3.19")
def test_two_are_for_a_paid_lead_the_status_stays_and_the_handover_opens() -> None:
    twice = given(slots(AFTER, "windows"), she_says("Tuesday afternoons"), delivered()).when(she_says("or the 24th"))
    twice.then(says("windows_thanks"), handover(None), tells_nobody(), recorded(e.WindowGiven))
    given(twice.world).when(delivered()).then(
        handover("time_windows"), status("COLLECTING_TIME_WINDOWS"), tells_the_artist("windows"), no_gate()
    )
    given(twice.world).when(fails()).then(handover(None), nothing_changed(), status("COLLECTING_TIME_WINDOWS"))


@pytest.mark.domain("3.19")
def test_for_one_that_has_not_paid_the_status_follows() -> None:
    given(slots(BEFORE, "windows")).when(she_says("Monday or Friday after 3")).then(
        says("windows_thanks"), gate("COLLECTING_TIME_WINDOWS → NEEDS_ARTIST_REPLY")
    )
    given(slots(BEFORE, "windows"), she_says("Monday or Friday after 3")).when(delivered()).then(
        status("NEEDS_ARTIST_REPLY"), handover("time_windows"), tells_the_artist("windows")
    )


@pytest.mark.domain("3.19")
def test_the_artist_is_told_the_times_in_her_words() -> None:
    told = given(slots(AFTER, "windows"), she_says("Mon mornings; Sat 14 March")).when(delivered()).world
    notices = [data.text for data in told.outgoing() if getattr(data, "notice", None) == "windows"]
    assert "Mon mornings; Sat 14 March" in notices[0]


@pytest.mark.domain("3.19")
def test_whenever_is_enough_by_itself() -> None:
    given(slots(AFTER, "windows")).when(she_says("I'm flexible")).then(says("windows_thanks"))


@pytest.mark.domain("3.19")
def test_words_without_a_time_get_the_status_reply() -> None:
    given(slots(AFTER, "windows")).when(she_says("ok thanks")).then(
        says("ask"), text("times that suit you"), lead_is(windows=())
    )


@pytest.mark.domain("3.19")
def test_she_may_choose_one_of_the_offered_slots_after_all() -> None:
    given(slots(AFTER, "windows")).when(she_says("3")).then(
        says("slot_confirmation"),
        holds(3),
        gate("COLLECTING_TIME_WINDOWS → BOOKING_PENDING, slot Wednesday 7 January, 13:30"),
    )


@pytest.mark.domain("3.20")
def test_the_artist_books_her_from_there_with_one_message_for_both_steps() -> None:
    thanked = given(slots(AFTER, "windows"), she_says("Monday or Tuesday"), delivered()).world
    given(thanked, operator("book", slot="Mon 12 Jan, 11:00")).when(delivered()).then(
        status("BOOKED"),
        handover(None),
        recorded(e.StatusChanged, to_status="BOOKING_PENDING"),
        recorded(e.StatusChanged, to_status="BOOKED"),
    )
    given(thanked, operator("book", slot="Mon 12 Jan, 11:00")).when(fails()).then(
        status("COLLECTING_TIME_WINDOWS"), nothing_changed()
    )


@pytest.mark.domain("3.19")
def test_slots_offered_anew_take_the_place_of_her_times() -> None:
    given(slots(AFTER, "windows"), operator("offer_slots")).when(delivered()).then(
        status("BOOKING_PENDING"), on_offer(8)
    )
    given(slots(BEFORE, "windows"), operator("offer_slots")).when(delivered()).then(
        status("AWAITING_DEPOSIT"), on_offer(8)
    )


@pytest.mark.domain("3.19")
def test_a_second_round_begins_afresh() -> None:
    once = given(slots(AFTER, "windows"), she_says("Monday"), delivered(), operator("offer_slots"), delivered()).world
    given(once, she_says("none"), delivered()).when(she_says("Friday")).then(
        says("windows_more"), lead_is(windows=("Friday",))
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Tuesday afternoon or Saturday morning", ["Tuesday afternoon", "Saturday morning"]),
        ("lunes por la tarde y el sábado", ["lunes por la tarde", "el sábado"]),
        ("14 March\n15 March\nweekends", ["14 March", "15 March", "weekends"]),
        ("hello", []),
        ("", []),
        (None, []),
        ("any time", ["any time"]),
    ],
)
@pytest.mark.domain("3.19")
def test_a_message_may_tell_several_times(said: str | None, told: list[str]) -> None:
    assert times(said) == told
