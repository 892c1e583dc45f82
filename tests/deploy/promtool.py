"""Prometheus' own checker, where there is one:
https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy" / "alerts" / "inkgate.rules.yaml"
PROMTOOL = shutil.which("promtool")

needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not here (.ci/run fetches Debian's package `prometheus`)"
)


def promtool(*arguments: str | Path) -> str:
    """What it prints; a failed test where it is not content."""
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def fires(alert: str, scraped: Mapping[str, list[tuple[str, float]]], folder: Path, minutes: int = 60) -> bool:
    """Whether the alert fires once figures that were scraped have stood for so long. `scraped`: job → what its metrics
    page said, one after the other (`name{labels}`, value); the first stand for the ten minutes before."""
    series: dict[str, str] = {}
    for name, values in _by_series(scraped).items():
        series[name] = " ".join([f"{values[0]}x10", f"{values[-1]}x{minutes}"])
    return _fires_at(minutes, alert, series, folder)


def fires_in_turn(alert: str, recorded: Sequence[Mapping[str, list[tuple[str, float]]]], folder: Path) -> list[bool]:
    """Whether the alert fires at the end of each of these times, of ten minutes: one recording, in which what the pages of
    each (job → figures) said stands that long."""
    spans = [_by_series(pages) for pages in recorded]
    names = {name for span in spans for name in span}
    # `_`: not on that page
    series = {name: " ".join(f"{span[name][-1]}x9" if name in span else "_x10" for span in spans) for name in names}
    return [_fires_at(10 * number - 1, alert, series, folder) for number in range(1, len(spans) + 1)]


def _by_series(scraped: Mapping[str, list[tuple[str, float]]]) -> dict[str, list[float]]:
    """Every figure with its job as a label."""
    series: dict[str, list[float]] = {}
    for job, samples in scraped.items():
        for name, value in samples:
            bare, _, labels = name.partition("{")
            series.setdefault(f'{bare}{{job="{job}"{"," + labels if labels else "}"}', []).append(value)
    return series


def _fires_at(minute: int, alert: str, series: Mapping[str, str], folder: Path) -> bool:
    path = folder / f"{alert}.yaml"
    said = ""
    for answer in (1, 0):
        path.write_text(yaml.safe_dump(_test(alert, series, minute, answer)))
        assert PROMTOOL is not None
        done = subprocess.run([PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True, timeout=60)
        if done.returncode == 0:
            return bool(answer)
        said += done.stdout + done.stderr
    pytest.fail(f"promtool says neither that {alert} fires nor that it does not: {said}")


def _test(alert: str, series: Mapping[str, str], minute: int, answer: int) -> dict[str, Any]:
    """A file for `promtool test rules`: does the alert fire then?"""
    asked = {
        "expr": f'(count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)) > bool 0',
        "eval_time": f"{minute}m",
        "exp_samples": [{"labels": "{}", "value": answer}],
    }
    lines = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": lines, "promql_expr_test": [asked]}
    return {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}


def rules() -> list[dict[str, Any]]:
    """Every rule of the file."""
    document = yaml.safe_load(RULES.read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]
