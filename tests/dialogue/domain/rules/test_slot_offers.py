"""Slots are offered, one is chosen, the artist is told: in both orders of the last mile."""

import pytest
from msgspec import json
from msgspec.structs import replace

from inkgate_common.contracts.intents import ListMenu
from inkgate_common.contracts.payment_commands import DepositCancelled, DepositRequested
from inkgate_dialogue import studio_file
from inkgate_dialogue.domain import events as e
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.dialogue.checks import (
    asks_payments,
    deposit,
    flag,
    gate,
    handover,
    holds,
    instead_of_what_failed,
    judged,
    lead_is,
    no_gate,
    nothing_changed,
    on_offer,
    recorded,
    refused,
    says,
    says_nothing,
    status,
    strikes,
    tells_nobody,
    tells_the_artist,
    text,
    verdict,
)  # fmt: skip
from tests.dialogue.language import a_lead_in, answers_until, given, slots
from tests.dialogue.steps import (
    delivered,
    fails,
    fails_late,
    link_expires,
    link_is_created,
    operator,
    others_take,
    she_pays,
    she_says,
    she_taps,
    stands_in,
    the_calendar_is_full,
    time_passes,
)  # fmt: skip

AFTER, BEFORE = "after_deposit", "before_deposit"
CHOSEN = "Wednesday 7 January, 13:30"  # the third


def body(world: Conversing) -> object:
    return list(world.intents())[-1].body


# --- row 14b: offered ---------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.14b")
def test_slots_are_offered_after_the_payments_confirmation_as_a_message_of_their_own() -> None:
    paid = given(slots(AFTER, "paid"))
    paid.then(status("BOOKING_PENDING"), on_offer(None), gate("8 slots on offer"))
    given(slots(AFTER, "paid")).when(delivered()).then(on_offer(8), status("BOOKING_PENDING"), tells_nobody())


@pytest.mark.domain("3.14b")
def test_a_list_that_does_not_arrive_is_not_on_offer_and_goes_out_again() -> None:
    failed = (
        given(slots(AFTER, "paid")).when(fails()).then(on_offer(None), flag("send_failed"), nothing_changed()).world
    )
    given(failed).when(she_says("hello?")).then(
        says("slots_offered"), instead_of_what_failed(), gate("8 slots on offer")
    )
    given(failed, she_says("hello?")).when(delivered("slots_offered")).then(on_offer(8))


@pytest.mark.domain("3.14b")
def test_a_list_that_turns_out_not_to_have_arrived_is_taken_back() -> None:
    given(slots(AFTER, "offered")).when(fails_late("slots_offered")).then(on_offer(None), status("BOOKING_PENDING"))


@pytest.mark.domain("3.14b")
def test_the_list_can_be_tapped_and_says_the_same_in_words() -> None:
    found = body(slots(AFTER, "offered"))
    assert isinstance(found, ListMenu)
    assert len(found.text) <= 1_024
    assert f"3. {CHOSEN}" in found.text
    assert [row.title for row in found.rows][2:4] == ["3 · Wed 7 Jan, 13:30", "4 · Thu 8 Jan, 10:00"]
    assert [row.title for row in found.rows][7:] == ["8 · Sat 10 Jan, 10:00", "None of these"]
    assert found.rows[2].description == "13:30 to 16:30"
    assert all(len(row.title) <= 24 and len(row.description or "") <= 72 for row in found.rows)
    assert len(found.button) <= 20


@pytest.mark.domain("3.14b")
def test_labels_are_in_her_language_and_the_slot_in_the_studios() -> None:
    world = slots(AFTER, "paid").fork()
    world.studio = replace(world.studio, copies=studio_file.read(None).copies)
    world.state = replace(world.state, language="es")
    given(world, delivered()).when(operator("offer_slots")).then(text("3. miércoles 7 de enero, 13:30"))
    given(world, delivered(), operator("offer_slots"), delivered(), she_says("la tercera")).when(delivered()).then(
        lead_is(slot=CHOSEN)
    )


@pytest.mark.domain("3.14b")
def test_without_slots_the_artist_settles_the_date_by_hand() -> None:
    given(a_lead_in("BOOKING_PENDING")).then(no_gate(), on_offer(None))


@pytest.mark.domain("3.14b")
def test_nothing_is_offered_to_somebody_the_artist_is_talking_to() -> None:
    talking = given(
        *answers_until(None),
        operator("approve"),
        link_is_created(),
        delivered(),
        she_pays(),
        studio=a_studio(slots=AFTER),
    )
    given(talking.world, she_says("HUMAN"), delivered(), delivered()).then(
        handover("asked for the artist"), on_offer(None), no_gate()
    )


@pytest.mark.domain("3.14b")
def test_the_artist_has_slots_offered_anew_and_a_handover_is_over() -> None:
    given(slots(AFTER, "offered"), she_says("HUMAN"), delivered()).when(operator("offer_slots")).then(
        says("slots_offered"), gate("8 slots on offer"), handover("asked for the artist")
    )
    given(slots(AFTER, "offered"), she_says("HUMAN"), delivered(), operator("offer_slots")).when(delivered()).then(
        handover(None), on_offer(8)
    )
    given(slots(AFTER, "offered"), operator("offer_slots")).when(fails()).then(nothing_changed(), on_offer(8))


@pytest.mark.domain("3.14b")
def test_where_nothing_is_free_the_artist_is_told_so_unless_she_can_be_asked() -> None:
    given(slots(AFTER, "offered"), stands_in("NEEDS_FOLLOW_UP"), the_calendar_is_full()).when(
        operator("offer_slots")
    ).then(refused("no free slot in the next 21 days"), says_nothing())
    given(slots(AFTER, "offered"), the_calendar_is_full()).when(operator("offer_slots")).then(says("windows_ask"))


# --- row 14 with before_deposit -----------------------------------------------------------------------------------------


@pytest.mark.domain("3.14")
def test_slots_go_before_the_link_where_the_studio_wants_it_so() -> None:
    approved = given(*answers_until(None), studio=a_studio(slots=BEFORE))
    given(approved.world).when(operator("approve")).then(
        says("slots_offered"), gate("PENDING_APPROVAL → AWAITING_DEPOSIT, 8 slots on offer"), asks_payments(),
        status("PENDING_APPROVAL"), on_offer(None),
    )  # fmt: skip
    given(approved.world, operator("approve")).when(delivered()).then(status("AWAITING_DEPOSIT"), on_offer(8))
    given(approved.world, operator("approve")).when(fails()).then(nothing_changed(), status("PENDING_APPROVAL"))


@pytest.mark.domain("3.14")
def test_where_nothing_is_free_the_link_goes_first_all_the_same() -> None:
    given(*answers_until(None), the_calendar_is_full(), studio=a_studio(slots=BEFORE)).when(operator("approve")).then(
        says_nothing(), asks_payments(DepositRequested)
    )


@pytest.mark.domain("3.17")
def test_her_choice_brings_the_link_for_that_slot() -> None:
    given(slots(BEFORE, "offered")).when(she_says("the third one")).then(
        says_nothing(), holds(3), asks_payments(DepositRequested), verdict("slot_chosen"), lead_is(slot=None)
    )
    asked = given(slots(BEFORE, "offered")).when(she_says("3")).world.outgoing()
    assert [one.slot for one in asked if isinstance(one, DepositRequested)] == [CHOSEN]
    chosen = given(slots(BEFORE, "offered"), she_says("3")).when(link_is_created())
    chosen.then(says("deposit_link"), text(CHOSEN, "£150"), gate(f"slot {CHOSEN}"), tells_nobody())
    given(chosen.world).when(delivered()).then(
        lead_is(slot=CHOSEN), tells_the_artist("slot_chosen"), status("AWAITING_DEPOSIT")
    )
    given(chosen.world).when(fails()).then(lead_is(slot=None), holds(3), nothing_changed())


@pytest.mark.domain("5.slots")
def test_another_choice_brings_another_link_and_the_first_is_called_off() -> None:
    given(slots(BEFORE, "chosen")).when(she_says("5")).then(
        holds(5), asks_payments(DepositCancelled, DepositRequested), deposit("requested")
    )


@pytest.mark.domain("5.slots")
def test_the_slot_is_released_when_its_link_expires_and_can_be_chosen_again() -> None:
    expired = given(slots(BEFORE, "chosen")).when(link_expires()).then(
        recorded(e.SlotReleased, reason="link_expired"), holds(None), status("DEPOSIT_EXPIRED")
    ).world  # fmt: skip
    given(expired, delivered()).when(she_says("3")).then(holds(3), asks_payments(DepositRequested))
    given(expired, delivered()).when(she_says("what now?")).then(says("slots_offered"), holds(None))


@pytest.mark.domain("5.slots")
def test_a_payment_after_the_hold_was_lost_keeps_the_deposit_and_new_slots_are_offered() -> None:
    late = given(slots(BEFORE, "chosen"), link_expires(), delivered(), others_take(3), she_pays())
    late.then(status("DEPOSIT_PAID"), deposit("paid", paid=15_000))
    given(late.world).when(delivered()).then(says("slots_lost"), status("BOOKING_PENDING"), gate("8 slots on offer"))


@pytest.mark.domain("3.16")
def test_a_payment_for_a_slot_names_it_and_offers_nothing() -> None:
    given(slots(BEFORE, "chosen")).when(she_pays()).then(says("payment_confirmation"), text(CHOSEN))
    given(slots(BEFORE, "chosen"), she_pays()).when(delivered()).then(
        status("BOOKING_PENDING"), says_nothing(), holds(3), tells_the_artist("paid")
    )


# --- row 17: chosen -----------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.17")
def test_the_slot_waits_for_its_confirmation_and_is_held_from_the_moment_it_is_judged() -> None:
    chosen = given(slots(AFTER, "offered")).when(she_says("Wednesday at half past one"))
    chosen.then(
        says("slot_confirmation"), text(CHOSEN), gate(f"slot {CHOSEN}"), holds(3), lead_is(slot=None), tells_nobody()
    )
    given(chosen.world).when(delivered()).then(
        lead_is(slot=CHOSEN), tells_the_artist("slot_chosen"), status("BOOKING_PENDING"), no_gate()
    )


@pytest.mark.domain("3.17")
def test_a_confirmation_that_fails_changes_nothing_and_goes_out_again() -> None:
    failed = (
        given(slots(AFTER, "offered"), she_says("3"))
        .when(fails())
        .then(lead_is(slot=None), nothing_changed(), holds(3))
        .world
    )
    given(failed).when(she_says("did you get that?")).then(says("slot_confirmation"), instead_of_what_failed())
    given(failed).when(she_says("3")).then(says("slot_confirmation"), instead_of_what_failed(), holds(3))
    given(failed, she_says("rather 5")).when(delivered()).then(lead_is(slot="Thursday 8 January, 13:30"), holds(5))


@pytest.mark.domain("3.17")
def test_a_tapped_row_chooses() -> None:
    given(slots(AFTER, "offered")).when(she_taps(4)).then(holds(4), verdict("slot_chosen"))


@pytest.mark.domain("5.slots")
def test_somebody_was_quicker_so_others_are_offered() -> None:
    given(slots(AFTER, "offered"), others_take(3)).when(she_says("3")).then(
        says("slots_gone"), verdict("slot_gone"), holds(None), gate("8 slots on offer"), strikes("slot", 0)
    )


@pytest.mark.domain("5.slots")
def test_she_may_change_her_mind_until_she_is_booked() -> None:
    given(slots(AFTER, "chosen")).when(she_says("sorry, number 6")).then(
        holds(6), says("slot_confirmation"), recorded(e.SlotHeld)
    )
    given(slots(AFTER, "chosen"), she_says("6")).when(delivered()).then(
        lead_is(slot="Friday 9 January, 10:00"), tells_the_artist("slot_chosen")
    )


@pytest.mark.domain("5.slots")
@pytest.mark.parametrize("said", ["thanks!", "3", "see you", "how long will it take?"])
def test_other_words_after_a_choice_get_the_status_reply(said: str) -> None:
    given(slots(AFTER, "chosen")).when(she_says(said)).then(
        says("ask"), holds(3), gate("none"), recorded(e.StrikeRecorded, times=0)
    )


@pytest.mark.domain("5.slots")
def test_several_that_fit_are_asked_about_alone() -> None:
    asked = given(slots(AFTER, "offered")).when(she_says("thursday")).then(
        says("slots_again"), verdict("several_slots"), text("4. Thursday 8 January, 10:00", "5. Thursday 8 January, 13:30"),
        holds(None),
    ).world  # fmt: skip
    assert [row.title[0] for row in list(asked.intents())[-1].body.rows] == ["4", "5", "N"]
    given(asked, delivered()).when(she_says("the later one")).then(holds(5))
    given(asked, delivered()).when(she_says("4")).then(holds(4))
    given(asked, delivered()).when(she_says("hm, 6 then")).then(holds(6))
    given(asked).when(fails()).then(nothing_changed())


@pytest.mark.domain("5.slots")
@pytest.mark.parametrize("said", ["can you do sunday?", "the 24th of december", "25", "5 in the morning"])
def test_a_time_that_is_not_on_offer_is_called_that(said: str) -> None:
    given(slots(AFTER, "offered")).when(she_says(said)).then(
        says("slots_again"), text("not one of the times on offer", f"3. {CHOSEN}"), gate("none")
    )


@pytest.mark.domain("5.slots")
def test_what_names_none_is_asked_again_twice_and_then_the_artist_takes_over() -> None:
    once = given(slots(AFTER, "offered")).when(she_says("what about parking")).then(
        says("slots_again"), verdict("no_slot"), strikes("slot", 1), gate("none"), text("could not tell", f"3. {CHOSEN}")
    ).world  # fmt: skip
    twice = given(once, delivered()).when(she_says("hmm")).then(says("slots_again"), strikes("slot", 2)).world
    given(twice, delivered()).when(she_says("pfff")).then(says("handover"), handover(None))
    given(twice, delivered(), she_says("pfff")).when(delivered()).then(
        handover("three strikes at slot"), status("BOOKING_PENDING")
    )
    given(twice, delivered()).when(she_says("3")).then(holds(3), strikes("slot", 0))


@pytest.mark.domain("5.slots")
@pytest.mark.parametrize("said", ["thank you!!", "paid! x", "🙏", "hello"])
def test_thanks_and_a_greeting_choose_nothing_and_are_no_strike(said: str) -> None:
    given(slots("after_deposit", "offered")).when(she_says(said)).then(
        says("choose_a_slot"), gate("none"), strikes("slot", 0), verdict("aside")
    )


def test_what_was_written_before_the_list_came_chooses_nothing() -> None:
    given(slots(AFTER, "paid"), she_says("2")).when(delivered("slots_offered")).then(
        verdict("before_the_offer"), judged("2"), says_nothing(), holds(None)
    )


@pytest.mark.domain("5.slots")
def test_a_choice_past_the_artists_patience_still_counts() -> None:
    given(slots(AFTER, "offered"), stands_in("NEEDS_FOLLOW_UP")).when(she_says("3")).then(
        gate(f"NEEDS_FOLLOW_UP → BOOKING_PENDING, slot {CHOSEN}")
    )


@pytest.mark.domain("5.slots")
def test_a_slot_that_has_begun_meanwhile_is_gone() -> None:
    given(slots(AFTER, "offered"), time_passes(days=3)).when(she_says("3")).then(says("slots_gone"), holds(None))


@pytest.mark.domain("5.slots")
def test_a_picture_chooses_nothing() -> None:
    given(slots(AFTER, "offered")).when(she_says(None, kind="image")).then(
        recorded(e.SlotHeld, times=0), strikes("slot", 0)
    )


@pytest.mark.domain("5.slots")
def test_a_piece_of_several_days_says_that_this_is_the_first() -> None:
    big = given(a_lead_in("PENDING_APPROVAL")).world
    big.studio = a_studio(slots=BEFORE)
    size = {"width_cm": 30.0, "height_cm": 30.0}
    big.rows[big.lead.id] = json.encode(replace(big.lead, values={**big.lead.values, "dimensions": size}))
    given(big).when(operator("approve")).then(says("slots_offered"), text("more than one day"))


@pytest.mark.domain("3.5")
@pytest.mark.parametrize("stage", ["offered", "chosen", "windows"])
def test_who_asks_for_a_person_is_not_asked_for_a_slot(stage: str) -> None:
    given(slots(AFTER, stage)).when(she_says("can I talk to a human please?")).then(
        verdict("asks_for_the_artist"), says("human"), strikes("slot", 0)
    )
