"""Panic mode: automation pauses."""

from typing import Any

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.messages import PHONE
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    handover,
    judged,
    leads,
    no_gate,
    nothing_changed,
    opted_out,
    recorded,
    says,
    says_nothing,
    sending,
    status,
    step,
    tells_nobody,
    tells_the_artist,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import (
    delivered,
    fails,
    mode,
    operator,
    she_pays,
    she_says,
    the_owner_looks,
    time_passes,
)

PANIC = given(a_lead_at("style"), mode(panic=True)).world
HELD = given(PANIC, she_says("fine line"), delivered()).world


@pytest.mark.domain("3.32", "4.panic")
def test_who_writes_in_panic_mode_gets_the_holding_message_and_the_artist_is_told() -> None:
    given(PANIC).when(she_says("fine line")).then(
        says("panic_holding"), gate("none"), waiting(1), verdict(), tells_the_artist("panic"), nothing_changed()
    ).when(delivered()).then(step("style"), answer("style", None), no_gate(), waiting(1), tells_nobody())


@pytest.mark.domain("3.32")
def test_where_the_holding_message_cannot_be_sent_nothing_has_changed_and_the_message_still_waits() -> None:
    given(PANIC, she_says("fine line")).when(fails()).then(waiting(1), step("style"), flag("send_failed")).when(
        mode(), the_owner_looks()
    ).then(verdict("answer"), gate("step 3 → 4"), says("ask"))


@pytest.mark.domain("3.32")
def test_at_most_one_holding_message_goes_out_per_cooldown_and_the_artist_is_told_once() -> None:
    given(HELD).when(she_says("hello?"), she_says("anybody?")).then(says_nothing(), waiting(3), tells_nobody()).when(
        time_passes(hours=7)
    ).then(says_nothing()).when(she_says("are you there?")).then(says("panic_holding"), tells_nobody())


@pytest.mark.domain("3.32")
def test_outside_the_window_nothing_is_sent_and_the_artist_is_told_all_the_same() -> None:
    given(PANIC, time_passes(hours=60)).when(she_says("fine line", written_s_ago=90_000)).then(
        says_nothing(), waiting(2), tells_the_artist("panic")
    )


@pytest.mark.domain("3.32", "3.1")
def test_a_new_client_in_panic_mode_gets_the_holding_message_and_her_welcome_afterwards() -> None:
    given(mode(panic=True)).when(she_says("hi")).then(
        says("panic_holding"), sending(to=PHONE), leads(1), status("NEW"), tells_the_artist("panic")
    ).when(delivered(), mode(), the_owner_looks()).then(
        says("welcome"), gate("NEW → QUALIFYING, step -1 → 0"), leads(1)
    )


@pytest.mark.domain("4.panic")
def test_when_panic_ends_what_waits_is_judged_as_one() -> None:
    given(HELD, she_says("black only"), she_says("no colour"), mode()).when(the_owner_looks()).then(
        answer("style", "fine line\nblack only\nno colour"),
        verdict("answer", "answer", "answer"),
        judged("fine line", "black only", "no colour"),
        says("ask"),
        gate("step 3 → 4"),
        waiting(0),
    )


@pytest.mark.domain("4.panic")
def test_when_panic_ends_while_the_holding_message_is_under_way_its_end_is_awaited() -> None:
    given(PANIC, she_says("fine line"), she_says("black only"), mode()).when(the_owner_looks()).then(
        waiting(2), says_nothing()
    ).when(delivered()).then(answer("style", "fine line\nblack only"), waiting(0))


@pytest.mark.domain("4.panic")
def test_what_she_wrote_before_the_question_went_out_is_not_joined_with_what_answers_it() -> None:
    asked = given(a_lead_at("placement"), she_says("left forearm"), mode(panic=True))
    asked.when(
        she_says("near the elbow", after_s=1), delivered(after_s=3), she_says("8x12cm"), mode(), the_owner_looks()
    )
    asked.when(delivered()).then(answer("placement", "left forearm\nnear the elbow"), answer("dimensions", "8x12cm"))


@pytest.mark.domain("4.panic", "3.25")
@pytest.mark.parametrize(
    ("word", "copy"), [("HUMAN", "human"), ("REFUND", "refund_asked"), ("DELETE MY DATA", "erase_asked")]
)
def test_who_asks_for_a_person_is_passed_on_in_panic_mode_too(word: str, copy: str) -> None:
    given(HELD).when(she_says(word)).then(
        says(copy), gate("QUALIFYING → NEEDS_ARTIST_REPLY"), verdict("asks_for_the_artist"), waiting(1)
    ).when(delivered()).then(status("NEEDS_ARTIST_REPLY"), waiting(1))


@pytest.mark.domain("4.panic", "4.order")
def test_what_waits_is_not_late_because_a_word_of_command_was_judged_before_it() -> None:
    given(HELD, she_says("HUMAN"), delivered(), mode()).when(the_owner_looks()).then(
        verdict("handed_over"), judged("fine line"), says("holding"), recorded(e.Flagged, flag="out_of_order", times=0)
    )


@pytest.mark.domain("4.panic", "4.opt-out")
def test_a_stop_counts_at_once_and_what_was_written_before_it_is_only_recorded() -> None:
    given(HELD).when(she_says("STOP")).then(
        opted_out(), says("opt_out_confirmation"), verdict("stop", "before_stop"), waiting(0)
    ).when(delivered(), she_says("hello?")).then(says_nothing())


@pytest.mark.domain("4.panic", "3.22")
def test_a_start_waits_with_the_rest_and_counts_afterwards() -> None:
    at = given(a_lead_in("OPTOUT"), mode(panic=True))
    at.when(she_says("START")).then(says_nothing(), opted_out(), waiting(1)).when(mode(), the_owner_looks()).then(
        opted_out(False), says("restart")
    )


@pytest.mark.domain("4.panic", "3.23")
def test_continue_waits_too_for_it_would_bring_the_bot_back() -> None:
    at = given(a_lead_in("NEEDS_ARTIST_REPLY"), mode(panic=True))
    at.when(she_says("CONTINUE")).then(says("panic_holding"), handover("asked for the artist")).when(
        delivered(), mode(), the_owner_looks()
    ).then(says("continue"), verdict("continue"))


@pytest.mark.domain("4.panic")
def test_words_of_command_among_what_waits_are_judged_by_themselves() -> None:
    at = given(a_lead_in("NEEDS_ARTIST_REPLY"), mode(panic=True), she_says("a rose too"), delivered())
    at.when(she_says("and thorns"), she_says("CONTINUE"), she_says("fine line"), mode(), the_owner_looks()).then(
        verdict("handed_over", "handed_over")
    ).when(delivered()).then(verdict("continue"), says("continue"))


@pytest.mark.domain("4.panic")
@pytest.mark.parametrize("kind", ["reaction", "echo", "edited", "deleted"])
def test_gestures_and_edits_get_no_holding_message(kind: str) -> None:
    details: dict[str, Any] = {"original_message_id": "wamid.IN2"}
    given(PANIC).when(she_says("x", kind=kind, details=details)).then(says_nothing(), tells_nobody())


@pytest.mark.domain("4.panic", "4.pilot")
def test_in_pilot_mode_a_number_that_is_not_on_the_list_gets_none() -> None:
    given(mode(panic=True, pilot=True)).when(she_says("hi")).then(says_nothing(), leads(0), tells_nobody(), waiting(1))


@pytest.mark.domain("4.panic")
def test_an_answer_that_had_failed_is_not_forgotten_over_the_holding_message() -> None:
    failed = given(a_lead_at("dimensions"), she_says("8x12cm"), fails(), mode(panic=True))
    failed.when(she_says("hello?"), delivered(), mode(), the_owner_looks()).then(
        gate("step 2 → 3"), says("panic_holding", "ask")
    )


@pytest.mark.domain("4.panic")
def test_open_gates_end_as_they_will_and_money_is_recorded() -> None:
    given(a_lead_at("style"), she_says("fine line"), mode(panic=True)).when(delivered()).then(step("complexity"))
    given(a_lead_in("AWAITING_DEPOSIT"), mode(panic=True)).when(she_pays()).then(status("DEPOSIT_PAID"), says_nothing())


@pytest.mark.domain("4.panic")
def test_the_artist_works_by_hand_in_panic_mode() -> None:
    given(a_lead_in("BOOKING_PENDING"), mode(panic=True)).when(
        operator("book", slot="Sat 10 Jan, 11:00"), delivered()
    ).then(status("BOOKED"))


@pytest.mark.domain("4.panic")
def test_a_second_panic_tells_the_artist_again() -> None:
    given(HELD, mode(), the_owner_looks(), delivered(), mode(panic=True)).when(she_says("2")).then(
        tells_the_artist("panic")
    )
