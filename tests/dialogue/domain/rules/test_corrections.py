"""An earlier answer is changed while another question is open (DOMAIN §4 Corrections)."""

import pytest

from inkgate_dialogue.domain import events as e
from inkgate_dialogue.domain.rules import corrections
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.builders.tours import a_stop, on_tour
from tests.dialogue.checks import (
    answer,
    gate,
    handover,
    instead_of_what_failed,
    lead_is,
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
from tests.dialogue.steps import delivered, fails, she_says

pytestmark = pytest.mark.domain("4.corrections")


def cm(width: float, height: float) -> dict[str, float]:
    return {"width_cm": width, "height_cm": height}


def in_leeds(until: str = "instagram_handle") -> Conversing:
    """She lives in Leeds, which told her country."""
    world = given(a_lead_at("location_city"), she_says("Leeds"), delivered()).world
    assert world.lead.question == until
    return world


# --- what is one -------------------------------------------------------------------------------------------------------

CORRECTIONS = [
    ("style", "Actually 10 cm", "dimensions", cm(10, 10)),
    ("style", "sorry, size is 12x15", "dimensions", cm(12, 15)),
    ("complexity", "12x15 cm, sorry", "dimensions", cm(12, 15)),
    ("style", "oops I meant 10x10cm", "dimensions", cm(10, 10)),
    ("budget", "can you change the size to 9x9 cm please", "dimensions", cm(9, 9)),
    ("style", "my size is actually 20 x 10 cm", "dimensions", cm(20, 10)),
    ("reference_images", "wait, make it 15cm", "dimensions", cm(15, 15)),
    ("location_city", "change my budget to 600", "budget", 60_000),
    ("location_city", "I'd like to update my budget to £700", "budget", 70_000),
    ("location_city", "actually £650", "budget", 65_000),
    ("location_city", "Change budget from 450 to 550", "budget", 55_000),
    ("location_city", "sorry my budget is 500 pounds", "budget", 50_000),
    ("coverup", "actually 1", "complexity", 1),
    ("coverup", "change detail to 1", "complexity", 1),
    ("travel_city", "my instagram is @new.name, sorry", "instagram_handle", {"handle": "new.name"}),
    ("style", "en realidad 10 cm", "dimensions", cm(10, 10)),
    ("style", "perdón, el tamaño es 12x15", "dimensions", cm(12, 15)),
    ("location_city", "cambia el presupuesto a 600", "budget", 60_000),
    ("location_city", "quiero cambiar mi presupuesto a £700", "budget", 70_000),
    ("location_city", "mejor 650 libras", "budget", 65_000),
    ("style", "me equivoqué, 10x10 cm", "dimensions", cm(10, 10)),
]


@pytest.mark.parametrize(("question", "said", "key", "expected"), CORRECTIONS)
def test_it_changes_that_answer_says_so_and_asks_the_open_question_again(
    question: str, said: str, key: str, expected: object
) -> None:
    before = a_lead_at(question)
    corrected = given(before).when(she_says(said))
    corrected.then(
        value(key, expected), verdict("correction"), says("corrected"), gate("none"), strikes(question, 0),
        recorded(e.AnswerRecorded, key=key, correction=True), answer(question, before.lead.answers.get(question)),
    )  # fmt: skip
    corrected.when(delivered()).then(step(question), status("QUALIFYING"), tells_nobody())


def test_it_is_one_message_with_what_was_changed_and_the_open_question() -> None:
    given(a_lead_at("location_city")).when(she_says("change my budget to 600")).then(
        text("budget: £600", "Which city"), answer("budget", "600")
    )


@pytest.mark.parametrize(
    "said", ["I meant York", "sorry, I meant York", "change my city to York", "my city is York, sorry"]
)
def test_a_city(said: str) -> None:
    given(in_leeds()).when(she_says(said)).then(
        value("location_city", "York"), value("location_country", "GB"), verdict("correction"), says("corrected")
    )


def test_a_free_text_is_replaced_where_it_is_named_or_was_surely_meant() -> None:
    given(a_lead_at("dimensions")).when(she_says("I meant the right forearm")).then(
        answer("placement", "right forearm"), verdict("correction")
    )
    given(a_lead_at("budget")).when(she_says("change my style to blackwork")).then(answer("style", "blackwork"))
    changed = given(a_lead_at("budget"), she_says("change my style to blackwork")).world.lead
    assert [(old.key, old.text) for old in changed.history] == [("style", "fine line")]


NONE = [
    ("budget", "actually 600"),  # it answers what stands open
    ("budget", "sorry, £600"),
    ("dimensions", "actually 10 cm"),
    ("style", "actually fine line"),
    ("style", "sorry, not sure"),
    ("style", "actually a city skyline style"),
    ("style", "rather bold and graphic"),
    ("placement", "actually the left arm"),
    ("idea", "actually a wolf"),
    ("idea", "a wolf that makes it to the size of a mountain"),
    ("idea", "my idea is a fox, change is good in letters"),
    ("timing", "sorry, flexible"),
    ("coverup", "sorry no"),
    ("reference_images", "actually no"),
    ("reference_images", "sorry, none"),
    ("location_city", "sorry, Leeds"),
    ("travel_city", "actually London"),
    ("style", "change my budget to 600"),  # she has not been asked yet
    ("dimensions", "update my city to Leeds"),
    ("complexity", "make it simple"),
]


@pytest.mark.parametrize(("question", "said"), NONE)
def test_what_answers_the_open_question_or_was_not_asked_yet_is_none(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(recorded(e.AnswerRecorded, times=0, correction=True))


def test_the_open_question_with_strikes_is_answered_not_an_earlier_one() -> None:
    struck = given(a_lead_at("budget"), she_says("loads"), delivered())
    struck.when(she_says("I meant 600")).then(value("budget", 60_000), verdict("answer"))


# --- what it brings about ----------------------------------------------------------------------------------------------


def test_a_budget_below_the_minimum_is_judged_anew() -> None:
    given(in_leeds()).when(she_says("change my budget to 100")).then(
        says("budget_low"), gate("QUALIFYING → NEEDS_FOLLOW_UP")
    )


def test_complexity_3_and_a_cover_up_are_judged_anew() -> None:
    given(a_lead_at("budget")).when(she_says("change detail to 3")).then(says("complexity_handover"))
    given(a_lead_at("reference_images")).when(she_says("actually yes")).then(
        value("coverup", True), says("coverup_handover")
    )


def test_a_city_that_is_not_on_tour_is_offered_a_stop() -> None:
    rich = [she_says("£900"), delivered(), she_says("Leeds"), delivered()]
    tours = given(a_lead_at("budget"), *rich)
    tours.world.studio = on_tour(a_stop("Bath", "GB", "2026-03-02", "2026-03-06"), countries=["GB"])
    tours.when(she_says("sorry, I meant Lyon")).then(says("tour_offer"), gate("QUALIFYING → TOUR_CONVERSION_OFFERED"))


def test_at_the_offer_a_city_where_the_studio_is_at_home_goes_on_with_the_questions() -> None:
    offered = given(a_lead_in("TOUR_CONVERSION_OFFERED"))
    offered.when(she_says("sorry, I meant Dublin")).then(
        value("location_city", "Dublin"), says("corrected"), gate("TOUR_CONVERSION_OFFERED → QUALIFYING, step 9 → 10")
    )
    given(a_lead_in("TOUR_CONVERSION_OFFERED")).when(she_says("sorry, I meant York")).then(says("tour_offer"))
    given(a_lead_in("TOUR_CONVERSION_OFFERED")).when(she_says("change my size to 10cm")).then(
        says("corrected"), gate("none"), text("Bath", "yes or no")
    )


# --- after completion --------------------------------------------------------------------------------------------------


def test_while_the_artist_looks_at_it_the_answer_is_changed_and_she_is_told() -> None:
    late = given(a_lead_in("PENDING_APPROVAL")).when(she_says("Actually 10 cm"))
    late.then(
        value("dimensions", cm(10, 10)), says("corrected_late"), gate("none"), tells_nobody(), text("size: 10 × 10 cm")
    )
    late.when(delivered()).then(status("PENDING_APPROVAL"), tells_the_artist("corrected"))


def test_any_other_message_then_gets_the_status_reply() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(she_says("actually, how long will you take?")).then(says("ask"))


@pytest.mark.parametrize(
    "said", ["sorry was at work, doing it now!", "sorry, just paid the £150", "actually, how do I pay?"]
)
def test_words_about_her_deposit_are_no_correction(said: str) -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(she_says(said)).then(says("ask"), verdict("status_reply"))


@pytest.mark.parametrize("said", ["actually 10 cm", "change my budget to 900", "can I change my size?"])
def test_what_was_approved_is_changed_by_the_artist_alone(said: str) -> None:
    asked = given(a_lead_in("AWAITING_DEPOSIT")).when(she_says(said))
    asked.then(says("handover"), gate("AWAITING_DEPOSIT → NEEDS_ARTIST_REPLY"), answer("budget", "£450"))
    asked.when(delivered()).then(handover(corrections.WANTS_A_CHANGE), tells_the_artist("handover"))


# --- where it does not say what it should be ---------------------------------------------------------------------------


def test_a_change_without_what_it_should_be_is_asked_about_and_is_no_strike() -> None:
    given(a_lead_at("location_city")).when(she_says("I want to change my budget")).then(
        says("correct_how"), gate("none"), verdict("correction_asked"), strikes("location_city", 0), text("Which city")
    )


def test_a_change_that_cannot_be_read_is_said_and_is_no_strike() -> None:
    given(a_lead_at("location_city")).when(she_says("change my budget to a lot")).then(
        says("edit_not_read"), gate("none"), verdict("correction_not_read"), value("budget", 45_000)
    )


# --- sending -----------------------------------------------------------------------------------------------------------


def test_where_its_message_fails_the_answer_stays_changed_and_the_question_goes_again() -> None:
    failed = given(a_lead_at("location_city"), she_says("change my budget to 600")).when(fails())
    failed.then(value("budget", 60_000), step("location_city"))
    failed.when(she_says("hm?!")).then(says("corrected"), instead_of_what_failed())


def test_what_was_written_before_the_open_question_went_out_gets_no_message() -> None:
    early = given(a_lead_at("style"), she_says("fine line"), she_says("actually 10 cm")).when(delivered(after_s=4))
    early.then(says_nothing(), step("complexity"))


def test_the_artist_has_her_then_it_is_hers() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(she_says("actually 10 cm")).then(
        says("holding"), lead_is(values=a_lead_in("NEEDS_ARTIST_REPLY").lead.values)
    )


def test_a_studio_without_such_words_takes_no_corrections() -> None:
    plain = given(a_lead_at("style"))
    plain.world.studio = a_studio(corrections=type(plain.world.studio.file.corrections)())
    plain.when(she_says("actually 10 cm")).then(verdict("answer"))


@pytest.mark.parametrize(
    ("said", "told"), [("sorry, size is 10 cm", "10 × 10 cm"), ("I meant the size of a credit card", "8.6 × 5.4 cm")]
)
def test_what_was_assumed_of_a_correction_is_said_once(said: str, told: str) -> None:
    case = given(a_lead_at("style")).when(she_says(said)).then(says("corrected"), text(told))
    assert list(case.world.intents())[-1].body.text.count(told) == 1


def test_a_budget_below_the_minimum_may_be_corrected_while_the_artist_decides() -> None:
    case = given(a_lead_in("NEEDS_FOLLOW_UP")).when(she_says("change my budget to 400"))
    case.then(says("corrected_late"), value("budget", 40_000))
    case.when(delivered()).then(tells_the_artist("corrected"), status("NEEDS_FOLLOW_UP"))
