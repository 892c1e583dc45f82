"""The language of a client: chosen by her first message or her number, changed when she asks for it (DOMAIN §4)."""

import pytest

from inkgate_dialogue.domain import events as e
from tests.dialogue.checks import (
    gate,
    gate_ended,
    handover,
    instead_of_what_failed,
    leads,
    nothing_changed,
    recorded,
    says,
    says_nothing,
    status,
    step,
    strikes,
    text,
    verdict,
    waiting,
)
from tests.dialogue.language import a_lead_at, a_lead_in, given
from tests.dialogue.steps import delivered, fails, mode, operator, she_says, the_owner_looks, time_passes

pytestmark = pytest.mark.domain("4.language")


def speaks(language: str | None) -> object:
    def check(world: object) -> None:
        found = world.state.language  # type: ignore[attr-defined]
        assert found == language, f"she is spoken to in {found}, not {language}"

    return check


# --- the first choice --------------------------------------------------------------------------------------------------


def test_her_first_message_chooses_the_language() -> None:
    given().when(she_says("Hola! Quiero un tatuaje")).then(
        says("welcome"),
        text("¡Hola!", "¿Qué te gustaría tatuarte?"),
        speaks("es"),
        recorded(e.LanguageChosen, by="text"),
    )
    given().when(she_says("hi there")).then(says("welcome"), text("Hi, this is"), speaks("en"))


def test_where_her_words_tell_nothing_her_number_does() -> None:
    given().when(she_says("👋", from_="34600123456")).then(
        text("¿Qué te gustaría tatuarte?"), speaks("es"), recorded(e.LanguageChosen, by="number")
    )
    given().when(she_says("👋", from_=None, user_id="MX.134912")).then(text("¿Qué te gustaría tatuarte?"), speaks("es"))


def test_her_words_go_before_her_number() -> None:
    given().when(she_says("hello", from_="34600123456")).then(text("What would you like tattooed?"), speaks("en"))


def test_where_nothing_tells_it_is_the_studios_until_a_message_does() -> None:
    given(she_says("👋"), delivered()).when().then(text("What would you like tattooed?"), speaks(None)).when(
        she_says("un zorro con flores")
    ).then(text("¿En qué parte del cuerpo?"), speaks("es"), verdict("answer"))


def test_a_later_message_in_another_language_changes_nothing_by_itself() -> None:
    given(a_lead_at("placement")).when(she_says("en el brazo, por favor, muchas gracias")).then(
        text("How big"), speaks("en"), recorded(e.LanguageChosen, times=0)
    )


def test_a_stop_as_the_first_message_is_confirmed_in_its_language() -> None:
    given().when(she_says("PARAR")).then(says("opt_out_confirmation"), text("no te escribiremos más"), speaks("es"))


def test_what_is_no_message_of_hers_chooses_nothing() -> None:
    given().when(she_says("hola", kind="echo")).then(says_nothing(), speaks(None), leads(0))


# --- her wish ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wish", ["en español", "Español por favor", "Spanish please!"])
def test_she_can_change_it_and_the_open_question_is_asked_again(wish: str) -> None:
    given(a_lead_at("dimensions")).when(she_says(wish)).then(
        says("language_chosen"),
        text("Claro", "¿De qué tamaño"),
        gate("none"),
        step("dimensions"),
        strikes("dimensions", 0),
        verdict("language"),
        speaks("es"),
        nothing_changed(),
    ).when(delivered()).then(gate_ended("applied"), step("dimensions"), nothing_changed()).when(
        she_says("8x12cm")
    ).then(text("¿Qué estilo?"), gate("step 2 → 3"))


def test_buttons_come_in_her_language() -> None:
    def titles(world: object) -> None:
        body = list(world.intents())[-1].body  # type: ignore[attr-defined]
        assert [choice.title for choice in body.buttons] == ["Sí", "No"]

    given(a_lead_at("coverup")).when(she_says("español")).then(titles)


def test_asking_for_the_language_she_has_is_answered_and_no_strike() -> None:
    given(a_lead_at("complexity")).when(she_says("English please")).then(
        says("language_chosen"), text("How detailed"), strikes("complexity", 0), recorded(e.LanguageChosen, times=0)
    )


def test_as_the_first_message_it_is_answered_by_the_welcome() -> None:
    given().when(she_says("Spanish please")).then(says("welcome"), text("¿Qué te gustaría tatuarte?"), speaks("es"))


def test_inside_an_answer_it_is_no_wish() -> None:
    given(a_lead_at("idea")).when(she_says("an old Spanish galleon")).then(verdict("answer"), speaks("en"))


def test_the_send_fails_and_she_has_it_all_the_same() -> None:
    given(a_lead_at("dimensions"), she_says("español")).when(fails()).then(
        gate_ended("failed"), step("dimensions"), speaks("es")
    ).when(she_says("hola?")).then(says("language_chosen"), instead_of_what_failed(), text("¿De qué tamaño"))


def test_a_question_that_had_failed_is_asked_in_the_new_language() -> None:
    given(a_lead_at("dimensions"), she_says("8x12cm"), fails()).when(she_says("en español")).then(
        says("language_chosen"), text("¿Qué estilo?"), gate("step 2 → 3"), instead_of_what_failed()
    ).when(delivered()).then(step("style"))


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("PENDING_APPROVAL", "La artista está mirando"),
        ("AWAITING_DEPOSIT", "Estamos esperando"),
        ("BOOKING_PENDING", "busca tu fecha"),
        ("BOOKED", "Ya tienes cita"),
    ],
)
def test_while_she_waits_she_is_told_where_things_stand(where: str, what: str) -> None:
    given(a_lead_in(where)).when(she_says("en español")).then(
        says("language_chosen"), text("Claro", what), status(where), gate("none"), nothing_changed()
    )


def test_during_a_handover_she_gets_the_holding_message_within_its_cooldown_the_word_alone() -> None:
    given(a_lead_in("NEEDS_ARTIST_REPLY")).when(she_says("en español")).then(
        says("language_chosen"), text("La artista tiene tu mensaje"), status("NEEDS_ARTIST_REPLY")
    ).when(delivered(), she_says("hola?")).then(says_nothing()).when(she_says("English please")).then(
        says("language_chosen"), text("in English from now on."), handover("asked for the artist")
    )
    given(a_lead_in("NEEDS_ARTIST_REPLY"), she_says("en español"), delivered()).when(
        operator("resume"), delivered()
    ).then(says("continue"), text("seguimos", "¿Qué estilo?"))


def test_whoever_opted_out_gets_no_message_and_comes_back_in_her_language() -> None:
    given(a_lead_in("OPTOUT")).when(she_says("en español")).then(says_nothing(), speaks("es"), status("OPTOUT")).when(
        she_says("EMPEZAR")
    ).then(says("restart"), text("¡Hola de nuevo"))


def test_whoever_was_gone_is_welcomed_in_it() -> None:
    given(a_lead_in("ABANDONED")).when(she_says("en español")).then(says("restart"), text("¡Hola de nuevo"))


def test_it_holds_for_her_next_enquiry() -> None:
    given(a_lead_in("REJECTED"), she_says("en español")).when().then(leads(2), text("¿Qué te gustaría")).when(
        delivered(), time_passes(hours=1)
    ).then(speaks("es"))


def test_in_panic_mode_it_waits_and_is_judged_after_it() -> None:
    given(a_lead_at("style"), mode(panic=True)).when(she_says("en español")).then(
        says("panic_holding"), waiting(1)
    ).when(delivered(), mode(panic=False), the_owner_looks()).then(says("language_chosen"), text("¿Qué estilo?"))


def test_written_before_the_newest_it_keeps_its_place_in_the_order() -> None:
    given(a_lead_at("style"), she_says("fine line"), delivered()).when(she_says("en español", written_s_ago=60)).then(
        says_nothing(), verdict("out_of_order"), speaks("en")
    )
