"""Kafka's jars: pinned by checksum, fetched once through jgo, shared by every home.

`kafka-jars.sha256` beside this file names every jar as a Maven coordinate with its SHA-256. Fetching asks jgo for
exactly those (no dependency graph is walked, so nothing can slip in), and every start checks the folder again.
`inkgate local pin` makes the file anew from the coordinates below.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkgate.local.errors import Cancelled, JarRefused
from inkgate.local.locks import file_lock
from inkgate.local.paths import cache_folder

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# Kafka logs through slf4j and its distribution, not its module, brings the way from there to log4j.
LOG_BACKEND = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
PIN_FILE = Path(__file__).with_name("kafka-jars.sha256")
FETCH_THREADS = 4
FETCH_ATTEMPTS = 3

Progress = Callable[[str], None]
# A pinned jar and a folder to keep downloads in → a file that is that jar.
Fetch = Callable[["PinnedJar", Path], Path]


@dataclass(frozen=True)
class PinnedJar:
    """One jar as it must be."""

    coordinate: str
    sha256: str

    @property
    def filename(self) -> str:
        """The name under which Maven repositories keep it."""
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def read_pins(pin_file: Path = PIN_FILE) -> list[PinnedJar]:
    """The pinned jars. JarRefused when a line is not `<sha256>  <group>:<artifact>:<version>`."""
    pins = []
    for line in pin_file.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        sha256, _, coordinate = line.partition("  ")
        if len(sha256) != 64 or coordinate.count(":") != 2:
            raise JarRefused(f"{pin_file.name}: not a pinned jar: {line!r}")
        pins.append(PinnedJar(coordinate, sha256))
    return pins


def verify(folder: Path, pins: list[PinnedJar]) -> None:
    """Compares a folder with the pins. JarRefused names the first jar that is missing, different or unknown."""
    known = {pin.filename: pin for pin in pins}
    present = {path.name: path for path in folder.glob("*.jar")}
    for name in sorted(present.keys() - known.keys()):
        raise JarRefused(f"{name} in {folder} is not a pinned jar; delete it")
    for name in sorted(known):
        if name not in present:
            raise JarRefused(f"{name} is missing in {folder}; delete that folder and it is fetched again")
        _compare(present[name], known[name])


def kafka_jars(
    progress: Progress,
    *,
    cache: Path | None = None,
    pin_file: Path = PIN_FILE,
    fetch: Fetch | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """The folder with Kafka's jars, checked; fetched first where it is missing (the only use of a network).

    Several processes may ask at once: one fetches, the others wait. Raises JarRefused, or Cancelled when `cancel` is set
    while it fetches or waits.
    """
    cancel = cancel or threading.Event()
    pins = read_pins(pin_file)
    # Named by its content: another version of Kafka gets its own folder, an older checkout keeps its own.
    digest = hashlib.sha256(pin_file.read_bytes()).hexdigest()[:16]
    cache = cache or cache_folder()
    folder = cache / f"kafka-{digest}"
    if not folder.is_dir():
        waiting = "waiting for another process that fetches Kafka"
        with file_lock(cache / ".kafka.lock", lambda: progress(waiting), cancel):
            if not folder.is_dir():
                _fill(folder, pins, fetch or fetch_with_jgo, progress, cancel)
    verify(folder, pins)
    return folder


def pin(progress: Progress, pin_file: Path = PIN_FILE) -> None:
    """Writes the pin file anew: resolves Kafka's dependencies through jgo and records what came. For maintainers."""
    import jgo

    artifacts = [
        *jgo.resolve(KAFKA),
        _context().project(*LOG_BACKEND.split(":")[:2]).at_version(LOG_BACKEND.split(":")[2]).artifact(),
    ]
    lines = []
    for artifact in artifacts:
        progress(f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}")
        digest = _sha256(artifact.resolve())
        lines.append(f"{digest}  {artifact.groupId}:{artifact.artifactId}:{artifact.version}\n")
    header = "# Kafka's jars, pinned. Made by `inkgate local pin`; checked at every start.\n"
    pin_file.write_text(header + "".join(sorted(lines, key=lambda line: line.split("  ")[1])))


def _fill(folder: Path, pins: list[PinnedJar], fetch: Fetch, progress: Progress, cancel: threading.Event) -> None:
    """Fetches into a folder beside the final one and renames it, so that the final one is whole or absent."""
    progress(f"fetching Kafka, {len(pins)} jars, 45 MB (this once)")
    # Kept from one attempt to the next: a broken line does not start again from nothing.
    repository = folder.with_name(f"{folder.name}.fetching")

    def one(pinned: PinnedJar) -> Path:
        if cancel.is_set():
            raise Cancelled("gave up fetching Kafka")
        return fetch(pinned, repository)

    with ThreadPoolExecutor(FETCH_THREADS) as threads:
        jars = list(threads.map(one, pins))
    staging = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    staging.chmod(0o755)
    for jar, pinned in zip(jars, pins, strict=True):
        shutil.copyfile(jar, staging / pinned.filename)
    try:
        verify(staging, pins)
    except JarRefused:
        shutil.rmtree(staging)
        raise
    os.replace(staging, folder)
    shutil.rmtree(repository, ignore_errors=True)
    progress("fetched Kafka, checksums are right")


def fetch_with_jgo(pinned: PinnedJar, repository: Path) -> Path:
    """One jar, from this user's Maven repository where it is there, else from the network; checked. JarRefused."""
    group, artifact, version = pinned.coordinate.split(":")
    reason = ""
    for attempt in range(FETCH_ATTEMPTS):
        # Only the first attempt trusts a file that this user's other tools left: it may be damaged.
        context = _context(repository, use_local=attempt == 0)
        try:
            path = Path(context.project(group, artifact).at_version(version).artifact().resolve())
        except Exception as error:  # jgo passes on whatever its HTTP library raises; all of it means 'not there'
            reason = f"cannot be fetched: {error}"
            time.sleep(attempt)
            continue
        found = _sha256(path)
        if found == pinned.sha256:
            return path
        reason = f"its checksum is {found}, pinned is {pinned.sha256}"
        if path.is_relative_to(repository):
            path.unlink()  # Cut off by a crash, perhaps: the next attempt fetches it whole.
    raise JarRefused(f"{pinned.filename}: {reason}")


def _compare(path: Path, pinned: PinnedJar) -> None:
    found = _sha256(path)
    if found != pinned.sha256:
        raise JarRefused(
            f"{path.name} in {path.parent}: its checksum is {found}, pinned is {pinned.sha256}; "
            "delete that folder and it is fetched again"
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _context(repository: Path | None = None, *, use_local: bool = True) -> Any:
    """jgo's view of the Maven world: this user's own settings (mirrors too), and a repository that only we write to."""
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    settings = GlobalSettings.load()
    return MavenContext(
        repo_cache=repository or settings.repo_cache,
        # Read only: jgo writes files in place, and a half-written one must not become somebody else's jar.
        local_repos=[settings.repo_cache] if use_local else [],
        remote_repos={"central": MAVEN_CENTRAL_URL, **settings.repositories},
        timeout=60,
    )
