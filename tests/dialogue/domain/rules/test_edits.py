"""Messages that she edits or deletes afterwards."""

from typing import Any

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.messages import picture
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    leads,
    no_flag,
    no_gate,
    opted_out,
    recorded,
    says,
    says_nothing,
    status,
    step,
    strikes,
    tells_nobody,
    tells_the_artist,
    text,
    value,
    verdict,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import Step, delivered, fails, she_says

# Ids of her messages by what they answered: 1 is 'hi', 2 the idea, 3 the placement, 4 the size.
IDEA, SIZE = "wamid.IN2", "wamid.IN4"


def she_edits(message_id: str, now: str | None, **more: Any) -> Step:
    return she_says(now, kind="edited", details={"original_message_id": message_id, "type": "text"}, **more)


def she_deletes(message_id: str) -> Step:
    return she_says(None, kind="deleted", details={"original_message_id": message_id})


@pytest.mark.domain("4.edits", "4.corrections")
def test_an_edit_of_the_answer_before_changes_it_says_so_and_asks_the_open_question_again() -> None:
    given(a_lead_at("style")).when(she_edits(SIZE, "10x12cm")).then(
        answer("dimensions", "10x12cm"),
        value("dimensions", {"width_cm": 10.0, "height_cm": 12.0}),
        says("corrected"),
        text("changed", "Which style?"),
        gate("none"),
        step("style"),
        verdict("edit"),
        recorded(e.AnswerRecorded, key="dimensions", correction=True),
    ).when(delivered()).then(step("style"), status("QUALIFYING"))


@pytest.mark.domain("4.edits")
def test_where_the_word_about_the_edit_cannot_be_sent_the_answer_stays_changed_and_the_question_stays_open() -> None:
    given(a_lead_at("style"), she_edits(SIZE, "10x12cm")).when(fails()).then(
        answer("dimensions", "10x12cm"), step("style"), flag("send_failed")
    ).when(she_says("fine line")).then(answer("style", "fine line"), gate("step 3 → 4"))


@pytest.mark.domain("4.edits")
def test_an_edit_while_the_next_question_is_under_way_is_a_correction_after_it() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm", message_id="wamid.SIZE")).when(
        she_edits("wamid.SIZE", "9x12cm"), delivered()
    ).then(answer("dimensions", "9x12cm"), step("style"), says("corrected"))


@pytest.mark.domain("4.edits")
def test_an_edit_of_what_was_not_understood_is_judged_as_the_answer() -> None:
    given(a_lead_at("dimensions"), she_says("big", message_id="wamid.BIG"), delivered()).when(
        she_edits("wamid.BIG", "8x12cm")
    ).then(answer("dimensions", "8x12cm"), gate("step 2 → 3"), strikes("dimensions", 0), verdict("answer"))


@pytest.mark.domain("4.edits", "1.media")
def test_a_caption_added_to_a_picture_is_the_answer() -> None:
    given(a_lead_at("dimensions"), she_says(None, **picture(), message_id="wamid.PIC"), delivered()).when(
        she_edits("wamid.PIC", "8x12cm")
    ).then(answer("dimensions", "8x12cm"), gate("step 2 → 3"))


@pytest.mark.domain("4.edits")
def test_an_edit_that_is_no_answer_leaves_what_stands_and_says_so() -> None:
    given(a_lead_at("style")).when(she_edits(SIZE, "hmm")).then(
        answer("dimensions", "8x12cm"),
        says("edit_not_read"),
        text("Which style?"),
        strikes("dimensions", 0),
        step("style"),
    )


@pytest.mark.domain("4.edits")
def test_an_edit_of_one_of_several_messages_changes_its_part_of_the_answer() -> None:
    at = given(a_lead_at("idea"), she_says("a fox", message_id="wamid.FOX"), delivered())
    at.when(she_says("with ferns", after_s=0.2, written_s_ago=1, message_id="wamid.FERNS")).then(
        answer("idea", "a fox\nwith ferns")
    ).when(she_edits("wamid.FERNS", "with roses")).then(answer("idea", "a fox\nwith roses"))
    at.when(she_edits("wamid.FOX", "a badger"), delivered()).then(answer("idea", "a badger\nwith roses"))


@pytest.mark.domain("4.edits")
def test_a_second_edit_of_the_same_message_counts_too() -> None:
    given(a_lead_at("style"), she_edits(SIZE, "10x12cm"), delivered()).when(she_edits(SIZE, "11x12cm")).then(
        answer("dimensions", "11x12cm"), says("corrected")
    )


@pytest.mark.domain("4.edits", "3.6")
def test_an_edit_that_makes_it_a_cover_up_hands_over_as_the_answer_would_have() -> None:
    at = given(a_lead_at("coverup"), she_says("no", message_id="wamid.NO"), delivered())
    at.when(she_edits("wamid.NO", "yes")).then(says("coverup_handover"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"))


@pytest.mark.domain("4.edits")
def test_an_edit_where_the_next_question_never_went_out_sends_it() -> None:
    at = given(a_lead_at("dimensions"), she_says("8x12cm", message_id="wamid.SIZE"), fails())
    at.when(she_edits("wamid.SIZE", "9x12cm")).then(answer("dimensions", "9x12cm"), gate("step 2 → 3"))


@pytest.mark.domain("4.edits")
@pytest.mark.parametrize(
    "edit",
    [she_edits("wamid.IN1", "hello"), she_edits("wamid.ELSE", "x"), she_edits(SIZE, "8x12cm"), she_edits(SIZE, None)],
    ids=["the greeting", "an unknown message", "the same again", "nothing"],
)  # fmt: skip
def test_an_edit_of_anything_else_is_kept_and_shown(edit: Step) -> None:
    given(a_lead_at("style")).when(edit).then(
        says_nothing(), no_gate(), step("style"), answer("dimensions", "8x12cm"), verdict("edit_kept")
    )


@pytest.mark.domain("4.edits")
def test_an_edit_after_the_questions_leaves_the_answer_flags_it_and_tells_the_artist() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(she_edits(SIZE, "30x40cm")).then(
        answer("dimensions", "8x12cm"), flag("edited_answer"), tells_the_artist("edited_answer"), says_nothing()
    )


@pytest.mark.domain("4.edits")
def test_an_edit_during_a_handover_is_left_to_the_artist() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(she_edits(IDEA, "a badger")).then(
        says_nothing(), flag("edited_answer"), tells_the_artist("edited_answer"), status("NEEDS_ARTIST_REPLY")
    )


@pytest.mark.domain("4.edits", "4.returning")
def test_an_edit_after_a_closed_enquiry_opens_no_new_one() -> None:
    given(a_lead_in("COMPLETED")).when(she_edits(SIZE, "9x9cm")).then(says_nothing(), leads(1), status("COMPLETED"))


@pytest.mark.domain("4.edits", "4.opt-out")
def test_a_message_edited_into_stop_is_a_stop() -> None:
    given(a_lead_at("style")).when(she_edits(SIZE, "STOP")).then(opted_out(), says("opt_out_confirmation"))


@pytest.mark.domain("4.deletions")
def test_a_deleted_answer_stands_and_is_flagged() -> None:
    given(a_lead_at("style")).when(she_deletes(SIZE)).then(
        answer("dimensions", "8x12cm"),
        flag("deleted_message"),
        says_nothing(),
        no_gate(),
        step("style"),
        tells_nobody(),
    )


@pytest.mark.domain("4.deletions")
def test_a_deleted_message_that_gave_no_answer_is_only_shown() -> None:
    given(a_lead_at("style")).when(she_deletes("wamid.IN1")).then(
        says_nothing(), no_flag("deleted_message"), recorded(e.MessageReceived, message_kind="deleted", judged=False)
    )


@pytest.mark.domain("4.deletions")
def test_a_deletion_waits_for_the_message_that_it_is_about() -> None:
    given(a_lead_at("dimensions"), she_says("small"), she_says("8x12cm", message_id="wamid.SIZE")).when(
        she_deletes("wamid.SIZE"), delivered(), delivered()
    ).then(answer("dimensions", "8x12cm"), flag("deleted_message"))
