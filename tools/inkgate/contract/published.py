"""The JSON Schema by which an AsyncAPI document is valid: the one that its authors publish, had from npm, pinned, kept."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from inkgate.local.paths import cache_folder

PACKAGE = "@asyncapi/specs@6.11.1"
SHA256 = "01af8744dc33c0c7eb2e908f6a955319ee58b70ecadc9387d1aeb16c0cd28928"
_MEMBER = "package/schemas/{version}.json"
_FETCH_S = 30
_FLAGS = ("--silent", "--ignore-scripts", "--fetch-retries=0", "--prefer-offline")


class NotHad(Exception):
    """It is not here and cannot be fetched; the text says why."""


def asyncapi_schema(version: str, cache: Path | None = None) -> dict[str, Any]:
    """The schema of an AsyncAPI version ("3.0.0"). Fetched once. Raises NotHad."""
    archive = (cache or cache_folder()) / f"asyncapi-specs-{SHA256[:16]}.tgz"
    if not archive.is_file():
        _fetch(archive)
    with tarfile.open(archive) as content:
        member = content.extractfile(_MEMBER.format(version=version))
        assert member is not None
        return dict(json.load(member))


def _fetch(archive: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotHad("npm is not installed")
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        try:
            done = subprocess.run(
                [npm, "pack", PACKAGE, "--pack-destination", folder, *_FLAGS],
                cwd=folder, capture_output=True, text=True, timeout=_FETCH_S, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise NotHad(f"npm did not bring {PACKAGE} within {_FETCH_S} s") from None
        packed = next(Path(folder).glob("*.tgz"), None)
        if packed is None:
            raise NotHad(f"npm could not bring {PACKAGE}: {done.stderr.strip()[-200:]}")
        found = hashlib.sha256(packed.read_bytes()).hexdigest()
        if found != SHA256:
            raise NotHad(f"{PACKAGE} has the checksum {found}, pinned is {SHA256}")
        packed.replace(archive)
