"""The whole of `inkgate bench` with tiny numbers: does it still run? Its figures mean nothing here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import LiveServers


@pytest.mark.live
def test_bench_runs_through(servers: LiveServers, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    options = ["--quick", "--statuses", "all", "--home", str(tmp_path), "--json", str(result)]
    argv = [sys.executable, "-m", "inkgate.cli", "bench", *options]
    env = {
        **os.environ,
        **servers.kafka_settings,
        "INKGATE_DATABASE_URL": servers.database_url,
        "INKGATE_KAFKA_BOOTSTRAP": servers.kafka_bootstrap,
    }
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(result.read_text())["medians"]
    assert figures["echo"]["aiohttp"]["turns_per_s"] > 0
    product = figures["all"]
    assert product["turns_per_s"] > 0
    assert product["latency"]["20"]["sent_ms"]["p50"] > 0
    assert product["wrong_steps"] == []
    assert not any(product["troubles"].values())
    assert product["check"]["clean"], "\n".join(product["check"]["said"])
