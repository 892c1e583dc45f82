"""Studio files and copy files are read as a whole; what is wrong is named with file and line, all of it at once."""

from pathlib import Path

import pytest

from inkgate_dialogue import studio_file
from inkgate_dialogue.domain.studio import StudioError

DEFAULT = (studio_file.HERE / "default.toml").read_text()
ENGLISH = (studio_file.HERE / "copy.en.toml").read_text()


def written(folder: Path, text: str = DEFAULT, **copies: str) -> Path:
    (folder / "studio.toml").write_text(text)
    for language, copy in copies.items():
        (folder / f"copy.{language}.toml").write_text(copy)
    return folder


def problems(path: Path) -> list[str]:
    with pytest.raises(StudioError) as raised:
        studio_file.read(path)
    return [problem.replace(f"{path}/", "") for problem in raised.value.problems]


def test_a_file_or_its_folder(tmp_path: Path) -> None:
    folder = written(tmp_path)
    assert studio_file.read(folder).file == studio_file.read(folder / "studio.toml").file


def test_what_a_studio_leaves_out_is_as_it_comes_with_inkgate(tmp_path: Path) -> None:
    base = studio_file.read(None).file
    few = studio_file.read(written(tmp_path, "name = 'Fern & Fox'\n[timers]\nabandoned_s = 200000\n")).file
    assert (few.name, few.timers.abandoned_s) == ("Fern & Fox", 200_000)
    assert (few.questions, few.words, few.regions) == (base.questions, base.words, base.regions)
    assert few.timers.reminders_s == base.timers.reminders_s
    assert (few.languages, few.templates, few.artist) == ([], {}, [])


def test_words_and_phrases_come_along_and_a_studios_own_lie_over_them_key_by_key(tmp_path: Path) -> None:
    base = studio_file.read(None).file
    few = studio_file.read(written(tmp_path, "name = 'F'\n")).file
    for section in studio_file.VOCABULARIES:
        assert getattr(few, section) == getattr(base, section) != type(getattr(base, section))()
    own = "name = 'F'\n[handover]\nhaggling = []\n[artist_words]\napprove = ['go']\n"
    changed = studio_file.read(written(tmp_path, own)).file
    assert (changed.handover.haggling, changed.handover.human) == ([], base.handover.human)
    assert changed.artist_words == {**base.artist_words, "approve": ["go"]}


def test_a_vocabulary_that_is_no_section_is_named(tmp_path: Path) -> None:
    [said] = problems(written(tmp_path, "name = 'F'\nhandover = 3\n"))
    assert said.startswith("studio.toml:2: handover ")


def test_a_studio_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert problems(written(tmp_path, "currency = 'EUR'")) == ["studio.toml:1: name is missing: write text in quotes"]


def test_a_section_of_lists_is_the_studios_own(tmp_path: Path) -> None:
    few = studio_file.read(written(tmp_path, "name = 'F'\n[regions.ALL]\nminimum_pence = 1\nhourly_pence = 1\n")).file
    assert list(few.regions) == ["ALL"]


def test_artists_of_the_settings_are_added(tmp_path: Path) -> None:
    folder = written(tmp_path, DEFAULT + "\n[[artist]]\nname = 'Mia'\nnumber = '447700900900'\n")
    studio = studio_file.read(folder, ["447700900900", "447700900901"])
    assert [artist.number for artist in studio.artists] == ["447700900900", "447700900901"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path / "nowhere.toml") == [
        f"{tmp_path}/nowhere.toml: cannot be read: No such file or directory"
    ]


def test_a_file_that_is_not_toml_is_named_with_its_line(tmp_path: Path) -> None:
    [said] = problems(written(tmp_path, "name = 'a'\nslots =\n"))
    assert said.startswith("studio.toml: is not TOML") and "line 2" in said


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "studio.toml").write_bytes(b"name = '\xff'")
    assert problems(tmp_path) == ["studio.toml: is not UTF-8 text"]


def test_every_problem_is_reported_at_once_with_file_and_line(tmp_path: Path) -> None:
    text = """name = "Mia's"
time_zone = "Europe/Londn"
currency = "GBP"
language = "en"
slot = "none"
questions = [
  "idea",
  "placment",
]
"""
    rest = DEFAULT[DEFAULT.index("hard_placements") :].replace("minimum_pence = 40000", "minimum_pence = 'a lot'")
    found = problems(written(tmp_path, text + rest, en="[messages]\nwelcome = 'Hi {name}'\n"))
    assert [one.split(" ")[:2] for one in found] == [
        ["studio.toml:2:", "time_zone"],
        ["studio.toml:5:", "slot"],
        ["studio.toml:8:", "questions[2]"],
        [f"studio.toml:{line_with(text + rest, 'a lot')}:", "regions.UK.minimum_pence"],
        ["copy.en.toml:2:", "messages.welcome"],
    ]
    assert "did you mean 'slots'?" in found[1]


def line_with(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_copy_file_of_the_studio_changes_what_it_says_and_no_more(tmp_path: Path) -> None:
    own = "[messages]\nwelcome = 'Hello from {studio}.'\n[buttons]\ncoverup = []\n"
    studio = studio_file.read(written(tmp_path, en=own))
    base = studio_file.read(None)
    assert studio.copy.text("welcome") == "Hello from Inkgate Studio."
    assert studio.copy.text("completion") == base.copy.text("completion")
    assert (studio.copy.buttons("coverup"), studio.copy.buttons("complexity")) == ([], base.copy.buttons("complexity"))


def test_a_language_that_does_not_come_with_inkgate_must_be_complete(tmp_path: Path) -> None:
    text = DEFAULT.replace('languages = ["en", "es"]', 'languages = ["en", "fr"]')
    [said] = problems(written(tmp_path, text))
    assert "copy.fr.toml: is missing" in said
    written(tmp_path, text, fr=ENGLISH.replace('welcome = "', 'welcom = "'))
    found = problems(tmp_path)
    assert [one.split(" is ")[1] for one in found] == ["missing: write its text", "unknown; did you mean 'welcome'?"]
    alone = ENGLISH.replace('"hi", ', '"salut", ').replace('  "english", ', '  "français", ')
    assert all("is a word of 'en' too" in one for one in problems(written(tmp_path, text, fr=alone)))
    french = (
        alone[: alone.index("words = [")]
        + 'words = ["salut"]\nchoose = ["français"]\n'
        + alone[alone.index("[messages]") :]
    )
    written(tmp_path, text, fr=french)
    assert sorted(studio_file.read(tmp_path).copies) == ["en", "fr"]


def test_the_error_of_a_service_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StudioError) as raised:
        studio_file.read(written(tmp_path, DEFAULT.replace("[words]", "[wrods]").replace("GBP", "BGP")))
    assert "\n" not in str(raised.value)
    assert "studio check" in str(raised.value)


def test_the_digest_changes_with_any_file(tmp_path: Path) -> None:
    folder = written(tmp_path, en=ENGLISH)
    before = studio_file.files(folder).digest
    assert studio_file.files(folder).digest == before
    written(folder, en=ENGLISH + "\n# more\n")
    assert studio_file.files(folder).digest != before
