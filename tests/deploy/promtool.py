"""Prometheus' own checker, where there is one:
https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
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
    series: dict[str, list[float]] = {}
    for job, samples in scraped.items():
        for name, value in samples:
            bare, _, labels = name.partition("{")
            series.setdefault(f'{bare}{{job="{job}"{"," + labels if labels else "}"}', []).append(value)
    lines = [
        {"series": name, "values": " ".join([f"{values[0]}x10", f"{values[-1]}x{minutes}"])}
        for name, values in series.items()
    ]
    path = folder / f"{alert}.yaml"
    said = ""
    for answer in (1, 0):
        path.write_text(yaml.safe_dump(_test(alert, lines, minutes, answer)))
        assert PROMTOOL is not None
        done = subprocess.run([PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True, timeout=60)
        if done.returncode == 0:
            return bool(answer)
        said += done.stdout + done.stderr
    pytest.fail(f"promtool says neither that {alert} fires nor that it does not: {said}")


def _test(alert: str, series: list[dict[str, str]], minutes: int, answer: int) -> dict[str, Any]:
    """A file for `promtool test rules`: does the alert fire in the end?"""
    asked = {
        "expr": f'(count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)) > bool 0',
        "eval_time": f"{minutes}m",
        "exp_samples": [{"labels": "{}", "value": answer}],
    }
    test = {"interval": "1m", "input_series": series, "promql_expr_test": [asked]}
    return {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}


def rules() -> list[dict[str, Any]]:
    """Every rule of the file."""
    document = yaml.safe_load(RULES.read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]
