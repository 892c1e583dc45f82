"""`inkgate check` over what the bench has just done. In a process of its own: it reads everything into memory."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Any

from inkgate.bench.stage import Machine, Stage

SETTLE_S = 60
CHECK_S_MAX = 900


def check(on: Machine, made: Stage) -> dict[str, Any]:
    """`clean`: whether every rule holds (None: there is no checker here); `said`: what it printed, line by line."""
    if importlib.util.find_spec("inkgate.invariants.command") is None:
        return {"clean": None, "said": ["inkgate check is not there"]}
    around = made.around
    options = {
        "--database-url": around.servers.database_url,
        "--kafka-bootstrap": around.servers.kafka_bootstrap,
        "--topic-prefix": around.topic_prefix,
        "--database-prefix": around.database_prefix,
        "--sandbox-url": around.url("sandbox"),
        "--settle": str(SETTLE_S),
        "--home": str(on.local.home),
    }
    argv = [sys.executable, "-m", "inkgate.cli", "check", *(part for pair in options.items() for part in pair)]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=CHECK_S_MAX)
    except subprocess.TimeoutExpired:
        return {"clean": False, "said": [f"not done after {CHECK_S_MAX} s"]}
    return {"clean": done.returncode == 0, "said": (done.stdout + done.stderr).strip().splitlines()}
