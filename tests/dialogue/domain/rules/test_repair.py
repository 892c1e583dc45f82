"""What she is told of an answer that cannot be taken, and of what was assumed of a good one (DOMAIN §1, §3 rows 4 and 5)."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.builders.leads import a_studio
from tests.dialogue.checks import (
    answer,
    gate,
    recorded,
    says,
    status,
    step,
    strikes,
    tells_the_artist,
    text,
    value,
    verdict,
)
from tests.dialogue.language import a_lead_at, answers_until, given
from tests.dialogue.steps import delivered, fails, she_says

# --- three strikes -----------------------------------------------------------------------------------------------------


@pytest.mark.domain("1.repair", "3.4")
def test_an_unreadable_answer_is_asked_again_gently_and_says_why() -> None:
    given(a_lead_at("dimensions")).when(she_says("big")).then(
        says("repair_1"), gate("none"), strikes("dimensions", 1), verdict("not_understood"),
        text("could not find a size", "How big"),
    )  # fmt: skip


@pytest.mark.domain("1.repair", "3.4")
def test_the_second_time_with_an_example_and_a_word_of_the_artist() -> None:
    given(a_lead_at("dimensions"), she_says("big"), delivered()).when(she_says("very")).then(
        says("repair_2"), strikes("dimensions", 2), text("for example", "artist")
    )


@pytest.mark.domain("1.repair", "3.5")
def test_the_third_time_the_artist_takes_over() -> None:
    third = given(a_lead_at("dimensions"), she_says("a"), delivered(), she_says("b"), delivered())
    third.when(she_says("c")).then(says("handover"), strikes("dimensions", 3), gate("QUALIFYING → NEEDS_ARTIST_REPLY"))
    third.when(delivered()).then(status("NEEDS_ARTIST_REPLY"), tells_the_artist("handover"))


@pytest.mark.domain("1.repair", "3.4")
def test_a_repair_message_that_fails_changes_nothing_and_goes_out_again_without_another_strike() -> None:
    failed = given(a_lead_at("dimensions"), she_says("big")).when(fails())
    failed.then(strikes("dimensions", 1), step("dimensions"))
    failed.when(she_says("huge")).then(says("repair_1"), strikes("dimensions", 1), text("How big"))


@pytest.mark.domain("1.repair", "3.5")
def test_a_handover_that_fails_leaves_the_question_open() -> None:
    struck = [she_says("a"), delivered(), she_says("b"), delivered(), she_says("c")]
    given(a_lead_at("dimensions"), *struck).when(fails()).then(status("QUALIFYING"), tells_the_artist("send_failed"))


@pytest.mark.domain("1.repair")
def test_a_strike_is_recorded_when_it_is_judged_not_when_its_message_is_delivered() -> None:
    given(a_lead_at("dimensions")).when(she_says("big")).then(recorded(e.StrikeRecorded, strikes=1, reason="no_size"))


@pytest.mark.domain("1.repair")
def test_a_good_answer_resets_the_strikes_of_its_field_and_leaves_the_others() -> None:
    struck = given(a_lead_at("dimensions"), she_says("a"), delivered(), she_says("8x12cm"), delivered())
    struck.when(she_says("fine line")).then(strikes("dimensions", 0))
    given(a_lead_at("complexity"), she_says("x"), delivered(), she_says("2")).then(strikes("complexity", 0))


@pytest.mark.domain("1.repair")
def test_strikes_are_counted_by_field() -> None:
    given(
        a_lead_at("complexity"), she_says("x"), delivered(), she_says("y"), delivered(), she_says("2"), delivered(),
    ).when(she_says("maybe")).then(strikes("coverup", 1), says("repair_1"))  # fmt: skip


@pytest.mark.domain("1.repair")
def test_a_repair_keeps_the_question_open() -> None:
    given(a_lead_at("dimensions"), she_says("big"), delivered()).when(she_says("8x12cm")).then(
        verdict("answer"), gate("step 2 → 3")
    )


@pytest.mark.domain("1.repair")
def test_the_buttons_of_the_question_lie_under_the_repair() -> None:
    asked = given(a_lead_at("coverup")).when(she_says("maybe")).then(text("cover-up"))
    newest = list(asked.world.intents())[-1]
    assert [choice.id for choice in newest.body.buttons] == ["yes", "no"]  # type: ignore[union-attr]


@pytest.mark.domain("1.repair")
@pytest.mark.parametrize(
    ("question", "written", "why"),
    [
        ("budget", "£4", "£4 is below our £50 minimum."),
        (
            "budget",
            "€500",
            "We work in GBP, and rates change from day to day, so please tell me what €500 would be in GBP.",
        ),
        ("budget", "400-600", "I read more than one amount there"),
        ("budget", "-£50", "-£50 is less than nothing"),
        ("budget", "£2000000", "£2,000,000 looks like a slip"),
        ("dimensions", "2 metres", "2 metres is more than a metre a side"),
        ("dimensions", "10cm or 15cm", "I read more than one size there"),
        ("dimensions", "0cm", "I read 0cm"),
        ("complexity", "1 or 2", "I read more than one of them there"),
        ("coverup", "hm", "whether that is a yes or a no"),
        ("timing", "hm", "I could not tell when you mean"),
    ],
)
def test_what_was_wrong_is_said(question: str, written: str, why: str) -> None:
    given(a_lead_at(question)).when(she_says(written)).then(says("repair_1"), text(why))


@pytest.mark.domain("1.repair")
def test_what_was_wrong_is_said_in_her_language() -> None:
    hers = given(
        she_says("hola, quiero un tatuaje"), delivered(), she_says("un zorro"), delivered(),
        she_says("antebrazo"), delivered(),
    ).when(she_says("grande"))  # fmt: skip
    hers.then(says("repair_1"), text("no encuentro ningún tamaño", "¿De qué tamaño"))


# --- wrong field, and several answers ----------------------------------------------------------------------------------


@pytest.mark.domain("1.wrong-field")
@pytest.mark.parametrize("written", ["£400", "my budget is 400 pounds", "8x12cm", "about 10 cm", "400"])
@pytest.mark.parametrize("question", ["idea", "placement"])
def test_a_budget_or_size_alone_is_for_later_and_the_question_is_asked_again(question: str, written: str) -> None:
    asked = given(a_lead_at(question)).when(she_says(written))
    asked.then(verdict("not_understood"), answer(question, None), says("repair_1"), text("a little later", "?"))


@pytest.mark.domain("1.wrong-field")
@pytest.mark.parametrize("written", ["a fox, 8x12cm, £400", "1989", "7"])
def test_an_idea_with_a_size_and_a_budget_is_an_idea(written: str) -> None:
    given(a_lead_at("idea")).when(she_says(written)).then(verdict("answer"), answer("idea", written))


@pytest.mark.domain("1.several-answers")
@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("complexity", "8x12cm, £400, no cover-up"),
        ("coverup", "10 cm, budget £400, whenever"),
        ("timing", "10x10cm and about £300"),
        ("budget", "8x12cm, medium detail, sometime in January"),
    ],
)
def test_several_answers_in_one_message_are_asked_for_one_at_a_time(question: str, written: str) -> None:
    asked = given(a_lead_at(question)).when(she_says(written))
    asked.then(says("repair_1"), strikes(question, 1), text("One answer at a time"))
    asked.then(recorded(e.StrikeRecorded, reason="one_at_a_time"))


@pytest.mark.domain("1.several-answers")
@pytest.mark.parametrize(
    ("question", "written", "meant"),
    [
        ("budget", "8x12cm, £400, no cover-up", 40_000),
        ("dimensions", "8x12cm, £400, no cover-up", {"width_cm": 8.0, "height_cm": 12.0}),
        ("coverup", "8x12cm, £400, no cover-up", False),
        ("timing", "£400, no cover-up, whenever", "flexible"),
    ],
)
def test_several_answers_are_taken_where_one_of_them_is_what_was_asked(
    question: str, written: str, meant: object
) -> None:
    given(a_lead_at(question)).when(she_says(written)).then(verdict("answer"), value(question, meant))


@pytest.mark.domain("1.several-answers")
def test_what_the_open_question_found_wrong_is_said_before_that() -> None:
    given(a_lead_at("budget")).when(she_says("10cm, £400 or £500, in January")).then(text("more than one amount"))


# --- what was assumed --------------------------------------------------------------------------------------------------


@pytest.mark.domain("1.assumption", "3.2")
@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("10cm", "I take that as 10 × 10 cm: tell me if not."),
        ("10-12 cm", "I take the larger figure, 12 × 12 cm"),
        ("palm sized", "I take 'palm sized' as about 9 × 9 cm"),
        ("4 inches", "10.2 × 10.2 cm"),
    ],
)
def test_what_was_assumed_of_an_answer_stands_before_the_next_question(written: str, told: str) -> None:
    asked = given(a_lead_at("dimensions")).when(she_says(written))
    asked.then(says("ask"), gate("step 2 → 3"), text(told, "Which style"))
    asked.when(delivered()).then(step("style"))


@pytest.mark.domain("1.assumption")
def test_where_nothing_is_assumed_nothing_is_told() -> None:
    told = given(a_lead_at("dimensions")).when(she_says("8x12cm")).then(says("ask")).world
    assert list(told.intents())[-1].body.text == told.studio.copy.question("style")  # type: ignore[union-attr]


@pytest.mark.domain("1.assumption")
def test_another_currency_is_converted_where_the_studio_has_a_rate_and_she_is_told() -> None:
    rated = a_studio(rates={"EUR": 0.86})
    asked = given(*answers_until("budget"), studio=rated).when(she_says("€500"))
    asked.then(says("ask"), value("budget", 43_000), text("I take €500 as about £430", "Which city"))
    given(*answers_until("budget"), studio=rated).when(she_says("$500")).then(says("repair_1"), text("$500"))


@pytest.mark.domain("1.assumption")
def test_what_was_assumed_goes_out_again_with_a_message_that_failed() -> None:
    again = given(a_lead_at("dimensions"), she_says("10cm"), fails()).when(she_says("10cm"))
    again.then(says("ask"), text("10 × 10 cm", "Which style"))
