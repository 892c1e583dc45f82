"""What she writes beside an open question (DOMAIN §1, repair)."""

import tomllib
from pathlib import Path

import pytest

from inkgate_dialogue.domain.questions import FREE_TEXT, QUESTIONS
from tests.dialogue.checks import answer, gate, handover, says, status, step, strikes, text, value, verdict
from tests.dialogue.language import a_lead_at, given
from tests.dialogue.steps import delivered, fails, she_says

pytestmark = pytest.mark.domain("1.repair")
EVERY = list(QUESTIONS)
CORPUS = Path(__file__).parents[2] / "corpus"


@pytest.mark.parametrize("question", EVERY)
@pytest.mark.parametrize("said", ["hold on", "Hang on…", "Un momento", "luego te digo", "one sec!"])
def test_a_plea_for_time_is_granted_and_is_no_answer(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(
        says("no_hurry"), gate("none"), answer(question, None), strikes(question, 0), verdict("aside")
    )


@pytest.mark.parametrize("question", EVERY)
@pytest.mark.parametrize("said", ["what?", "what do you mean?", "¿Cuál era la pregunta?", "no entiendo"])
def test_who_does_not_understand_gets_the_hint_and_not_the_same_words(question: str, said: str) -> None:
    case = given(a_lead_at(question)).when(she_says(said))
    hint = case.world.studio.copy.hint(question)
    case.then(says("repair_1"), text("another way", hint), answer(question, None), strikes(question, 1), gate("none"))


def test_who_does_not_understand_three_times_gets_the_artist() -> None:
    case = given(a_lead_at("placement"), she_says("what?"), delivered(), she_says("huh"), delivered())
    case.when(she_says("what do you mean?"), delivered()).then(
        status("NEEDS_ARTIST_REPLY"), handover("three strikes at placement")
    )


@pytest.mark.parametrize("question", ["idea", "placement", "dimensions", "location_city", "timing"])
@pytest.mark.parametrize("said", ["hello?", "hola", "START", "continue", "ok"])
def test_a_greeting_or_a_word_of_command_is_no_answer_and_no_strike(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(
        says("still_open"), answer(question, None), strikes(question, 0), step(question), gate("none")
    )


@pytest.mark.parametrize(("said", "understood"), [("sí", True), ("yes", True), ("claro", True), ("sure", True)])
def test_what_the_open_question_understands_is_its_answer(said: str, understood: bool) -> None:
    given(a_lead_at("coverup")).when(she_says(said)).then(verdict("answer"), value("coverup", understood))


@pytest.mark.parametrize("said", ["what a whale would look like", "wait for me, in script", "hello kitty"])
def test_words_inside_an_answer_are_part_of_it(said: str) -> None:
    given(a_lead_at("idea")).when(she_says(said)).then(verdict("answer"), answer("idea", said))


ASKS = [
    "where are you based?",
    "how much do you charge?",
    "hi, how much is a small tattoo",
    "does it hurt?",
    "Do you do piercings?",
    "can I bring a friend? do you take card?",
    "¿cuánto cuesta?",
    "¿dónde estáis?",
]


@pytest.mark.parametrize("question", ["idea", "placement", "style", "reference_images"])
@pytest.mark.parametrize("said", ASKS)
def test_a_question_of_hers_is_no_answer_where_any_words_are_one(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(
        says("asked"), answer(question, None), strikes(question, 0), step(question), gate("none"), verdict("aside")
    )


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("idea", "can you do a small fox?"),
        ("idea", "could I get a rose on my wrist?"),
        ("idea", "do you do roses? I'd love one with my nan's initials"),
        ("idea", "how much would a little swallow with a banner on my wrist be?"),
        ("idea", "why so serious, in the joker's hand"),
        ("placement", "where my watch sits"),
        ("style", "what do you think suits it? fine line maybe"),
        ("reference_images", "can I send them later?"),
    ],
)
def test_an_answer_that_is_put_as_a_question_stays_one(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(verdict("answer"), answer(question, said))


def test_good_answers_of_the_corpus_are_not_taken_for_questions() -> None:
    read = [(file.stem, tomllib.loads(file.read_text())["message"]) for file in sorted(CORPUS.glob("*/*.toml"))]
    good = [
        (question, one["text"])
        for question, messages in read
        if question in FREE_TEXT
        for one in messages
        if one.get("text") and "refused" not in one
    ]
    asked = [
        (question, text)
        for question, text in good
        if "asked" in given(a_lead_at(question)).when(she_says(text)).world.copies.values()
    ]
    assert len(good) > 50
    assert asked == []


@pytest.mark.parametrize("question", ["idea", "placement"])
@pytest.mark.parametrize("said", ["yes", "No.", "Sí", "nope"])
def test_a_bare_yes_or_no_names_neither_an_idea_nor_a_place(question: str, said: str) -> None:
    given(a_lead_at(question)).when(she_says(said)).then(says("still_open"), answer(question, None), step(question))


def test_what_had_failed_is_sent_again_instead() -> None:
    given(a_lead_at("placement"), she_says("left arm"), fails()).when(she_says("hello?")).then(
        verdict("sent_again"), gate("step 1 → 2")
    )


def test_the_question_is_asked_again_when_that_could_not_be_delivered() -> None:
    given(a_lead_at("placement"), she_says("hello?"), fails()).when(she_says("left arm")).then(
        verdict("answer"), answer("placement", "left arm")
    )
