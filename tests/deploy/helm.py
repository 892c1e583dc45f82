"""Real Helm, and what it renders."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from inkgate.local.paths import cache_folder
from tests.deploy.golang import cached, go

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "kubernetes"
EXAMPLES = CHART / "examples"
VERSION = "v4.3.1"
PACKAGE = "helm.sh/helm/v4/cmd/helm"

Objects = list[dict[str, Any]]


class Refused(Exception):
    """What Helm said when it rendered nothing."""


def helm() -> Path:
    """The program; built first where the cache has none. Raises NoGo."""
    return cached(f"helm-{VERSION}", _install) / "helm"


def _install(target: Path) -> None:
    go(["install", f"{PACKAGE}@{VERSION}"], target, GOFLAGS="-mod=mod", GOBIN=str(target))


def run(*arguments: str) -> str:
    """What Helm prints. Refused with its complaint; nothing of this user's Helm is read or written."""
    nowhere = {f"HELM_{kind}_HOME": str(cache_folder() / "helm-home") for kind in ("CONFIG", "CACHE", "DATA")}
    done = subprocess.run(
        [str(helm()), *arguments], env=os.environ | nowhere, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        said = done.stderr + done.stdout
        raise Refused(said[max(said.find("Error:"), 0) :].strip())  # before it, what Helm only mentions
    return done.stdout


def template(*files: Path, values: Mapping[str, Any] | None = None, release: str = "inkgate") -> str:
    """The chart as Helm renders it, hooks too, with these values files and, over them, `values`. Raises Refused."""
    arguments = ["template", release, str(CHART), "--namespace", "inkgate", "--kube-version", "1.34.0"]
    for file in files:
        arguments += ["--values", str(file)]
    for key, value in (values or {}).items():
        arguments += ["--set-json", f"{key}={json.dumps(value)}"]
    return run(*arguments)


def objects(text: str) -> Objects:
    """The objects of a stream of YAML documents."""
    return [found for found in yaml.safe_load_all(text) if found]
