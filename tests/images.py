"""The product's image for the tests: built once from the working tree, and used again while nothing in it has changed.

What it stands on is INKGATE_TEST_IMAGE_BASE (with INKGATE_TEST_IMAGE_BUILDER where that one brings no venv and no strip);
else the Dockerfile's own base where the engine has it already; else a root file system of Debian packages, made here by
debootstrap; else the Dockerfile's own base, pulled. An image is named by the hash of what goes into it, so that a second run
finds it.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import APIError, BuildError, DockerException, ImageNotFound
from docker.utils.build import exclude_paths

from inkgate.local.paths import cache_folder
from tests.engine import needed_engine

ROOT = Path(__file__).parents[1]
DOCKERFILE = "deploy/Dockerfile"
LOCKS = ("deploy/runtime.lock", "deploy/build.lock")
REPOSITORY = "inkgate-test"
KEPT_IMAGES = 6
LABELS = {
    "SOURCE": "https://code.example/inkgate",
    "VERSION": "0.0.0+test",
    "REVISION": "0" * 40,
    "CREATED": "2026-11-26T00:00:00Z",
}
DEBIAN = "bookworm"
DEBIAN_PACKAGES = ("python3", "ca-certificates")
BUILDER_RECIPE = "RUN apt-get update && apt-get install -y --no-install-recommends python3-venv binutils\n"
NO_BASE = "needs a base image: INKGATE_TEST_IMAGE_BASE, or one that can be pulled, or debootstrap and root"


@dataclass(frozen=True)
class Image:
    """An image in the engine."""

    tag: str
    base: str
    """The tag of what it stands on."""


@cache
def product_image(target: str = "product") -> Image:
    """The image (`target` 'desk': with the sandbox in it). Skips where there is no engine or nothing to stand on; fails with
    the end of the build's output where it does not build."""
    client = needed_engine().client(timeout_s=900)
    try:
        with _one_at_a_time():
            base, builder, offline = _bases(client)
            return _built(client, target, base, builder, offline)
    finally:
        client.close()


def context_files(root: Path = ROOT) -> list[str]:
    """The paths under `root` that .dockerignore lets into a build."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    # The engine's clients always send .dockerignore along; no COPY names it.
    return sorted(path for path in exclude_paths(str(root), patterns) if (root / path).is_file() and path[0] != ".")


def default_base() -> str:
    """The base that the Dockerfile names."""
    found = re.search(r"^ARG BASE=(\S+)$", (ROOT / DOCKERFILE).read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def _built(client: docker.DockerClient, target: str, base: str, builder: str, offline: bool) -> Image:
    files = [path for path in context_files() if not path.startswith("deploy/wheels/")] + [DOCKERFILE]
    content = hashlib.sha256(repr((target, sorted(LABELS.items()))).encode())
    for image in (base, builder):
        content.update(client.images.get(image).id.encode())
    for path in files:
        content.update(path.encode() + hashlib.sha256((ROOT / path).read_bytes()).digest())
    tag = f"{REPOSITORY}:{target}-{content.hexdigest()[:16]}"
    if not _is_there(client, tag):
        arguments = {**LABELS, "BASE": base, "BUILDER": builder, **({"PIP_NO_INDEX": "1"} if offline else {})}
        with tempfile.TemporaryFile() as file:
            _write_context(file, files)
            _build(client, tag, fileobj=file, dockerfile=DOCKERFILE, target=target, buildargs=arguments)
        _forget_old_ones(client)
    return Image(tag, base)


def _write_context(file: Any, files: list[str]) -> None:
    with tarfile.open(fileobj=file, mode="w") as archive:
        for path in files:
            archive.add(ROOT / path, path)
        for wheel in _wheels():
            archive.add(wheel, f"deploy/wheels/{wheel.name}")
    file.seek(0)


def _build(client: docker.DockerClient, tag: str, **options: Any) -> None:
    """On the host's network, since an engine's own may not reach anything."""
    lines: list[str] = []
    for item in client.api.build(
        tag=tag, custom_context=True, network_mode="host", rm=True, forcerm=True, decode=True, **options
    ):
        lines.append(str(item.get("stream") or item.get("error") or "").rstrip())
        if "error" in item:
            raise BuildError("\n".join([f"{tag} does not build:", *lines[-40:]]), iter(()))
    assert _is_there(client, tag), "\n".join([f"{tag} was not built:", *lines[-40:]])


def _is_there(client: docker.DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except ImageNotFound:
        return False
    return True


def _forget_old_ones(client: docker.DockerClient) -> None:
    """All but the newest few; one that a container still uses stays."""
    for image in sorted(client.images.list(REPOSITORY), key=lambda each: each.attrs["Created"])[:-KEPT_IMAGES]:
        for tag in image.tags:
            try:
                client.images.remove(tag, noprune=True)
            except APIError:
                continue


# --- what it stands on ---------------------------------------------------------------------------------------------------


def _bases(client: docker.DockerClient) -> tuple[str, str, bool]:
    """The base, the builder's base, and whether the builder is to do without a package index."""
    named = os.environ.get("INKGATE_TEST_IMAGE_BASE")
    if named:
        return named, os.environ.get("INKGATE_TEST_IMAGE_BUILDER", named), False
    usual = default_base()
    if _is_there(client, usual):
        return usual, usual, False
    if shutil.which("debootstrap") and os.geteuid() == 0 and sys.version_info[:2] == (3, 11):
        return _debian_base(client)
    try:
        client.images.pull(usual)
    except DockerException as error:
        pytest.skip(f"{NO_BASE} ({type(error).__name__})")
    return usual, usual, False


def _debian_base(client: docker.DockerClient) -> tuple[str, str, bool]:
    recipe = hashlib.sha256(repr((DEBIAN, DEBIAN_PACKAGES, BUILDER_RECIPE)).encode()).hexdigest()[:12]
    base, builder = f"{REPOSITORY}-base:{recipe}", f"{REPOSITORY}-builder:{recipe}"
    if not _is_there(client, base):
        with tempfile.TemporaryDirectory(prefix="inkgate-base-") as folder:
            command = ["debootstrap", "--variant=minbase", f"--include={','.join(DEBIAN_PACKAGES)}", DEBIAN, folder]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"{NO_BASE} (debootstrap: {done.stdout[-200:]})")
            with tempfile.TemporaryFile() as file:
                # Not what debootstrap leaves behind of its work.
                left_out = [
                    f"--exclude=./{path}/*" for path in ("var/cache/apt", "var/lib/apt/lists", "proc", "sys", "dev")
                ]
                subprocess.run(["tar", "-C", folder, *left_out, "-c", "."], stdout=file, check=True)
                file.seek(0)
                answer = client.api.import_image_from_data(file)
            client.images.get(json.loads(answer.splitlines()[-1])["status"].strip()).tag(*base.split(":"))
    if not _is_there(client, builder):
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as archive:
            text = f"FROM {base}\n{BUILDER_RECIPE}".encode()
            entry = tarfile.TarInfo("Dockerfile")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
        context.seek(0)
        _build(client, builder, fileobj=context)
    return base, builder, True


def _wheels() -> list[Path]:
    """The packages of the locks, fetched once on this machine; none where its wheels are not the image's."""
    if sys.platform != "linux" or sys.version_info[:2] != (3, 11):
        return []
    content = hashlib.sha256(platform.machine().encode())
    for lock in LOCKS:
        content.update((ROOT / lock).read_bytes())
    folder = cache_folder() / f"wheels-{content.hexdigest()[:12]}"
    if not folder.is_dir():
        draft = folder.with_suffix(".new")
        requirements = [argument for lock in LOCKS for argument in ("-r", str(ROOT / lock))]
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--require-hashes",
            "--no-deps",
            "--only-binary",
            ":all:",
        ]
        subprocess.run([*pip, *requirements, "-d", str(draft)], check=True)
        draft.rename(folder)
    return sorted(folder.iterdir())


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two test runs on one machine do not build the same thing at once."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    with (cache_folder() / ".images.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
