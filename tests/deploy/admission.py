"""Kubernetes' own word on a pod: the check that the API server makes in a namespace with `enforce: restricted`."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.deploy.golang import MODULE, cached, go, pinned
from tests.deploy.helm import Objects


def refused(objects: Objects) -> dict[str, str]:
    """Name → why, of each Deployment and Job that such a namespace refuses. Raises NoGo."""
    pods: dict[str, Any] = {
        f"{item['kind']}/{item['metadata']['name']}": item["spec"]["template"]
        for item in objects
        if item["kind"] in ("Deployment", "Job")
    }
    program = cached(pinned("restricted"), _build) / "restricted"
    done = subprocess.run([program], input=json.dumps(list(pods.values())), capture_output=True, text=True, check=True)
    return {name: why for name, why in zip(pods, json.loads(done.stdout), strict=True) if why}


def program() -> Path:
    """It, built first where the cache has none. Raises NoGo."""
    return cached(pinned("restricted"), _build) / "restricted"


def _build(target: Path) -> None:
    go(["build", "-o", str(target), "./restricted"], MODULE, GOFLAGS="-mod=readonly")
