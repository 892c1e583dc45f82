"""The artist takes over, and the bot comes back (DOMAIN §3 rows 5, 6, 23, 24, 25)."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    handover,
    instead_of_what_failed,
    lead_is,
    nothing_changed,
    recorded,
    refused,
    says,
    says_nothing,
    status,
    step,
    strikes,
    tells_nobody,
    tells_the_artist,
    text,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, answers_until, given
from tests.dialogue.steps import (
    delivered,
    fails,
    is_cancelled,
    link_expires,
    link_is_created,
    operator,
    she_pays,
    she_says,
    stands_in,
    time_passes,
)

HANDED = a_lead_in("NEEDS_ARTIST_REPLY")  # from QUALIFYING, at 'style'


@pytest.mark.domain("3.25")
@pytest.mark.parametrize("word", ["HUMAN", "artist", "Person", "AGENT", "talk to a human please"])
def test_she_may_ask_for_a_person_at_any_time(word: str) -> None:
    given(a_lead_at("style")).when(she_says(word)).then(
        says("human"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"), status("QUALIFYING"), strikes("style", 0)
    )


@pytest.mark.domain("3.25")
@pytest.mark.parametrize("text", ["a portrait of a human skull", "the artist of your gallery", "person with umbrella"])
def test_those_words_inside_an_answer_are_none(text: str) -> None:
    given(a_lead_at("idea")).when(she_says(text)).then(verdict("answer"), answer("idea", text))


@pytest.mark.domain("3.25")
def test_the_status_waits_for_the_message_and_then_the_artist_is_told() -> None:
    asked = given(a_lead_at("style")).when(she_says("HUMAN")).then(tells_nobody(), handover(None))
    asked.when(delivered()).then(
        status("NEEDS_ARTIST_REPLY"), tells_the_artist("handover"), handover("asked for the artist"), step("style")
    )


@pytest.mark.domain("3.25")
@pytest.mark.parametrize(
    ("text", "copy", "notice"),
    [("REFUND", "refund_asked", "refund_asked"), ("DELETE MY DATA", "erase_asked", "erase_asked")],
)
def test_a_refund_or_erasure_that_is_asked_for_goes_to_the_artist(text: str, copy: str, notice: str) -> None:
    given(a_lead_at("style")).when(she_says(text)).then(says(copy))
    given(a_lead_at("style"), she_says(text)).when(delivered()).then(tells_the_artist(notice))


@pytest.mark.domain("3.25")
@pytest.mark.parametrize(("text", "notice"), [("REFUND", "refund_asked"), ("DELETE MY DATA", "erase_asked")])
def test_it_reaches_the_artist_also_where_she_has_the_lead_already(text: str, notice: str) -> None:
    given(HANDED, she_says(text)).when(delivered()).then(tells_the_artist(notice), status("NEEDS_ARTIST_REPLY"))


@pytest.mark.domain("3.5")
def test_complexity_3_is_planned_by_the_artist_herself() -> None:
    given(a_lead_at("complexity")).when(she_says("3")).then(
        says("complexity_handover"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"), answer("complexity", "3")
    )


@pytest.mark.domain("3.6")
def test_a_cover_up_needs_the_artists_own_eye_and_qualifying_is_completed() -> None:
    asked = given(a_lead_at("coverup")).when(she_says("yes")).then(says("coverup_handover"), lead_is(completed_at=None))
    done = asked.when(delivered()).then(status("NEEDS_ARTIST_REPLY"), tells_the_artist("handover"))
    assert done.world.lead.completed_at is not None


@pytest.mark.domain("3.5")
def test_three_strikes_bring_the_artist() -> None:
    given(
        a_lead_at("dimensions"), she_says("big"), delivered(), she_says("very big"), delivered(), she_says("huge")
    ).when(delivered()).then(status("NEEDS_ARTIST_REPLY"), handover("three strikes at dimensions"))  # fmt: skip


# --- while she has it --------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.24")
def test_any_message_during_handover_gets_the_holding_message() -> None:
    given(HANDED).when(she_says("it is for my sister")).then(says("holding"), gate("none"), step("style"))


@pytest.mark.domain("3.24")
def test_the_holding_message_comes_at_most_once_per_cooldown() -> None:
    held = given(HANDED, she_says("one"), delivered()).world
    given(held).when(she_says("two"), time_passes(hours=5), she_says("three")).then(says_nothing())
    given(held, time_passes(hours=6)).when(she_says("four")).then(says("holding"))


@pytest.mark.domain("3.24")
def test_the_cooldown_counts_from_the_delivery_of_the_holding_message() -> None:
    given(HANDED, she_says("one"), is_cancelled(reason="forced")).when(she_says("two")).then(says("holding"))
    given(HANDED, she_says("one"), fails()).when(she_says("two")).then(says("holding"), instead_of_what_failed())


@pytest.mark.domain("3.24", "3.25")
def test_asking_for_a_person_again_is_like_any_message() -> None:
    given(HANDED).when(she_says("HUMAN")).then(says("holding"))


@pytest.mark.domain("3.24")
def test_nobody_is_reminded_or_abandoned_during_handover() -> None:
    given(HANDED).when(time_passes(hours=96)).then(status("NEEDS_ARTIST_REPLY"), says_nothing())


@pytest.mark.domain("3.24")
def test_an_answer_during_handover_is_not_taken_as_one() -> None:
    given(HANDED).when(she_says("fine line")).then(answer("style", None), verdict("handed_over"))


# --- coming back -------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.23")
@pytest.mark.parametrize("back", [she_says("CONTINUE"), operator("resume")])
def test_continue_or_resume_leads_back_to_where_it_was_opened_from_at_the_kept_step(back: object) -> None:
    given(HANDED).when(back).then(  # type: ignore[arg-type]
        says("continue"), gate("NEEDS_ARTIST_REPLY → QUALIFYING"), status("NEEDS_ARTIST_REPLY")
    )
    given(HANDED, back).when(delivered()).then(  # type: ignore[arg-type]
        status("QUALIFYING"), step("style"), handover(None), lead_is(handover_from=None)
    )


@pytest.mark.domain("3.23")
def test_after_an_answered_question_the_next_one_is_asked() -> None:
    planned = given(a_lead_at("complexity"), she_says("3"), delivered()).world
    given(planned, she_says("CONTINUE")).when(delivered()).then(status("QUALIFYING"), step("coverup"))


@pytest.mark.domain("3.23")
def test_where_every_question_is_answered_the_enquiry_is_complete() -> None:
    asked = given(*answers_until("timing"), she_says("flexible"), fails(), she_says("HUMAN"), delivered()).world
    given(asked).when(she_says("CONTINUE"), delivered()).then(
        says("completion"), status("PENDING_APPROVAL"), tells_the_artist("completed")
    )


@pytest.mark.domain("3.23")
def test_continue_is_no_word_of_command_where_nobody_took_over() -> None:
    given(a_lead_at("style")).when(she_says("continue")).then(
        verdict("aside"), answer("style", None), says("still_open"), gate("none")
    )


@pytest.mark.domain("3.23")
def test_resume_is_refused_where_nobody_took_over() -> None:
    given(a_lead_at("style")).when(operator("resume")).then(refused())


@pytest.mark.domain("3.23")
def test_a_handover_from_approval_goes_back_to_approval() -> None:
    asked = given(a_lead_in("PENDING_APPROVAL"), she_says("HUMAN"), delivered()).world
    given(asked, she_says("CONTINUE")).when(delivered()).then(status("PENDING_APPROVAL"), handover(None))


@pytest.mark.domain("3.23")
def test_a_link_that_expired_during_handover_has_expired_when_the_bot_is_back() -> None:
    asked = given(a_lead_in("AWAITING_DEPOSIT"), she_says("HUMAN"), delivered(), link_expires()).world
    assert asked.lead.status == "NEEDS_ARTIST_REPLY"
    given(asked, she_says("CONTINUE")).when(delivered()).then(status("DEPOSIT_EXPIRED"), says("link_expired"))


@pytest.mark.domain("2.paid")
def test_the_handover_is_over_when_the_artist_moves_her_on() -> None:
    approved = given(a_lead_in("NEEDS_ARTIST_REPLY"), operator("approve"), link_is_created()).world
    given(approved).when(delivered()).then(status("AWAITING_DEPOSIT"), handover(None))
    given(approved, delivered()).when(she_says("thanks")).then(verdict("status_reply"))


# --- where the status stays --------------------------------------------------------------------------------------------


@pytest.mark.domain("2.paid")
@pytest.mark.parametrize("paid", ["BOOKING_PENDING", "BOOKED"])
def test_for_paid_leads_the_status_stays_and_only_the_handover_opens(paid: str) -> None:
    given(a_lead_in(paid), she_says("HUMAN")).when(delivered()).then(
        status(paid), handover("asked for the artist"), tells_the_artist("handover")
    )


@pytest.mark.domain("2.paid")
def test_that_holds_in_whatever_status_a_paid_lead_stands() -> None:
    paid = given(a_lead_in("BOOKING_PENDING"), stands_in("NEEDS_FOLLOW_UP"), she_says("HUMAN")).world
    given(paid).when(delivered()).then(status("NEEDS_FOLLOW_UP"), handover("asked for the artist"))


@pytest.mark.domain("2.paid")
def test_in_waitlisted_it_stays_too() -> None:
    waits = given(a_lead_at("style"), stands_in("WAITLISTED"), she_says("HUMAN")).world
    given(waits).when(delivered()).then(status("WAITLISTED"), handover("asked for the artist"))


@pytest.mark.domain("3.23", "2.paid")
def test_continue_closes_a_handover_that_stands_beside_the_status() -> None:
    asked = given(a_lead_in("BOOKED"), she_says("HUMAN"), delivered()).world
    given(asked).when(she_says("hello?")).then(says("holding"))
    given(asked, she_says("CONTINUE")).when(delivered()).then(status("BOOKED"), handover(None))


@pytest.mark.domain("2.paid", "3.16")
def test_a_payment_during_handover_leaves_it_with_the_artist() -> None:
    asked = given(a_lead_in("AWAITING_DEPOSIT"), she_says("HUMAN"), delivered()).world
    given(asked).when(she_pays()).then(status("DEPOSIT_PAID"), handover("asked for the artist"))


@pytest.mark.domain("3.25")
def test_a_person_asked_for_in_an_abandoned_lead_comes_and_stays() -> None:
    asked = given(a_lead_in("ABANDONED"), she_says("HUMAN"), delivered()).world
    given(asked).when(she_says("thank you")).then(says("holding"), handover("asked for the artist"))


# --- failures ----------------------------------------------------------------------------------------------------------


@pytest.mark.domain("3.25")
def test_a_handover_that_was_not_delivered_has_not_happened() -> None:
    given(a_lead_at("style"), she_says("HUMAN")).when(fails()).then(
        status("QUALIFYING"), handover(None), nothing_changed(), flag("send_failed"), tells_the_artist("send_failed")
    )


@pytest.mark.domain("3.25")
def test_it_goes_out_again_with_her_next_message() -> None:
    given(a_lead_at("complexity"), she_says("HUMAN"), fails()).when(she_says("hello?")).then(
        says("human"), instead_of_what_failed()
    )


@pytest.mark.domain("3.25")
def test_the_artist_notified_timestamp_is_set_with_the_change() -> None:
    assert HANDED.lead.artist_notified_at is not None
    given(a_lead_at("style"), she_says("HUMAN")).when(delivered()).then(recorded(e.Marked, mark="artist_notified"))


@pytest.mark.domain("3.25")
def test_who_has_no_question_left_is_not_told_to_go_on_with_them() -> None:
    case = given(a_lead_in("BOOKED")).when(she_says("HUMAN")).then(says("human"))
    assert "CONTINUE" not in list(case.world.intents())[-1].body.text
    case = given(a_lead_at("style")).when(she_says("HUMAN")).then(says("human"), text("CONTINUE"))
