"""docs/operate.md is read when something is wrong: what it names exists, and its queries run."""

import re
import shlex
from pathlib import Path

import asyncpg
import pytest

from inkgate.cli import main
from inkgate.documents import metrics
from inkgate.local.environment import SERVICES
from inkgate_dialogue import api as dialogue
from inkgate_sender import api as sender
from tests.e2e.stack import Stack

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operate.md"
TEXT = PAGE.read_text()
SQL = re.findall(r"^```sql (\w+)\n(.*?)^```", TEXT, re.M | re.S)
COMMANDS = re.findall(r"(?<=`)inkgate(?:-\w+)? [^`\n]*(?=`)", TEXT)


def slug(title: str) -> str:
    """The anchor that a page's heading gets."""
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def test_its_links_lead_somewhere() -> None:
    anchors = {slug(title) for title in re.findall(r"^## (.+)", TEXT, re.M)}
    for path, anchor in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", TEXT):
        assert (PAGE.parent / path).exists() if path else anchor in anchors, (path, anchor)


def test_the_files_that_it_names_are_there() -> None:
    named = re.findall(r"`((?:tests|examples|deploy)/[\w./-]+)`", TEXT)
    assert named
    for path in named:
        assert (ROOT / path.replace("examples/", "deploy/kubernetes/examples/")).exists(), path


def test_its_figures_and_settings_exist() -> None:
    known = {name for one in metrics.everything() for name in (one.name, *one.samples)}
    figures, settings = re.findall(r"\binkgate_\w+", TEXT), re.findall(r"\bINKGATE_\w+", TEXT)
    assert figures and settings
    assert set(figures) <= known
    table = (ROOT / "docs" / "settings.md").read_text()
    assert [name for name in settings if f"`{name}`" not in table] == []


def test_its_sizes_reckon_with_no_less_than_was_measured() -> None:
    """The dearest of the moments that were measured: nobody knows which one hers will be."""
    rows = re.findall(r"CPU a turn, all statuses \|([^|]*)\|", (ROOT / "docs" / "benchmarks.md").read_text())
    said = re.search(r"all three statuses\): ([^:]*) ms of CPU", TEXT)
    assert rows and said is not None
    measured = {
        name: ms
        for _, name, ms in sorted((float(ms), name, ms) for name, ms in re.findall(r"(\w+) ([\d.]+)", " ".join(rows)))
    }
    reckoned = dict(re.findall(r"(\w+)\s([\d.]+)", said[1]))
    assert len(reckoned) == 5
    assert {name: ms for name, ms in reckoned.items() if float(ms) < float(measured[name])} == {}


def test_its_addresses_are_routes() -> None:
    routes = {path for handler in (*dialogue.ROUTES, *sender.ROUTES) for path in handler.paths}
    known = {re.sub(r"\{\w+(?::\w+)?\}", "{}", path) for path in routes}
    named = [re.sub(r"\{\w+\}", "{}", path) for path in re.findall(r"/api/[\w/{}]+", TEXT)]
    assert named
    assert set(named) <= known


@pytest.mark.parametrize("command", sorted(set(COMMANDS)))
def test_its_commands_exist(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)
    if words[0] != "inkgate":
        service, what = re.fullmatch(r"inkgate-(\w+) (serve|migrate)", command).groups()  # type: ignore[union-attr]
        assert service in SERVICES and what
        return
    options = [word for word in words if word.startswith("--")]
    names = [word for word in words[1:3] if word.islower() and not word.startswith("-")]
    with pytest.raises(SystemExit) as ended:
        main([*names, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0 and [option for option in options if option not in said] == []


@pytest.mark.live
@pytest.mark.parametrize(("service", "statement"), SQL, ids=lambda part: str(part)[:24].strip())
async def test_its_queries_run(clean_stack: Stack, service: str, statement: str) -> None:
    """Planned, not carried out: the tables and columns are there."""
    for name in SERVICES if service == "every" else (service,):
        connection = await asyncpg.connect(clean_stack.around.of(name)["INKGATE_DATABASE_URL"])
        try:
            assert await connection.fetch(f"explain {statement}")
        finally:
            await connection.close()


def test_it_has_queries_and_commands() -> None:
    assert len(SQL) > 1 and len(COMMANDS) > 4
