"""The dashboard: valid for Grafana, no panel over another, every query on metrics that exist, every figure with a
unit."""

import json
from itertools import combinations
from typing import Any

import pytest

from inkgate.documents import dashboard, metrics
from tests.deploy.promql import metrics_asked_for
from tests.deploy.promtool import ROOT, needs_promtool, promtool

FILE = ROOT / "deploy" / "dashboards" / "inkgate.json"
BOARD: dict[str, Any] = json.loads(FILE.read_text())
PANELS: list[dict[str, Any]] = BOARD["panels"]
GRAPHS = [panel for panel in PANELS if panel["type"] != "row"]
# Of the Prometheus client itself, on every Linux.
PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
UNITS = {"s", "ops", "none", "bytes", "percentunit"}


def test_it_is_a_dashboard_that_takes_any_prometheus() -> None:
    assert BOARD["schemaVersion"] >= 39 and BOARD["uid"] and "id" not in BOARD
    variables = {one["name"]: one for one in BOARD["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource" and variables["datasource"]["query"] == "prometheus"
    sources = [target["datasource"] for panel in GRAPHS for target in panel["targets"]]
    assert sources and all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)


def test_panels_have_ids_of_their_own_and_none_lies_over_another() -> None:
    assert len({panel["id"] for panel in PANELS}) == len(PANELS)
    places = [(panel["title"], panel["gridPos"]) for panel in PANELS]
    for (one, a), (other, b) in combinations(places, 2):
        beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
        apart = beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]
        assert apart, f"{one} lies over {other}"
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= dashboard.COLUMNS for _, place in places)


@pytest.mark.parametrize("panel", GRAPHS, ids=lambda panel: f"{panel['id']}-{panel['title']}")
def test_a_panel_asks_for_what_exists_and_says_what_it_shows(panel: dict[str, Any]) -> None:
    known = {name: one for one in metrics.everything() for name in one.samples}
    for target in panel["targets"]:
        asked = metrics_asked_for(target["expr"])
        assert asked, "a query for nothing"
        for name, labels in asked:
            assert name in known or name in PROCESS, f"{name} is no metric of ours"
            own = set(known[name].labels) if name in known else set()
            assert labels <= own | {"job", "namespace", "le"}, f"{name} has no labels {labels}"
            assert f'{name}{{namespace=~"$namespace"' in target["expr"], "the installation chosen is not asked for"
        for label in [part.split("}}")[0] for part in target["legendFormat"].split("{{")[1:]]:
            assert any(label in labels for _, labels in asked), f"the legend's {label} is not in the query"
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert panel["description"]


def test_the_first_row_answers_whether_clients_are_served() -> None:
    first = [panel for panel in GRAPHS if panel["gridPos"]["y"] == 1]
    assert {panel["type"] for panel in first} == {"stat"} and sum(p["gridPos"]["w"] for p in first) == dashboard.COLUMNS
    asked = {name for panel in first for target in panel["targets"] for name, _ in metrics_asked_for(target["expr"])}
    assert asked == {
        "inkgate_turn_seconds_count",
        "inkgate_turn_seconds_bucket",
        "inkgate_open_gate_oldest_seconds",
        "inkgate_outbox_oldest_seconds",
        "inkgate_consumer_behind_seconds",
        "inkgate_sender_holds",
        "inkgate_dead_letters_total",
        "inkgate_parked_leads",
    }


@needs_promtool
def test_promtool_parses_every_query(tmp_path: Any) -> None:
    rules = [
        {"record": f"panel:{panel['id']}:{index}", "expr": target["expr"].replace("$__rate_interval", "5m")}
        for panel in GRAPHS
        for index, target in enumerate(panel["targets"])
    ]
    path = tmp_path / "panels.yaml"
    path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    promtool("check", "rules", path)
