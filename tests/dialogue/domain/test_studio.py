"""The studio file, as far as types cannot say what is right."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.questions import QUESTIONS
from inkgate_dialogue.domain.questions.reading import Setting
from inkgate_dialogue.domain.studio import Artist, Region, Studio, StudioError, check
from tests.builders.leads import STUDIO

FILE = STUDIO.file


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        ({"questions": ["idea", "colour"]}, "colour"),
        ({"questions": ["idea", "idea"]}, "once"),
        ({"questions": []}, "questions"),
        ({"regions": {"UK": Region(minimum_pence=1, hourly_pence=1, countries=["GB"])}}, "rest of the world"),
        ({"slots": "sometimes"}, "sometimes"),
        ({"rates": {"euro": 0.86}}, "euro"),
        ({"rates": {"EUR": 0.0}}, "EUR"),
        ({"rates": {"GBP": 1.0}}, "another currency than GBP"),
        ({"artist": [Artist(number="+44 7700", name="Mia")]}, "+44 7700"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, object], names: str) -> None:
    with pytest.raises(StudioError) as raised:
        check(replace(FILE, **wrong), "studio.toml", QUESTIONS)
    assert names in str(raised.value)


def test_the_file_that_comes_with_inkgate_asks_the_thirteen_questions_in_order() -> None:
    assert list(FILE.questions) == list(QUESTIONS)


@pytest.mark.parametrize(("country", "minimum"), [("GB", 40_000), ("FR", 50_000), ("US", 60_000), ("XX", 60_000)])
def test_regions_by_country(country: str, minimum: int) -> None:
    assert STUDIO.region(country).minimum_pence == minimum


def test_steps_are_places_in_the_list() -> None:
    assert [STUDIO.step(None), STUDIO.step("idea"), STUDIO.step("timing"), STUDIO.step("no more")] == [-1, 0, 12, 13]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "studio.toml"
    broken.write_text("name = ")
    with pytest.raises(StudioError) as raised:
        studio_file.read(broken)
    assert "studio.toml" in str(raised.value)
    with pytest.raises(StudioError):
        studio_file.read(tmp_path / "nowhere.toml")


def test_a_member_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "studio.toml"
    odd.write_text((studio_file.HERE / "default.toml").read_text().replace("[words]", "[wrods]"))
    with pytest.raises(StudioError) as raised:
        studio_file.read(tmp_path)
    assert "wrods" in str(raised.value)


def test_a_parser_may_know_the_studio_and_the_clients_language() -> None:
    assert STUDIO.setting("en") == Setting(language="en", currency="GBP", country="GB", budget_minimum_pence=5_000)
    assert STUDIO.setting(None) == STUDIO.setting("tlh") == STUDIO.setting("en")
    two = Studio(file=replace(FILE, rates={"EUR": 0.86}, country="IE", languages=["es"]), copy=STUDIO.copy)
    assert two.setting("es") == Setting(language="es", country="IE", rates={"EUR": 0.86})
