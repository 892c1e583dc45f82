"""Floods and `collect_s`: what is judged as one."""

from typing import Any

import pytest
from msgspec.structs import replace

from inkgate_common.contracts.inbound import Media
from inkgate_dialogue.domain import events as e
from tests.builders.leads import STUDIO, a_studio
from tests.builders.messages import picture
from tests.dialogue.checks import (
    answer,
    gate,
    judged,
    opted_out,
    recorded,
    says,
    says_nothing,
    step,
    strikes,
    value,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, answers_until, given
from tests.dialogue.steps import Step, delivered, operator, she_says, time_passes

LIMITS = STUDIO.file.messages
WORDS = [f"word {number}" for number in range(1, 31)]


def writes(*texts: str, **more: Any) -> list[Step]:
    return [she_says(one, after_s=1, **more) for one in texts]


def asked(question: str = "style", **limits: Any) -> given:
    """The question is under way, so that everything waits."""
    before = {"style": "dimensions", "dimensions": "placement"}[question]
    studio = a_studio(messages=replace(LIMITS, **limits)) if limits else STUDIO
    text = "8x12cm" if before == "dimensions" else "left forearm"
    return given(*answers_until(before), she_says(text), studio=studio)


# --- floods ------------------------------------------------------------------------------------------------------------


@pytest.mark.domain("4.flood")
def test_more_than_twenty_waiting_messages_are_judged_as_one_text_and_each_is_shown() -> None:
    at = given(asked().world, delivered(), she_says("fine line"))  # the next question is under way
    at.when(*writes(*WORDS[:21])).then(says_nothing(), waiting(21))
    at.when(delivered(after_s=1)).then(
        answer("style", "\n".join(["fine line", *WORDS[:21]])), judged(*WORDS[:21]), waiting(0), says_nothing()
    )


@pytest.mark.domain("4.flood")
def test_twenty_are_judged_one_by_one() -> None:
    at = given(asked().world, delivered(), she_says("fine line"), *writes(*WORDS[:20]))
    at.when(delivered(after_s=1)).then(
        recorded(e.Joined, times=0), recorded(e.AnswerRecorded, times=20), judged(*WORDS[:20])
    )


@pytest.mark.domain("4.flood")
def test_a_flood_that_answers_gets_one_reply() -> None:
    at = given(asked().world, *writes(*WORDS[:25]))
    at.when(delivered(taken_s_ago=40)).then(
        answer("style", "\n".join(WORDS[:25])), says("ask"), gate("step 3 → 4"), waiting(0)
    )


@pytest.mark.domain("4.flood")
def test_a_flood_that_cannot_be_read_is_one_strike() -> None:
    at = given(asked("dimensions").world, *writes(*["what?"] * 25))
    at.when(delivered(taken_s_ago=40)).then(strikes("dimensions", 1), says("repair_1"), waiting(0))


@pytest.mark.domain("4.flood", "4.order")
def test_what_was_written_before_the_question_went_out_is_joined_apart() -> None:
    at = given(asked().world, *writes(*WORDS[:15]))
    at.when(*writes(*WORDS[15:30])).when(delivered(taken_s_ago=15)).then(
        answer("dimensions", "8x12cm"), answer("style", "\n".join(WORDS[16:30])), waiting(0)
    )


@pytest.mark.domain("4.flood", "3.25")
def test_words_of_command_in_a_flood_are_looked_for_before_joining() -> None:
    at = given(asked().world, *writes(*WORDS[:10], "HUMAN", *WORDS[10:25]))
    at.when(delivered(taken_s_ago=40)).then(answer("style", "\n".join(WORDS[:10])), says("ask"), waiting(16)).when(
        delivered()
    ).then(says("human"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"))


@pytest.mark.domain("4.flood", "4.opt-out")
def test_a_stop_in_a_flood_ends_it() -> None:
    given(asked().world, *writes(*WORDS[:25])).when(she_says("STOP")).then(opted_out(), waiting(0))


@pytest.mark.domain("4.flood")
def test_what_only_reads_like_a_word_of_command_when_joined_is_none() -> None:
    at = given(asked(flood_max=1).world, *writes("opt", "out"))
    at.when(delivered(taken_s_ago=40)).then(opted_out(False), answer("style", "opt\nout"))


@pytest.mark.domain("4.flood", "1.media")
def test_pictures_in_a_flood_are_kept_and_the_text_is_the_answer() -> None:
    album = [she_says(None, **picture(name), after_s=1) for name in ("a", "b")]
    voice = she_says(None, kind="audio", media=Media(id="v"), after_s=1)
    at = given(asked("dimensions", flood_max=3).world, *album, voice, *writes("8x12cm"))
    at.when(delivered(taken_s_ago=20)).then(
        value("dimensions", {"width_cm": 8.0, "height_cm": 12.0}),
        verdict("answer", "answer", "answer", "answer"),
        says("ask"),
        lambda world: _media(world, "a", "b", "v"),
    )


def _media(world: Any, *expected: str) -> None:
    assert sorted(one["id"] for one in world.lead.media) == list(expected)


@pytest.mark.domain("4.flood")
def test_a_reaction_among_them_parts_nothing() -> None:
    at = given(asked(flood_max=2).world, *writes("a"), she_says("👍", kind="reaction"), *writes("b", "c"))
    at.when(delivered(taken_s_ago=40)).then(answer("style", "a\nb\nc"))


@pytest.mark.domain("4.flood")
def test_what_was_written_before_such_a_flood_and_comes_after_it_is_late() -> None:
    at = given(asked(flood_max=2).world, *writes("a"), she_says("👍", kind="reaction"), *writes("b", "c"))
    at.when(delivered(taken_s_ago=40)).then(recorded(e.MessageReceived, times=3, judged=True, ahead=False))
    at.when(delivered())
    at.when(she_says("written before it", written_s_ago=30)).then(verdict("out_of_order"), says_nothing())


@pytest.mark.domain("4.flood")
def test_an_operators_action_among_them_keeps_its_place() -> None:
    at = given(asked(flood_max=2).world, *writes("a", "b"), operator("ask", text="Hello"), *writes("c"))
    at.when(delivered(taken_s_ago=40)).then(answer("style", "a\nb"), waiting(2))


# --- collect_s ---------------------------------------------------------------------------------------------------------

PATIENT = a_studio(messages=replace(LIMITS, collect_s=5))


def collecting(question: str = "style") -> given:
    steps = [one for step_ in answers_until(question) for one in (step_, time_passes(seconds=6))]
    return given(*steps, studio=PATIENT)


@pytest.mark.domain("4.collect")
def test_messages_that_follow_each_other_are_judged_as_one() -> None:
    given(collecting("placement").world).when(*writes("left forearm", "inner side", "near the elbow")).then(
        says_nothing(), waiting(3), step("placement")
    ).when(time_passes(seconds=6)).then(
        answer("placement", "left forearm\ninner side\nnear the elbow"), says("ask"), gate("step 1 → 2"), waiting(0)
    )


@pytest.mark.domain("4.collect")
def test_by_default_nothing_waits() -> None:
    given(a_lead_at("placement")).when(she_says("left forearm")).then(says("ask"), waiting(0))


@pytest.mark.domain("4.collect")
def test_a_message_alone_is_judged_when_nothing_follows() -> None:
    given(collecting().world).when(she_says("fine line")).then(waiting(1)).when(time_passes(seconds=5.1)).then(
        answer("style", "fine line"), says("ask")
    )


@pytest.mark.domain("4.collect")
def test_each_message_lets_it_wait_anew_but_a_flood_does_not_wait() -> None:
    at = given(collecting().world)
    at.when(she_says("a"), time_passes(seconds=4), she_says("b", after_s=0), time_passes(seconds=4)).then(waiting(2))
    at.when(*writes(*WORDS[:19])).then(says("ask"), waiting(0))


@pytest.mark.domain("4.collect", "3.25")
def test_a_word_of_command_does_not_wait_and_what_was_collected_is_judged_before_it() -> None:
    given(collecting().world).when(she_says("fine line"), she_says("HUMAN", after_s=1)).then(
        answer("style", "fine line"), says("ask"), waiting(1)
    ).when(delivered()).then(says("human"))
    given(collecting().world).when(she_says("HUMAN")).then(says("human"), waiting(0))
    given(collecting().world).when(she_says("fine"), she_says("STOP", after_s=1)).then(opted_out(), waiting(0))


@pytest.mark.domain("4.collect")
def test_a_tap_does_not_wait() -> None:
    at = given(collecting("coverup").world)
    at.when(she_says("No", kind="button", choice="no")).then(answer("coverup", "No"), waiting(0))


@pytest.mark.domain("4.collect")
def test_messages_that_are_further_apart_are_judged_one_by_one() -> None:
    at = given(collecting("placement").world, she_says("left forearm"), time_passes(seconds=6))
    at.when(
        she_says("inner side", after_s=1), she_says("so nice", after_s=9), delivered(after_s=1), time_passes(seconds=20)
    ).then(recorded(e.AnswerRecorded, key="placement", times=2), judged("inner side", "so nice"), waiting(0))


@pytest.mark.domain("4.collect")
def test_the_first_message_is_collected_too() -> None:
    given(studio=PATIENT).when(*writes("hi", "I want a fox")).then(says_nothing(), waiting(2)).when(
        time_passes(seconds=6)
    ).then(says("welcome"), verdict("first", "first"))
