"""Tools that Go builds from modules, once, into the cache: Helm, the operators' schemas, Kubernetes' own check of pods.

Versions are pinned; Go checks what it fetches against its checksum database and `go.sum`. Without Go, or without a
network the first time, they are not to be had: `NoGo` says why, and tests that need one are skipped with that reason.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from inkgate.local.locks import file_lock
from inkgate.local.paths import cache_folder

# The module that names, with go.sum, what is used of Kubernetes' and the operators' own code.
MODULE = Path(__file__).parent / "gomod"
BUILD_S_MAX = 900


class NoGo(Exception):
    """Why a tool cannot be built here."""


def go(arguments: Sequence[str], folder: Path, *, seconds_max: int = BUILD_S_MAX, **environment: str) -> str:
    """Run Go; what it prints. NoGo with its last words where it is missing or fails."""
    program = shutil.which("go")
    if program is None:
        raise NoGo("Go is not installed")
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
    )
    if done.returncode:
        raise NoGo(f"go {arguments[0]} failed: {' '.join((done.stdout + done.stderr).split()[-40:])}")
    return done.stdout


def pinned(name: str, module: Path = MODULE) -> str:
    """That name with what the module pins, for the cache: another version is another folder."""
    pins = (path.read_bytes() for path in sorted(module.rglob("*")) if path.is_file())
    return f"{name}-{hashlib.sha256(b''.join(pins)).hexdigest()[:16]}"


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """A folder of the cache, filled by `build` where it is not there: whole or absent, and by one process at a time."""
    folder = cache_folder() / name
    if not folder.exists():
        with file_lock(cache_folder() / f".{name}.lock", lambda: None):
            if not folder.exists():
                staging = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache_folder()))
                try:
                    build(staging)
                    os.replace(staging, folder)
                finally:
                    shutil.rmtree(staging, ignore_errors=True)
    return folder
