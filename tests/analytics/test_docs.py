"""docs/analytics.md: it names every query, and its CronJob is one."""

import re
from pathlib import Path

import yaml

from inkgate.analytics.questions import questions
from inkgate.analytics.tables import TABLES
from inkgate_dialogue.domain.transitions import STATUSES
from tests.deploy import schemas

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "analytics.md").read_text()


def test_every_query_and_every_table_is_named() -> None:
    rows = set(re.findall(r"(?m)^\| `(\w+)`", PAGE))
    assert {*questions(), *(table.name for table in TABLES)} <= rows


def test_the_cronjob_is_one_for_every_version_of_kubernetes_that_the_chart_takes() -> None:
    written = re.findall(r"(?s)```yaml\n(.+?)```", PAGE)
    objects = [yaml.safe_load(text) for text in written]
    assert [item["kind"] for item in objects] == ["CronJob"]
    assert schemas.problems(objects) == []


def test_every_status_is_told_to_whoever_consumes() -> None:
    page = (ROOT / "docs" / "consuming.md").read_text()
    rows = re.findall(r"(?m)^\| ([A-Z_, ]+) \|", page)
    assert sorted(name for row in rows for name in row.split(", ")) == sorted(STATUSES)


def test_links_lead_somewhere() -> None:
    for name in ("analytics.md", "consuming.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / "docs" / name).read_text()):
            assert (ROOT / "docs" / target).exists(), target
