"""Requests that the artist takes over (DOMAIN §3 row 5, §5 Handover words and phrases)."""

import tomllib
from pathlib import Path

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.studio_words import Triggers
from tests.builders.conversations import Conversing
from tests.builders.leads import a_studio
from tests.builders.messages import picture
from tests.dialogue.checks import (
    answer,
    flag,
    gate,
    handover,
    instead_of_what_failed,
    lead_is,
    says,
    status,
    step,
    strikes,
    tells_nobody,
    tells_the_artist,
    verdict,
)
from tests.dialogue.domain.rules.said_requests import ANSWERS_ALL_THE_SAME, REQUESTS
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, fails, she_says

pytestmark = pytest.mark.domain("3.5", "5.handover-words")

CORPUS = Path(__file__).parents[2] / "corpus"
ASKED = [(reason, question, text) for reason, said in REQUESTS.items() for question, text in said]


def reason(question: str, text: str) -> str | None:
    """Why a message at this question is handed over; None where it is taken as any other."""
    world = given(a_lead_at(question)).when(she_says(text)).world
    waits = world.state.gate.sending.change.reason if world.state.gate else None
    return waits if waits in REQUESTS else None


@pytest.mark.parametrize(("why", "question", "text"), ASKED)
def test_a_request_is_handed_over(why: str, question: str, text: str) -> None:
    assert reason(question, text) == why


@pytest.mark.parametrize(("question", "text"), ANSWERS_ALL_THE_SAME)
def test_an_answer_that_only_contains_such_words_stays_one(question: str, text: str) -> None:
    assert reason(question, text) is None


def good_answers() -> list[tuple[str, str]]:
    """Every message of the corpus that is labelled as a good answer."""
    return [
        (file.stem, one["text"])
        for file in sorted(CORPUS.glob("*/*.toml"))
        if file.stem in QUESTIONS
        for one in tomllib.loads(file.read_text())["message"]
        if one.get("text") and "refused" not in one
    ]


# Of the good answers of the corpus, at most so many may be handed over (none were when this was written, of 1,900).
TAKEN_FOR_A_REQUEST_MAX = 0.002


def test_good_answers_of_the_corpus_are_not_handed_over() -> None:
    found = good_answers()
    wrong = [(question, text, why) for question, text in found if (why := reason(question, text)) is not None]
    assert len(found) > 1_000
    assert len(wrong) <= TAKEN_FOR_A_REQUEST_MAX * len(found), wrong


# --- what happens ------------------------------------------------------------------------------------------------------


def test_the_status_waits_for_the_message_and_then_the_artist_is_told() -> None:
    asked = given(a_lead_at("budget")).when(she_says("any discount?"))
    asked.then(
        says("handover"), gate("QUALIFYING → NEEDS_ARTIST_REPLY"), status("QUALIFYING"), tells_nobody(),
        verdict("handed_to_the_artist"), strikes("budget", 0), answer("budget", None),
    )  # fmt: skip
    asked.when(delivered()).then(
        status("NEEDS_ARTIST_REPLY"), handover("haggling"), tells_the_artist("handover"), step("budget")
    )


@pytest.mark.parametrize("said", ["hi im 15 can i get a tattoo", "hola, tengo 16 años, me puedo tatuar?"])
def test_who_says_in_her_first_message_that_she_is_not_of_age_gets_the_artist_before_any_question(said: str) -> None:
    told = given().when(she_says(said))
    told.then(says("under_age"), status("NEW"), tells_nobody(), verdict("handed_to_the_artist"))
    told.when(delivered()).then(status("NEW"), handover("under age"), tells_the_artist("handover"))
    told.when(she_says("CONTINUE")).then(says("welcome"), gate("NEW → QUALIFYING, step -1 → 0"))


@pytest.mark.parametrize("where", ["PENDING_APPROVAL", "AWAITING_DEPOSIT"])
def test_who_says_it_while_she_waits_gets_the_artist_too(where: str) -> None:
    given(a_lead_in(where)).when(she_says("im 17 is that ok?")).then(
        says("under_age"), gate(f"{where} → NEEDS_ARTIST_REPLY")
    )


def test_a_handover_that_fails_changes_nothing_and_goes_again() -> None:
    failed = given(a_lead_at("budget"), she_says("any discount?")).when(fails())
    failed.then(status("QUALIFYING"), flag("send_failed"), handover(None))
    failed.when(she_says("hello?")).then(says("handover"), instead_of_what_failed())


def test_continue_asks_the_open_question_again() -> None:
    back = given(a_lead_at("budget"), she_says("could you do it for 300?"), delivered()).when(she_says("CONTINUE"))
    back.then(says("continue"), gate("NEEDS_ARTIST_REPLY → QUALIFYING"))
    back.when(delivered(), she_says("£450")).then(answer("budget", "£450"), verdict("answer"))


def test_a_request_counts_also_where_an_answer_stands_in_it() -> None:
    given(a_lead_at("budget")).when(she_says("could you do it for 300?")).then(answer("budget", None), says("handover"))


def test_a_question_is_long_above_the_studios_limit() -> None:
    asks = "How much would a second one cost?"
    given(a_lead_at("budget")).when(she_says(asks)).then(verdict("not_understood"))
    curt = given(a_lead_at("budget"))
    curt.world.studio = a_studio(handover=replace(a_studio().file.handover, long_question_characters=20))
    curt.when(she_says(asks)).then(says("handover"))


def test_a_studio_without_such_phrases_hands_nothing_over() -> None:
    plain = given(a_lead_at("style"))
    plain.world.studio = a_studio(handover=Triggers())
    plain.when(she_says("are you free on saturday?")).then(verdict("answer"))


def test_it_counts_at_the_tour_offer_too_and_not_while_the_artist_has_her() -> None:
    given(a_lead_in("TOUR_CONVERSION_OFFERED")).when(she_says("what days are you there? are you free on friday?")).then(
        says("handover"), gate("TOUR_CONVERSION_OFFERED → NEEDS_ARTIST_REPLY")
    )
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(she_says("are you free on saturday?")).then(says("holding"))


@pytest.mark.parametrize("where", ["PENDING_APPROVAL", "AWAITING_DEPOSIT", "WAITLISTED", "BOOKED"])
def test_a_person_may_be_asked_for_wherever_human_counts(where: str) -> None:
    given(a_lead_in(where)).when(she_says("can I talk to a human?")).then(says("human"), verdict("asks_for_the_artist"))


def test_other_requests_get_the_status_reply_while_the_artist_looks_at_it() -> None:
    given(a_lead_in("PENDING_APPROVAL")).when(she_says("are you free on saturday?")).then(says("ask"))


@pytest.mark.parametrize("where", ["PENDING_APPROVAL", "AWAITING_DEPOSIT", "DEPOSIT_EXPIRED"])
@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("I don't want it any more, sorry", "does not want it any more"),
        ("can you do it for 300?", "haggling"),
        ("I need to think about it", "hesitates"),
    ],
)
def test_haggling_and_giving_up_reach_the_artist_while_she_waits(where: str, said: str, why: str) -> None:
    told = given(a_lead_in(where)).when(she_says(said))
    told.then(says("handover"), gate(f"{where} → NEEDS_ARTIST_REPLY"), tells_nobody())
    told.when(delivered()).then(status("NEEDS_ARTIST_REPLY"), handover(why), tells_the_artist("handover"))


def test_a_paid_client_who_gives_up_keeps_her_status_and_the_artist_is_told() -> None:
    given(a_lead_in("BOOKING_PENDING"), she_says("I don't want it any more")).when(delivered()).then(
        status("BOOKING_PENDING"), handover("does not want it any more"), tells_the_artist("handover")
    )


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("sorry, I need to cancel", "does not want it any more"),
        ("can i move it to the week after?", "asks about dates"),
        ("could we reschedule?", "asks about dates"),
        ("¿puedo cambiar la cita?", "asks about dates"),
        ("im only 17, does that matter?", "under age"),
    ],
)
def test_a_booked_client_who_cancels_or_wants_another_time_gets_the_artist(said: str, why: str) -> None:
    told = given(a_lead_in("BOOKED"), she_says("can I bring a friend?"), delivered()).when(she_says(said), delivered())
    told.then(status("BOOKED"), handover(why), tells_the_artist("handover"))


@pytest.mark.parametrize("said", ["ok deal!", "that's a good deal", "great, thanks", "when do I pay?"])
def test_what_only_sounds_like_haggling_gets_the_status_reply(said: str) -> None:
    given(a_lead_in("AWAITING_DEPOSIT")).when(she_says(said)).then(says("ask"), verdict("status_reply"))


@pytest.mark.parametrize("said", ["changed my mind, make the size 10 cm", "I changed my mind sorry, make it 10 cm"])
def test_a_changed_mind_that_names_an_answer_changes_it(said: str) -> None:
    given(a_lead_at("coverup")).when(she_says(said)).then(verdict("correction"))


def test_a_caption_may_ask() -> None:
    given(a_lead_at("idea")).when(she_says("can I talk to a human about this?", **picture())).then(says("human"))


def test_a_button_is_never_a_request() -> None:
    given(a_lead_at("coverup")).when(she_says("are you free", kind="button", choice="no")).then(verdict("answer"))


# --- cover-up words before the question --------------------------------------------------------------------------------


def covered() -> Conversing:
    return given(a_lead_at("idea"), she_says("a rose to cover up my old tattoo")).world


def test_cover_up_words_in_an_answer_hand_over_at_once_and_the_answer_is_kept() -> None:
    given(a_lead_at("idea")).when(she_says("a rose to cover up my old tattoo")).then(says("coverup_handover"))
    given(covered()).then(answer("idea", "a rose to cover up my old tattoo")).when(delivered()).then(
        status("NEEDS_ARTIST_REPLY"),
        handover("cover-up words"),
        tells_the_artist("handover"),
        lead_is(completed_at=None),
    )


def test_after_it_continue_goes_on_with_the_next_question() -> None:
    given(covered(), delivered(), she_says("CONTINUE")).when(delivered()).then(status("QUALIFYING"), step("placement"))


def test_once_the_question_is_answered_its_answer_counts() -> None:
    given(a_lead_at("reference_images")).when(she_says("no, but it is next to a cover up my friend has")).then(
        verdict("answer")
    )
