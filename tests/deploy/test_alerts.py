"""Alerts: they ask for metrics that exist, have a page each, and fire when they should (by promtool, and on real
faults)."""

import re
import shlex
from pathlib import Path

import pytest

from inkgate.cli import main
from inkgate.documents import metrics
from tests.deploy.promql import metrics_asked_for
from tests.deploy.promtool import ROOT, RULES, needs_promtool, promtool, rules

RUNBOOK = ROOT / "docs" / "runbook"
PAGES = sorted(path for path in RUNBOOK.glob("*.md") if path.name != "README.md")
ALERTS = sorted({rule["alert"] for rule in rules()})
UNIT_TESTS = RULES.parent / "tests" / "inkgate.test.yaml"
ASKED_FOR = (  # what somebody is called for
    "InkgateEventsNotPublished",
    "InkgateGateOpenTooLong",
    "InkgateSenderOnHold",
    "InkgateDeadLetters",
    "InkgateConsumerBehind",
    "InkgateConversationsParked",
    "InkgateWebhookErrors",
    "InkgateDatabaseNearlyFull",
)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_a_rule_asks_for_metrics_and_labels_that_exist_and_says_what_it_means(rule: dict) -> None:  # type: ignore[type-arg]
    known = {name: one for one in metrics.everything() for name in one.samples}
    asked = metrics_asked_for(rule["expr"])
    assert asked, "an alert on nothing"
    for name, labels in asked:
        assert name in known, f"{name} is no metric of ours"
        assert labels <= {*known[name].labels, "job", "le"}, f"{name} has no labels {labels}"
    assert rule["labels"]["severity"] in ("critical", "warning")
    notes = rule["annotations"]
    assert len(notes["summary"]) < 100 and len(notes["description"]) > 60
    assert notes["runbook_url"] == f"docs/runbook/{rule['alert']}.md"


def test_what_somebody_is_called_for_has_an_alert() -> None:
    assert set(ASKED_FOR) <= set(ALERTS)


def test_every_alert_has_a_page_and_every_page_an_alert_and_the_index_has_all() -> None:
    assert [page.stem for page in PAGES] == ALERTS
    index = (RUNBOOK / "README.md").read_text()
    listed = dict(re.findall(r"^\| \[(\w+)\]\(\w+\.md\) \| ([\w, ]+) \|", index, re.M))
    severities = {
        name: ", ".join(dict.fromkeys(rule["labels"]["severity"] for rule in rules() if rule["alert"] == name))
        for name in ALERTS
    }
    assert listed == severities


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_is_needed_at_night_and_its_names_exist(page: Path) -> None:
    text = page.read_text()
    assert text.startswith(f"# {page.stem}\n**What it means.** ")
    places = [text.index(part) for part in ("**What clients", "## Look first", "## Do", "## Over when")]
    assert places == sorted(places)
    known = {one.name for one in metrics.everything()} | {n for one in metrics.everything() for n in one.samples}
    for name in re.findall(r"\binkgate_\w+", text):
        assert name in known, f"{name} is no metric of ours"
    settings = (ROOT / "docs" / "settings.md").read_text()
    for name in re.findall(r"\bINKGATE_\w+", text):
        assert f"`{name}`" in settings, f"{name} is no setting"


@pytest.mark.parametrize(
    "page", [*PAGES, RUNBOOK / "README.md", ROOT / "docs" / "tracing.md"], ids=lambda page: page.stem
)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", [*PAGES, RUNBOOK / "README.md"], ids=lambda page: page.stem)
def test_the_commands_on_a_page_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = re.findall(r"^ *inkgate .*|(?<=`)inkgate (?:dlq|studio|check|local)[^`]*(?=`)", page.read_text(), re.M)
    for line in lines:
        words = shlex.split(line)[1:]
        command = [word for word in words if not word.startswith(("<", "-"))][:2]
        command = command[: 2 if command[0] in ("dlq", "studio", "local") and len(command) > 1 else 1]
        with pytest.raises(SystemExit) as ended:
            main([*command, "--help"])
        assert ended.value.code == 0, line
    capsys.readouterr()


@needs_promtool
def test_promtool_reads_the_rules_and_their_unit_tests_hold() -> None:
    promtool("check", "rules", RULES)
    promtool("test", "rules", UNIT_TESTS)


def test_every_alert_has_a_unit_test() -> None:
    text = UNIT_TESTS.read_text()
    assert [name for name in ALERTS if name not in text] == []
