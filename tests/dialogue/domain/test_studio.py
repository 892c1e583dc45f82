"""What the core asks of a studio."""

import pytest
from msgspec.structs import replace

from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.questions.reading import Setting
from inkgate_dialogue.domain.studio import Studio
from tests.builders.leads import STUDIO

FILE = STUDIO.file


def test_the_file_that_comes_with_inkgate_asks_the_thirteen_questions_in_order() -> None:
    assert list(FILE.questions) == list(QUESTIONS)


@pytest.mark.parametrize(("country", "minimum"), [("GB", 40_000), ("FR", 50_000), ("US", 60_000), ("XX", 60_000)])
def test_regions_by_country(country: str, minimum: int) -> None:
    assert STUDIO.region(country).minimum_pence == minimum


def test_a_question_that_is_gone_stands_where_the_next_unanswered_one_does() -> None:
    assert STUDIO.step("no more", {"idea": "a fox", "placement": "arm"}) == 2
    assert STUDIO.step("no more", dict.fromkeys(STUDIO.questions, "")) == 13


def test_steps_are_places_in_the_list() -> None:
    assert [STUDIO.step(None), STUDIO.step("idea"), STUDIO.step("timing"), STUDIO.step("no more")] == [-1, 0, 12, 13]


def test_a_parser_may_know_the_studio_and_the_clients_language() -> None:
    assert STUDIO.setting("en") == Setting(language="en", currency="GBP", country="GB", budget_minimum_pence=5_000)
    assert STUDIO.setting(None) == STUDIO.setting("tlh") == STUDIO.setting("en")
    two = Studio(file=replace(FILE, rates={"EUR": 0.86}, country="IE", languages=["es"]), copy=STUDIO.copy)
    assert two.setting("es") == Setting(language="es", country="IE", rates={"EUR": 0.86})
