"""`inkgate studio check|show|simulate`, as one calls them."""

import io
from pathlib import Path

import pytest

from inkgate.cli import main
from inkgate_dialogue import studio_file

DEFAULT = (studio_file.HERE / "default.toml").read_text()


def test_a_right_file_is_said_to_be_right(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "studio.toml").write_text(DEFAULT)
    for path in (tmp_path, tmp_path / "studio.toml"):
        assert main(["studio", "check", str(path)]) == 0
        assert capsys.readouterr().out == "right: Inkgate Studio, 13 questions, 0 artists, en and es\n"


def test_every_problem_is_a_line_with_file_line_and_what_is_expected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "studio.toml").write_text(DEFAULT.replace("GBP", "BGP").replace("Europe/London", "London"))
    (tmp_path / "copy.en.toml").write_text("[messages]\nwelcom = 'Hi'\n")
    assert main(["studio", "check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}/studio.toml:3: time_zone is no time zone: 'London'; write one like Europe/London",
        f"{tmp_path}/studio.toml:4: currency is no currency: 'BGP'; write an ISO 4217 code like GBP",
        f"{tmp_path}/copy.en.toml:2: messages.welcom is unknown; did you mean 'welcome'?",
        "wrong: 3 problems",
    ]


@pytest.mark.parametrize("command", ["check", "show", "simulate"])
def test_a_file_that_is_not_there_is_named(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["studio", command, str(tmp_path / "nowhere.toml")]) == 1
    assert "nowhere.toml: cannot be read" in capsys.readouterr().out


def test_show_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "page.html"
    assert main(["studio", "show", "--out", str(out)]) == 0
    assert out.read_text().startswith("<!doctype html>")
    assert main(["studio", "show", "--out", str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().out


def test_simulate_reads_what_is_piped_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("hola\n/quit\nnever read\n"))
    assert main(["studio", "simulate"]) == 0
    said = capsys.readouterr().out
    assert "bot ▸ ¡Hola!" in said and "question 1 of 13 (idea)" in said
    assert "never" not in said
