"""Real Helm, built by Go from its module into the cache, and what it renders.

The version is pinned here; Go checks what it fetches against its checksum database. Without Go, or without a network
the first time, there is no Helm: `NoHelm` says why, and tests that need it are skipped with that reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from inkgate.local.locks import file_lock
from inkgate.local.paths import cache_folder

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "kubernetes"
EXAMPLES = CHART / "examples"
VERSION = "v4.3.1"
MODULE = "helm.sh/helm/v4/cmd/helm"
BUILD_S_MAX = 900

Objects = list[dict[str, Any]]


class NoHelm(Exception):
    """Why there is no Helm here."""


class Refused(Exception):
    """What Helm said when it rendered nothing."""


def go(arguments: Sequence[str], folder: Path, **environment: str) -> None:
    """Run Go. NoHelm with its last words where it is missing or fails."""
    program = shutil.which("go")
    if program is None:
        raise NoHelm("Go is not installed, and Helm is built with it")
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_S_MAX,
        check=False,
    )
    if done.returncode:
        raise NoHelm(f"go {arguments[0]} failed: {' '.join(done.stdout.split()[-40:])}")


def helm() -> Path:
    """The program; built first where the cache has none. Raises NoHelm."""
    folder = cache_folder() / f"helm-{VERSION}"
    program = folder / "helm"
    if not program.exists():
        with file_lock(cache_folder() / ".helm.lock", lambda: None):
            if not program.exists():
                folder.mkdir(parents=True, exist_ok=True)
                staging = folder / "building"
                go(["install", f"{MODULE}@{VERSION}"], folder, GOFLAGS="-mod=mod", GOBIN=str(staging))
                os.replace(staging / "helm", program)
    return program


def run(*arguments: str) -> str:
    """What Helm prints. Refused with its complaint; nothing of this user's Helm is read or written."""
    nowhere = {f"HELM_{kind}_HOME": str(cache_folder() / "helm-home") for kind in ("CONFIG", "CACHE", "DATA")}
    done = subprocess.run(
        [str(helm()), *arguments], env=os.environ | nowhere, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise Refused(done.stderr + done.stdout)
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
