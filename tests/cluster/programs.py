"""Kubernetes' own programs, built once from Go modules: `python -m tests.cluster.programs` (`make cluster`) fills the
cache.

From an empty cache of Go that takes minutes, so tests never start it: without the programs they are skipped.
"""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

from inkgate.local.paths import cache_folder
from tests.deploy.golang import NoGo, cached, go, pinned

# Its go.mod names the programs, as tools, and pins them with go.sum.
MODULE = Path(__file__).parent / "gomod"
BUILD_S_MAX = 3600


class NotBuilt(Exception):
    """The programs are not in the cache."""


def version(module: str) -> str:
    """What go.mod pins of a module, as v1.2.3."""
    found = re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)
    assert found is not None, f"go.mod does not name {module}"
    return found[1]


def programs() -> Path:
    """The folder with the programs. NotBuilt where `make cluster` has not been run for these versions."""
    folder = cache_folder() / pinned("cluster", MODULE)
    if not folder.exists():
        raise NotBuilt("Kubernetes' programs are not built here (`make cluster` builds them, and needs Go and minutes)")
    return folder


def _build(target: Path) -> None:
    kubernetes = version("k8s.io/kubernetes")
    major, minor, _ = kubernetes.removeprefix("v").split(".")
    # Without these the server says v0.0.0, and the chart asks for 1.30.
    told = {"gitVersion": kubernetes, "gitMajor": major, "gitMinor": minor}
    flags = " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in told.items())])
    arguments = ["build", "-trimpath", "-ldflags", flags, "-o", f"{target}/", "tool"]
    go(arguments, MODULE, seconds_max=BUILD_S_MAX, GOFLAGS="-mod=readonly", CGO_ENABLED="0")


def main() -> int:
    """Builds them where they are not built. Exit code 2 where they cannot be."""
    began = time.monotonic()
    try:
        folder = cached(pinned("cluster", MODULE), _build)
    except NoGo as reason:
        print(f"make cluster: {reason}", file=sys.stderr)
        return 2
    print(f"Kubernetes {version('k8s.io/kubernetes')} is in {folder} ({time.monotonic() - began:.0f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
