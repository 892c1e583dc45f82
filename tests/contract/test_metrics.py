"""Metrics: few labels, none that grows with clients; names as Prometheus' guide has them; none that nobody sets."""

import ast
import re
from pathlib import Path

import pytest

from inkgate.documents import metrics
from inkgate.documents.metrics import Metric

ROOT = Path(__file__).parents[2]
EVERYTHING = metrics.everything()
# Words in a label's name that would make a series a client.
NEVER = ("id", "phone", "conversation", "lead", "number", "wamid", "session", "email", "name", "user", "trace")


@pytest.mark.parametrize("metric", EVERYTHING, ids=lambda metric: metric.name)
def test_a_metric_is_named_and_labelled_as_the_page_allows(metric: Metric) -> None:
    # https://prometheus.io/docs/practices/naming/
    assert metric.name.startswith("inkgate_") and metric.help
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert not metric.name.endswith(("_ms", "_milliseconds", "_mb", "_minutes"))
    assert set(metric.labels) <= set(metrics.LABELS)
    assert len(metric.labels) <= 3


def test_a_label_has_few_values_by_what_it_is() -> None:
    assert {label for one in EVERYTHING for label in one.labels} == set(metrics.LABELS)
    assert not [label for label in metrics.LABELS for word in NEVER if word in label.split("_")]


def test_every_name_is_there_once() -> None:
    names = [one.name for one in EVERYTHING]
    assert len(set(names)) == len(names)


def test_no_metric_is_only_defined() -> None:
    sources = [path.read_text() for top in ("libs", "services") for path in (ROOT / top).rglob("*.py")]
    text = "\n".join(sources)
    for path in [ROOT / "libs/common/inkgate_common/metrics.py", *ROOT.glob("services/*/inkgate_*/metrics.py")]:
        for node in ast.parse(path.read_text()).body:
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and isinstance(node.targets[0], ast.Name)
            ):
                name = node.targets[0].id
                if name.isupper() and getattr(node.value.func, "id", "") in ("Counter", "Gauge", "Histogram"):
                    own = len(re.findall(rf"\b{name}\b", path.read_text()))
                    assert re.search(rf"metrics\.{name}\b", text) or own > 1, f"{path.name}: nobody sets {name}"
